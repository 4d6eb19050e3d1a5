"""Score, marks and outcome: counted over the answers that count, never stored."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from flows.engine.intake import Block, choice_list
from flows.engine.values import Value

Choice = Mapping[str, Any]
_SINGLE = ("single_choice", "dropdown", "picture_choice", "hotspot", "yes_no")


@dataclass
class Score:
    """What the shown questions come to. `points` are those of outcomes."""

    score: Decimal = Decimal(0)
    max_score: Decimal = Decimal(0)
    correct: int = 0
    asked: int = 0
    points: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))

    def put(self, other: "Score", sign: int = 1) -> None:
        """Add another score, or with -1 take it away again."""
        self.score += sign * other.score
        self.max_score += sign * other.max_score
        self.correct += sign * other.correct
        self.asked += sign * other.asked
        for outcome, points in other.points.items():
            self.points[outcome] += sign * points


def count_score(questions: Iterable[tuple[Block, Value]]) -> Score:
    """The score of shown blocks and their answers (None: not answered)."""
    total = Score()
    for block, answer in questions:
        if block["type"] == "matrix":
            _count_matrix(total, block, answer)
        elif block["type"] in _SINGLE:
            _count_single(total, block, answer)
        elif block["type"] == "multiple_choice":
            _count_several(total, block, answer)
    return total


def _count_matrix(total: Score, block: Block, answer: Value) -> None:
    scores = {column["key"]: Decimal(column.get("score", 0)) for column in block["columns"]}
    total.max_score += len(block["rows"]) * max(Decimal(0), *scores.values())
    total.score += sum(scores[column] for column in (answer or {}).values())


def _count_single(total: Score, block: Block, answer: Value) -> None:
    key = {True: "yes", False: "no"}[answer] if isinstance(answer, bool) else answer
    choices = choice_list(block)
    chosen = [choice for choice in choices if choice["key"] == key]
    best = max((_score(choice) for choice in choices), default=Decimal(0))
    is_right = bool(chosen) and bool(chosen[0].get("correct"))
    _count(total, choices, chosen, best=best, is_right=is_right)


def _count_several(total: Score, block: Block, answer: Value) -> None:
    choices = choice_list(block)
    chosen = [choice for choice in choices if choice["key"] in (answer or ())]
    together = sum((_score(one) for one in choices if _score(one) > 0 and not one.get("exclusive")), Decimal(0))
    alone = max((_score(one) for one in choices if one.get("exclusive")), default=Decimal(0))
    right = {choice["key"] for choice in choices if choice.get("correct")}
    is_right = {choice["key"] for choice in chosen} == right
    _count(total, choices, chosen, best=max(together, alone), is_right=is_right)


def _count(total: Score, choices: Sequence[Choice], chosen: Sequence[Choice], *, best: Decimal, is_right: bool) -> None:
    is_marked = any(choice.get("correct") for choice in choices)
    if is_marked:
        total.asked += 1
        total.correct += is_right
    if any("score" in choice for choice in choices):
        total.score += sum(map(_score, chosen))
        total.max_score += max(best, Decimal(0))
    elif is_marked:
        total.score += is_right
        total.max_score += 1
    for choice in chosen:
        for outcome, points in (choice.get("outcome_points") or {}).items():
            total.points[outcome] += Decimal(points)


def _score(choice: Choice) -> Decimal:
    return Decimal(choice.get("score", 0))


def pick_outcome(
    mode: str, outcomes: Sequence[Mapping[str, Any]], score: Score, holds: Callable[[Any], bool]
) -> Mapping[str, Any] | None:
    """The outcome that fits: of several the one of the lowest priority number, then the first in the list."""
    fitting = fitting_outcomes(mode, outcomes, score, holds)
    return min(fitting, key=lambda outcome: outcome.get("priority", float("inf")), default=None)


def fitting_outcomes(
    mode: str, outcomes: Sequence[Mapping[str, Any]], score: Score, holds: Callable[[Any], bool]
) -> list[Mapping[str, Any]]:
    """All outcomes that fit, in the order of the list; among several the priority decides."""
    if mode == "highest_points":
        most = max((score.points[outcome["key"]] for outcome in outcomes), default=Decimal(0))
        return [outcome for outcome in outcomes if most > 0 and score.points[outcome["key"]] == most]
    if mode == "score_range":
        return [outcome for outcome in outcomes if _is_in_range(score.score, outcome)]
    if mode == "rules":
        return [outcome for outcome in outcomes if holds(outcome.get("when"))]
    return []


def _is_in_range(score: Decimal, outcome: Mapping[str, Any]) -> bool:
    low, high = outcome.get("min_score"), outcome.get("max_score")
    return (low is None or score >= low) and (high is None or score <= high)
