"""Rows of a file, read: one by one, and as columns, which is how a million of them are worked on. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, NamedTuple, Self

IDENTITIES = ("external_id", "email", "phone")


class Refusal(NamedTuple):
    """Why a row cannot be taken: the code of the problem, with the column and the cell at fault."""

    problem: str
    column: str = ""
    value: str = ""


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


@dataclass(slots=True)
class Batch:
    """Rows that stand in a file one behind the other, as columns: every list has an entry for each row.

    `fields` and `attributes` have the columns the file has, with "" and None where a row says nothing. `refusals`
    holds, by place, the rows that cannot be taken, whatever their columns say. `agreed_on` has the day each person
    agreed as an ISO date or "", and nothing at all where the file has no such column.
    """

    numbers: Sequence[int]
    cells: Sequence[Sequence[str]]
    fields: Mapping[str, Sequence[str]]
    attributes: Mapping[str, Sequence[Any]]
    tags: Sequence[list[str]]
    agrees: Sequence[bool]
    refusals: Mapping[int, Refusal] = field(default_factory=dict)
    agreed_on: Sequence[str] = ()

    def __len__(self) -> int:
        return len(self.numbers)

    def rows(self) -> list[Incoming]:
        """The same, row by row."""
        count = len(self)
        rows = [
            Incoming(number, cells, fields, attributes, tags, agrees)
            for number, cells, fields, attributes, tags, agrees in zip(
                self.numbers,
                self.cells,
                _said(self.fields, count),
                _said(self.attributes, count),
                self.tags,
                self.agrees,
                strict=True,
            )
        ]
        for place, refusal in self.refusals.items():
            rows[place].refuse(*refusal)
        return rows

    def take(self, places: Sequence[int]) -> Self:
        """The rows at these places, which are in order."""
        if len(places) == len(self):
            return self
        pick = _picker(places)
        return type(self)(
            pick(self.numbers),
            pick(self.cells),
            {name: pick(column) for name, column in self.fields.items()},
            {key: pick(column) for key, column in self.attributes.items()},
            pick(self.tags),
            pick(self.agrees),
            {new: self.refusals[old] for new, old in enumerate(places) if old in self.refusals},
            pick(self.agreed_on) if self.agreed_on else (),
        )

    def good(self) -> Self:
        """The rows that can be taken as far as they themselves tell."""
        refusals = self.refusals
        return self.take([place for place in range(len(self)) if place not in refusals]) if refusals else self

    def refused(self) -> list[Incoming]:
        """The others."""
        return self.take(sorted(self.refusals)).rows() if self.refusals else []

    def identities(self) -> dict[str, set[str]]:
        """The external ids, e-mail addresses and phones of the rows."""
        found = {name: set(self.fields[name]) for name in IDENTITIES if name in self.fields}
        for values in found.values():
            values.discard("")
        return found


def _picker(places: Sequence[int]) -> Any:
    if len(places) < 2:
        return lambda column: [column[place] for place in places]
    return itemgetter(*places)


def _said(columns: Mapping[str, Sequence[Any]], count: int) -> Iterator[dict[str, Any]]:
    """What each row says in these columns."""
    if not columns:
        return iter([{} for _row in range(count)])
    names = tuple(columns)
    return (
        {name: value for name, value in zip(names, row, strict=True) if value is not None and value != ""}
        for row in zip(*columns.values(), strict=True)
    )
