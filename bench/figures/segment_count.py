"""segment_count: how many of all people each of ten rules holds for, exactly, beside statements written by hand."""

import statistics
import time
from collections.abc import Callable
from typing import Any

from django.db import connection, transaction

from bench.figure import Figure, percentile
from bench.segment_rules import RULES
from bench.segment_world import have_segment_world, named_ids
from bench.world import Bench
from segments.language.text_parser import parse_text
from segments.registry import registry_of
from segments.services.asking import SETTINGS
from segments.services.evaluation import count_exactly, make_scope

ROUNDS = 15
LIMIT_MILLISECONDS = 60_000


def run(bench: Bench) -> list[Figure]:
    """The slowest rule's 95th percentile in milliseconds, beside that of the statement written by hand for it.

    Rules and statements take turns, so that both meet the same neighbours. `worst_ratio` is the greatest over the
    rules of the compiled median by the other. Each rule's own figures follow it. Raises RuntimeError when the two do
    not agree on a number.
    """
    have_segment_world(bench)
    times, by_hand = {}, {}
    more: dict[str, float] = {}
    for name, (text, statement) in RULES.items():
        times[name], by_hand[name], people = _measure(bench, text, statement)
        more[f"{name}_p95"] = percentile(times[name], 0.95)
        more[f"{name}_ratio"] = statistics.median(times[name]) / statistics.median(by_hand[name])
        more[f"{name}_people"] = people
    slowest = max(RULES, key=lambda name: more[f"{name}_p95"])
    more["worst_ratio"] = max(more[f"{name}_ratio"] for name in RULES)
    value, baseline = more[f"{slowest}_p95"], percentile(by_hand[slowest], 0.95)
    return [Figure("segment_count", value, "ms", baseline, 300, is_less_better=True, more=more)]


def _measure(bench: Bench, text: str, statement: str) -> tuple[list[float], list[float], int]:
    """Milliseconds of the rule, compiled and asked, and of the statement, in turns; and how many people it found."""
    registry, rule, values = registry_of(bench.workspace), parse_text(text), named_ids(bench)

    def compiled() -> int:
        count = count_exactly(rule, make_scope(bench.workspace, registry), LIMIT_MILLISECONDS)
        return -1 if count is None else count

    def written() -> int:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("; ".join(f"SET LOCAL {name} = '{value}'" for name, value in SETTINGS.items()))
            cursor.execute(statement, values)
            return int(cursor.fetchone()[0])

    found, expected = compiled(), written()  # which also brings the pages into memory
    if abs(found - expected) > found // 1000:  # time goes on between the two
        raise RuntimeError(f"{text}: {found} people, by hand {expected}")
    rounds: list[tuple[float, float]] = [(_milliseconds(compiled), _milliseconds(written)) for _round in range(ROUNDS)]
    return [one for one, _other in rounds], [other for _one, other in rounds], found


def _milliseconds(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000
