"""Events: how often, how much, the first, the last, and one after the other."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from segments.language import tables
from segments.language.compile_sets import IdSet, counted, grouped, instant_tests, joins_of, select_ids
from segments.language.compile_summaries import compile_summary
from segments.language.compile_values import conditions_sql, event_source, money_units, money_value
from segments.language.registry import Node
from segments.language.scope import Place, Scope
from segments.language.sql import Sql, bind, both, fill
from segments.language.values import to_decimal
from segments.language.windows import Window


def event_tests(row: str, step: dict[str, Any], scope: Scope, place: Place) -> list[Sql]:
    """Return the tests of a matching event that has happened by now."""
    types = scope.registry.events[step["event"]].properties
    return [
        *scope.own_rows(row),
        fill(f"{row}.kind = {{}}", bind(step["event"], "text")),
        fill(f"{row}.at <= {{}}", bind(scope.now, "timestamptz")),
        *conditions_sql(step.get("where", ()), types, row, place),
    ]


def compile_event(leaf: Node, scope: Scope) -> IdSet:
    """Return the contacts whose matching events pass."""
    summarised = compile_summary(leaf, scope)
    if summarised is not None:
        return summarised
    if leaf.get("pick", "any") != "any":
        return _compile_picked(leaf, scope)
    row = scope.alias("e")
    place = Place(scope, f"{row}.contact_id")
    tests = [
        *event_tests(row, leaf, scope, place),
        Sql(f"{row}.contact_id IS NOT NULL"),
        *instant_tests(Sql(f"{row}.at"), leaf.get("window"), place),
    ]
    if "sum" not in leaf:
        return counted(tables.EVENTS, row, tests, place, leaf.get("times"), Sql("count(*)"))
    tests += _currency_tests(leaf, row, scope)
    if scope.is_limited or leaf.get("where") or place.joins:
        return grouped(tables.EVENTS, row, tests, place, _sum_comparison(leaf, row, scope))
    # Everybody's events lie in an index in the order of contacts: each is added up and done with, which takes half the
    # time of a table in memory with a row for everybody. The order has that index used wherever sorting costs more; an
    # OFFSET would do the same and keep the statement from being shared by two processes.
    ordered = fill(f"(SELECT {row}.* FROM {tables.EVENTS} {row} WHERE {{}} ORDER BY {row}.contact_id)", both(tests))
    return grouped(ordered, row, [], place, _sum_comparison(leaf, row, scope))


def _currency_tests(leaf: Node, row: str, scope: Scope) -> list[Sql]:
    """Leave events out that add nothing to a sum of money because theirs is another; the sum of nothing is nought."""
    source = event_source(scope.registry.events[leaf["event"]].properties, row, leaf["sum"]["key"])
    if source.currency is None:
        return []
    wanted = leaf["sum"]["value"]
    currency = (wanted[0] if isinstance(wanted, list) else wanted)["currency"]
    return [fill("{} = {}", source.currency, bind(currency, "text"))]


def _sum_comparison(leaf: Node, row: str, scope: Scope) -> tuple[Sql, str, Any, str]:
    total = leaf["sum"]
    value_type = scope.registry.events[leaf["event"]].properties[total["key"]]
    source = event_source(scope.registry.events[leaf["event"]].properties, row, total["key"])
    wanted, amount = total["value"], source.value
    ends = wanted if isinstance(wanted, list) else [wanted]
    numbers: list[Any]
    if source.currency is not None:
        numbers = [money_units(end) for end in ends]
    elif value_type.type == "money":
        amount = money_value(source, ends[0]["currency"])
        numbers = [Decimal(end["amount"]) for end in ends]
    else:
        numbers = [to_decimal(end) for end in ends]
    value: Any = numbers if isinstance(wanted, list) else numbers[0]
    return fill("coalesce(sum({}), 0)", amount), total["op"], value, "numeric"


def _compile_picked(leaf: Node, scope: Scope) -> IdSet:
    """The first or last of all matching events, whenever, must lie in the window and pass `having`."""
    if "having" not in leaf and leaf.get("window", {}).get("zone") != "contact":
        return _compile_extreme(leaf, scope)
    row, picked = scope.alias("e"), scope.alias("l")
    inner = Place(scope, f"{row}.contact_id")
    order = "DESC" if leaf["pick"] == "last" else "ASC"
    tests = [*event_tests(row, leaf, scope, inner), Sql(f"{row}.contact_id IS NOT NULL")]
    events = fill(
        f"(SELECT DISTINCT ON ({row}.contact_id) {row}.contact_id, {row}.at, {row}.properties, {row}.folded,"
        f" {row}.amount, {row}.currency FROM {tables.EVENTS} {row}{{}} WHERE {{}}"
        f" ORDER BY {row}.contact_id, {row}.at {order}, {row}.id {order})",
        joins_of(inner),
        both(tests),
    )
    place = Place(scope, f"{picked}.contact_id")
    types = scope.registry.events[leaf["event"]].properties
    outer = [
        *instant_tests(Sql(f"{picked}.at"), leaf.get("window"), place),
        *conditions_sql(leaf.get("having", ()), types, picked, place),
    ]
    return IdSet(
        fill(f"SELECT {picked}.contact_id FROM {{}} {picked}{{}} WHERE {{}}", events, joins_of(place), both(outer))
    )


def _compile_extreme(leaf: Node, scope: Scope) -> IdSet:
    """Where only the time of the first or last event is asked, an aggregate over the index answers."""
    row = scope.alias("e")
    place = Place(scope, f"{row}.contact_id")
    tests = [*event_tests(row, leaf, scope, place), Sql(f"{row}.contact_id IS NOT NULL")]
    moment = Sql(f"{'max' if leaf['pick'] == 'last' else 'min'}({row}.at)")
    having = instant_tests(moment, leaf.get("window"), Place(scope))
    tail = fill(f" GROUP BY {row}.contact_id HAVING {{}}", both(having)) if having else None
    return IdSet(select_ids(tables.EVENTS, row, tests, place, tail))


def compile_sequence(leaf: Node, scope: Scope) -> IdSet:
    """Events that follow each other by (at, id), the last not later than the first plus `within`."""
    rows = [scope.alias("e") for _step in leaf["steps"]]
    later = Sql("")
    for position in range(len(rows) - 1, 0, -1):
        later = fill(" AND {}", _following(leaf, scope, rows, position, later))
    place = Place(scope, f"{rows[0]}.contact_id")
    tests = [
        *event_tests(rows[0], leaf["steps"][0], scope, place),
        Sql(f"{rows[0]}.contact_id IS NOT NULL"),
        *instant_tests(Sql(f"{rows[0]}.at"), leaf.get("window"), place),
    ]
    return IdSet(select_ids(tables.EVENTS, rows[0], tests, place, later))


def _following(leaf: Node, scope: Scope, rows: list[str], position: int, later: Sql) -> Sql:
    step, row, before, first = leaf["steps"][position], rows[position], rows[position - 1], rows[0]
    place = Place(scope, f"{row}.contact_id")
    tests = [
        *event_tests(row, step, scope, place),
        Sql(f"{row}.contact_id = {first}.contact_id"),
        Sql(f"({row}.at, {row}.id) > ({before}.at, {before}.id)"),
    ]
    if "within" in leaf:
        span = timedelta(**{leaf["within"]["unit"]: leaf["within"]["n"]})
        tests.append(fill(f"{row}.at <= {first}.at + {{}}", bind(span, "interval")))
    if not step.get("absent"):
        tests.extend(instant_tests(Sql(f"{row}.at"), leaf.get("window"), place))
    elif leaf.get("window", {}).get("zone") != "contact":
        # What follows an event of the window is not before its beginning either; said so, an index finds less.
        tests.extend(_beginning(leaf.get("window"), Sql(f"{row}.at"), scope))
    return fill(
        f"{'NOT ' if step.get('absent') else ''}EXISTS (SELECT 1 FROM {tables.EVENTS} {row}{{}} WHERE {{}}{{}})",
        joins_of(place),
        both(tests),
        later,
    )


def _beginning(window: Window | None, moment: Sql, scope: Scope) -> list[Sql]:
    """Return the tests of a window's beginning alone."""
    if window is None:
        return []
    limits = Place(scope).limits(window, dates=False, cast="timestamptz", render=lambda value: value)
    return [limit.test(moment) for limit in limits if limit.operator in ("gte", "gt")]
