"""From the cells of rows to the values of contacts, column by column: one plan per file. Pure."""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from contacts import values
from contacts.addresses import normalise_email, normalise_phone
from contacts.details import AttributeKind, clean_short_text, clean_tags
from contacts.formulas import undisarmed
from contacts.importing.batch import Batch, Incoming, Refusal
from contacts.importing.columns import CONSENT, CONSENT_DAY, FULL_NAME, TAGS, Column
from contacts.importing.intake.kinds import NOT_AN_OBJECT
from contacts.importing.remembering import Memory, Room
from contacts.importing.rows import Block, Row
from contacts.places import normalise_country, normalise_language, normalise_zone
from contacts.problems import Problem
from contacts.values import YES, ReadingRules
from core.folding import fold

Read = Callable[[str], Any]
_ROWS_TOGETHER = 500
_PAST_DAY = AttributeKind("date", limits={"not_future": True})  # nobody has agreed tomorrow


class Converter:
    """Reads the rows of one file. `region` is the country of phone numbers without a country code."""

    def __init__(
        self,
        columns: Sequence[Column],
        kinds: Mapping[str, AttributeKind],
        *,
        region: str = "",
        rules: ReadingRules = values.DEFAULT_RULES,
    ) -> None:
        self._region = region
        self._width = len(columns)
        self._headings = [column.heading for column in columns]
        self._has_consent = any(column.target == CONSENT for column in columns)
        self._phone: int | None = None
        self._room = Room()
        self._plan: list[_Step] = []
        for index, column in enumerate(columns):
            self._add(index, column, kinds, rules)

    def _add(self, index: int, column: Column, kinds: Mapping[str, AttributeKind], rules: ReadingRules) -> None:
        kind, _, key = column.target.partition(":")
        if kind == "attribute" and key in kinds:
            own = ReadingRules(day_first=column.day_first, zone=rules.zone, currency=rules.currency)
            self._plan.append(_Step(index, "attribute", key, kinds[key].reader(own), None, self._room))
        elif column.target == CONSENT_DAY:
            own = ReadingRules(day_first=column.day_first, zone=rules.zone)
            self._plan.append(_Step(index, CONSENT_DAY, CONSENT_DAY, _PAST_DAY.reader(own), "", self._room))
        elif column.target == "phone":
            self._phone = index
        elif column.target in _READERS:
            read, nothing = _READERS[column.target]
            room = None if column.target in _DIFFERENT else self._room
            self._plan.append(_Step(index, column.target, column.target, read, nothing, room))

    def convert(self, number: int, row: Row) -> Incoming:
        """What the row with this number in the file says."""
        block = Block(row.end, [row.cells], {0: row.problem} if row.problem else {})
        return self.convert_block(number, block).rows()[0]

    def convert_block(self, first_number: int, block: Block) -> Batch:
        """What rows that follow one another say, the first of which has this number in the file."""
        refusals = {place: Refusal(problem) for place, problem in block.problems.items()}
        columns = self._columns(block.cells, refusals)
        found = _Found(len(block.cells), agrees=not self._has_consent)
        for step in self._plan:
            column = columns[step.index]
            said = step.read_column(column)
            if step.is_in_doubt:
                self._refuse(step.index, column, said, refusals, step.nothing)
            found.put(step.target, step.key, said)
        if self._phone is not None:
            self._read_phones(columns[self._phone], found, refusals)
        batch = Batch(
            range(first_number, first_number + len(block.cells)),
            block.cells,
            found.fields,
            found.attributes,
            found.tags,
            found.agrees,
            refusals,
            found.agreed_on,
        )
        _refuse_nameless(batch, refusals)
        return batch

    def _columns(self, rows: Sequence[list[str]], refusals: dict[int, Refusal]) -> Sequence[Sequence[str]]:
        """The cells column by column; rows that cannot be read are blank, and rows with more cells are refused."""
        width = self._width
        if refusals or set(map(len, rows)) != {width}:
            rows = list(rows)
            for place, cells in enumerate(rows):
                if place not in refusals and any(cell.strip() for cell in cells[width:]):
                    refusals[place] = Refusal("row_json" if cells[-1] == NOT_AN_OBJECT else "row_cells")
                if place in refusals:
                    rows[place] = [""] * width
                elif len(cells) != width:
                    rows[place] = (cells + [""] * (width - len(cells)))[:width]
        return list(zip(*rows, strict=True)) or [()] * width

    def _refuse(
        self, index: int, column: Sequence[str], said: list[Any], refusals: dict[int, Refusal], nothing: Any
    ) -> None:
        """Note the cells that could not be read; the first of a row counts."""
        for place, value in enumerate(said):
            if type(value) is _Unreadable:
                said[place] = nothing
                refusals.setdefault(place, Refusal(value.problem, self._headings[index], column[place]))

    def _read_phones(self, column: Sequence[str], found: "_Found", refusals: dict[int, Refusal]) -> None:
        """The phones last, since the row's own country says how to read them."""
        countries = found.fields.get("country") or itertools.repeat("")
        said: list[Any] = []
        is_in_doubt = False
        for cell, country in zip(column, countries, strict=False):
            text = _text_of(cell)
            try:
                said.append(normalise_phone(text, country or self._region) if text else "")
            except Problem as problem:
                is_in_doubt = True
                said.append(_Unreadable(problem.code))
        if is_in_doubt:
            self._refuse(self._phone or 0, column, said, refusals, "")
        found.put("phone", "phone", said)


def _refuse_nameless(batch: Batch, refusals: dict[int, Refusal]) -> None:
    """Refuse rows by which nobody could be found again."""
    identities = [batch.fields[name] for name in ("email", "phone", "external_id") if name in batch.fields]
    if identities and all(identities[0]):
        return
    told = map(any, zip(*identities, strict=True)) if identities else itertools.repeat(False, len(batch))
    for place, is_told in enumerate(told):
        if not is_told:
            refusals.setdefault(place, Refusal("no_identity"))


def _text_of(cell: str) -> str:
    """The cell without outer blanks, and as it was before our own export made it harmless for spreadsheets."""
    text = cell.strip()
    return undisarmed(text) if text[:1] == "'" else text


class _Unreadable:
    """Stands for a cell that cannot be read."""

    __slots__ = ("problem",)

    def __init__(self, problem: str) -> None:
        self.problem = problem


class _Step:
    """Reads one column. `nothing` is what an empty cell says; without `room` its readings are not kept."""

    def __init__(self, index: int, target: str, key: str, read: Read, nothing: Any, room: Room | None) -> None:
        self.index = index
        self.target = target
        self.key = key
        self.nothing = nothing
        self.is_in_doubt = False
        self._read = read
        self._one = self._read_cell if room is None else Memory(self._read_cell, room).__getitem__

    def read_column(self, column: Sequence[str]) -> list[Any]:
        """What each cell says; once a cell was unreadable, `is_in_doubt` says that some may be _Unreadable."""
        return list(map(self._one, column))

    def _read_cell(self, cell: str) -> Any:
        text = _text_of(cell)
        if not text:
            return self.nothing
        try:
            return self._read(text)
        except Problem as problem:
            self.is_in_doubt = True
            return _Unreadable(problem.code)


class _Found:
    """The columns of a batch as they are read. Of two for the same thing the later one counts where it says any."""

    def __init__(self, count: int, *, agrees: bool) -> None:
        self.fields: dict[str, list[str]] = {}
        self.attributes: dict[str, list[Any]] = {}
        self.tags: list[list[str]] = [[]] * count
        self.agrees: list[bool] = [agrees] * count
        self.agreed_on: list[str] = []

    def put(self, target: str, key: str, said: list[Any]) -> None:
        """Add one column."""
        if target == TAGS:
            self.tags = [new or old for new, old in zip(said, self.tags, strict=True)]
        elif target == CONSENT:
            self.agrees = [old if new is None else new for new, old in zip(said, self.agrees, strict=True)]
        elif target == CONSENT_DAY:
            self.agreed_on = said
        elif target == FULL_NAME:
            for name in ("first_name", "last_name"):
                self.put(name, name, [parts.get(name, "") for parts in said])
        elif target == "attribute":
            before = self.attributes.get(key)
            self.attributes[key] = said if before is None else _later(said, before, None)
        else:
            written = self.fields.get(key)
            self.fields[key] = said if written is None else _later(said, written, "")


def _later(new: list[Any], old: list[Any], nothing: Any) -> list[Any]:
    return [before if value == nothing else value for value, before in zip(new, old, strict=True)]


def split_name(text: str) -> dict[str, str]:
    """First and last name of a whole name: `Last, First`, or the last word is the last name."""
    cleaned = clean_short_text(text, 240)
    if "," in cleaned:
        last, _, first = cleaned.partition(",")
    else:
        first, _, last = cleaned.rpartition(" ")
        if not first:
            first, last = last, ""
    parts = {"first_name": clean_short_text(first), "last_name": clean_short_text(last)}
    return {name: value for name, value in parts.items() if value}


def split_tags(text: str) -> list[str]:
    """Tags written one after another with commas, semicolons or bars between."""
    return clean_tags(text.replace(";", ",").replace("|", ",").split(","))


# How to read a built-in field, and what an empty cell says.
_READERS: dict[str, tuple[Read, Any]] = {
    "email": (normalise_email, ""),
    "external_id": (clean_short_text, ""),
    "first_name": (clean_short_text, ""),
    "last_name": (clean_short_text, ""),
    FULL_NAME: (split_name, {}),
    "language": (normalise_language, ""),
    "time_zone": (normalise_zone, ""),
    "country": (normalise_country, ""),
    TAGS: (split_tags, []),
    CONSENT: (lambda text: fold(text) in YES, None),
}
_DIFFERENT = frozenset({"email", "external_id"})  # in every row another one, so there is nothing to remember


def converted(converter: Converter, rows: Iterator[Row], first_number: int) -> Iterator[tuple[int, Incoming]]:
    """(offset behind the row, what it says), numbered from `first_number`."""
    while together := list(itertools.islice(rows, _ROWS_TOGETHER)):
        problems = {place: row.problem for place, row in enumerate(together) if row.problem}
        block = Block(together[-1].end, [row.cells for row in together], problems)
        batch = converter.convert_block(first_number, block)
        yield from zip([row.end for row in together], batch.rows(), strict=True)
        first_number += len(together)
