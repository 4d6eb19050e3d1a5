"""Leaves that are sets: each becomes one sub-select of contact ids, never a join of rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.folding import fold
from segments.language import tables
from segments.language.compile_values import limit_tests
from segments.language.registry import Node
from segments.language.scope import COMPARE, Place, Scope
from segments.language.sql import Sql, bind, both, either, fill, join, negate
from segments.language.values import ascii_domain
from segments.language.windows import Window


@dataclass(frozen=True)
class IdSet:
    """A sub-select of contact ids; `is_complement` when the leaf holds for everyone else.

    `is_once` says that no contact is in it twice, `is_grouped` that rows of a contact are put together for that.
    `pieces` are selections that have nobody in common and are the set together; none where it is not made of any.
    """

    select: Sql
    is_complement: bool = False
    is_once: bool = False
    is_grouped: bool = False
    pieces: tuple[Sql, ...] = ()


def select_ids(table: str | Sql, alias: str, tests: list[Sql], place: Place, tail: Sql | None = None) -> Sql:
    """Return the sub-select of the contact ids of the rows that pass, with the joins the tests asked for.

    `table` is a name, or a sub-select in brackets.
    """
    return fill(
        f"SELECT {alias}.contact_id FROM {{}} {alias}{{}} WHERE {{}}{{}}",
        Sql(table) if isinstance(table, str) else table,
        joins_of(place),
        both(tests),
        tail or Sql(""),
    )


def joins_of(place: Place) -> Sql:
    """Return the joins a place collected; ask only after its tests are written."""
    return join("", (fill(" {}", one) for one in place.joins))


def instant_tests(expression: Sql, window: Window | None, place: Place) -> list[Sql]:
    """Return the tests that a timestamp lies in a window; no window tests nothing."""
    if window is None:
        return []
    limits = place.limits(window, dates=False, cast="timestamptz", render=lambda value: value)
    return limit_tests(expression, limits)


def compile_address(leaf: Node, scope: Scope) -> IdSet:
    """One address of the channel satisfies everything."""
    row = scope.alias("a")
    tests = [*scope.own_rows(row), fill(f"{row}.channel = {{}}", bind(leaf["channel"], "text"))]
    if "status" in leaf:
        tests.append(fill(f"{row}.status = ANY({{}})", bind(leaf["status"], "text[]")))
    if "primary" in leaf:
        tests.append(Sql(f"{row}.is_primary" if leaf["primary"] else f"NOT {row}.is_primary"))
    if "flag" in leaf:
        tests.append(fill(f"{row}.flags && {{}}", bind(leaf["flag"], "varchar[]")))
    if "domain" in leaf:
        spellings = sorted({form(domain) for domain in leaf["domain"] for form in (fold, ascii_domain)})
        tests.append(fill(f"{row}.domain = ANY({{}})", bind(spellings, "text[]")))
    if "prefix" in leaf:
        patterns = [f"{prefix}%" for prefix in leaf["prefix"]]
        tests.append(fill(f"{row}.value LIKE ANY({{}})", bind(patterns, "text[]")))
    # There is one main address of a channel.
    return IdSet(select_ids(tables.ADDRESSES, row, tests, Place(scope)), is_once=leaf.get("primary", False))


def compile_consent(leaf: Node, scope: Scope) -> IdSet:
    """The row (channel, topic, purpose) has an effective state, a basis, and dates in the windows.

    A missing row is the state "none": then the set of all rows with another state is complemented.
    """
    row = scope.alias("s")
    place = Place(scope, f"{row}.contact_id")
    limits = [
        *instant_tests(Sql(f"{row}.changed_at"), leaf.get("changed"), place),
        *instant_tests(Sql(f"{row}.expires_at"), leaf.get("expires"), place),
    ]
    if "basis" in leaf:
        limits.append(fill(f"{row}.basis = ANY({{}})", bind(leaf["basis"], "text[]")))
    wanted = _state_test(row, leaf["state"], scope)
    # A row that is not there has neither basis nor dates.
    is_complement = "none" in leaf["state"] and not any(name in leaf for name in ("basis", "changed", "expires"))
    state = negate(wanted) if is_complement else wanted
    tests = [*scope.own_rows(row), *consent_row(row, leaf, scope), state, *limits]
    return IdSet(select_ids(tables.CONSENTS, row, tests, place), is_complement, is_once=True)


def consent_row(row: str, leaf: Node, scope: Scope) -> list[Sql]:
    """Return the tests that a row is about the channel, topic and purpose of a leaf."""
    tests = [
        fill(f"{row}.channel = {{}}", bind(leaf["channel"], "text")),
        fill(f"{row}.purpose = {{}}", bind(leaf["purpose"], "text")),
    ]
    if leaf.get("topic") is None:
        return [*tests, Sql(f"{row}.topic_id IS NULL")]
    # Its number, not its name: the planner knows how many said what about a number.
    return [*tests, fill(f"{row}.topic_id = {{}}", bind(scope.registry.topics[leaf["topic"]], "bigint"))]


def _state_test(row: str, states: list[str], scope: Scope) -> Sql:
    """The state in force: what was granted until a time that has come is expired."""
    plain = [state for state in states if state not in ("granted", "none")]
    parts = [fill(f"{row}.state = ANY({{}})", bind(plain, "text[]"))] if plain else []
    now = bind(scope.now, "timestamptz")
    if "granted" in states and "expired" in states:
        parts.append(Sql(f"{row}.state = 'granted'"))
    elif "granted" in states:
        parts.append(fill(f"{row}.state = 'granted' AND ({row}.expires_at IS NULL OR {row}.expires_at > {{}})", now))
    elif "expired" in states:
        parts.append(fill(f"{row}.state = 'granted' AND {row}.expires_at <= {{}}", now))
    return either(parts)


def compile_engagement(leaf: Node, scope: Scope) -> IdSet:
    """How many messages have at least one such fact."""
    if leaf["action"] == "sent":
        return _compile_sent(leaf, scope)
    row = scope.alias("f")
    place = Place(scope, f"{row}.contact_id")
    tests = [
        *scope.own_rows(row),
        fill(f"{row}.action = {{}}", bind(leaf["action"], "text")),
        fill(f"{row}.at <= {{}}", bind(scope.now, "timestamptz")),
        *message_tests(row, leaf, scope),
    ]
    if leaf["action"] in ("opened", "clicked") and leaf.get("verdict", "human") == "human":
        tests.append(Sql(f"{row}.verdict = 'human'"))
    if "window" in leaf:
        tests += _fact_window(row, leaf["window"], place)
    # Clicks are kept by link, and what any verdict says by verdict; every other fact a message has once.
    is_once = leaf["action"] != "clicked" and (leaf["action"] != "opened" or leaf.get("verdict", "human") == "human")
    number = Sql("count(*)" if is_once else f"count(DISTINCT {row}.message_id)")
    return counted(tables.FACTS, row, tests, place, leaf.get("times"), number)


def _fact_window(row: str, window: Window, place: Place) -> list[Sql]:
    """Return the tests that the first or the last time of a fact lies in a window (docs/adr/0013).

    As the last is never before the first, either bound of the window limits one of the two for sure; said so, an
    index finds the facts.
    """
    limits = place.limits(window, dates=False, cast="timestamptz", render=lambda value: value)
    first, last = Sql(f"{row}.at"), Sql(f"{row}.last_at")
    surely = []
    for limit in limits:
        surely += limit_tests(last if limit.operator in ("gte", "gt") else first, [limit])
    # What has not happened yet does not count, even where the row knows it already: rules are asked of the past, too.
    by_now = fill("{} <= {}", last, bind(place.scope.now, "timestamptz"))
    either_time = fill(
        "({} OR {})",
        both(limit.test(first) for limit in limits),
        both([by_now, *(limit.test(last) for limit in limits)]),
    )
    return [*surely, either_time]


def _compile_sent(leaf: Node, scope: Scope) -> IdSet:
    """That a message was sent stands in its own row."""
    row = scope.alias("m")
    place = Place(scope, f"{row}.contact_id")
    tests = [
        *scope.own_rows(row),
        fill(f"{row}.status = {{}}", bind(tables.SENT_STATUS, "text")),
        fill(f"{row}.settled_at <= {{}}", bind(scope.now, "timestamptz")),
        *message_tests(row, leaf, scope),
        *instant_tests(Sql(f"{row}.settled_at"), leaf.get("window"), place),
    ]
    return counted(tables.MESSAGES, row, tests, place, leaf.get("times"), Sql("count(*)"))


def message_tests(row: str, leaf: Node, scope: Scope) -> list[Sql]:
    """Return the tests of channel and campaign, which messages and their facts have alike."""
    tests = []
    if "channel" in leaf:
        tests.append(fill(f"{row}.channel = {{}}", bind(leaf["channel"], "text")))
    if "campaign" in leaf:
        tests.append(
            fill(
                f"{row}.dispatch_id IN (SELECT d.id FROM {tables.DISPATCHES} d WHERE d.workspace_id = {{}}"
                " AND d.source_kind = {} AND d.source_id = {})",
                bind(scope.workspace_id, "bigint"),
                bind(tables.CAMPAIGN_SOURCE, "text"),
                bind(scope.registry.campaigns[leaf["campaign"]], "bigint"),
            )
        )
    return tests


def counted(table: str, row: str, tests: list[Sql], place: Place, times: dict[str, Any] | None, number: Sql) -> IdSet:
    """Return the contacts whose rows pass a count; a count that nought passes is a complement."""
    operator, value = (times["op"], times["value"]) if times else ("gte", 1)
    if (operator, value) == ("gte", 1):
        return IdSet(select_ids(table, row, tests, place))
    if (operator, value) in (("eq", 0), ("lt", 1), ("lte", 0)):
        return IdSet(select_ids(table, row, tests, place), is_complement=True)
    return grouped(table, row, tests, place, (number, operator, value, "bigint"))


def grouped(table: str | Sql, row: str, tests: list[Sql], place: Place, comparison: tuple[Sql, str, Any, str]) -> IdSet:
    """Return the contacts whose aggregate passes; without rows it is nought, so that may be a complement."""
    number, operator, value, cast = comparison
    is_complement = nought_passes(operator, value)
    test = compare_numbers(number, operator, value, cast)
    having = negate(test) if is_complement else test
    tail = fill(f" GROUP BY {row}.contact_id HAVING {{}}", having)
    return IdSet(select_ids(table, row, tests, place, tail), is_complement, is_once=True, is_grouped=True)


def nought_passes(operator: str, value: Any) -> bool:
    """Return whether a contact without any row passes a comparison."""
    if operator == "between":
        return bool(value[0] <= 0 <= value[1])
    return {
        "eq": value == 0,
        "ne": value != 0,
        "lt": value > 0,
        "lte": value >= 0,
        "gt": value < 0,
        "gte": value <= 0,
    }[operator]


def compare_numbers(number: Sql, operator: str, value: Any, cast: str) -> Sql:
    """Return the comparison of an aggregate with one number or two ends."""
    if operator == "between":
        return fill("{} BETWEEN {} AND {}", number, bind(value[0], cast), bind(value[1], cast))
    return fill(f"{{}} {COMPARE[operator]} {{}}", number, bind(value, cast))
