"""The address that providers call when something became of a message."""

import logging

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from core.limits import limited
from delivery.esp.hooks import HookRefused, HookUnproved, find_account, read_call
from delivery.receipts.applying import take_receipt

logger = logging.getLogger(__name__)

# A provider tells of each message one by one, several calls for each, from a handful of addresses.
CALLS_A_MINUTE = 30_000
MOST_BYTES = 1024 * 1024


@csrf_exempt  # the token in the address and the provider's own signature stand in for it
@require_http_methods(["GET", "HEAD", "POST"])
@limited("hook", limit=CALLS_A_MINUTE, seconds=60)
def take_call(request: HttpRequest, provider: str, token: str) -> HttpResponse:
    """Note what a provider says. The same call again, or calls out of order, change nothing.

    403 for a call that is not the provider's; 200 also where it is about nothing of ours, or it would be repeated;
    503 where it shall be repeated, as it cannot be checked now.
    """
    found = find_account(provider, token)
    if found is None:
        return HttpResponse(status=404)
    if request.method != "POST":
        # Some look whether anybody is there before they save the address.
        return HttpResponse(status=200)
    if int(request.headers.get("Content-Length") or 0) > MOST_BYTES:
        return HttpResponse(status=413)
    account, sender = found
    try:
        reports = read_call(account, request)
    except HookRefused as refusal:
        logger.warning("hook_refused provider=%s error=%s", provider, refusal)
        return HttpResponse(status=403)
    except HookUnproved as trouble:
        logger.warning("hook_unproved provider=%s error=%s", provider, trouble)
        return HttpResponse(status=503)
    for report in reports:
        take_receipt(report, workspace_id=sender.workspace_id if sender else None)
    return HttpResponse(status=200)
