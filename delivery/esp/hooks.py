"""What a provider tells us by itself: its webhooks, checked, and put into the words every receipt has.

The address of a hook is known to the account's owner and the provider alone: it carries a token that we signed.
Mailgun signs each call besides, which is checked where its key is set.
"""

import re
import uuid
import warnings
from typing import Any

from anymail.exceptions import AnymailError, AnymailInsecureWebhookWarning
from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest
from django.utils.module_loading import import_string

from channels.hooks import SERVER, read_hook_token
from channels.models import Sender
from channels.providers import PROVIDERS, ProviderSettings, is_provider_url
from core.ids import uuid_or_none
from delivery.esp.letters import METADATA
from delivery.headers import read_message_id
from delivery.receipts.reading import Kind, Report

_KINDS = {
    "delivered": Kind.DELIVERED,
    "bounced": Kind.BOUNCED,
    "rejected": Kind.BOUNCED,
    "failed": Kind.BOUNCED,
    "deferred": Kind.DELAYED,
    "complained": Kind.COMPLAINED,
    "autoresponded": Kind.ANSWERED,
    # Their counting is off; whatever they say all the same proves that the message left.
    "queued": Kind.RELAYED,
    "sent": Kind.RELAYED,
    "opened": Kind.RELAYED,
    "clicked": Kind.RELAYED,
    # They asked the provider for nothing more, by a button of its own: a "no" that has to count here too.
    "unsubscribed": Kind.COMPLAINED,
}
_CODE = re.compile(r"\b([245]\d\d)\b[ -]")
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")


class HookRefused(Exception):
    """The call did not come from the provider, or cannot be read."""


def find_account(kind: str, token: str) -> tuple[ProviderSettings, Sender | None] | None:
    """The account a hook belongs to and its sender; None for a made-up or replaced token or an account that is gone."""
    named = read_hook_token(token)
    if kind not in PROVIDERS or named is None:
        return None
    public_id, number = named
    senders = Sender.objects.filter(public_id=public_id, hook_number=number, is_active=True)
    sender = senders.first() if public_id != SERVER else None
    if sender is None and public_id != SERVER:
        return None
    url = (sender.smtp_url if sender else "") or settings.SMTP_URL
    if not is_provider_url(url):
        return None
    try:
        account = ProviderSettings.from_url(url)
    except ValueError:
        return None
    return (account, sender) if account.kind == kind else None


def read_call(account: ProviderSettings, request: HttpRequest) -> list[Report]:
    """The receipts in a webhook call; those about nothing of ours name no message. Raises HookRefused."""
    if account.kind == "mailgun" and not account.hook_key:
        raise HookRefused("The key for webhooks is not set.")
    options = {"webhook_signing_key": account.hook_key} if account.kind == "mailgun" else {}
    try:
        with warnings.catch_warnings():
            # Its warning asks for a password in the address; ours has a token there.
            warnings.simplefilter("ignore", AnymailInsecureWebhookWarning)
            view = import_string(account.provider.webhook)(**options)
        view.run_validators(request)
        return [_report(event) for event in view.parse_events(request)]
    except (AnymailError, SuspiciousOperation, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise HookRefused(type(error).__name__) from error


def _report(event: Any) -> Report:
    kind = _KINDS.get(event.event_type, Kind.OTHER)
    text = " ".join(str(part) for part in (event.mta_response, event.description) if part)
    code, enhanced = _codes(event, text)
    if kind == Kind.BOUNCED and not code and _is_plainly_dead(event):
        code, enhanced = 550, "5.1.1"
    return Report(kind, _public_id(event), code, enhanced, text[:300])


def _public_id(event: Any) -> uuid.UUID | None:
    named = (event.metadata or {}).get(METADATA) if isinstance(event.metadata, dict) else None
    return uuid_or_none(named) or read_message_id(f"{event.message_id or ''}")


def _codes(event: Any, text: str) -> tuple[int, str]:
    code, enhanced = _CODE.search(text), _STATUS.search(text)
    raw = event.esp_event if isinstance(event.esp_event, dict) else {}
    status = (raw.get("event-data") or {}).get("delivery-status") or {}
    own = str(status.get("code") or "") if isinstance(status, dict) else ""
    number = int(code[1]) if code else int(own) if re.fullmatch(r"[45]\d\d", own) else 0
    return number, enhanced[1] if enhanced else ""


def _is_plainly_dead(event: Any) -> bool:
    """The provider itself calls the mailbox dead, in the word it has for that and for nothing else."""
    raw = event.esp_event if isinstance(event.esp_event, dict) else {}
    if event.event_type != "bounced":
        return False
    return raw.get("Type") == "HardBounce" or raw.get("event") == "hard_bounce" or (
        raw.get("event") == "bounce" and raw.get("hard_bounce") is True
    )  # fmt: skip
