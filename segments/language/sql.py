"""Pieces of SQL that carry their own parameters, so that text and values can never mix or change places."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Sql:
    """A piece of SQL with `%s` for each of its parameters. The text only ever comes from this package."""

    text: str
    params: tuple[Any, ...] = ()


TRUE = Sql("TRUE")
FALSE = Sql("FALSE")
# What stands at the end of a sub-select that is to stay one. A number would be made a bigint only after the planner has
# asked whether there is a limit; it would take it for one, and leave the sub-select to a single process.
FENCE = "OFFSET '0'"


def fill(template: str, *parts: Sql) -> Sql:
    """Return the template with each `{}` replaced by a piece, their parameters in the same order."""
    return Sql(
        template.format(*(part.text for part in parts)),
        tuple(param for part in parts for param in part.params),
    )


def bind(value: Any, cast: str) -> Sql:
    """Return a bound parameter of a PostgreSQL type."""
    return Sql(f"%s::{cast}", (value,))


def join(separator: str, parts: Iterable[Sql]) -> Sql:
    """Return the pieces one after the other."""
    pieces = list(parts)
    return Sql(
        separator.join(piece.text for piece in pieces),
        tuple(param for piece in pieces for param in piece.params),
    )


def both(parts: Iterable[Sql]) -> Sql:
    """Return pieces joined by AND; nothing is true."""
    pieces = list(parts)
    return join(" AND ", pieces) if pieces else TRUE


def either(parts: Iterable[Sql]) -> Sql:
    """Return pieces joined by OR in brackets; nothing is false."""
    pieces = list(parts)
    return fill("({})", join(" OR ", pieces)) if pieces else FALSE


def negate(part: Sql) -> Sql:
    """Return the exact complement: what is not true, be it false or unknown."""
    return fill("({}) IS NOT TRUE", part)
