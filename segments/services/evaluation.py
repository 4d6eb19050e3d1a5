"""Asking the database: who, how many, a few of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import OperationalError, connection, transaction

from accounts.models import Workspace
from core.clock import now as present
from segments.language.compile import CompiledRule, compile_counts, compile_rule
from segments.language.registry import Node, Registry, Rule
from segments.language.scope import Scope
from segments.language.validate import require_valid
from segments.registry import registry_of

# An exact count may take this long; then one bucket in sixteen is counted instead and said to be an estimate.
EXACT_MILLISECONDS = 1500
ESTIMATE_MILLISECONDS = 3000
ESTIMATE_SALT = "estimate"
ESTIMATE_SHARE = 16
BUCKETS = 10_000
# These statements read many rows from few tables. One helper: each more would hash every set of a rule once more.
SETTINGS = {
    "jit": "off",
    "random_page_cost": "1.1",
    "work_mem": "64MB",
    "max_parallel_workers_per_gather": "1",
}


@dataclass(frozen=True)
class Count:
    """How many people a rule holds for; `number` is None when even an estimate took too long."""

    number: int | None
    is_exact: bool = True


def make_scope(workspace: Workspace, registry: Registry, now: dt.datetime | None = None) -> Scope:
    """Return an evaluation at one instant in whole seconds (default: the present)."""
    moment = (now or present()).astimezone(dt.UTC).replace(microsecond=0)
    return Scope(workspace.pk, moment, registry)


def audience_sql(workspace: Workspace, rule: Rule, now: dt.datetime) -> CompiledRule:
    """Return one statement selecting the ids of the contacts the rule holds for at `now`, to be embedded.

    Raises RuleError when the rule names something the workspace no longer has.
    """
    registry = registry_of(workspace)
    require_valid(rule, registry)
    return compile_rule(rule, make_scope(workspace, registry, now))


def count_rule(
    workspace: Workspace, rule: Rule, now: dt.datetime | None = None, *, registry: Registry | None = None
) -> Count:
    """Return how many people the rule holds for: exact, or after a time limit an estimate marked as such.

    Raises RuleError for a rule that cannot be used.
    """
    registry = registry or registry_of(workspace)
    require_valid(rule, registry)
    scope = make_scope(workspace, registry, now)
    exact = _count(compile_rule(rule, scope), EXACT_MILLISECONDS)
    if exact is not None:
        return Count(exact)
    last = BUCKETS // ESTIMATE_SHARE - 1
    part = _count(compile_rule(in_buckets(rule, ESTIMATE_SALT, last), scope), ESTIMATE_MILLISECONDS)
    return Count(None if part is None else part * ESTIMATE_SHARE, is_exact=False)


def count_many(workspace: Workspace, nodes: list[Node], registry: Registry) -> list[int] | None:
    """Return how many people each valid node holds for, and last how many there are; None when it takes too long."""
    compiled = compile_counts(nodes, make_scope(workspace, registry))
    rows = run_limited(compiled.sql, compiled.params, EXACT_MILLISECONDS)
    return None if rows is None else list(rows[0])


def in_buckets(rule: Rule, salt: str, last: int) -> Rule:
    """Return the rule narrowed to a random part of all contacts: the buckets 0 to `last` of 10,000."""
    bucket = {"kind": "bucket", "salt": salt, "from": 0, "to": last}
    return {"version": rule["version"], "where": {"all": [bucket, rule["where"]]}}


def _count(compiled: CompiledRule, milliseconds: int) -> int | None:
    rows = run_limited(f"SELECT count(*) FROM ({compiled.sql}) AS audience", compiled.params, milliseconds)  # noqa: S608
    return None if rows is None else int(rows[0][0])


def run_limited(sql: str, params: list[Any], milliseconds: int) -> list[tuple[Any, ...]] | None:
    """Return the rows of a compiled statement, or None when it had to be stopped at the time limit."""
    try:
        with transaction.atomic(), _limits(milliseconds), connection.cursor() as cursor:
            cursor.execute(sql, params)
            return list(cursor.fetchall())
    except OperationalError as error:
        # 57014: the statement was cancelled because of its timeout.
        if getattr(error.__cause__, "sqlstate", "") == "57014":
            return None
        raise


@contextmanager
def _limits(milliseconds: int) -> Iterator[None]:
    """Set a time limit and plan for many rows; put back afterwards, for the caller's transaction may go on."""
    wanted = {**SETTINGS, "statement_timeout": str(milliseconds)}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(['current_setting(%s)'] * len(wanted))}",
            list(wanted),
        )
        before = dict(zip(wanted, cursor.fetchone(), strict=True))
        _apply(cursor, wanted)
        yield
        _apply(cursor, before)


def _apply(cursor: Any, settings: dict[str, str]) -> None:
    calls = ", ".join(["set_config(%s, %s, true)"] * len(settings))
    cursor.execute(f"SELECT {calls}", [part for pair in settings.items() for part in pair])
