"""What contacts themselves keep about a person."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from contacts import values
from contacts.addresses import readable_phone
from contacts.models import (
    Address,
    AddressState,
    Attribute,
    Contact,
    Import,
    ImportedChange,
    LookUp,
    Merge,
    Restriction,
    RightsRequest,
)
from contacts.places import country_name, language_name
from contacts.rights.registry import Section
from contacts.story import FIELDS
from contacts.wording import STATUS_REASONS
from events.catalogue import words_for
from events.models import Event

CHUNK = 2_000


def own_sections(contact: Contact) -> Iterator[Section]:
    """Profile, addresses, details, where they came from, requests, and last everything that happened."""
    yield _profile(contact)
    yield _addresses(contact)
    yield _address_history(contact)
    yield _look_ups(contact)
    yield _details(contact)
    yield _origins(contact)
    yield _merges(contact)
    yield _requests(contact)


def log_sections(contact: Contact) -> Iterator[Section]:
    """Everything the event log says, newest first; there may be very many."""
    fields = {"at": _("When"), "what": _("What happened"), "properties": _("Details")}
    yield Section(key="events", title=_("What happened"), fields=fields, rows=_events(contact))


def _profile(contact: Contact) -> Section:
    fields = {
        "id": _("Our number for you"),
        "external_id": _("Our other number for you"),
        "first_name": _("First name"),
        "last_name": _("Last name"),
        "email": _("E-mail address"),
        "phone": _("Phone"),
        "language_name": _("Language"),
        "country_name": _("Country"),
        "time_zone": _("Time zone"),
        "tags": _("Tags"),
        "created_at": _("Known since"),
        "updated_at": _("Last changed"),
        "restricted_since": _("Kept but not used since"),
        "restriction_note": _("Why it is not used"),
    }
    restriction = Restriction.objects.filter(contact=contact).first()
    names = ("external_id", "first_name", "last_name", "email", "phone", "language", "country", "time_zone", "tags")
    row = {name: getattr(contact, name) for name in (*names, "created_at", "updated_at")}
    row |= {
        "id": str(contact.public_id),
        "language_name": language_name(contact.language) if contact.language else "",
        "country_name": country_name(contact.country) if contact.country else "",
        "restricted_since": restriction.created_at if restriction else None,
        "restriction_note": restriction.note if restriction else "",
    }
    return Section(key="profile", title=_("You"), fields=fields, rows=[row], is_record=True)


def _addresses(contact: Contact) -> Section:
    fields = {
        "channel_name": _("Kind"),
        "value": _("Address"),
        "is_primary": _("Main one"),
        "status_name": _("State"),
        "reason": _("Why"),
        "status_at": _("State since"),
        "created_at": _("Known since"),
    }
    rows = (
        {
            "channel": row.channel,
            "channel_name": row.get_channel_display(),
            "value": row.value if row.channel == "email" else readable_phone(row.value),
            "is_primary": row.is_primary,
            "status": row.status,
            "status_name": row.get_status_display(),
            "reason": str(STATUS_REASONS.get(row.status_reason, row.status_reason)),
            "status_at": row.status_at,
            "created_at": row.created_at,
        }
        for row in Address.objects.of_contact(contact).iterator(CHUNK)
    )
    return Section(key="addresses", title=_("Ways to reach you"), fields=fields, rows=rows)


def _address_history(contact: Contact) -> Section:
    fields = {
        "at": _("When"),
        "address": _("Address"),
        "status_name": _("State"),
        "reason": _("Why"),
        "source_name": _("Known from"),
    }
    states = AddressState.objects.filter(address__contact=contact).select_related("address").order_by("at", "id")
    rows = (
        {
            "at": row.at,
            "address": row.address.value,
            "status": row.status,
            "status_name": row.get_status_display(),
            "reason": str(STATUS_REASONS.get(row.reason, row.reason)),
            "source": row.source,
            "source_name": row.get_source_display(),
        }
        for row in states.iterator(CHUNK)
    )
    return Section(key="address_history", title=_("How your addresses fared"), fields=fields, rows=rows)


def _look_ups(contact: Contact) -> Section:
    fields = {
        "at": _("When"),
        "address": _("Address"),
        "provider": _("Asked"),
        "answer_name": _("Answer"),
        "network": _("Network"),
    }
    asked = LookUp.objects.filter(address__contact=contact).select_related("address").order_by("asked_at", "id")
    rows = (
        {
            "at": row.asked_at,
            "address": row.address.value,
            "provider": row.provider,
            "answer": row.answer,
            "answer_name": row.get_answer_display(),
            "network": row.network,
        }
        for row in asked.iterator(CHUNK)
    )
    return Section(key="look_ups", title=_("Number checks"), fields=fields, rows=rows)


def _details(contact: Contact) -> Section:
    fields = {"label": _("What"), "shown": _("Value"), "description": _("What it means")}
    known = {row.key: row for row in Attribute.objects.in_workspace(contact.workspace).by_label()}
    order = [key for key in known if key in contact.attributes]
    order += [key for key in contact.attributes if key not in known]
    rows = (_detail(key, contact.attributes[key], known) for key in order)
    return Section(key="details", title=_("Details"), fields=fields, rows=rows)


def _detail(key: str, value: Any, known: Mapping[str, Attribute]) -> dict[str, Any]:
    attribute = known.get(key)
    return {
        "key": key,
        "label": attribute.label if attribute else key,
        "description": attribute.description if attribute else "",
        "value": value,
        "shown": values.print_value(attribute.type if attribute else "text", value),
    }


def _origins(contact: Contact) -> Section:
    """The import that brought them, and what imports changed of them."""
    fields = {"at": _("When"), "file": _("File"), "what": _("What"), "before": _("What it said before")}
    return Section(key="imports", title=_("Files you came with"), fields=fields, rows=_import_rows(contact))


def _import_rows(contact: Contact) -> Iterator[dict[str, Any]]:
    brought = Import.objects.in_workspace(contact.workspace).filter(pk=contact.import_batch_id).first()
    if brought is not None:
        yield {"at": contact.imported_at, "file": brought.file_name, "what": _("You came with this file"), "before": {}}
    changes = ImportedChange.objects.filter(contact=contact).select_related("import_batch").order_by("pk")
    for change in changes.iterator(CHUNK):
        before = {str(FIELDS.get(name, name)): value for name, value in change.before.items()}
        yield {
            "at": change.import_batch.started_at,
            "file": change.import_batch.file_name,
            "what": _("It changed what we knew"),
            "before": before,
        }


def _merges(contact: Contact) -> Section:
    """Two entries that became one, and what the other had said while it can still be taken apart again."""
    fields = {"at": _("When"), "id": _("Number of the other entry"), "before": _("What it said")}
    rows = (
        {
            "at": row.created_at,
            "id": str(row.merged_public_id),
            "before": _told_before(row.before),
            "undone_at": row.undone_at,
        }
        for row in Merge.objects.filter(kept=contact).order_by("created_at", "id").iterator(CHUNK)
    )
    return Section(key="merges", title=_("Entries of you that became one"), fields=fields, rows=rows)


def _told_before(before: Mapping[str, Any] | None) -> dict[str, Any]:
    known = {str(words): (before or {}).get(name) for name, words in FIELDS.items()}
    return {words: value for words, value in known.items() if value}


def _requests(contact: Contact) -> Section:
    fields = {
        "received_at": _("Asked"),
        "kind_name": _("For"),
        "source_name": _("How"),
        "note": _("Note"),
        "outcome_name": _("State"),
        "done_at": _("Done"),
    }
    rows = (
        {
            "received_at": row.created_at,
            "kind": row.kind,
            "kind_name": row.get_kind_display(),
            "source_name": row.get_source_display(),
            "note": row.note,
            "outcome": row.outcome,
            "outcome_name": row.get_outcome_display(),
            "done_at": row.done_at,
        }
        for row in RightsRequest.objects.filter(contact=contact).order_by("created_at").iterator(CHUNK)
    )
    return Section(key="requests", title=_("What you asked for"), fields=fields, rows=rows)


def _events(contact: Contact) -> Iterator[dict[str, Any]]:
    for event in Event.objects.of_contact(contact.pk).iterator(CHUNK):
        yield {"at": event.at, "kind": event.kind, "what": words_for(event.kind), "properties": event.properties}
