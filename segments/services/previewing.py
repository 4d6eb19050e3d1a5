"""What somebody sees of a rule while typing it: within a blink, and therefore sometimes about."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field

from django.db import connection

from accounts.models import Workspace
from segments.language.compile import CompiledRule, compile_count
from segments.language.registry import Node, Registry, Rule
from segments.services.asking import run_limited
from segments.services.estimating import Count, sample_nodes
from segments.services.evaluation import make_scope
from segments.services.sampling import Example, examples_of, pick_people

# What the statements of a preview should take together; the page around them takes a tenth of a second at most. On a
# busy server an estimate may take longer, for late is better than not at all.
PREVIEW_MILLISECONDS = 220
# A statement that the planner finds dearer than this is not begun in the time that is left; reading all contacts
# costs three times as much.
_QUICK_COST = 25_000


@dataclass(frozen=True)
class Look:
    """The count of a rule and of its parts, how many people there are, and some for whom the rule holds, with why.

    Parts and total are estimates where they say so, even when the count is exact; nothing where time ran out.
    """

    count: Count
    parts: list[Count] = field(default_factory=list)
    total: Count = field(default_factory=lambda: Count(None))
    examples: list[Example] = field(default_factory=list)


def look_at(
    workspace: Workspace,
    rule: Rule,
    parts: list[Node],
    registry: Registry,
    *,
    patience: int = PREVIEW_MILLISECONDS,
    faces: int = 5,
) -> Look:
    """Return what can be told about a valid rule and valid parts of it, in about `patience` milliseconds.

    Some people are asked first, for all numbers at once; then all of them, if that is quick and time is left.
    """
    deadline = time.monotonic() + patience / 1000
    scope = make_scope(workspace, registry)
    sampled = sample_nodes(workspace, [rule["where"], *parts], scope, faces=faces)
    if sampled is None:
        return Look(Count(None, is_exact=False))
    count, *others = sampled.counts
    if not count.is_exact:
        exact = _count_if_quick(compile_count(rule, scope), deadline)
        count = count if exact is None else Count(exact)
    ids = sampled.faces
    if len(ids) < min(faces, count.number or faces) and not sampled.total.is_exact:
        ids = pick_people(rule, scope, faces, max(_left(deadline), 1)) or ids
    return Look(count, others, sampled.total, examples_of(workspace, rule, ids, scope))


def _left(deadline: float) -> int:
    return int((deadline - time.monotonic()) * 1000)


def _count_if_quick(compiled: CompiledRule, deadline: float) -> int | None:
    """Return the number a statement counts, None when it is too dear to begin, or time runs out."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {compiled.sql}", compiled.params)
        plan = cursor.fetchone()[0]
    plan = json.loads(plan) if isinstance(plan, str) else plan
    left = _left(deadline)
    if plan[0]["Plan"]["Total Cost"] > _QUICK_COST or left <= 0:
        return None
    rows = run_limited(compiled.sql, compiled.params, left)
    return None if rows is None else int(rows[0][0])
