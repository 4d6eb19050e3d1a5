"""Each thing that can be wrong with a flow is found, at its place; and nothing is said of a sound one."""

import copy
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from flows.checking import check_flow
from tests.flows.engine.test_sessions import documents

SOUND: dict[str, Any] = {
    "schema_version": "1.0",
    "kind": "quiz",
    "name": "Which lake suits you?",
    "default_locale": "en",
    "settings": {"timezone": "Pacific/Auckland"},
    "variables": [{"key": "nights", "type": "number"}, {"key": "seen", "type": "list"}],
    "calculations": [{"key": "price", "expr": "variables.nights * 90"}],
    "outcomes": [{"key": "deep", "title": "Deep"}, {"key": "warm", "title": "Warm"}],
    "outcome_mode": "highest_points",
    "steps": [
        {
            "key": "first",
            "blocks": [
                {
                    "type": "single_choice", "key": "taste", "label": "Cold or warm?",
                    "choices": [{"key": "cold", "label": "Cold", "outcome_points": {"deep": 1}},
                                {"key": "warm", "label": "Warm", "outcome_points": {"warm": 1}}],
                }
            ],
            "logic": [{"when": {"left": "answers.taste", "op": "eq", "right": "cold"},
                       "actions": [{"do": "add", "variable": "nights", "value": 2}]}],
        },
        {"key": "second", "blocks": [{"type": "email", "key": "mail", "label": "Where to, {{answers.taste}}?"}]},
    ],
    "endings": [{"key": "end", "type": "screen", "title": "{{outcome.title}}"}],
}  # fmt: skip
NOBODY_SAYS = {"left": "answers.taste", "op": "eq", "right": "frozen"}
CONTEST: dict[str, Any] = {
    "opens_at": "2026-05-01T00:00:00Z", "closes_at": "2026-06-01T00:00:00Z", "timezone": "UTC",
    "selection": "random_draw", "rules": {"sponsor": "Kea", "url": "https://kea.example/rules"},
    "prizes": [{"key": "cup", "name": "A cup", "quantity": 1}],
    "draw": {"method": "hmac_sha256_order", "unique_by": "email",
             "beacon": {"type": "drand", "ref": "round 7", "at": "2026-06-02T00:00:00Z"}},
}  # fmt: skip


def changed(*changes: tuple[str, Any]) -> dict[str, Any]:
    """The sound flow with something else at some places (dots between the parts of a path)."""
    document = copy.deepcopy(SOUND)
    for path, value in changes:
        *before, last = [int(part) if part.isdecimal() else part for part in path.split(".")]
        holder: Any = document
        for part in before:
            holder = holder[part]
        if isinstance(holder, list) and last == len(holder):
            holder.append(value)
        else:
            holder[last] = value
    return document


def found(document: Any, *, runs: int = 0) -> set[tuple[str, str]]:
    return {(one.code, one.path) for one in check_flow(document, runs=runs)}


def test_nothing_is_wrong_with_a_sound_flow():
    assert check_flow(SOUND, runs=200) == []


PASSIVE = {"key": "pass", "blocks": [], "next": "step:pass"}
CASES = [
    ("E01", "/steps/0/blocks/0/type", changed(("steps.0.blocks.0.type", "telepathy"))),
    ("E02", "/steps/1/blocks/0/key", changed(("steps.1.blocks.0.key", "taste"))),
    ("E02", "/steps/1/key", changed(("steps.1.key", "first"))),
    ("E02", "/steps/1/blocks/0/key", changed(("steps.1.blocks.0.key", "taste_other"))),
    ("E03", "/steps/0/next", changed(("steps.0.next", "step:gone"))),
    ("E03", "/outcomes/0/ending", changed(("outcomes.0.ending", "gone"))),
    ("E04", "/steps/1", changed(("steps.0.next", "ending:end"))),
    ("E05", "/steps/1", changed(("steps.1.next", "step:second"))),
    ("E06", "/steps/0/logic/0/when/left", changed(("steps.0.logic.0.when.left", "answers.gone"))),
    ("E06", "/endings/0/title", changed(("endings.0.title", "Hello {{variables.gone}}"))),
    ("E06", "/calculations/0/expr", changed(("calculations.0.expr", "hidden.gone + 1"))),
    ("E06", "/steps/0/logic/0/actions/0/variable", changed(("steps.0.logic.0.actions.0.variable", "gone"))),
    ("E07", "/steps/0/visible_if/left", changed(("steps.0.visible_if", {"left": "answers.mail", "op": "is_set"}))),
    ("E08", "/steps/2", changed(("steps.2", PASSIVE))),
    ("E09", "/calculations/0/expr", changed(("calculations.0.expr", "1 +"))),
    ("E10", "/steps/1/blocks/0/validations/0/value",
     changed(("steps.1.blocks.0.validations", [{"rule": "pattern", "value": "(?=a)"}]))),
    ("E11", "/steps/0/logic/0/actions/0/variable", changed(("steps.0.logic.0.actions.0.variable", "seen"))),
    ("E11", "/steps/0/logic/0/when/op", changed(("steps.0.logic.0.when.op", "before"))),
    ("E12", "/variables/0/key", changed(("variables.0.key", "score"))),
    ("E13", "/steps/0/blocks/0/choices/1/key", changed(("steps.0.blocks.0.choices.1.key", "COLD"))),
    ("E14", "/steps/0/logic/0/actions/0",
     changed(("steps.0.logic.0.actions.0", {"do": "subscribe", "channel": "email"}))),
    ("E18", "/steps/0/blocks/1/alt", changed(("steps.0.blocks.1", {"type": "image", "src": "/lake.jpg"}))),
    ("E19", "/steps/1/blocks/0", changed(("settings.channels", ["voice"]))),
    ("E20", "/steps/1/variants", changed(("steps.1.variants", [{"key": "a", "weight": 0}]))),
    ("E21", "/endings/0/url", changed(("endings.0", {"key": "end", "type": "redirect", "url": "https://{{hidden.x}}/"}))),
    ("E22", "/calculations/0/expr", changed(("calculations.0.expr", "calculations.price + 1"))),
    ("W02", "/outcomes/1", changed(("outcome_mode", "score_range"), ("outcomes.0.max_score", 5),
                                   ("outcomes.1.min_score", 5))),
    ("W04", "/steps/0/blocks/0", changed(("steps.0.blocks.0.choices.0.next", "ending:end"))),
    ("W05", "/endings/0", changed(("endings.0.type", "disqualified"))),
    ("W06", "/steps/0/blocks/0/label", changed(("steps.0.blocks.0.label", {"en": "Cold?"}), ("locales", ["en", "ar"]))),
    ("W07", "/steps/1", changed(("settings.mode", "chat"),
                                ("steps.1.blocks.1", {"type": "phone", "key": "tel", "label": "Phone"}))),
    ("W10", "/settings/timezone", changed(("settings", {}), ("calculations.0.expr", "weekday(today())"))),
    ("W11", "/steps/0/logic/0/when",
     changed(("steps.0.logic.0.when", {"left": "score", "op": "gt", "right_ref": "score"}))),
    ("W11", "/steps/0/logic/0/when/expr", changed(("steps.0.logic.0.when", {"expr": "1 + 1 > 2"}))),
    ("W11", "/steps/0/logic/0/when/not", changed(("steps.0.logic.0.when", {"not": NOBODY_SAYS}))),
    ("W12", "/steps/0/logic/0", changed(("steps.0.logic.0.actions.0", {"do": "require", "target": "mail"}))),
]  # fmt: skip


@pytest.mark.parametrize(("code", "path", "document"), CASES, ids=[f"{code} {path}" for code, path, _document in CASES])
def test_what_is_wrong_is_found_at_its_place(code, path, document):
    assert (code, path) in found(document)


@pytest.mark.parametrize(
    ("code", "path", "values"),
    [
        ("E15", "/contest/prizes", {"prizes": []}),
        ("E15", "/contest/closes_at", {"closes_at": "2026-04-01T00:00:00Z"}),
        ("E15", "/contest/verification", {"referral": {"tickets_per_referral": 1}}),
        ("E16", "/contest/draw/beacon/at", {"closes_at": "2026-06-01T23:30:00Z"}),
        ("E17", "/contest/eligibility/min_age", {"eligibility": {"min_age": 18}}),
        ("E17", "/contest/eligibility/countries", {"eligibility": {"countries": {"codes": ["FR"]}}}),
        ("E23", "/contest/instant_win/mode", {"instant_win": {"mode": "probability"}}),
    ],
)
def test_a_contest_says_what_it_has_to(code, path, values):
    assert (code, path) in found(changed(("contest", {**CONTEST, **values})))
    assert not any(one in ("E15", "E16", "E17", "E23") for one, _path in found(changed(("contest", CONTEST))))


def test_an_outcome_that_hardly_anybody_gets_is_pointed_out():
    rare = changed(("outcomes.2", {"key": "never", "title": "Never"}))
    assert ("W01", "/outcomes/2") in found(rare, runs=200)


def test_outcomes_that_tie_too_often_are_pointed_out():
    both = changed(("steps.0.blocks.0.choices.0.outcome_points", {"deep": 1, "warm": 1}))
    assert ("W03", "/outcomes") in found(both, runs=200)
    assert ("W03", "/outcomes") not in found(SOUND, runs=200)


def test_a_formula_that_fails_for_some_is_pointed_out():
    problems = check_flow(changed(("calculations.0.expr", "answers.taste * 2")), runs=20)
    assert [(one.code, one.detail["where"]) for one in problems] == [("W13", "calculations.price")]


@pytest.mark.parametrize("junk", [None, 3, "flow", [], {}, {"steps": {}}, {"steps": [None]}, {**SOUND, "steps": []}])
def test_junk_is_a_wrong_shape_and_nothing_else(junk):
    problems = check_flow(junk)
    assert problems
    assert {one.code for one in problems} == {"E01"}


@given(documents())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_document_is_judged_and_a_passing_one_always_ends(document):
    problems = check_flow(json.loads(json.dumps(document), parse_float=Decimal), runs=3)
    assert all(one.path == "" or one.path.startswith("/") for one in problems)
