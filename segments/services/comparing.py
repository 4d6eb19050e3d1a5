"""Counts that somebody waits for a little longer, and several at once that may be estimates."""

from __future__ import annotations

from accounts.models import Workspace
from segments.language.compile import compile_rule
from segments.language.registry import Node, Registry, Rule
from segments.language.words import VERSION
from segments.services.evaluation import (
    BUCKETS,
    ESTIMATE_SALT,
    ESTIMATE_SHARE,
    Count,
    count_many,
    in_buckets,
    make_scope,
    run_limited,
)


def count_patiently(workspace: Workspace, rule: Rule, milliseconds: int, registry: Registry) -> Count | None:
    """Return the exact number of people a valid rule holds for; None when even that time was not enough."""
    compiled = compile_rule(rule, make_scope(workspace, registry))
    sql = f"SELECT count(*) FROM ({compiled.sql}) AS audience"  # noqa: S608 - compiled
    rows = run_limited(sql, compiled.params, milliseconds)
    return None if rows is None else Count(int(rows[0][0]))


def count_or_estimate(workspace: Workspace, nodes: list[Node], registry: Registry) -> tuple[list[int], bool] | None:
    """Return how many people each valid node holds for, last how many there are, and whether that is exact.

    Where exact counts take too long, a sixteenth of all people is asked; None when even that takes too long.
    """
    exact = count_many(workspace, nodes, registry)
    if exact is not None:
        return exact, True
    last = BUCKETS // ESTIMATE_SHARE - 1
    some = [in_buckets({"version": VERSION, "where": node}, ESTIMATE_SALT, last)["where"] for node in nodes]
    counted = count_many(workspace, some, registry)
    if counted is None:
        return None
    *numbers, total = counted
    return [*(number * ESTIMATE_SHARE for number in numbers), total], False
