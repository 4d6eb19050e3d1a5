"""What one evaluation of a rule is about: whose people, at which instant, and the clocks of the contacts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from segments.language.registry import Registry
from segments.language.sql import Sql, bind, fill
from segments.language.tables import PROFILES
from segments.language.windows import Window, date_bounds, instant_bounds, local_date

COMPARE = {"eq": "=", "ne": "<>", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}


@dataclass(frozen=True)
class Scope:
    """One evaluation. `now` is in whole seconds of UTC; `contact_ids` limits it, inside every sub-select too.

    For more contacts than fit an array `contact_table` names a temporary table with their `contact_id`s, of code alone.
    `contact_column` (`c.id`) has every sub-select asked for each row of an outer statement by itself: what that costs
    depends on how many rows there are outside, not on how much ever happened.
    `after` and `up_to` leave contacts out by their ids, also inside every sub-select: one of two halves of everybody.
    """

    workspace_id: int
    now: datetime
    registry: Registry
    contact_ids: tuple[int, ...] | None = None
    contact_table: str = ""
    contact_column: str = ""
    after: int | None = None
    up_to: int | None = None
    _numbers: Any = field(default_factory=count, compare=False)

    def alias(self, letter: str) -> str:
        """Return a table alias used nowhere else in the statement."""
        return f"{letter}{next(self._numbers)}"

    @property
    def is_limited(self) -> bool:
        """Whether some contacts are asked about, not everybody."""
        return self.contact_ids is not None or bool(self.contact_table or self.contact_column)

    @property
    def is_half(self) -> bool:
        """Whether one of two halves of everybody is asked about."""
        return self.after is not None or self.up_to is not None

    def own_rows(self, alias: str, column: str = "contact_id") -> list[Sql]:
        """Return the tests every sub-select begins with: this workspace, and these contacts where limited."""
        tests = [fill(f"{alias}.workspace_id = {{}}", bind(self.workspace_id, "bigint"))]
        if self.contact_ids is not None:
            tests.append(fill(f"{alias}.{column} = ANY({{}})", bind(list(self.contact_ids), "bigint[]")))
        if self.contact_table:
            tests.append(Sql(f"{alias}.{column} IN (SELECT contact_id FROM {self.contact_table})"))  # noqa: S608
        if self.contact_column:
            tests.append(Sql(f"{alias}.{column} = {self.contact_column}"))
        if self.after is not None:
            tests.append(fill(f"{alias}.{column} > {{}}", bind(self.after, "bigint")))
        if self.up_to is not None:
            tests.append(fill(f"{alias}.{column} <= {{}}", bind(self.up_to, "bigint")))
        return tests


@dataclass(frozen=True)
class Limit:
    """One bound of a window: an operator and the value to compare with.

    Where the value differs between contacts, `outermost` is the constant that none of them passes beyond.
    """

    operator: str
    value: Sql
    outermost: Sql | None = None

    def test(self, expression: Sql) -> Sql:
        """Return the comparison of an expression with the bound."""
        return fill(f"{{}} {COMPARE[self.operator]} {{}}", expression, self.value)


@dataclass
class Place:
    """A spot in a sub-select where rows of a contact are tested; collects the joins those tests need.

    `contact` says how the row names its contact (`e1.contact_id`), or is empty where the row is the contact
    itself under the alias `person`.
    """

    scope: Scope
    contact: str = ""
    person: str = ""
    joins: list[Sql] = field(default_factory=list)

    def limits(self, window: Window, *, dates: bool, cast: str, render: Callable[[Any], Any]) -> list[Limit]:
        """Return the bounds of a window; in the contact's own zone they are joined by the zone's name."""
        bounder = date_bounds if dates else instant_bounds
        registry, now = self.scope.registry, self.scope.now
        bounds = bounder(window, now, registry.zone_info)
        constants = [bind(render(value), cast) for _operator, value in bounds]
        if window.get("zone") == "contact":
            by_zone = _bounds_by_zone(_frozen(window), dates, now, registry)
            if by_zone:
                return self._joined_limits(bounds, constants, by_zone, cast, render)
        return [Limit(operator, constant) for (operator, _value), constant in zip(bounds, constants, strict=True)]

    def _joined_limits(
        self,
        bounds: Sequence[tuple[str, Any]],
        constants: list[Sql],
        by_zone: dict[str, tuple[Any, ...]],
        cast: str,
        render: Callable[[Any], Any],
    ) -> list[Limit]:
        table = self.scope.alias("z")
        names = ", ".join(f"b{position}" for position in range(len(bounds)))
        arrays = [bind(list(by_zone), "text[]")]
        outermost = []
        for position, (operator, value) in enumerate(bounds):
            values = [zone_bounds[position] for zone_bounds in by_zone.values()]
            arrays.append(bind([render(one) for one in values], f"{cast}[]"))
            widest = min if operator in ("gte", "gt") else max
            outermost.append(bind(render(widest([value, *values])), cast))
        person = self._join_person()
        self.joins.append(
            fill(
                f"LEFT JOIN unnest({', '.join(['{}'] * len(arrays))}) AS {table}(zone, {names})"
                f" ON {table}.zone = {person}.time_zone",
                *arrays,
            )
        )
        return [
            Limit(operator, fill(f"coalesce({table}.b{position}, {{}})", constants[position]), outermost[position])
            for position, (operator, _value) in enumerate(bounds)
        ]

    def _join_person(self) -> str:
        if not self.person:
            self.person = self.scope.alias("p")
            self.joins.append(
                fill(
                    f"JOIN {PROFILES} {self.person} ON {self.person}.id = {self.contact}"
                    f" AND {self.person}.workspace_id = {{}}",
                    bind(self.scope.workspace_id, "bigint"),
                )
            )
        return self.person


def _frozen(window: Window) -> tuple[tuple[str, Any], ...]:
    return tuple((name, tuple(value) if isinstance(value, list) else value) for name, value in window.items())


@lru_cache(maxsize=64)
def _zone_bounds(
    window: tuple[tuple[str, Any], ...], dates: bool, now: datetime, zone: str, zones: frozenset[str]
) -> dict[str, tuple[Any, ...]]:
    bounder = date_bounds if dates else instant_bounds
    plain = {name: list(value) if isinstance(value, tuple) else value for name, value in window}
    own = tuple(value for _operator, value in bounder(plain, now, ZoneInfo(zone)))
    found = {}
    for name in sorted(zones):
        values = tuple(value for _operator, value in bounder(plain, now, ZoneInfo(name)))
        if values != own:
            found[name] = values
    return found


def _bounds_by_zone(
    window: tuple[tuple[str, Any], ...], dates: bool, now: datetime, registry: Registry
) -> dict[str, tuple[Any, ...]]:
    """Return the bounds in every zone where they differ from the workspace's."""
    return _zone_bounds(window, dates, now, registry.zone, registry.zones)


def days_by_zone(scope: Scope) -> dict[date, list[str]]:
    """Return which zones have which date now; there are at most three dates on earth."""
    found: dict[date, list[str]] = {}
    for name in sorted(scope.registry.zones):
        found.setdefault(local_date(scope.now, ZoneInfo(name)), []).append(name)
    return found


def stamp(value: datetime) -> str:
    """Return an instant the way attributes store it: text in UTC that sorts as time does."""
    return f"{value.replace(tzinfo=None).isoformat(timespec='seconds')}Z"
