"""What a part of all people says about a rule: in a moment, and about."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from accounts.models import Workspace
from contacts.list_counts import count_contacts
from segments.language.compile import count_look_ups
from segments.language.compile_matrix import SAMPLE_SEEDS, compile_sample
from segments.language.registry import Node
from segments.language.scope import Scope
from segments.services.asking import SAMPLES, run_limited

ESTIMATE_MILLISECONDS = 3000
# So many people are asked, or a sixteenth of all if that is fewer. What a tenth of all people share is then known to
# within four in a hundred, mostly; each more costs as many look-ups as there are sentences about more than the person's
# own row. Where those are many, fewer people are asked in the same time: of half as many, within six in a hundred.
SAMPLED = 6_000
_LOOK_UPS = 30_000
_SEEDS = 2**31 - 1


@dataclass(frozen=True)
class Count:
    """How many people a rule holds for; `number` is None when even an estimate took too long."""

    number: int | None
    is_exact: bool = True


@dataclass(frozen=True)
class Sampled:
    """How many people each node holds for, how many there are, and ids of some whom the first node holds for."""

    counts: list[Count]
    total: Count
    faces: list[int]


def sample_nodes(
    workspace: Workspace, nodes: list[Node], scope: Scope, *, faces: int = 0, patience: int = ESTIMATE_MILLISECONDS
) -> Sampled | None:
    """Ask a part of all people about valid nodes, in one statement; None when even that takes too long.

    Where there are few people all of them are asked, and the counts are exact.
    """
    about, _is_exact = count_contacts(workspace)
    seeds = None if about <= SAMPLED else min(_SEEDS * _people_to_ask(nodes, scope) // about, SAMPLE_SEEDS)
    mix = 1 + secrets.randbelow(_SEEDS - 1)
    compiled = compile_sample(nodes, scope, seeds=seeds, faces=faces, mix=mix)
    rows = run_limited(compiled.sql, compiled.params, patience, lane=SAMPLES)
    if rows is None:
        return None
    *found, asked, picked = rows[0]
    return Sampled([_grown(one, seeds) for one in found], _grown(asked, seeds), list(picked or ()))


def _people_to_ask(nodes: list[Node], scope: Scope) -> int:
    """How many people an estimate is made from: SAMPLED, or down to half as many."""
    look_ups = count_look_ups(nodes, scope.registry)
    return min(SAMPLED, max(_LOOK_UPS // max(look_ups, 1), SAMPLED // 2))


def _grown(found: int, seeds: int | None) -> Count:
    """What `found` in the sample makes of everybody, in two figures: more would pretend to be known."""
    if seeds is None:
        return Count(found)
    number = round(found * _SEEDS / seeds)
    return Count(round(number, -max(0, len(str(number)) - 2)), is_exact=False)
