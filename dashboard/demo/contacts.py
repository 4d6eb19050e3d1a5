"""Writes the demo's people: attributes, contacts, addresses and what they did."""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from accounts.models import Workspace
from contacts.details import contact_vector
from contacts.models import Address, Attribute, Contact
from core.folding import fold_texts
from core.ids import uuid7
from dashboard.demo.people import COMPANY, FAVOURITES, Person
from dashboard.demo.rows import allocate_ids, copy_rows
from events.models import Event, EventKind

CURRENCY = "NZD"
ATTRIBUTES: tuple[tuple[str, str, str, list[str]], ...] = (
    ("favourite_place", "choice", "Favourite place", list(FAVOURITES)),
    ("travels_with", "multi_choice", "Travels with", list(COMPANY)),
    ("brings_dog", "boolean", "Brings a dog", []),
    ("stays", "number", "Stays", []),
    ("last_stay", "date", "Last stay", []),
    ("spent", "money", "Spent", []),
    ("birthday", "date", "Birthday", []),
    ("found_by", "text", "Found us by", []),
)
EVENT_KINDS = {
    "order.placed": {"cabin": "text", "nights": "number", "total": "money"},
    "page.viewed": {"path": "text"},
    "review.written": {"stars": "number"},
}
CONTACT_COLUMNS = (
    *("id", "public_id", "workspace_id", "external_id", "first_name", "last_name", "email", "phone", "language"),
    *("time_zone", "country", "attributes", "folded", "tags", "search", "bucket_seed", "created_at", "updated_at"),
    "imported_at",
)
ADDRESS_COLUMNS = (
    *("workspace_id", "contact_id", "channel", "value", "domain", "status", "status_reason", "status_at"),
    *("is_primary", "created_at"),
)
EVENT_COLUMNS = (
    *("public_id", "workspace_id", "kind", "contact_id", "at", "recorded_at", "properties", "folded", "amount"),
    *("currency", "source_kind"),
)


def write_people(workspace: Workspace, people: Sequence[Person]) -> None:
    """Attributes, contacts and addresses of `people`, whose ids are set on the way."""
    Attribute.objects.bulk_create(
        Attribute(workspace=workspace, key=key, type=kind, label=label, choices=choices)
        for key, kind, label, choices in ATTRIBUTES
    )
    for person, key in zip(people, allocate_ids(Contact, len(people)), strict=True):
        person.id = key
    copy_rows(Contact, CONTACT_COLUMNS, (_contact_row(workspace, person) for person in people))
    copy_rows(Address, ADDRESS_COLUMNS, (row for person in people for row in _address_rows(workspace, person)))


def write_activity(workspace: Workspace, people: Sequence[Person]) -> None:
    """What people did on the company's own site, as its shop would report it."""
    EventKind.objects.bulk_create(
        EventKind(workspace=workspace, name=name, properties=properties) for name, properties in EVENT_KINDS.items()
    )
    happenings = [row for person in people for row in _happenings(person)]
    happenings.sort(key=lambda row: row[0])
    copy_rows(Event, EVENT_COLUMNS, (_event_row(workspace, *row) for row in happenings))


def attributes_of(person: Person) -> dict[str, Any]:
    """The typed attributes, without those that are not known."""
    values: dict[str, Any] = {"favourite_place": person.favourite, "found_by": person.found_by}
    if person.company:
        values["travels_with"] = person.company
        values["brings_dog"] = "dog" in person.company
    if person.birthday:
        values["birthday"] = person.birthday.isoformat()
    if person.orders:
        spent = sum(order.total for order in person.orders)
        values["stays"] = len(person.orders)
        values["last_stay"] = person.orders[-1].at.date().isoformat()
        values["spent"] = {"amount": f"{spent}.00", "currency": CURRENCY}
    return values


def _contact_row(workspace: Workspace, person: Person) -> tuple[Any, ...]:
    attributes = attributes_of(person)
    fields = {
        "external_id": person.external_id or None,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "email": person.email,
        "phone": person.phone,
        "language": person.language,
        "time_zone": person.time_zone,
        "country": person.country,
        "tags": person.tags,
    }
    texts = {"first_name": person.first_name, "last_name": person.last_name, "found_by": person.found_by}
    values = fields | {
        "id": person.id,
        "public_id": person.public_id,
        "workspace_id": workspace.pk,
        "attributes": attributes,
        "folded": fold_texts(texts),
        "search": contact_vector(fields),
        "bucket_seed": Contact.seed_of(person.public_id.bytes),
        "created_at": person.joined_at,
        "updated_at": person.joined_at,
        "imported_at": person.joined_at if person.is_imported else None,
    }
    return tuple(values[column] for column in CONTACT_COLUMNS)


def _address_rows(workspace: Workspace, person: Person) -> Iterator[tuple[Any, ...]]:
    status = "valid" if person.orders or person.liveliness > 0.35 else "unverified"
    domain = person.email.partition("@")[2]
    at = person.joined_at
    status_at = at if status == "valid" else None
    yield (workspace.pk, person.id, "email", person.email, domain, status, "", status_at, True, at)
    if person.phone:
        yield (workspace.pk, person.id, "sms", person.phone, "", "unverified", "", None, True, at)


def _happenings(person: Person) -> Iterator[tuple[dt.datetime, Person, str, dict[str, Any]]]:
    yield person.joined_at, person, "contact.imported" if person.is_imported else "contact.created", {}
    for order in person.orders:
        total = {"amount": f"{order.total}.00", "currency": CURRENCY}
        yield order.at, person, "order.placed", {"cabin": order.cabin, "nights": order.nights, "total": total}
    for at, path in person.views:
        yield at, person, "page.viewed", {"path": path}
    for at, stars in person.reviews:
        yield at, person, "review.written", {"stars": stars}


def _event_row(
    workspace: Workspace, at: dt.datetime, person: Person, kind: str, properties: dict[str, Any]
) -> tuple[Any, ...]:
    total = properties.get("total")
    amount = int(total["amount"].partition(".")[0]) * 10_000 if total else None
    currency = CURRENCY if total else None
    folded = fold_texts(properties)
    return (uuid7(), workspace.pk, kind, person.id, at, at, properties, folded, amount, currency, "")
