"""advance: one step of a flow of a hundred, as the engine works it out from the whole path."""

import time
from typing import Any

from bench.figure import Figure, percentile
from flows.engine.advance import advance
from flows.engine.flow import Flow
from flows.engine.state import State

STEPS = 100
ROUNDS = 5
START = {"type": "start", "seed": "000102030405060708090a0b0c0d0e0f", "at": "2026-05-04T09:00:00Z"}


def run(_bench: Any) -> list[Figure]:
    """p95 in ms of the answers of one session from its first step to its last; the baseline is a flow of one step."""
    long, short = Flow(_document(STEPS)), Flow(_document(1))
    seconds = [second for _round in range(ROUNDS) for second in _walk(long, STEPS)]
    alone = [second for _round in range(ROUNDS * STEPS) for second in _walk(short, 1)]
    more = {"p50": percentile(seconds, 0.5) * 1000, "slowest": max(seconds) * 1000}
    value, baseline = percentile(seconds, 0.95) * 1000, percentile(alone, 0.95) * 1000
    return [Figure("advance", value, "ms", baseline, 2, is_less_better=True, more=more)]


def _walk(flow: Flow, steps: int) -> list[float]:
    """Seconds of each answer; the state goes through its record, as it does when it is stored."""
    state, _effects = advance(flow, None, START)
    seconds = []
    for number in range(steps):
        answers = {f"choice_{number}": "x" if number % 3 else "y", f"words_{number}": "A sentence or two about it."}
        event = {"type": "submit", "step": f"step_{number}", "answers": answers, "at": "2026-05-04T09:01:00Z"}
        began = time.perf_counter()
        state, _effects = advance(flow, state, event)
        seconds.append(time.perf_counter() - began)
        if state is not None:
            state = State.from_record(state.to_record())
    return seconds


def _document(steps: int) -> dict[str, Any]:
    """A quiz in which every step asks two things, counts points, and has a rule that reads what came before."""
    return {
        "schema_version": "1.0",
        "kind": "quiz",
        "name": "Long",
        "default_locale": "en",
        "variables": [{"key": "interest", "type": "number"}],
        "calculations": [{"key": "total", "expr": "variables.interest * 2 + score"}],
        "outcomes": [{"key": "sea", "title": "Sea"}, {"key": "hills", "title": "Hills"}],
        "outcome_mode": "highest_points",
        "steps": [_step(number) for number in range(steps)],
        "endings": [{"key": "end", "type": "screen"}],
    }


def _step(number: int) -> dict[str, Any]:
    choices = [
        {"key": "x", "label": "By the sea", "score": 1, "outcome_points": {"sea": 1}},
        {"key": "y", "label": "In the hills", "score": 2, "outcome_points": {"hills": 1}},
    ]
    rule = {
        "when": {"left": f"answers.choice_{number}", "op": "eq", "right": "x"},
        "actions": [{"do": "add", "variable": "interest", "expr": "score / 2"}],
    }
    words = {"type": "short_text", "key": f"words_{number}", "label": "Say why", "visible_if": {"expr": "score >= 0"}}
    asked = {"type": "single_choice", "key": f"choice_{number}", "label": "Where to?", "choices": choices}
    return {"key": f"step_{number}", "blocks": [asked, words], "logic": [rule]}
