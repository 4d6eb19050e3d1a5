"""What a file would do, from its first rows: for the page on which columns are matched. Nothing is written."""

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from contacts.details import AttributeKind
from contacts.importing.columns import Column, guess_type, has_written_dates
from contacts.importing.converting import Converter, Incoming
from contacts.importing.dialect import Dialect
from contacts.importing.lookup import look_up
from contacts.importing.matching import match
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
    """What the rows of a sample would become. `problems` counts them by column index."""

    created: int = 0
    known: int = 0
    repeated: int = 0
    rejected: int = 0
    problems: Counter[int] = field(default_factory=Counter)
    first: Incoming | None = None

    @property
    def rows(self) -> int:
        """How many rows were looked at."""
        return self.created + self.known + self.repeated + self.rejected


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
    region: str = "",
    rules: ReadingRules,
) -> Forecast:
    """What would happen with the sample's rows."""
    wanted, all_kinds = _with_new(columns, kinds)
    converter = Converter(wanted, all_kinds, region=region, rules=rules)
    rows = [converter.convert(number, row) for number, row in enumerate(sample.rows, 2)]
    result = Forecast()
    good = [row for row in rows if not row.problem]
    known = look_up(workspace_id, good)
    seen: set[tuple[str, str]] = set()
    for row in good:
        contact_id = match(row, known, mode)
        own = {(name, value) for name, value in row.fields.items() if name in {"email", "external_id"}}
        if row.problem:
            continue
        result.first = result.first or row
        if own & seen:
            result.repeated += 1
        elif contact_id is None:
            result.created += 1
        else:
            result.known += 1
        seen |= own
    headings = {heading: index for index, heading in reversed(list(enumerate(sample.headings)))}
    for row in rows:
        if row.problem:
            result.rejected += 1
            result.problems[headings.get(row.column, -1)] += 1
    return result


def _with_new(
    columns: Sequence[Column], kinds: Mapping[str, AttributeKind]
) -> tuple[list[Column], dict[str, AttributeKind]]:
    """The columns as though the attributes they ask for were there already."""
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
    """How one column looks: examples, the type it would have, and whether day and month had to be told apart."""

    examples: list[str]
    type: str
    has_dates: bool


def look_of(sample: Sample, index: int) -> ColumnLook:
    """What the page shows of one column."""
    cells = sample.cells(index)
    return ColumnLook(sample.examples(index), guess_type(cells), has_written_dates(cells))
