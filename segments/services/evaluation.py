"""Asking the database: who, and how many."""

from __future__ import annotations

import datetime as dt

from accounts.models import Workspace
from core.clock import now as present
from segments.language.compile import CompiledRule, compile_count, compile_rule, is_one_table
from segments.language.compile_matrix import compile_counts
from segments.language.registry import Node, Registry, Rule
from segments.language.scope import Scope
from segments.language.validate import require_valid
from segments.registry import registry_of
from segments.services.estimating import Count, sample_nodes
from segments.services.halving import middle_of, run_count

# How long somebody who asked may wait for an exact number; after that some people are asked instead of all, and it is
# said that the number is an estimate.
PATIENCE_MILLISECONDS = 1500
BUCKETS = 10_000


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
    workspace: Workspace,
    rule: Rule,
    now: dt.datetime | None = None,
    *,
    registry: Registry | None = None,
    patience: int = PATIENCE_MILLISECONDS,
) -> Count:
    """Return how many people the rule holds for: exact within `patience` milliseconds, else an estimate that says so.

    Raises RuleError for a rule that cannot be used.
    """
    registry = registry or registry_of(workspace)
    require_valid(rule, registry)
    scope = make_scope(workspace, registry, now)
    exact = count_exactly(rule, scope, patience)
    if exact is not None:
        return Count(exact)
    sampled = sample_nodes(workspace, [rule["where"]], scope)
    return Count(None, is_exact=False) if sampled is None else sampled.counts[0]


def count_exactly(rule: Rule, scope: Scope, patience: int) -> int | None:
    """Return how many people a valid rule holds for, None when that takes longer than `patience` milliseconds."""
    middle = None if is_one_table(rule["where"], scope) else middle_of(scope.workspace_id)
    rows = run_count(compile_count(rule, scope, middle), patience)
    return None if rows is None else int(rows[0][0])


def count_many(
    workspace: Workspace, nodes: list[Node], registry: Registry, *, patience: int = PATIENCE_MILLISECONDS
) -> list[int] | None:
    """Return how many people each valid node holds for, and last how many there are; None when it takes too long."""
    rows = run_count(compile_counts(nodes, make_scope(workspace, registry), middle_of(workspace.pk)), patience)
    return None if rows is None else list(rows[0])


def in_buckets(rule: Rule, salt: str, last: int) -> Rule:
    """Return the rule narrowed to a random part of all contacts: the buckets 0 to `last` of 10,000."""
    bucket = {"kind": "bucket", "salt": salt, "from": 0, "to": last}
    return {"version": rule["version"], "where": {"all": [bucket, rule["where"]]}}
