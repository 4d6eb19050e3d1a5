"""Random flows and random events: a session never raises, never runs away, and never loses what it knows."""

import json
import time
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.engine.advance import advance, describe
from flows.engine.flow import Flow
from flows.engine.state import State
from tests.flows.engine.test_vectors import to_json

KEYS = ["a", "b", "c", "d"]
TARGETS = st.sampled_from(["next", "back", "return", "ending:end", "ending:out", "ending:desk", "flow:other",
                           *(f"step:{key}" for key in KEYS)])  # fmt: skip
CONDITIONS = st.sampled_from(
    [
        {"left": "answers.qa", "op": "eq", "right": "x"},
        {"left": "answers.qb", "op": "is_submitted"},
        {"left": "answers.qc", "op": "is_skipped"},
        {"expr": "variables.v > 2"},
        {"expr": "calculations.sum + score > 1"},
        {"not": {"left": "outcome", "op": "eq", "right": "sea"}},
        {"expr": "answers.qa + 1"},
    ]
)
ACTIONS = st.one_of(
    st.sampled_from(
        [
            {"do": "add", "variable": "v", "value": 1},
            {"do": "set", "variable": "t", "expr": "concat(answers.qa, variables.t)"},
            {"do": "divide", "variable": "v", "expr": "score"},
            {"do": "append", "variable": "l", "expr": "answers.qb"},
            {"do": "require", "target": "qb"},
            {"do": "tag", "tag": "hiker"},
            {"do": "subscribe", "channel": "email"},
            {"do": "award_entries", "expr": "variables.v"},
            {"do": "webhook", "url": "https://hooks.example/{{answers.qa}}"},
            {"do": "redirect", "url": "https://shop.example/?q={{answers.qa}}"},
            {"do": "handoff", "queue": "desk"},
            {"do": "end"},
        ]
    ),
    TARGETS.map(lambda target: {"do": "jump", "to": target}),
)
RULES = st.lists(
    st.builds(
        lambda when, actions: {"when": when, "actions": actions}, CONDITIONS, st.lists(ACTIONS, min_size=1, max_size=3)
    ),
    max_size=2,
)  # fmt: skip


def block(key: str, kind: str) -> dict[str, Any]:
    found: dict[str, Any] = {"type": kind, "key": f"q{key}", "label": f"Question {key} {{{{answers.qa|friend}}}}"}
    if kind in ("single_choice", "multiple_choice"):
        found["choices"] = [{"key": "x", "label": "X", "score": 2, "outcome_points": {"sea": 1}},
                            {"key": "y", "label": "Y", "correct": True}]  # fmt: skip
    return found


@st.composite
def steps(draw: Any, key: str) -> dict[str, Any]:
    kind = draw(st.sampled_from(["short_text", "number", "single_choice", "multiple_choice", "yes_no", "email"]))
    step: dict[str, Any] = {"key": key, "blocks": draw(st.sampled_from([[block(key, kind)], []]))}
    for name, values in (("on_enter", RULES), ("logic", RULES)):
        step[name] = draw(values)
    if draw(st.booleans()):
        step["visible_if"] = draw(CONDITIONS)
    if draw(st.booleans()):
        step["next"] = draw(TARGETS)
    if draw(st.integers(0, 5)) == 0:
        step["time_limit"] = 30
    return step


@st.composite
def documents(draw: Any) -> dict[str, Any]:
    return {
        "schema_version": "1.0",
        "kind": "quiz",
        "name": "Random",
        "default_locale": "en",
        "settings": {"mode": draw(st.sampled_from(["one_per_step", "chat"])),
                     "review_before_submit": draw(st.booleans())},
        "variables": [{"key": "v", "type": "number"}, {"key": "t", "type": "text"}, {"key": "l", "type": "list"}],
        "calculations": [{"key": "sum", "expr": "variables.v * 2 + len(variables.t)"},
                         {"key": "bad", "expr": "answers.qa * calculations.sum"}],
        "outcomes": [{"key": "sea", "title": "Sea", "tags": ["sea"]}],
        "outcome_mode": "highest_points",
        "steps": [draw(steps(key)) for key in KEYS],
        "events": [{"on": "command", "match": ["help"], "actions": draw(st.lists(ACTIONS, max_size=2))},
                   {"on": "timeout", "after_seconds": 5, "actions": [], "then": "end"}],
        "endings": [{"key": "end", "type": "screen"}, {"key": "out", "type": "disqualified"},
                    {"key": "desk", "type": "handoff"}],
    }  # fmt: skip


ANSWERS = st.dictionaries(
    st.sampled_from(["qa", "qb", "qc", "qd", "ghost"]),
    st.sampled_from(
        ["x", "y", "", "12", "a@lake.example", "мир", True, None, Decimal("1.5"), ["x"], ["x", "y"], {"k": 1}]),
    max_size=3,
)  # fmt: skip
EVENTS = st.one_of(
    st.builds(
        lambda step, answers: {"type": "submit", "step": step, "answers": answers}, st.sampled_from(KEYS), ANSWERS),
    st.builds(lambda answers: {"type": "submit", "step": None, "answers": answers}, ANSWERS),
    st.sampled_from(
        [{"type": "back"}, {"type": "resume"}, {"type": "confirm"}, {"type": "timeout"}, {"type": "handoff_closed"},
         {"type": "text", "text": "help"}, {"type": "text", "text": "x"}, {"type": "choice", "block": "qa", "key": "y"},
         {"type": "video_time", "t": 3}, {"type": "nonsense"}, {"type": "submit"}, {"type": "start"}]
    ),
)  # fmt: skip
START = {"type": "start", "seed": "000102030405060708090a0b0c0d0e0f", "at": "2026-05-04T09:00:00Z"}
CODES = {
    "bad_event", "version_mismatch", "session_closed", "handed_off", "stale_step", "not_allowed_back", "expired",
    "too_early", "not_asked", "time_up", "loop_guard", "required", "type", "email", "choice", "exclusive", "max_length",
}  # fmt: skip


@given(documents(), st.lists(EVENTS, max_size=12))
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
def test_any_session_stays_within_the_rules(document, events):
    flow = Flow(document)
    state, effects = advance(flow, None, START)
    for place, drawn in enumerate(events):
        event = {**drawn, "at": f"2026-05-04T09:{place + 1:02d}:00Z"}
        if event.get("step", "") is None and state is not None:
            event["step"] = state.current
        before = state
        state, effects = advance(flow, state, event)
        codes = [effect["code"] for effect in effects if effect["type"] == "error"]
        assert set(codes) <= CODES
        if codes in (["bad_event"], ["stale_step"], ["session_closed"], ["not_allowed_back"], ["handed_off"]):
            assert state == before
        if before is not None and before.status not in ("active", "handed_off"):
            assert [effect["type"] for effect in effects] == ["error"]
    assert state is not None
    record = state.to_record()
    assert State.from_record(json.loads(to_json(record), parse_float=Decimal)).to_record() == record
    assert describe(flow, state)["status"] == state.status


def test_going_back_over_everything_leaves_nothing_counted():
    document = {
        "schema_version": "1.0", "kind": "quiz", "name": "N", "default_locale": "en",
        "variables": [{"key": "v", "type": "number"}],
        "steps": [{"key": f"s{number}", "blocks": [{"type": "number", "key": f"n{number}", "label": "n"}],
                   "logic": [{"actions": [{"do": "add", "variable": "v", "expr": f"answers.n{number}"}]}]}
                  for number in range(20)],
        "endings": [{"key": "end", "type": "screen"}],
    }  # fmt: skip
    flow = Flow(document)
    state, _effects = advance(flow, None, START)
    for number in range(10):
        event = {"type": "submit", "step": f"s{number}", "answers": {f"n{number}": 5}, "at": START["at"]}
        state, _effects = advance(flow, state, event)
    assert describe(flow, state)["variables"] == {"v": 50}
    for _number in range(10):
        state, _effects = advance(flow, state, {"type": "back", "at": START["at"]})
    assert describe(flow, state)["variables"] == {"v": 0}
    assert (state.current, state.path, state.kept["n9"]) == ("s0", (), 5)


def test_formulas_that_read_each_other_stay_linear():
    calculations = [{"key": "c0", "expr": "1"}]
    for number in range(1, 60):
        before = f"calculations.c{number - 1}"
        calculations.append({"key": f"c{number}", "expr": f"({before} + {before}) / 2"})
    document = {
        "schema_version": "1.0", "kind": "calculator", "name": "N", "default_locale": "en",
        "calculations": calculations, "steps": [{"key": "a", "blocks": [block("a", "number")]}],
        "endings": [{"key": "end", "type": "screen"}],
    }  # fmt: skip
    flow = Flow(document)
    state, _effects = advance(flow, None, START)
    began = time.process_time()
    assert describe(flow, state)["calculations"]["c59"] == 1
    # Doubling with each formula would take longer than anybody can wait; this only tells the two apart.
    assert time.process_time() - began < 30
