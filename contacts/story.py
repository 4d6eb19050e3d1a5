"""What happened to a contact, told for people: one item per event. Pure."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts import values
from core.formatting import listed
from events.catalogue import BUILT_IN, words_for
from events.models import Event

# Icon and tone by kind; events from outside share the last.
_LOOK = {
    "contact.created": ("user-plus", ""),
    "contact.updated": ("pencil", ""),
    "contact.imported": ("upload", ""),
    "contact.merged": ("merge", ""),
    "contact.unmerged": ("undo-2", ""),
    "contact.restricted": ("pause", "warn"),
    "contact.restriction_lifted": ("play", ""),
    "contact.asked_for_rights": ("shield-check", "brand"),
    "contact.address_change_requested": ("mail", "brand"),
    "consent.requested": ("mail", "brand"),
    "consent.granted": ("shield-check", "ok"),
    "consent.withdrawn": ("ban", "warn"),
    "message.opened": ("eye", "brand"),
    "message.clicked": ("mouse-pointer-click", "brand"),
    "message.bounced": ("triangle-alert", "bad"),
    "message.complained": ("triangle-alert", "bad"),
    "message.unsubscribed": ("ban", "warn"),
}
_FROM_OUTSIDE = ("zap", "plum")
_SOURCES = {
    "signup": gettext_lazy("On a sign-up page"),
    "api": gettext_lazy("Through the API"),
    "event": gettext_lazy("With an event from outside"),
}
FIELDS = {
    "external_id": gettext_lazy("external id"),
    "email": gettext_lazy("e-mail address"),
    "phone": gettext_lazy("phone"),
    "first_name": gettext_lazy("first name"),
    "last_name": gettext_lazy("last name"),
    "language": gettext_lazy("language"),
    "time_zone": gettext_lazy("time zone"),
    "country": gettext_lazy("country"),
    "addresses": gettext_lazy("ways to reach them"),
    "tags": gettext_lazy("tags"),
    "attributes": gettext_lazy("details"),
}


@dataclass(frozen=True)
class Item:
    """One line of the story; `day` is set on the first line of a day."""

    icon: str
    tone: str
    title: str
    note: str
    at: dt.datetime
    day: dt.date | None = None


def tell(events: Iterable[Event], previous_day: dt.date | None = None) -> list[Item]:
    """Items for events in the order given; `previous_day` is the day of the line above, on the page before."""
    items = []
    for event in events:
        icon, tone = _LOOK.get(event.kind, _FROM_OUTSIDE)
        day = timezone.localtime(event.at).date()
        items.append(
            Item(icon, tone, words_for(event.kind), _note(event), event.at, None if day == previous_day else day)
        )
        previous_day = day
    return items


def _note(event: Event) -> str:
    notes: dict[str, Callable[[dict[str, Any]], str]] = {
        "contact.created": _how_added,
        "contact.updated": _what_changed,
        "consent.requested": lambda properties: str(properties.get("page", "")),
        "consent.granted": _agreed_to_what,
        "consent.withdrawn": _agreed_to_what,
        "message.clicked": lambda properties: str(properties.get("link") or ""),
    }
    if event.kind in notes:
        return notes[event.kind](event.properties)
    if event.kind in BUILT_IN:
        return ""
    return "; ".join(f"{name}: {_printed(value)}" for name, value in list(event.properties.items())[:6])


def _how_added(properties: dict[str, Any]) -> str:
    if properties.get("by"):
        return _("By %(person)s") % {"person": properties["by"]}
    return str(_SOURCES.get(properties.get("source", ""), ""))


def _agreed_to_what(properties: dict[str, Any]) -> str:
    if properties.get("purpose") == "tracking":
        return _("Counting opens and clicks")
    return str(properties.get("topic_name") or properties.get("topic", ""))


def _what_changed(properties: dict[str, Any]) -> str:
    names = listed(FIELDS.get(name, name) for name in properties.get("changed", []))
    if not properties.get("by"):
        return names
    return _("%(fields)s, by %(person)s") % {"fields": names, "person": properties["by"]}


def _printed(value: Any) -> str:
    if isinstance(value, dict):
        return values.print_value("money", value)
    if isinstance(value, bool):
        return values.print_value("boolean", value)
    return str(value)[:120]
