"""Writing a chunk of rows as sets, in the caller's transaction: new people are copied in, known ones updated."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
from django.db import connection, transaction

from contacts import import_hooks
from contacts.details import TEXT_FIELDS, AttributeKind, contact_vector, folded_texts
from contacts.importing.batch import Batch, Incoming
from contacts.importing.copying import (
    ADDRESS_COLUMNS,
    array_text,
    copy,
    escaped,
    json_text,
    prepare_table,
    replace_addresses,
    without_nul,
)
from contacts.importing.lookup import any_former_names, any_tombstones, look_up
from contacts.importing.matching import CREATE, KEEP, OUTCOMES, UPDATE, changes, match, rounds
from contacts.importing.people import CONTACT_COLUMNS, PeopleLines
from contacts.models import Import

CHUNK_TABLE = "contacts_import_chunk"
NOTHING = "\\N"  # null, as COPY writes it
UPDATE_TABLE = "contacts_import_update"
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
class Result:
    """What became of the rows of a chunk: who they reached, and how, and those that were not taken."""

    reached: list[tuple[Sequence[int], Sequence[int], str]] = field(default_factory=list)
    rejected: list[Incoming] = field(default_factory=list)

    def add(self, numbers: Sequence[int], contact_ids: Sequence[int], outcome: str) -> None:
        """Note that the rows with these numbers reached these contacts."""
        self.reached.append((numbers, contact_ids, outcome))

    def counts(self) -> Counts:
        """How many there were of each."""
        sums = {
            outcome: sum(len(ids) for _numbers, ids, each in self.reached if each == outcome) for outcome in OUTCOMES
        }
        return Counts(sums[CREATE], sums[UPDATE], sums[KEEP], len(self.rejected))


@dataclass
class _Update:
    number: int
    contact_id: int
    before: dict[str, Any]
    old: dict[str, Any]
    after: dict[str, Any] = field(default_factory=dict)


@dataclass
class _Found:
    """What a round has to write: places of new people, updates, and places of rows of somebody met by another name.

    What those last change is seen after the others are written.
    """

    new: list[int] = field(default_factory=list)
    updates: list[_Update] = field(default_factory=list)
    again: list[int] = field(default_factory=list)


class ChunkWriter:
    """Writes the chunks of one import, one after another.

    While nobody in the file turns out to be known, chunks are simply copied: the unique constraints tell when that
    was wrong, and the chunk is done again with looking people up first.
    """

    def __init__(
        self,
        import_: Import,
        kinds: Mapping[str, AttributeKind],
        moment: dt.datetime,
        people: PeopleLines | None = None,
    ) -> None:
        self._import = import_
        self._workspace_id = import_.workspace_id
        self._kinds = kinds
        self._people = people or PeopleLines(import_, kinds, moment)
        self._mode = import_.options.get("mode", "upsert")
        self._match_by = import_.options.get("match_by", "")
        self._moment = f"{moment:%Y-%m-%d %H:%M:%S.%f+00}"
        self._expects_strangers = self._mode != "update"

    def write(self, batch: Batch) -> Counts:
        """Write what the rows say. Raises ChangedMeanwhile or a unique violation when somebody else was quicker."""
        result = Result(rejected=batch.refused())
        good = batch.good()
        for places in rounds(good):
            self._write_round(good.take(places), result)
        counts = result.counts()
        self._write_rejects(result.rejected)
        self._expects_strangers = self._mode != "update" and counts.updated + counts.unchanged == 0
        hooks = import_hooks.chunk_hooks()
        options = self._import.options
        if hooks and (options.get("topic") or options.get("static_list")):
            self._call(hooks, batch, result)
        return counts

    def _write_round(self, batch: Batch, result: Result) -> None:
        if self._expects_strangers and not self._must_look():
            try:
                with transaction.atomic():
                    ids = self._create(batch)
                result.add(batch.numbers, ids, CREATE)
                return
            except psycopg.errors.UniqueViolation:
                self._expects_strangers = False
        found = self._find(batch, result)
        if found.updates:
            self._update(found.updates)
            result.add(*_columns([(update.number, update.contact_id) for update in found.updates]), UPDATE)
        if found.new:
            people = batch.take(found.new)
            result.add(people.numbers, self._create(people), CREATE)
        if found.again:
            self._write_round(batch.take(found.again), result)

    def _find(self, batch: Batch, result: Result) -> "_Found":
        """Look up whom the rows mean, and what they change."""
        rows = batch.rows()
        known = look_up(self._workspace_id, rows)
        found = _Found()
        same: list[tuple[int, int]] = []
        met: set[int] = set()
        for place, row in enumerate(rows):
            contact_id = match(row, known, self._mode, self._match_by)
            if row.problem:
                result.rejected.append(row)
            elif contact_id is None:
                found.new.append(place)
            elif contact_id in met:
                found.again.append(place)
            else:
                met.add(contact_id)
                contact = known.contacts[contact_id]
                after, old = ({}, {}) if self._mode == "create" else changes(row, contact, known)
                if after:
                    found.updates.append(_Update(row.number, contact_id, contact, old, after))
                else:
                    same.append((row.number, contact_id))
        result.add(*_columns(same), KEEP)
        return found

    def _must_look(self) -> bool:
        """Whether somebody could be known in a way that no unique constraint tells."""
        return any_tombstones(self._workspace_id) or any_former_names(self._workspace_id)

    # New contacts.

    def _create(self, batch: Batch) -> list[int]:
        """Copy new people in; returns their ids."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT nextval('contacts_contact_id_seq') FROM generate_series(1, %s)", [len(batch)])
            ids = [contact_id for (contact_id,) in cursor.fetchall()]
            copy(cursor, f"contacts_contact ({CONTACT_COLUMNS})", self._people.contacts(batch, ids))
            copy(cursor, f"contacts_address ({ADDRESS_COLUMNS})", self._people.addresses(batch, ids))
        return ids

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
        folded = folded_texts(merged["first_name"], merged["last_name"], merged["attributes"], self._kinds)
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
                    *(escaped(merged[name]) for name in TEXT_FIELDS[1:]),
                    json_text(merged["attributes"]),
                    json_text(folded),
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

    def _call(self, hooks: Sequence[Callable[..., None]], batch: Batch, result: Result) -> None:
        agrees = dict(zip(batch.numbers, batch.agrees, strict=True))
        days = dict(zip(batch.numbers, batch.agreed_on, strict=True)) if batch.agreed_on else {}
        with connection.cursor() as cursor:
            prepare_table(
                cursor,
                CHUNK_TABLE,
                "row_number bigint, contact_id bigint, outcome text, agrees boolean, agreed_on date",
            )
            copy(
                cursor,
                CHUNK_TABLE,
                (
                    f"{number}\t{contact_id}\t{outcome}\t{agrees[number]}\t{days.get(number) or NOTHING}\n"
                    for numbers, ids, outcome in result.reached
                    for number, contact_id in zip(numbers, ids, strict=True)
                ),
            )
            cursor.execute(f"ANALYZE {CHUNK_TABLE}")
            for hook in hooks:
                hook(cursor, self._import, CHUNK_TABLE)


def _columns(pairs: Sequence[tuple[int, int]]) -> tuple[list[int], list[int]]:
    return [first for first, _second in pairs], [second for _first, second in pairs]


def _shown(text: str) -> str:
    return escaped(without_nul(text))
