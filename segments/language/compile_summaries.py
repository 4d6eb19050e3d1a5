"""Events answered from their summaries: one row for a contact and a kind, where the log has one for each event.

A summary counts dates in the future too, so it is taken as it is only where its last event has happened by now; the
few others are counted from the log. The answer is therefore exact at every instant, present or past; it is quick where
little happened after that instant. Conditions on properties can only be met by the log itself.
"""

from __future__ import annotations

from segments.language import tables
from segments.language.compile_sets import IdSet, compare_numbers, instant_tests, joins_of, nought_passes
from segments.language.registry import Node
from segments.language.scope import Place, Scope
from segments.language.sql import Sql, bind, both, fill, negate
from segments.language.windows import Window

# Calendar windows that today lies in. Nothing later than now has happened, so only their beginning says anything.
_PRESENT = frozenset({"today", "this_week", "this_month", "this_year"})


def compile_summary(leaf: Node, scope: Scope) -> IdSet | None:
    """Return the contacts whose summaries of an event pass; None when the summaries cannot tell."""
    if any(name in leaf for name in ("where", "sum", "having")):
        return None
    row = scope.alias("h")
    place = Place(scope, f"{row}.contact_id")
    asked = _window_tests(leaf, row, place)
    if asked is None:
        return None
    column, tests = asked
    times = leaf.get("times", {"op": "gte", "value": 1})
    is_complement = nought_passes(times["op"], times["value"])
    if not _asks_for_any(leaf):
        column = "times"
        enough = compare_numbers(Sql(f"{row}.times"), times["op"], times["value"], "bigint")
        tests.append(negate(enough) if is_complement else enough)
    # Whether something has happened, and when first, no later event changes.
    rows = _begun_by_now if column == "first_at" else _by_now
    select = fill(
        f"SELECT {row}.contact_id FROM ({{}}) {row}{{}} WHERE {{}}",
        rows(leaf["event"], scope),
        joins_of(place),
        both(tests),
    )
    return IdSet(select, is_complement, is_once=True)


def _asks_for_any(leaf: Node) -> bool:
    """Whether one event is enough, or, for the complement, too many."""
    times = leaf.get("times", {"op": "gte", "value": 1})
    return (times["op"], times["value"]) in (("gte", 1), ("gt", 0), ("ne", 0), ("eq", 0), ("lt", 1), ("lte", 0))


def _window_tests(leaf: Node, row: str, place: Place) -> tuple[str, list[Sql]] | None:
    """Return which end the window is about, with the tests of it; None when first and last do not tell."""
    window = leaf.get("window")
    if window is None:
        return "first_at", []
    pick = leaf.get("pick", "any")
    if pick != "any":
        return f"{pick}_at", instant_tests(Sql(f"{row}.{pick}_at"), window, place)
    if not _asks_for_any(leaf):
        return None
    if _is_open_at_the_start(window):
        # Some event is before that bound: then the first one is.
        return "first_at", instant_tests(Sql(f"{row}.first_at"), window, place)
    if _reaches_to_now(window):
        # Some event by now is behind the beginning: then the last one is.
        limits = place.limits(window, dates=False, cast="timestamptz", render=lambda value: value)
        return "last_at", [limit.test(Sql(f"{row}.last_at")) for limit in limits if limit.operator in ("gte", "gt")]
    return None


def _is_open_at_the_start(window: Window) -> bool:
    return "over" in window or ("to" in window and "from" not in window)


def _reaches_to_now(window: Window) -> bool:
    return "last" in window or ("from" in window and "to" not in window) or window.get("calendar") in _PRESENT


def _begun_by_now(kind: str, scope: Scope) -> Sql:
    """Return the summaries of a kind of event that has happened by now, without their ends: (contact_id, first_at)."""
    row = scope.alias("s")
    return fill(
        f"SELECT {row}.contact_id, {row}.first_at FROM {tables.SUMMARIES} {row}"
        f" WHERE {{}} AND {row}.kind = {{}} AND {row}.first_at <= {{}}",
        both(scope.own_rows(row)),
        bind(kind, "text"),
        bind(scope.now, "timestamptz"),
    )


def _by_now(kind: str, scope: Scope) -> Sql:
    """Return the summaries of a kind of event as they are by now: (contact_id, times, first_at, last_at)."""
    row, ahead, event = (scope.alias(letter) for letter in "sse")
    now, name = bind(scope.now, "timestamptz"), bind(kind, "text")
    # The few are joined and grouped: what is looked up for each row apart is left to a single process.
    return fill(
        f"SELECT {row}.contact_id, {row}.times::bigint, {row}.first_at, {row}.last_at"
        f" FROM {tables.SUMMARIES} {row} WHERE {{}} AND {row}.kind = {{}} AND {row}.last_at <= {{}}"
        f" UNION ALL SELECT {ahead}.contact_id, count(*), {ahead}.first_at, max({event}.at)"
        f" FROM {tables.SUMMARIES} {ahead} JOIN {tables.EVENTS} {event} ON {event}.contact_id = {ahead}.contact_id"
        f" AND {event}.workspace_id = {{}} AND {event}.kind = {{}} AND {event}.at <= {{}}"
        f" WHERE {{}} AND {ahead}.kind = {{}} AND {ahead}.last_at > {{}} AND {ahead}.first_at <= {{}}"
        f" GROUP BY {ahead}.contact_id, {ahead}.first_at",
        both(scope.own_rows(row)), name, now,
        bind(scope.workspace_id, "bigint"), name, now,
        both(scope.own_rows(ahead)), name, now, now,
    )  # fmt: skip
