"""What a file would do, from its first rows: for the page on which columns are matched. Nothing is written."""

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from contacts.details import AttributeKind
from contacts.importing.batch import Incoming
from contacts.importing.columns import Column, asks_day_or_month, guess_type, has_written_dates
from contacts.importing.converting import Converter
from contacts.importing.dialect import Dialect
from contacts.importing.rehearsing import Rehearsed, Rehearser
from contacts.importing.rows import Row, read_rows
from contacts.values import ReadingRules

ROWS = 1_000
SHOWN = 3


@dataclass
class Sample:
    """The first rows of a file: its headings and up to ROWS rows below."""

    headings: list[str]
    rows: list[Row]
    is_whole: bool

    def cells(self, index: int) -> list[str]:
        """The cells of one column."""
        return [row.cells[index] for row in self.rows if index < len(row.cells) and not row.problem]

    def examples(self, index: int) -> list[str]:
        """Some different cells of a column, to recognise it by."""
        filled = (" ".join(cell.split())[:40] for cell in self.cells(index) if cell.strip())
        return list(itertools.islice(dict.fromkeys(filled), SHOWN))


@dataclass
class Forecast:
    """What the rows of a sample would become. `problems` counts them by column index; -1 is the row as a whole."""

    counted: Rehearsed
    problems: Counter[int] = field(default_factory=Counter)
    first: Incoming | None = None


def sample_of(file: BinaryIO, dialect: Dialect, headings: list[str]) -> Sample:
    """Read the first rows of an open file."""
    rows = read_rows(file, dialect)
    if dialect.has_header:
        next(rows, None)
    found = list(itertools.islice(rows, ROWS + 1))
    return Sample(headings, found[:ROWS], len(found) <= ROWS)


def forecast(
    sample: Sample,
    columns: Sequence[Column],
    kinds: Mapping[str, AttributeKind],
    *,
    workspace_id: int,
    mode: str = "upsert",
    match_by: str = "",
    region: str = "",
    rules: ReadingRules,
) -> Forecast:
    """What would happen with the sample's rows."""
    wanted, all_kinds = with_new_attributes(columns, kinds)
    converter = Converter(wanted, all_kinds, region=region, rules=rules)
    rows = [converter.convert(number, row) for number, row in enumerate(sample.rows, 2)]
    rehearser = Rehearser(workspace_id, mode, match_by)
    rehearser.count(rows)
    result = Forecast(rehearser.counted, first=next((row for row in rows if not row.problem), None))
    places = {heading: index for index, heading in enumerate(sample.headings)}
    result.problems.update(places.get(row.column, -1) for row in rows if row.problem)
    return result


def with_new_attributes(
    columns: Sequence[Column], kinds: Mapping[str, AttributeKind]
) -> tuple[list[Column], dict[str, AttributeKind]]:
    """The columns and attributes as though those the columns ask for (`new:TYPE`) were there already."""
    everything = dict(kinds)
    wanted = []
    for index, column in enumerate(columns):
        kind, _colon, value_type = column.target.partition(":")
        target = column.target
        if kind == "new":
            target = f"attribute:new {index}"
            everything[f"new {index}"] = AttributeKind(value_type)
        wanted.append(Column(column.heading, target, column.day_first))
    return wanted, everything


@dataclass(frozen=True)
class ColumnLook:
    """How one column looks: examples, the type it would have, and whether day and month had to be told apart.

    `is_open`: no date in it shows which of the two comes first.
    """

    examples: list[str]
    type: str
    has_dates: bool
    is_open: bool


def look_of(sample: Sample, index: int) -> ColumnLook:
    """What the page shows of one column."""
    cells = sample.cells(index)
    return ColumnLook(sample.examples(index), guess_type(cells), has_written_dates(cells), asks_day_or_month(cells))
