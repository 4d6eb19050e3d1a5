"""Results of a poll for its visitors: counted from completed sessions, at most every few seconds."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

from django.core.cache import cache
from redis.exceptions import RedisError

from flows.engine.flow import Flow as Compiled
from flows.engine.intake import choice_list
from flows.engine.locales import chosen_text, habits_of
from flows.models import Flow, FlowSession

# A poll of a million answers takes a second to count; nobody sees that it is this old.
KEPT_SECONDS = 10


@dataclass(frozen=True)
class Line:
    """One answer of a poll: how often it was given, in whole percent of everybody."""

    label: str
    count: int
    percent: int


@dataclass(frozen=True)
class Tally:
    """What everybody answered."""

    people: int
    lines: list[Line]


def tally(flow: Flow, compiled: Compiled, key: str, locale: str) -> Tally | None:
    """The results of one question; None where there is no such question with choices."""
    step = compiled.step_of_block.get(key)
    blocks = [one for one in step.document["blocks"] if one.get("key") == key] if step else []
    if not blocks:
        return None
    people, counts = _counts(flow, key)
    block = blocks[0]
    if block["type"] == "yes_no":
        habits = habits_of(locale)
        options = [("true", habits.yes), ("false", habits.no)]
    else:
        options = [
            (str(one["key"]), chosen_text(one["label"], locale, compiled.default_locale)) for one in choice_list(block)
        ]
    numbers = [counts.get(option, 0) for option, _label in options]
    shares = whole_percents(numbers, sum(numbers))
    lines = [Line(label, *pair) for (_key, label), pair in zip(options, zip(numbers, shares, strict=True), strict=True)]
    return Tally(people, lines)


def whole_percents(counts: Sequence[int], total: int) -> list[int]:
    """Percentages that add up to 100, by largest remainder; ties go to the earlier one (docs/flows.md)."""
    if total <= 0:
        return [0 for _count in counts]
    floors = [count * 100 // total for count in counts]
    left = 100 - sum(floors)
    by_rest = sorted(range(len(counts)), key=lambda place: (-(counts[place] * 100 % total), place))
    for place in by_rest[:left]:
        floors[place] += 1
    return floors


def _counts(flow: Flow, key: str) -> tuple[int, dict[str, int]]:
    name = f"flow-tally:{flow.pk}:{key}"
    try:
        kept = cache.get(name)
    except (RedisError, OSError):
        kept = None
    if kept is not None:
        return int(kept[0]), dict(kept[1])
    found = FlowSession.objects.answer_counts(flow.pk, key)
    with contextlib.suppress(RedisError, OSError):
        cache.set(name, found, KEPT_SECONDS)
    return found
