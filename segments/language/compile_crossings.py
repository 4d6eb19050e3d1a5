"""Whose rows have passed a moving instant between two moments: the only ones whom time alone can have changed.

Where an index leads to the rows it is named; the others read a table once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from segments.language import tables
from segments.language.dependencies import Edge
from segments.language.scope import stamp
from segments.language.sql import Sql, bind, fill

# Sources whose rows are found only by reading the whole table.
SLOW_SOURCES = frozenset({"attribute", "field", "consent_change", "listed"})
# Bounds of windows are in whole seconds and may include their ends or not; a second more on each side includes both.
SLACK = dt.timedelta(seconds=1)

_FIELDS = {"created_at": "created_at", "imported_at": "imported_at"}


def is_slow(edge: Edge) -> bool:
    """Say whether finding who crossed the edge reads a whole table."""
    # The last time of a fact stands in no index; only windows of minutes and hours ask for it.
    return edge.source in SLOW_SOURCES or (edge.source == "fact" and bool(edge.offset))


def crossed(edge: Edge, workspace_id: int, before: dt.datetime, now: dt.datetime) -> Sql:
    """Return a statement of the contact ids with a row that the edge passed after `before` and until `now`."""
    low, high = before + edge.offset - SLACK, now + edge.offset + SLACK
    return _SOURCES[edge.source](edge, bind(workspace_id, "bigint"), low, high)


def _between(column: str, low: dt.datetime, high: dt.datetime) -> Sql:
    return fill(f"{column} BETWEEN {{}} AND {{}}", bind(low, "timestamptz"), bind(high, "timestamptz"))


def _plain(table: str, column: str) -> Callable[[Edge, Sql, dt.datetime, dt.datetime], Sql]:
    def statement(edge: Edge, workspace: Sql, low: dt.datetime, high: dt.datetime) -> Sql:
        test = _between(column, low, high)
        return fill(f"SELECT contact_id FROM {table} WHERE workspace_id = {{}} AND {{}}", workspace, test)

    return statement


def _events(edge: Edge, workspace: Sql, low: dt.datetime, high: dt.datetime) -> Sql:
    """By the index event_kind_time. Of the present itself only events matter that came before their time."""
    early = "" if edge.offset else " AND at > recorded_at"
    return fill(
        f"SELECT contact_id FROM {tables.EVENTS} WHERE workspace_id = {{}} AND kind = {{}} AND {{}}{early}",
        workspace,
        bind(edge.name, "text"),
        _between("at", low, high),
    )


def _facts(edge: Edge, workspace: Sql, low: dt.datetime, high: dt.datetime) -> Sql:
    """By the index fact_action_at, where only the present is asked about."""
    times = [_between("at", low, high)]
    if edge.offset:
        times.append(_between("last_at", low, high))
    either = fill(" OR ".join(["{}"] * len(times)), *times)
    return fill(
        f"SELECT contact_id FROM {tables.FACTS} WHERE workspace_id = {{}} AND action = {{}} AND ({{}})",
        workspace,
        bind(edge.name, "text"),
        either,
    )


def _sent(edge: Edge, workspace: Sql, low: dt.datetime, high: dt.datetime) -> Sql:
    """By the index message_sent_at."""
    return fill(
        f"SELECT contact_id FROM {tables.MESSAGES} WHERE workspace_id = {{}} AND status = {{}} AND {{}}",
        workspace,
        bind(tables.SENT_STATUS, "text"),
        _between("settled_at", low, high),
    )


def _fields(edge: Edge, workspace: Sql, low: dt.datetime, high: dt.datetime) -> Sql:
    return fill(
        f"SELECT id FROM {tables.CONTACTS} WHERE workspace_id = {{}} AND {{}}",
        workspace,
        _between(_FIELDS[edge.name], low, high),
    )


def _attributes(edge: Edge, workspace: Sql, low: dt.datetime, high: dt.datetime) -> Sql:
    """Instants are stored as texts that sort as time does."""
    return fill(
        f"SELECT id FROM {tables.PROFILES} WHERE workspace_id = {{}}"
        ' AND (attributes ->> {}) COLLATE "C" BETWEEN {} AND {}',
        workspace,
        bind(edge.name, "text"),
        bind(stamp(low.replace(microsecond=0)), "text"),
        bind(stamp(high.replace(microsecond=0)), "text"),
    )


_SOURCES: dict[str, Callable[[Edge, Sql, dt.datetime, dt.datetime], Sql]] = {
    "event": _events,
    "fact": _facts,
    "sent": _sent,
    "submission": _plain(tables.SUBMISSIONS, "at"),
    "consent_end": _plain(tables.CONSENTS, "expires_at"),
    "consent_change": _plain(tables.CONSENTS, "changed_at"),
    "listed": _plain(tables.LIST_MEMBERS, "added_at"),
    "field": _fields,
    "attribute": _attributes,
}
