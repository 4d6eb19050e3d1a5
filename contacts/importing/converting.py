"""From the cells of a row to the values of a contact: one plan per file, readings remembered per column. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from contacts import values
from contacts.addresses import normalise_email, normalise_phone
from contacts.details import AttributeKind, clean_short_text, clean_tags
from contacts.importing.columns import CONSENT, FULL_NAME, TAGS, Column
from contacts.importing.rows import Row
from contacts.places import normalise_country, normalise_language, normalise_zone
from contacts.problems import Problem
from contacts.values import YES, ReadingRules
from core.folding import fold

# Columns such as country repeat themselves; what was read once is kept, up to a bound.
MAX_REMEMBERED = 5_000


@dataclass(slots=True)
class Incoming:
    """What a row says. `problem` is its code when the row cannot be taken, with the column and cell at fault."""

    number: int
    cells: Sequence[str]
    fields: dict[str, str] = field(default_factory=dict)
    attributes: dict[str, Any] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    agrees: bool = True
    problem: str = ""
    column: str = ""
    value: str = ""

    def refuse(self, problem: str, column: str = "", value: str = "") -> None:
        """Note why the row is not taken."""
        self.problem, self.column, self.value = problem, column[:200], value[:300]


Read = Callable[[str], Any]


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
        self._plan: list[tuple[int, str, str, Read]] = []
        for index, column in enumerate(columns):
            self._add(index, column, kinds, rules)

    def _add(self, index: int, column: Column, kinds: Mapping[str, AttributeKind], rules: ReadingRules) -> None:
        kind, _, key = column.target.partition(":")
        if kind == "attribute" and key in kinds:
            own = ReadingRules(day_first=column.day_first, zone=rules.zone, currency=rules.currency)
            self._plan.append((index, "", key, remembered(kinds[key].reader(own))))
        elif column.target == "phone":
            self._phone = index
        elif column.target in _READERS:
            self._plan.append((index, column.target, "", _READERS[column.target]()))

    def convert(self, number: int, row: Row) -> Incoming:
        """What the row with this number in the file says."""
        cells = row.cells
        incoming = Incoming(number, cells, agrees=not self._has_consent)
        if row.problem:
            incoming.refuse(row.problem)
        elif len(cells) > self._width and any(cell.strip() for cell in cells[self._width :]):
            incoming.refuse("row_cells")
        else:
            self._read_cells(incoming, cells)
            fields = incoming.fields
            if not (incoming.problem or "email" in fields or "phone" in fields or "external_id" in fields):
                incoming.refuse("no_identity")
        return incoming

    def _read_cells(self, incoming: Incoming, cells: Sequence[str]) -> None:
        count, index = len(cells), 0
        try:
            for index, target, key, read in self._plan:
                text = cells[index].strip() if index < count else ""
                if not text:
                    continue
                value = read(text)
                if key:
                    if value is not None:
                        incoming.attributes[key] = value
                elif target in _SEVERAL:
                    _put(incoming, target, value)
                elif value:
                    incoming.fields[target] = value
            index = self._phone or 0
            self._read_phone(incoming, cells)
        except Problem as problem:
            incoming.refuse(problem.code, self._headings[index], cells[index])

    def _read_phone(self, incoming: Incoming, cells: Sequence[str]) -> None:
        """The phone last, since the row's own country says how to read it."""
        if self._phone is None or self._phone >= len(cells):
            return
        text = cells[self._phone].strip()
        if text:
            incoming.fields["phone"] = normalise_phone(text, incoming.fields.get("country") or self._region)


_SEVERAL = frozenset({FULL_NAME, TAGS, CONSENT})


def _put(incoming: Incoming, target: str, value: Any) -> None:
    if target == FULL_NAME:
        incoming.fields.update(value)
    elif target == TAGS:
        incoming.tags = value
    else:
        incoming.agrees = value


def remembered(read: Read) -> Read:
    """`read` with a memory for its first MAX_REMEMBERED different texts."""
    return _Memory(read).__getitem__


class _Memory(dict[str, Any]):
    """Readings by text; looking one up costs no call of ours."""

    def __init__(self, read: Read) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, text: str) -> Any:
        value = self._read(text)
        if len(self) < MAX_REMEMBERED:
            self[text] = value
        return value


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


_READERS: dict[str, Callable[[], Read]] = {
    "email": lambda: normalise_email,
    "external_id": lambda: clean_short_text,
    "first_name": lambda: remembered(clean_short_text),
    "last_name": lambda: remembered(clean_short_text),
    FULL_NAME: lambda: split_name,
    "language": lambda: remembered(normalise_language),
    "time_zone": lambda: remembered(normalise_zone),
    "country": lambda: remembered(normalise_country),
    TAGS: lambda: remembered(split_tags),
    CONSENT: lambda: lambda text: fold(text) in YES,
}


def converted(converter: Converter, rows: Iterator[Row], first_number: int) -> Iterator[tuple[int, Incoming]]:
    """(offset behind the row, what it says), numbered from `first_number`."""
    for number, row in enumerate(rows, first_number):
        yield row.end, converter.convert(number, row)
