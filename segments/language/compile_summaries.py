"""Events answered from their summaries: one row for a contact and a kind, where the log has one for each event.

A summary counts dates in the future too, so it is taken as it is only where its last event has happened by now; the
few others are counted from the log. The answer is therefore exact at every instant, present or past; it is quick where
little happened after that instant. Conditions on properties can only be met by the log itself.
"""

from __future__ import annotations

from segments.language import tables
from segments.language.compile_sets import IdSet, compare_numbers, instant_tests, nought_passes, select_ids
from segments.language.registry import Node
from segments.language.scope import Place, Scope
from segments.language.sql import Sql, bind, both, fill, join, negate
from segments.language.windows import Window

# Calendar windows that today lies in. Nothing later than now has happened, so only their beginning says anything.
_PRESENT = frozenset({"today", "this_week", "this_month", "this_year"})


def compile_summary(leaf: Node, scope: Scope) -> IdSet | None:
    """Return the contacts whose summaries of an event pass; None when the summaries cannot tell."""
    if any(name in leaf for name in ("where", "sum", "having")):
        return None
    column = _column(leaf)
    if column is None:
        return None
    times = leaf.get("times", {"op": "gte", "value": 1})
    is_complement = nought_passes(times["op"], times["value"])
    row, kind, now = scope.alias("h"), bind(leaf["event"], "text"), bind(scope.now, "timestamptz")
    # Whether something has happened, and when first, no later event changes.
    known = "first_at" if column == "first_at" else "last_at"
    tests = [*scope.own_rows(row), fill(f"{row}.kind = {{}}", kind), fill(f"{row}.{known} <= {{}}", now)]
    pieces = [_passing(leaf, scope, (Sql(tables.SUMMARIES), row, tests), column)]
    if known == "last_at":
        ahead = scope.alias("h")
        pieces.append(_passing(leaf, scope, (fill("({})", _ahead(leaf["event"], scope)), ahead, []), column))
    return IdSet(join(" UNION ALL ", pieces), is_complement, is_once=True, pieces=tuple(pieces))


def _passing(leaf: Node, scope: Scope, rows: tuple[Sql, str, list[Sql]], column: str) -> Sql:
    """Return the contacts of some summaries that pass: a table with its alias, and what is asked of its rows besides.

    Nothing but ids is selected, so that rows of two such selections are put together without a step for each.
    """
    table, row, tests = rows
    place = Place(scope, f"{row}.contact_id")
    passed = [*tests, *_window_tests(leaf, row, place)]
    if column == "times":
        times = leaf["times"]
        enough = compare_numbers(Sql(f"{row}.times"), times["op"], times["value"], "bigint")
        passed.append(negate(enough) if nought_passes(times["op"], times["value"]) else enough)
    return select_ids(table, row, passed, place)


def _asks_for_any(leaf: Node) -> bool:
    """Whether one event is enough, or, for the complement, too many."""
    times = leaf.get("times", {"op": "gte", "value": 1})
    return (times["op"], times["value"]) in (("gte", 1), ("gt", 0), ("ne", 0), ("eq", 0), ("lt", 1), ("lte", 0))


def _column(leaf: Node) -> str | None:
    """Return what of a summary a leaf is about; None when its number, first and last time do not tell."""
    window = leaf.get("window")
    pick = leaf.get("pick", "any")
    if window is None or pick != "any":
        column = "first_at" if window is None else f"{pick}_at"
    elif not _asks_for_any(leaf):
        return None
    elif _is_open_at_the_start(window):
        column = "first_at"
    elif _reaches_to_now(window):
        column = "last_at"
    else:
        return None
    return column if _asks_for_any(leaf) else "times"


def _window_tests(leaf: Node, row: str, place: Place) -> list[Sql]:
    """Return the tests of the window by the end that it is about."""
    window = leaf.get("window")
    if window is None:
        return []
    pick = leaf.get("pick", "any")
    if pick != "any":
        return instant_tests(Sql(f"{row}.{pick}_at"), window, place)
    if _is_open_at_the_start(window):
        # Some event is before that bound: then the first one is.
        return instant_tests(Sql(f"{row}.first_at"), window, place)
    # Some event by now is behind the beginning: then the last one is.
    limits = place.limits(window, dates=False, cast="timestamptz", render=lambda value: value)
    return [limit.test(Sql(f"{row}.last_at")) for limit in limits if limit.operator in ("gte", "gt")]


def _is_open_at_the_start(window: Window) -> bool:
    return "over" in window or ("to" in window and "from" not in window)


def _reaches_to_now(window: Window) -> bool:
    return "last" in window or ("from" in window and "to" not in window) or window.get("calendar") in _PRESENT


def _ahead(kind: str, scope: Scope) -> Sql:
    """Return summaries by now, (contact_id, times, first_at, last_at), of those for whom the kind is to happen again.

    The few are joined and grouped: what is looked up for each row apart is left to a single process.
    """
    row, event = scope.alias("s"), scope.alias("e")
    now, name = bind(scope.now, "timestamptz"), bind(kind, "text")
    return fill(
        f"SELECT {row}.contact_id, count(*) AS times, {row}.first_at, max({event}.at) AS last_at"
        f" FROM {tables.SUMMARIES} {row} JOIN {tables.EVENTS} {event} ON {event}.contact_id = {row}.contact_id"
        f" AND {event}.workspace_id = {{}} AND {event}.kind = {{}} AND {event}.at <= {{}}"
        f" WHERE {{}} AND {row}.kind = {{}} AND {row}.last_at > {{}} AND {row}.first_at <= {{}}"
        f" GROUP BY {row}.contact_id, {row}.first_at",
        bind(scope.workspace_id, "bigint"), name, now,
        both(scope.own_rows(row)), name, now, now,
    )  # fmt: skip
