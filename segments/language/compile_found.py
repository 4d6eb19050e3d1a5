"""What a leaf looked at, for the answer to "why": statements over the contacts a scope is limited to."""

from __future__ import annotations

from segments.language import tables
from segments.language.compile import CompiledRule
from segments.language.compile_events import event_tests
from segments.language.compile_records import list_tests, submission_tests
from segments.language.compile_sets import consent_row, instant_tests, joins_of, message_tests
from segments.language.registry import Node
from segments.language.scope import Place, Scope
from segments.language.sql import Sql, bind, both, fill


def _finish(statement: Sql) -> CompiledRule:
    return CompiledRule(statement.text, list(statement.params))


def events_found(leaf: Node, scope: Scope) -> CompiledRule:
    """Return (contact, matching events, those in the window, time of the last)."""
    row = scope.alias("e")
    place = Place(scope, f"{row}.contact_id")
    window = both(instant_tests(Sql(f"{row}.at"), leaf.get("window"), place))
    tests = both(event_tests(row, leaf, scope, place))
    return _finish(
        fill(
            f"SELECT {row}.contact_id, count(*), count(*) FILTER (WHERE {{}}), max({row}.at)"
            f" FROM {tables.EVENTS} {row}{{}} WHERE {{}} GROUP BY {row}.contact_id",
            window,
            joins_of(place),
            tests,
        )
    )


def engagement_found(leaf: Node, scope: Scope) -> CompiledRule:
    """Return (contact, messages with such a fact at any time, time of the last)."""
    is_sent = leaf["action"] == "sent"
    row = scope.alias("f")
    tests = [*scope.own_rows(row), *message_tests(row, leaf, scope)]
    now = bind(scope.now, "timestamptz")
    if is_sent:
        tests += [
            fill(f"{row}.status = {{}}", bind(tables.SENT_STATUS, "text")),
            fill(f"{row}.settled_at <= {{}}", now),
        ]
    else:
        tests += [fill(f"{row}.action = {{}}", bind(leaf["action"], "text")), fill(f"{row}.at <= {{}}", now)]
    if leaf["action"] in ("opened", "clicked") and leaf.get("verdict", "human") == "human":
        tests.append(Sql(f"{row}.verdict = 'human'"))
    table = tables.MESSAGES if is_sent else tables.FACTS
    number, last = "count(*)", Sql(f"{row}.settled_at")
    if not is_sent:
        number = f"count(DISTINCT {row}.message_id)"
        # Of what repeats, the last time may lie ahead of the instant asked about; then the first is the last known.
        last = fill(f"CASE WHEN {row}.last_at <= {{}} THEN {row}.last_at ELSE {row}.at END", now)
    return _finish(
        fill(
            f"SELECT {row}.contact_id, {number}, max({{}}) FROM {table} {row} WHERE {{}} GROUP BY {row}.contact_id",
            last,
            both(tests),
        )
    )


def addresses_found(leaf: Node, scope: Scope) -> CompiledRule:
    """Return (contact, number of addresses of the channel)."""
    row = scope.alias("a")
    tests = [*scope.own_rows(row), fill(f"{row}.channel = {{}}", bind(leaf["channel"], "text"))]
    return _finish(
        fill(
            f"SELECT {row}.contact_id, count(*) FROM {tables.ADDRESSES} {row} WHERE {{}} GROUP BY {row}.contact_id",
            both(tests),
        )
    )


def consent_found(leaf: Node, scope: Scope) -> CompiledRule:
    """Return (contact, effective state, when it changed)."""
    row = scope.alias("s")
    tests = [*scope.own_rows(row), *consent_row(row, leaf, scope)]
    return _finish(
        fill(
            f"SELECT {row}.contact_id, CASE WHEN {row}.state = 'granted' AND {row}.expires_at <= {{}}"
            f" THEN 'expired' ELSE {row}.state END, {row}.changed_at FROM {tables.CONSENTS} {row} WHERE {{}}",
            bind(scope.now, "timestamptz"),
            both(tests),
        )
    )


def list_found(leaf: Node, scope: Scope) -> CompiledRule:
    """Return (contact, when it was added to the list)."""
    row = scope.alias("m")
    tests = both(list_tests(row, leaf, scope))
    return _finish(fill(f"SELECT {row}.contact_id, {row}.added_at FROM {tables.LIST_MEMBERS} {row} WHERE {{}}", tests))


def flow_found(leaf: Node, scope: Scope) -> CompiledRule:
    """Return (contact, submissions in the flow, finished or not)."""
    row = scope.alias("u")
    tests = both(submission_tests(row, leaf, scope))
    return _finish(
        fill(
            f"SELECT {row}.contact_id, count(*) FROM {tables.SUBMISSIONS} {row} WHERE {{}} GROUP BY {row}.contact_id",
            tests,
        )
    )
