"""What an API key may do: `<resource>:read`, `<resource>:write`, which includes reading, and `campaigns:send`."""

from django.utils.translation import gettext_lazy as _

RESOURCES = {
    "contacts": _("Contacts, attributes and imports"),
    "consents": _("Topics, consent and suppressions"),
    "events": _("Events"),
    "segments": _("Segments"),
    "templates": _("Templates"),
    "senders": _("Senders"),
    "campaigns": _("Campaigns and their reports"),
    "messages": _("Single messages"),
    "flows": _("Flows and what was answered"),
    "webhooks": _("Webhooks"),
}
# Reaching people is granted apart from writing drafts.
SENDING = "campaigns:send"
ALL_SCOPES = frozenset(f"{resource}:{deed}" for resource in RESOURCES for deed in ("read", "write")) | {SENDING}


def is_allowed(scopes: list[str], wanted: str) -> bool:
    """True when `scopes` cover `wanted`, such as `contacts:read`."""
    return wanted in scopes or (wanted.endswith(":read") and f"{wanted.removesuffix(':read')}:write" in scopes)
