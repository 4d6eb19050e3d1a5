"""Counts that somebody waits for a little longer, and several at once that may be estimates."""

from __future__ import annotations

from accounts.models import Workspace
from segments.language.registry import Node, Registry, Rule
from segments.services.estimating import Count, sample_nodes
from segments.services.evaluation import count_exactly, count_many, make_scope


def count_patiently(workspace: Workspace, rule: Rule, milliseconds: int, registry: Registry) -> Count | None:
    """Return the exact number of people a valid rule holds for; None when even that time was not enough."""
    number = count_exactly(rule, make_scope(workspace, registry), milliseconds)
    return None if number is None else Count(number)


def count_or_estimate(workspace: Workspace, nodes: list[Node], registry: Registry) -> tuple[list[int], bool] | None:
    """Return how many people each valid node holds for, last how many there are, and whether that is exact.

    Where exact counts take too long, a part of all people is asked; None when even that takes too long.
    """
    exact = count_many(workspace, nodes, registry)
    if exact is not None:
        return exact, True
    sampled = sample_nodes(workspace, nodes, make_scope(workspace, registry))
    if sampled is None:
        return None
    numbers = [one.number or 0 for one in (*sampled.counts, sampled.total)]
    return numbers, all(one.is_exact for one in sampled.counts)
