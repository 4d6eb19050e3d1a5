"""Whom a row means, and what it changes of them: the rules of an import, without a database. Pure.

Rows are taken as though one after another. Within a round no two rows share an address or external id, so that a
round can be looked up and written as a set; rows that do share one wait for the next round (`rounds`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from contacts.importing.batch import IDENTITIES, Batch, Incoming

CREATE, UPDATE, KEEP = OUTCOMES = ("created", "updated", "unchanged")
MODES = ("upsert", "create", "update")


@dataclass
class Known:
    """What is known of the people of a round: ids by external id, e-mail and phone, and their rows by id.

    `former` are those external ids that lead to a contact because another one became part of it, `restricted` the
    ids of people of whom nothing may be changed.
    """

    external_id: Mapping[str, int] = field(default_factory=dict)
    email: Mapping[str, int] = field(default_factory=dict)
    phone: Mapping[str, int] = field(default_factory=dict)
    contacts: Mapping[int, dict[str, Any]] = field(default_factory=dict)
    erased: frozenset[str] = frozenset()
    former: frozenset[str] = frozenset()
    restricted: frozenset[int] = frozenset()


def rounds(batch: Batch) -> Iterator[list[int]]:
    """The places of rows, in rounds without a shared identity; none overtakes an earlier one that it shares with."""
    columns = [batch.fields[name] for name in IDENTITIES if name in batch.fields]
    waiting = list(range(len(batch)))
    if not any(_is_shared(column) for column in columns):
        yield waiting
        return
    own = [{pair for pair in enumerate(values) if pair[1]} for values in zip(*columns, strict=True)]
    while waiting:
        seen: set[tuple[int, str]] = set()
        now: list[int] = []
        later: list[int] = []
        for place in waiting:
            (now if seen.isdisjoint(own[place]) else later).append(place)
            seen |= own[place]
        yield now
        waiting = later


def _is_shared(column: Sequence[str]) -> bool:
    """True when two rows have the same value; blank ones say nothing."""
    return len(set(column) - {""}) < len(column) - column.count("")


def match(row: Incoming, known: Known, mode: str, by: str = "") -> int | None:
    """The id of the contact a row means, or None for somebody new; a row that cannot be taken is refused.

    The external id decides, then the e-mail address; the phone only where there is neither, since families share one.
    `by`, one of IDENTITIES, is asked before them: an old list may know people by nothing but the phone.
    """
    fields = row.fields
    found = {name: getattr(known, name).get(fields[name]) for name in IDENTITIES if name in fields}
    contact_id = found.get(by) or found.get("external_id") or found.get("email")
    if contact_id is None and "email" not in fields and "external_id" not in fields:
        contact_id = found.get("phone")
    for name, owner in found.items():
        if owner is not None and owner != contact_id:
            row.refuse(f"{name}_taken", value=fields[name])
            return None
    if contact_id is not None:
        other = known.contacts[contact_id]["external_id"]
        given = fields.get("external_id", other)
        if other and given != other and given not in known.former:
            row.refuse("external_id_taken", value=fields["external_id"])
    elif mode == "update":
        row.refuse("unknown_person")
    if contact_id in known.restricted and not row.problem:
        row.refuse("restricted")
    if not known.erased.isdisjoint(fields.values()) and not row.problem:
        row.refuse("erased")
    return contact_id


def changes(row: Incoming, contact: Mapping[str, Any], known: Known) -> tuple[dict[str, Any], dict[str, Any]]:
    """(new values, old values) of the fields that the row changes; both empty when it says nothing new.

    Empty cells never erase. An address the contact has already, primary or not, is no change. In old values None
    stands for an attribute that was not there.
    """
    new: dict[str, Any] = {}
    old: dict[str, Any] = {}
    for name, value in row.fields.items():
        is_known = (name in {"email", "phone"} and value in getattr(known, name)) or (
            name == "external_id" and value in known.former
        )
        if value != contact[name] and not is_known:
            new[name], old[name] = value, contact[name]
    attributes = contact["attributes"]
    different = {key: value for key, value in row.attributes.items() if attributes.get(key) != value}
    if different:
        new["attributes"] = attributes | different
        old["attributes"] = {key: attributes.get(key) for key in different}
    if row.tags:
        has = {tag.casefold() for tag in contact["tags"]}
        more = [tag for tag in row.tags if tag.casefold() not in has]
        if more:
            new["tags"], old["tags"] = [*contact["tags"], *more], list(contact["tags"])
    return new, old
