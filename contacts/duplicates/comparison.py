"""Several contacts side by side, as the page shows them before they become one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from contacts import merge_hooks, values
from contacts.addresses import readable_phone
from contacts.details import MAX_TAGS
from contacts.duplicates.fields import ATTRIBUTE, default_kept, differing, field_names, united_tags, winners
from contacts.duplicates.wording import REASONS
from contacts.models import Address, Attribute, Contact, DuplicatePair
from contacts.places import country_name, language_name
from contacts.services.merging import persons
from contacts.wording import TARGET_LABELS


@dataclass(frozen=True)
class Cell:
    """What one person says in a field."""

    contact: Contact
    text: str
    is_chosen: bool


@dataclass(frozen=True)
class Row:
    """One field of everybody; `name` is what the form calls it."""

    name: str
    label: str
    cells: list[Cell]


@dataclass(frozen=True)
class Comparison:
    """Everything the page needs: who, in which fields they differ, what they share, and what comes together."""

    people: list[Contact]
    kept: Contact
    differing: list[Row]
    agreed: list[Row]
    addresses: list[Address]
    tags: list[str]
    reasons: list[str]
    foretold: list[str]


def compare(people: Sequence[Contact]) -> Comparison:
    """The people of one workspace, at least two; the one to keep first."""
    compared = persons(people)
    kept_key = default_kept(compared).key
    ordered = sorted(people, key=lambda contact: (contact.pk != kept_key, contact.pk))
    compared = persons(ordered)
    winning = winners(compared, kept_key)
    different = differing(compared, list(winning))
    attributes = {row.key: row for row in Attribute.objects.in_workspace(ordered[0].workspace_id)}
    by_key = {person.key: person for person in compared}
    rows = {
        name: Row(
            name=f"field:{name}",
            label=_label(name, attributes),
            cells=[
                Cell(contact, _shown(name, by_key[contact.pk].values.get(name), attributes), contact.pk == winner)
                for contact in ordered
            ],
        )
        for name, winner in ((name, winning[name]) for name in field_names(compared))
    }
    kept, *others = ordered
    ids = [contact.pk for contact in ordered]
    return Comparison(
        people=ordered,
        kept=kept,
        differing=[row for name, row in rows.items() if name in different],
        agreed=[row for name, row in rows.items() if name not in different],
        addresses=list(Address.objects.filter(contact_id__in=ids).order_by("channel", "value")),
        tags=united_tags(kept.tags, [other.tags for other in others], MAX_TAGS),
        reasons=_reasons(ids),
        foretold=merge_hooks.foretold(kept.pk, ids[1:]),
    )


def _reasons(ids: Sequence[int]) -> list[str]:
    found = {reason for pair in DuplicatePair.objects.open().among(ids) for reason in pair.reasons}
    return [str(words) for reason, words in REASONS.items() if reason in found]


def _label(name: str, attributes: dict[str, Attribute]) -> str:
    if name.startswith(ATTRIBUTE):
        known = attributes.get(name.removeprefix(ATTRIBUTE))
        return known.label if known else name.removeprefix(ATTRIBUTE)
    return str(TARGET_LABELS[name])


def _shown(name: str, value: Any, attributes: dict[str, Attribute]) -> str:
    if value in (None, "", []):
        return ""
    if name.startswith(ATTRIBUTE):
        known = attributes.get(name.removeprefix(ATTRIBUTE))
        return values.print_value(known.type, value) if known else str(value)
    readable = {"phone": readable_phone, "country": country_name, "language": language_name}
    return readable[name](value) if name in readable else str(value)
