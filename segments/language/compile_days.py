"""Anniversaries and random buckets: tests of the contact's own row."""

from __future__ import annotations

from calendar import isleap
from datetime import date, timedelta
from typing import Any

from core.buckets import BUCKETS, PRIME, bucket_factors
from segments.language.compile_values import contact_source, json_source
from segments.language.registry import Node, ValueType
from segments.language.scope import Scope, days_by_zone
from segments.language.sql import Sql, bind, both, either, fill, negate
from segments.language.windows import local_date

# An instant as attributes store it. A text of before the attribute's type was changed must never meet the cast: it can
# be there while values are converted, and come back when a merge or an import is undone.
_INSTANT = (
    "^(?!0000)[0-9]{4}-((0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-9])|(0[13-9]|1[0-2])-30|(0[13578]|1[02])-31)"
    "T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z$"
)
# How the year of the date relates to the anniversary's year when the difference relates to n.
_YEAR_SIGNS = {"eq": "=", "ne": "<>", "lt": ">", "lte": ">=", "gt": "<", "gte": "<="}


def compile_bucket(leaf: Node, alias: str) -> Sql:
    """Return the test that the contact's bucket lies between both ends.

    One comparison, of buckets counted from the first on: of two the planner thinks that hardly anybody passes them.
    """
    a, b = bucket_factors(leaf["salt"])
    bucket = fill(f"({{}} * {alias}.bucket_seed + {{}}) %% {PRIME} %% {BUCKETS}", bind(a, "bigint"), bind(b, "bigint"))
    if leaf["from"]:
        bucket = fill(f"({{}} + {{}}) %% {BUCKETS}", bucket, bind(BUCKETS - leaf["from"], "integer"))
    return fill("{} <= {}", bucket, bind(leaf["to"] - leaf["from"], "integer"))


def compile_anniversary(leaf: Node, scope: Scope, alias: str) -> Sql:
    """Return the test that a day near today is an anniversary; one branch per date it is on earth."""
    today = local_date(scope.now, scope.registry.zone_info)
    if leaf.get("zone") != "contact":
        day = _day_expression(leaf, scope, alias, bind(scope.registry.zone, "text"))
        return _near(leaf, day, today)
    elsewhere = {day: zones for day, zones in days_by_zone(scope).items() if day != today}
    zone = _own_zone(scope, alias)
    day = _day_expression(leaf, scope, alias, zone)
    others = sorted(name for zones in elsewhere.values() for name in zones)
    here = fill(f"{alias}.time_zone = ANY({{}})", bind(others, "text[]"))
    branches = [fill("({} AND {})", negate(here), _near(leaf, day, today))]
    for their_today, zones in elsewhere.items():
        there = fill(f"{alias}.time_zone = ANY({{}})", bind(zones, "text[]"))
        branches.append(fill("({} AND {})", there, _near(leaf, day, their_today)))
    return either(branches)


def _own_zone(scope: Scope, alias: str) -> Sql:
    """The contact's zone where the database can use it, else the workspace's."""
    return fill(
        f"(CASE WHEN {alias}.time_zone = ANY({{}}) THEN {alias}.time_zone ELSE {{}} END)",
        bind(sorted(scope.registry.zones), "text[]"),
        bind(scope.registry.zone, "text"),
    )


def _day_expression(leaf: Node, scope: Scope, alias: str, zone: Sql) -> Sql:
    """The date as text; an instant is first turned into its date in the zone."""
    if "key" in leaf:
        value_type: ValueType = scope.registry.attributes[leaf["key"]]
        source = json_source(value_type, f"{alias}.attributes", f"{alias}.folded", leaf["key"])
        if value_type.type == "date":
            return source.value
        instant = fill(
            "(CASE WHEN {} ~ {} THEN {}::timestamptz END)", source.value, bind(_INSTANT, "text"), source.value
        )
    else:
        instant = contact_source(leaf["field"], alias, ()).value
    return fill("to_char({} AT TIME ZONE {}, 'YYYY-MM-DD')", instant, zone)


def _near(leaf: Node, day: Sql, today: date) -> Sql:
    """Some day D from today+from to today+to falls on the date's month and day, in a later year."""
    by_year: dict[int, list[str]] = {}
    for offset in range(leaf["from"], leaf["to"] + 1):
        anniversary = today + timedelta(days=offset)
        by_year.setdefault(anniversary.year, []).extend(_dates_kept_on(anniversary, leaf.get("leap", "feb28")))
    branches = []
    for year, days in by_year.items():
        is_day = fill("substr({}, 6, 5) = ANY({})", day, bind(sorted(set(days)), "text[]"))
        years = [fill("substr({}, 1, 4) < {}", day, bind(f"{year:04d}", "text"))]
        if "years" in leaf:
            years.append(_years_test(day, year, leaf["years"]))
        # Nearly everybody was born in an earlier year. Asked for the few alone whose day it is, that costs nothing; the
        # planner would ask it first of all.
        branches.append(fill("({} AND CASE WHEN {} THEN {} END)", is_day, is_day, both(years)))
    return either(branches)


def _dates_kept_on(day: date, leap: str) -> list[str]:
    """The month-days whose anniversary falls on this day; 29 February moves in common years."""
    kept = [day.strftime("%m-%d")]
    if not isleap(day.year) and kept[0] == ("02-28" if leap == "feb28" else "03-01"):
        kept.append("02-29")
    return kept


def _years_test(day: Sql, year: int, years: dict[str, Any]) -> Sql:
    """Compare the year of the date as text: four digits sort as numbers do."""
    if years["op"] == "between":
        low, high = years["value"]
        bounds = [("gte", low), ("lte", high)]
    else:
        bounds = [(years["op"], years["value"])]
    return both(
        fill(f"substr({{}}, 1, 4) {_YEAR_SIGNS[operator]} {{}}", day, bind(f"{max(year - count, 0):04d}", "text"))
        for operator, count in bounds
    )
