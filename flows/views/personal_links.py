"""Links with values that a flow trusts: made here one by one, or in mails and by other systems with the flow's key."""

import uuid

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.access import WorkspaceRequest, workspace_view
from channels.services import page_base
from core.signed_fields import with_fields
from flows.documents import compiled
from flows.models import Flow
from flows.views.visitors import LONGEST_HIDDEN, signing_key, trusted_keys

PREFIX = "f."


@require_safe
@workspace_view("editor")
def personal_links(request: WorkspaceRequest, flow: uuid.UUID) -> HttpResponse:
    """The link with the values that were typed, and the line that makes one for each person of a mail."""
    row = get_object_or_404(Flow.objects.with_page().in_workspace(request.workspace), public_id=flow)
    keys = trusted_keys(compiled(row.live_version).document) if row.live_version is not None else []
    if not keys:
        raise Http404
    address, key = f"{page_base(row.workspace)}{reverse('flow:enter', args=[row.public_id])}", signing_key(row)
    typed = {one: request.GET.get(PREFIX + one, "").strip()[:LONGEST_HIDDEN] for one in keys}
    values = {one: text for one, text in typed.items() if text}
    example = ", ".join(f"{one}: contact.first_name" for one in keys[:3])
    context = {
        "flow": row,
        "fields": [(one, PREFIX + one, text) for one, text in typed.items()],
        "link": with_fields(address, key, values) if values else "",
        "line": f"{{{{ '{address}' | signed: '{key}', {example} }}}}",
        "key": key,
        "workspace": request.workspace,
        "nav": "flows",
    }
    response = render(request, "flows/personal_links.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response
