"""Reading the events of a batch: the everyday form at once, every other one by the serializer, whose word counts.

A serializer makes a dozen objects for each event it looks at. What `read_plain` takes, the serializer would have taken
with the same values (a test compares them); what it does not, is not wrong yet.
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from django.utils.dateparse import parse_datetime
from rest_framework.exceptions import ValidationError

from contacts.api.serializers import IncomingEventSerializer
from contacts.services import IncomingEvent

_MEMBERS = frozenset({"id", "contact", "name", "at", "properties"})
_LONGEST = {"name": 80, "id": 100, "email": 254, "external_id": 120}
# Further away the other clock of an offset may not exist; the serializer tells.
_YEARS = range(1900, 2200)


def read_batch(items: Sequence[Any], context: dict[str, Any]) -> list[IncomingEvent | str]:
    """Each item as an event, or what is wrong with it in one line."""
    serializer: IncomingEventSerializer | None = None
    read: list[IncomingEvent | str] = []
    for item in items:
        event = read_plain(item)
        if event is None:
            serializer = serializer or IncomingEventSerializer(data=None, context=context)
            try:
                read.append(incoming_event(serializer.run_validation(item)))
            except ValidationError as error:
                read.append(_sentence(error.detail))
            continue
        read.append(event)
    return read


def read_plain(item: Any) -> IncomingEvent | None:
    """The event, if everything in it is of the everyday form."""
    if type(item) is not dict or not item.keys() <= _MEMBERS:
        return None
    about, properties = item.get("contact"), item.get("properties", {})
    name: Any = item.get("name")
    if type(about) is not dict or len(about) != 1 or type(properties) is not dict or not _is_plain("name", name):
        return None
    if "id" in item and not _is_plain("id", item["id"]):
        return None
    at = _instant(item["at"]) if "at" in item else None
    if at is None and "at" in item:
        return None
    subject = _subject(*next(iter(about.items())))
    if subject is None:
        return None
    return IncomingEvent(name=name, at=at, properties=properties, id=item.get("id", ""), **subject)


def incoming_event(values: dict[str, Any]) -> IncomingEvent:
    """What the serializer made of an event."""
    about = values["contact"]
    return IncomingEvent(
        name=values["name"],
        email=about.get("email", ""),
        external_id=about.get("external_id", ""),
        contact=str(about.get("id", "")),
        at=values.get("at"),
        properties=values.get("properties", {}),
        id=values.get("id", ""),
    )


def _subject(member: str, value: Any) -> dict[str, str] | None:
    if member == "id" and type(value) is str and len(value) == 36:
        try:
            return {"contact": str(uuid.UUID(value))}
        except ValueError:
            return None
    if member in ("email", "external_id") and _is_plain(member, value):
        return {member: value}
    return None


def _is_plain(member: str, value: Any) -> bool:
    return type(value) is str and 0 < len(value) <= _LONGEST[member] and value.isprintable() and value == value.strip()


def _instant(text: Any) -> dt.datetime | None:
    try:
        moment = parse_datetime(text) if type(text) is str else None
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None and moment.year in _YEARS else None


def _sentence(errors: Any, path: str = "") -> str:
    """The errors of one event in one line: `contact.email: …; name: …`."""
    if isinstance(errors, dict):
        return "; ".join(_sentence(inner, f"{path}.{name}".lstrip(".")) for name, inner in errors.items())
    return f"{path}: {' '.join(str(text) for text in errors)}"
