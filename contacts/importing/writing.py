"""Writing a chunk of rows as sets, in the caller's transaction: new people are copied in, known ones updated."""

import datetime as dt
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
from django.db import connection, transaction

from contacts import import_hooks
from contacts.addresses import domain_of
from contacts.details import AttributeKind, contact_vector, folded_texts
from contacts.importing.converting import Incoming
from contacts.importing.copying import (
    ADDRESS_COLUMNS,
    array_text,
    copy,
    escaped,
    json_text,
    new_identifiers,
    prepare_table,
    replace_addresses,
    without_nul,
)
from contacts.importing.lookup import any_former_names, any_tombstones, look_up
from contacts.importing.matching import CREATE, KEEP, UPDATE, changes, match, rounds
from contacts.models import BUCKET_PRIME, Import

CHUNK_TABLE = "contacts_import_chunk"
UPDATE_TABLE = "contacts_import_update"
_CONTACT_COLUMNS = (
    "id, public_id, created_at, external_id, first_name, last_name, email, phone, language, time_zone, country,"
    " attributes, folded, tags, search, bucket_seed, updated_at, imported_at, import_batch_id, workspace_id"
)
_UPDATED = (
    "external_id",
    "first_name",
    "last_name",
    "email",
    "phone",
    "language",
    "time_zone",
    "country",
    "attributes",
    "folded",
    "tags",
    "search",
)
_NEW = {
    "external_id": "",
    "first_name": "",
    "last_name": "",
    "email": "",
    "phone": "",
    "language": "",
    "time_zone": "",
    "country": "",
}


class ChangedMeanwhile(Exception):
    """Somebody else changed one of the contacts while the chunk was worked out: it has to be done again."""


@dataclass
class Counts:
    """What became of the rows of a chunk."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0


@dataclass
class Outcome:
    """A row that reached a contact."""

    row: Incoming
    contact_id: int
    outcome: str


@dataclass
class _Update:
    contact_id: int
    before: dict[str, Any]
    old: dict[str, Any]
    after: dict[str, Any] = field(default_factory=dict)


class ChunkWriter:
    """Writes the chunks of one import, one after another.

    While nobody in the file turns out to be known, chunks are simply copied: the unique constraints tell when that
    was wrong, and the chunk is done again with looking people up first.
    """

    def __init__(self, import_: Import, kinds: Mapping[str, AttributeKind], moment: dt.datetime) -> None:
        self._import = import_
        self._workspace_id = import_.workspace_id
        self._kinds = kinds
        self._mode = import_.options.get("mode", "upsert")
        self._match_by = import_.options.get("match_by", "")
        self._moment = f"{moment:%Y-%m-%d %H:%M:%S.%f+00}"
        self._expects_strangers = self._mode != "update"

    def write(self, rows: Sequence[Incoming]) -> Counts:
        """Write what the rows say. Raises ChangedMeanwhile or a unique violation when somebody else was quicker."""
        outcomes: list[Outcome] = []
        for batch in rounds([row for row in rows if not row.problem]):
            outcomes += self._write_round(batch)
        counts = Counts(
            created=sum(item.outcome == CREATE for item in outcomes),
            updated=sum(item.outcome == UPDATE for item in outcomes),
            unchanged=sum(item.outcome == KEEP for item in outcomes),
        )
        rejected = [row for row in rows if row.problem]
        counts.rejected = len(rejected)
        self._write_rejects(rejected)
        self._expects_strangers = self._mode != "update" and counts.updated + counts.unchanged == 0
        hooks = import_hooks.chunk_hooks()
        if hooks and self._import.options.get("topic"):
            self._call(hooks, outcomes)
        return counts

    def _write_round(self, batch: list[Incoming]) -> list[Outcome]:
        if self._expects_strangers and not self._must_look():
            try:
                with transaction.atomic():
                    return self._create(batch)
            except psycopg.errors.UniqueViolation:
                self._expects_strangers = False
        known = look_up(self._workspace_id, batch)
        new: list[Incoming] = []
        outcomes: list[Outcome] = []
        updates: list[_Update] = []
        met: set[int] = set()
        again: list[Incoming] = []
        for row in batch:
            contact_id = match(row, known, self._mode, self._match_by)
            if row.problem:
                continue
            if contact_id is None:
                new.append(row)
                continue
            if contact_id in met:  # the same person by another name: what the row changes is seen after the first
                again.append(row)
                continue
            met.add(contact_id)
            contact = known.contacts[contact_id]
            after, old = ({}, {}) if self._mode == "create" else changes(row, contact, known)
            outcomes.append(Outcome(row, contact_id, UPDATE if after else KEEP))
            if after:
                updates.append(_Update(contact_id, contact, old, after))
        if updates:
            self._update(updates)
        outcomes += self._create(new) if new else []
        return outcomes + (self._write_round(again) if again else [])

    def _must_look(self) -> bool:
        """Whether somebody could be known in a way that no unique constraint tells."""
        return any_tombstones(self._workspace_id) or any_former_names(self._workspace_id)

    # New contacts.

    def _create(self, rows: Sequence[Incoming]) -> list[Outcome]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT nextval('contacts_contact_id_seq') FROM generate_series(1, %s)", [len(rows)])
            ids = [contact_id for (contact_id,) in cursor.fetchall()]
            copy(cursor, f"contacts_contact ({_CONTACT_COLUMNS})", self._contact_lines(rows, ids))
            copy(cursor, f"contacts_address ({ADDRESS_COLUMNS})", self._address_lines(rows, ids))
        return [Outcome(row, contact_id, CREATE) for row, contact_id in zip(rows, ids, strict=True)]

    def _contact_lines(self, rows: Sequence[Incoming], ids: Sequence[int]) -> Iterator[str]:
        moment, tail = self._moment, f"{self._import.pk}\t{self._workspace_id}\n"
        for row, contact_id, identifier in zip(rows, ids, new_identifiers(len(rows)), strict=True):
            fields: dict[str, Any] = {**_NEW, **row.fields, "tags": row.tags}
            seed = int.from_bytes(hashlib.sha256(identifier).digest()[:4], "big") % BUCKET_PRIME
            yield "\t".join(
                (
                    str(contact_id),
                    identifier.hex(),
                    moment,
                    escaped(fields["external_id"]) or "\\N",
                    escaped(fields["first_name"]),
                    escaped(fields["last_name"]),
                    escaped(fields["email"]),
                    fields["phone"],
                    fields["language"],
                    fields["time_zone"],
                    fields["country"],
                    json_text(row.attributes),
                    json_text(self._folded(fields, row.attributes)),
                    array_text(row.tags),
                    escaped(contact_vector(fields)),
                    str(seed),
                    moment,
                    moment,
                    tail,
                )
            )

    def _folded(self, fields: Mapping[str, Any], attributes: Mapping[str, Any]) -> dict[str, str]:
        return folded_texts(fields["first_name"], fields["last_name"], attributes, self._kinds)

    def _address_lines(self, rows: Sequence[Incoming], ids: Sequence[int]) -> Iterator[str]:
        tail = f"unverified\t\tt\t{self._moment}\n"
        for row, contact_id in zip(rows, ids, strict=True):
            email, phone = row.fields.get("email"), row.fields.get("phone")
            if email:
                value = escaped(email)
                yield f"{self._workspace_id}\t{contact_id}\temail\t{value}\t{domain_of(value)}\t{tail}"
            if phone:
                yield f"{self._workspace_id}\t{contact_id}\tsms\t{phone}\t\t{tail}"

    # Known contacts.

    def _update(self, updates: Sequence[_Update]) -> None:
        """Write the changed rows, what they were before, and their addresses."""
        with connection.cursor() as cursor:
            prepare_table(
                cursor,
                UPDATE_TABLE,
                "id bigint, seen xid, external_id text, first_name text, last_name text, email text,"
                " phone text, language text, time_zone text, country text, attributes jsonb, folded jsonb,"
                " tags text[], search tsvector, before jsonb, is_ours boolean",
            )
            copy(cursor, UPDATE_TABLE, map(self._update_line, updates))
            assignments = ", ".join(f"{name} = u.{name}" for name in _UPDATED)
            cursor.execute(
                f"UPDATE contacts_contact c SET {assignments}, updated_at = %s"  # noqa: S608 - names from above
                f" FROM {UPDATE_TABLE} u WHERE c.id = u.id AND c.xmin = u.seen",
                [self._moment],
            )
            if cursor.rowcount != len(updates):
                raise ChangedMeanwhile
            # The oldest value of each field stays: that is the one from before the import.
            cursor.execute(
                "INSERT INTO contacts_importedchange (import_batch_id, contact_id, before)"  # noqa: S608 - as above
                f" SELECT %s, id, before FROM {UPDATE_TABLE} WHERE NOT is_ours"
                " ON CONFLICT (import_batch_id, contact_id) DO UPDATE"
                " SET before = excluded.before || contacts_importedchange.before",
                [self._import.pk],
            )
            replace_addresses(
                cursor,
                self._workspace_id,
                [
                    (update.contact_id, channel, update.after[name])
                    for update in updates
                    for name, channel in (("email", "email"), ("phone", "sms"))
                    if name in update.after
                ],
            )

    def _update_line(self, update: _Update) -> str:
        merged = {**update.before, **update.after}
        merged["external_id"] = merged["external_id"] or ""
        before = dict(update.old)
        # One entry per attribute, so that a second row of the same person adds to what the first one kept.
        for key, value in before.pop("attributes", {}).items():
            before[f"attributes.{key}"] = value
        return (
            "\t".join(
                (
                    str(update.contact_id),
                    str(merged["xmin"]),
                    escaped(merged["external_id"]) or "\\N",
                    *(escaped(merged[name]) for name in list(_NEW)[1:]),
                    json_text(merged["attributes"]),
                    json_text(self._folded(merged, merged["attributes"])),
                    array_text(merged["tags"]),
                    escaped(contact_vector(merged)),
                    json_text(before),
                    "t" if merged["import_batch_id"] == self._import.pk else "f",
                )
            )
            + "\n"
        )

    # What else a chunk leaves behind.

    def _write_rejects(self, rows: Sequence[Incoming]) -> None:
        if not rows:
            return
        with connection.cursor() as cursor:
            copy(
                cursor,
                'contacts_importreject (import_batch_id, row_number, reason, "column", value, cells)',
                (
                    f"{self._import.pk}\t{row.number}\t{row.problem}\t{_shown(row.column)}\t{_shown(row.value)}"
                    # Of somebody who was erased nothing is kept, not even what a file says again.
                    f"\t{array_text([without_nul(cell) for cell in row.cells] if row.problem != 'erased' else [])}\n"
                    for row in rows
                ),
            )

    def _call(self, hooks: Sequence[Callable[..., None]], outcomes: Sequence[Outcome]) -> None:
        with connection.cursor() as cursor:
            prepare_table(cursor, CHUNK_TABLE, "row_number bigint, contact_id bigint, outcome text")
            copy(
                cursor,
                CHUNK_TABLE,
                (f"{item.row.number}\t{item.contact_id}\t{item.outcome}\n" for item in outcomes if item.row.agrees),
            )
            cursor.execute(f"ANALYZE {CHUNK_TABLE}")
            for hook in hooks:
                hook(cursor, self._import, CHUNK_TABLE)


def _shown(text: str) -> str:
    return escaped(without_nul(text))
