"""Thousands of random visitors, to see which outcomes come out how often, and what breaks on the way."""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from flows.engine.advance import advance
from flows.engine.dates import moment_text
from flows.engine.flow import Flow, Step, is_input
from flows.engine.intake import Block, choice_list
from flows.engine.rules import replay
from flows.engine.scoring import fitting_outcomes
from flows.engine.state import ACTIVE, COMPLETED, State
from flows.engine.values import Value

AT = "2026-01-15T12:00:00Z"
MOST_EVENTS = 200
_SCALES = {"rating": (1, 5), "opinion_scale": (0, 10), "nps": (0, 10), "slider": (0, 100)}
_SAMPLES: Mapping[str, Sequence[Value]] = {
    "short_text": ["Ada", "Омар", "ليلى"],
    "long_text": ["A few words about it."],
    "email": ["ada@lake.example"],
    "phone": ["+447911123456"],
    "url": ["https://lake.example/"],
    "date": ["1968-02-29", "1999-07-01", "2012-12-31", "2031-05-20"],
    "time": ["09:30"],
    "date_range": [{"from": "2026-02-01", "to": "2026-02-03"}],
    "country": ["DE", "NZ", "CA"],
    "full_name": ["Ada Lake"],
    "address": [{"line1": "1 Lake Road", "city": "Wanaka"}],
    "signature": ["signed"],
    "consent": [True],
}


@dataclass
class Runs:
    """What came out of random runs: how often each outcome and ending, and how many sessions never ended.

    `ties` counts runs in which several outcomes had the most points, so that their priority had to decide.
    """

    count: int = 0
    outcomes: Counter[str | None] = field(default_factory=Counter)
    endings: Counter[str | None] = field(default_factory=Counter)
    stuck: int = 0
    ties: int = 0
    noticed: Counter[str] = field(default_factory=Counter)


def simulate(flow: Flow, count: int, seed: int = 1) -> Runs:
    """Run so many sessions with random answers. The same seed gives the same runs."""
    chance, runs = random.Random(seed), Runs(count)  # noqa: S311 - it has to be repeatable
    for _run in range(count):
        _run_once(flow, chance, runs)
    return runs


def _run_once(flow: Flow, chance: random.Random, runs: Runs) -> None:
    at = _opening(flow)
    event: dict[str, Any] = {"type": "start", "seed": f"{chance.getrandbits(128):032x}"}
    state: State | None = None
    for _turn in range(MOST_EVENTS):
        state, effects = advance(flow, state, {**event, "at": at})
        _note(effects, runs)
        if state is None or state.status != ACTIVE:
            break
        event = _next_event(flow, state, chance)
    if state is None or state.status == ACTIVE:
        runs.stuck += 1
    elif state.status == COMPLETED and flow.document.get("outcome_mode") == "highest_points":
        view, _rules = replay(flow, state)
        runs.ties += len(fitting_outcomes("highest_points", flow.outcomes, view.score, view.holds)) > 1


def _opening(flow: Flow) -> str:
    """A moment at which the flow is open."""
    opens = [flow.moment("opens_at"), flow.moment("opens_at", of_contest=True)]
    moments = [moment for moment in opens if moment is not None]
    return moment_text(max(moments)) if moments else AT


def _note(effects: Sequence[Mapping[str, Any]], runs: Runs) -> None:
    for effect in effects:
        if effect["type"] == "notice" and effect["code"] == "expr_error":
            runs.noticed[effect["at"]] += 1
        if effect["type"] == "end":
            runs.endings[effect["ending"]] += 1
            runs.outcomes[effect.get("outcome")] += 1


def _next_event(flow: Flow, state: State, chance: random.Random) -> dict[str, Any]:
    step = flow.step(state.current) if state.current else None
    if state.review is not None:
        return {"type": "confirm"}
    if step is None:
        return {"type": "video_time", "t": Decimal(10**6), "ended": True}
    answers = {one["key"]: _answer(one, chance) for one in _questions(step, state)}
    trusted = {one["key"]: {"status": "done"} for one in _questions(step, state)}
    if flow.is_chat:
        key = next((key for key in answers if key not in state.draft), "")
        return {"type": "choice", "block": key, "key": answers.get(key)}
    return {"type": "submit", "step": step.key, "answers": answers, "trusted": trusted}


def _questions(step: Step, state: State) -> list[Block]:
    return [one for one in step.blocks(state.variants.get(step.key)) if is_input(one)]


def _answer(block: Block, chance: random.Random) -> Value:
    kind = block["type"]
    keys = [choice["key"] for choice in choice_list(block)]
    if kind == "ranking":
        return chance.sample(keys, len(keys))
    if kind == "multiple_choice":
        alone = {choice["key"] for choice in choice_list(block) if choice.get("exclusive")}
        together = [key for key in keys if key not in alone]
        return chance.sample(together, chance.randint(1, len(together))) if together else keys[:1]
    if keys:
        return chance.choice(keys)
    if kind == "matrix":
        columns = [column["key"] for column in block["columns"]]
        return {row["key"]: chance.choice(columns) for row in block["rows"]}
    if kind == "yes_no":
        return chance.choice([True, False])
    if kind == "file_upload":
        return _files(block)
    if kind == "number" or kind in _SCALES:
        return _number(block, chance)
    return chance.choice(_SAMPLES.get(kind, [None]))


def _files(block: Block) -> Value:
    """One small file of the first kind that is taken."""
    kind = next((one for one in block.get("accept") or () if "/" in one and "*" not in one), "image/png")
    return [{"id": "1", "name": f"picture.{kind.rpartition('/')[2]}", "size": Decimal(1000), "type": kind}]


def _number(block: Block, chance: random.Random) -> Decimal:
    low, high = _SCALES.get(block["type"], (0, 100))
    least, most = Decimal(block.get("min", low)), Decimal(block.get("max", high))
    step = Decimal(block.get("step", 1))
    return least + step * chance.randint(0, max(0, int((most - least) / step)))
