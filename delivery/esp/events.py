"""An event as anymail reads it, in the words every receipt has; what each provider adds to that vocabulary."""

import re
import uuid
from collections.abc import Mapping
from typing import Any

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
_FULL_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
# SES did not even try: the address stands on a list of Amazon's or of the account. Why is theirs to tell.
_ON_THEIR_LIST = frozenset({"Suppressed", "OnAccountSuppressionList", "UnsubscribedRecipient"})


def report_of(event: Any) -> Report:
    """The receipt in an event; it names no message when it is about nothing of ours."""
    raw = event.esp_event if isinstance(event.esp_event, dict) else {}
    kind = _kind(event, raw)
    text = _text(event, raw)
    code, enhanced = ("", "") if _is_on_their_list(raw) else _codes(event, raw, text)
    if kind == Kind.BOUNCED and not code and not enhanced and _is_plainly_dead(event, raw):
        code, enhanced = "550", "5.1.1"
    return Report(kind, _public_id(event, raw), int(code or 0), enhanced, text[:300])


def _kind(event: Any, raw: Mapping[str, Any]) -> Kind:
    if raw.get("eventType") == "DeliveryDelay":
        return Kind.DELAYED  # anymail has no word for it
    if event.event_type == "complained" and event.description == "not-spam":
        return Kind.RELAYED  # somebody took it out of the spam folder (RFC 5965 §7.3)
    return _KINDS.get(event.event_type, Kind.OTHER)


def _text(event: Any, raw: Mapping[str, Any]) -> str:
    # SendGrid's word for what it does not send at all is in the raw event only.
    own = raw.get("reason") if raw.get("event") == "dropped" else None
    return " ".join(str(part) for part in (event.mta_response, event.description, own) if part)


def _public_id(event: Any, raw: Mapping[str, Any]) -> uuid.UUID | None:
    named = (event.metadata or {}).get(METADATA) if isinstance(event.metadata, dict) else None
    tagged = _within(raw, "mail", "tags", METADATA)
    first = tagged[0] if isinstance(tagged, list) and tagged else None
    original = _within(raw, "mail", "commonHeaders", "messageId")
    smtp_id = raw.get("smtp-id")
    return (
        uuid_or_none(named)
        or uuid_or_none(first)
        or read_message_id(" ".join(str(part) for part in (event.message_id, original, smtp_id) if part))
    )


def _codes(event: Any, raw: Mapping[str, Any], text: str) -> tuple[str, str]:
    """The server's reply code and enhanced status: from its words, else as the provider noted them."""
    code, enhanced = _CODE.search(text), _STATUS.search(text)
    own = str(_within(raw, "event-data", "delivery-status", "code") or "")
    noted = _noted_status(event, raw)
    number = code[1] if code else own if re.fullmatch(r"[45]\d\d", own) else ""
    return number, enhanced[1] if enhanced else noted if _FULL_STATUS.fullmatch(noted) else ""


def _noted_status(event: Any, raw: Mapping[str, Any]) -> str:
    """SendGrid's `status`, or that of the recipient in SES's list."""
    if isinstance(raw.get("status"), str):
        return str(raw["status"])
    recipients = _within(raw, "bounce", "bouncedRecipients")
    for one in recipients if isinstance(recipients, list) else []:
        if isinstance(one, dict) and one.get("emailAddress") == event.recipient:
            return str(one.get("status") or "")
    return ""


def _is_on_their_list(raw: Mapping[str, Any]) -> bool:
    return _within(raw, "bounce", "bounceSubType") in _ON_THEIR_LIST


def _is_plainly_dead(event: Any, raw: Mapping[str, Any]) -> bool:
    """The provider itself calls the mailbox dead, in the word it has for that and for nothing else."""
    if event.event_type != "bounced" or _is_on_their_list(raw):
        return False
    return (
        raw.get("Type") == "HardBounce"  # Postmark
        or raw.get("event") == "hard_bounce"  # Brevo
        or (raw.get("event") == "bounce" and raw.get("hard_bounce") is True)  # Mailjet
        or (raw.get("event") == "bounce" and raw.get("bounce_classification") == "Invalid Address")  # SendGrid
        or _is_permanent_at_ses(raw)
    )


def _is_permanent_at_ses(raw: Mapping[str, Any]) -> bool:
    bounce = _within(raw, "bounce")
    if not isinstance(bounce, dict):
        return False
    return bounce.get("bounceType") == "Permanent" and bounce.get("bounceSubType") in {"General", "NoEmail"}


def _within(raw: Any, *names: str) -> Any:
    """What lies under these names, one in the other; None where there is none, whatever was sent."""
    for name in names:
        raw = raw.get(name) if isinstance(raw, dict) else None
    return raw
