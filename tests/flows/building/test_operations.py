"""Operations on documents: whatever is done, the document keeps its shape, and the old one stays as it was."""

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.building.catalogue import KINDS
from flows.building.changes import Change, apply_values, operate
from flows.building.operations import BadChange, insert_copy, remove, rename, retype, set_value
from flows.building.pointers import NoSuchPlace, at
from flows.building.shapes import is_whole
from flows.checking import check_flow
from flows.documents import read_json, write_json
from flows.gallery import TEMPLATES, document_of

NAMES = [one.key for one in TEMPLATES]


def document(name: str = "finder") -> Any:
    return document_of(name)


def places(value: Any, path: str = "") -> list[str]:
    """All places of a document."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    inner = [one for key, member in members for one in places(member, f"{path}/{key}")]
    return [path, *inner] if path else inner


LISTS = ["/steps", "/endings", "/outcomes", "/variables", "/calculations", "/hidden_fields"]


@st.composite
def commands(draw: Any) -> tuple[str, int, str]:
    """A verb, which of the places it is for, and what else it takes."""
    verb = draw(st.sampled_from(["add-step", "add-block", "add", "move", "remove", "copy", "set", "type", "how"]))
    return verb, draw(st.integers(0, 10_000)), draw(st.sampled_from([kind.type for kind in KINDS]))


def step(now: Any, command: tuple[str, int, str]) -> Any:
    verb, number, kind = command
    every = places(now)
    path = every[number % len(every)]
    change = Change(now)
    if verb == "add-step":
        return operate(change, f"add-step {kind} {number % len(now['steps'])}").document
    if verb == "add-block":
        return operate(change, f"add-block {kind} /steps/{number % len(now['steps'])}").document
    if verb == "add":
        lists = [*LISTS, *(one for one in every if isinstance(at(now, one), list))]
        return operate(change, f"add {lists[number % len(lists)]}").document
    if verb == "move":
        return operate(change, f"move {path} {['up', 'down', '0'][number % 3]}").document
    if verb in ("remove", "copy"):
        return operate(change, f"{verb} {path}").document
    if verb == "type":
        return retype(now, path, kind)
    values = {"set": {f"v:{path}": ["", "7", "words", "step:x"][number % 4]}, "how": {f"v:{path}/when/how": "any"}}
    return apply_values(now, values[verb], [], "").document


@settings(max_examples=40, deadline=None)
@given(name=st.sampled_from(NAMES), done=st.lists(commands(), max_size=12))
def test_any_sequence_keeps_the_shape_and_leaves_what_was_alone(name, done):
    now = document(name)
    for command in done:
        before = copy.deepcopy(now)
        try:
            after = step(now, command)
        except (BadChange, NoSuchPlace):
            after = now
        assert now == before
        assert is_whole(after), (command, [p for p in check_flow(after, runs=0) if p.code == "E01"][:3])
        assert read_json(write_json(after)) == after
        now = after


@pytest.mark.parametrize("name", NAMES)
def test_renaming_and_renaming_back_gives_the_same_document(name):
    now = document(name)
    for path in [one for one in places(now) if one.endswith("/key")]:
        there = rename(now, path.removesuffix("/key"), "some_new_key")
        assert at(there, path) == "some_new_key"
        assert [p for p in check_flow(there, runs=0) if p.is_error] == []
        assert rename(there, path.removesuffix("/key"), at(now, path)) == now


def test_new_key_of_a_question_is_followed_in_conditions_formulas_and_texts():
    renamed = rename(document("quote"), "/steps/0/blocks/2", "days")

    assert renamed["calculations"][2]["expr"].startswith("round((calculations.rate * answers.days)")
    assert "{{answers.days}} nights" in renamed["endings"][0]["body"]
    assert check_flow(renamed, runs=0) == []


def test_quoted_text_of_a_formula_is_no_reference():
    with_text = set_value(document("quote"), "/calculations/0/expr", "iif(answers.cabin == 'answers.cabin', 1, 2)")

    renamed = rename(with_text, "/steps/0/blocks/1", "hut")

    assert renamed["calculations"][0]["expr"] == "iif(answers.hut == 'answers.cabin', 1, 2)"


def test_removing_a_step_takes_the_ways_to_it_along():
    changed, count = remove(document("finder"), "/steps/1")

    assert count == 3  # the way of a choice, and two comparisons of results with its answer
    assert "next" not in changed["steps"][0]["blocks"][0]["choices"][0]
    assert changed["outcomes"][0]["when"] == {"all": [{"left": "answers.where", "op": "eq", "right": "town"}]}


def test_rule_that_was_only_about_what_is_removed_goes_with_it():
    changed, count = remove(document("nps"), "/steps/0/blocks/0")

    assert (count, changed["steps"][0]["logic"]) == (2, [])


def test_last_step_stays():
    one = {**document("poll")}

    with pytest.raises(BadChange, match="last one"):
        remove(one, "/steps/0")
    assert one == document("poll")


def test_step_copied_from_another_flow_gets_keys_of_its_own():
    target = document("lead")

    changed, path = insert_copy(target, "/steps", document("cabin")["steps"][5], 1)

    assert path == "/steps/1"
    assert [block.get("key") for block in changed["steps"][1]["blocks"]] == [None, "first_name_2", "email_2", "news_2"]
    assert changed["steps"][1]["logic"][0]["when"]["left"] == "answers.news_2"
    assert check_flow(changed, runs=0) == []


def test_value_that_does_not_fit_is_refused_and_the_others_are_kept():
    change = apply_values(
        document("quote"), {"v:/steps/0/blocks/2/max": "many", "v:/steps/0/title": "Your days"}, [], ""
    )

    assert list(change.refused) == ["/steps/0/blocks/2/max"]
    assert change.document["steps"][0]["title"] == "Your days"
    assert change.document["steps"][0]["blocks"][2]["max"] == 14


def test_translation_is_kept_beside_the_main_language():
    there = apply_values(document("poll"), {"v:/endings/0/title": "Danke"}, [], "de").document
    assert there["endings"][0]["title"] == {"en": "Thank you for your vote", "de": "Danke"}

    assert apply_values(there, {"v:/endings/0/title": ""}, [], "de").document == document("poll")


def test_choosing_another_question_in_a_condition_lets_the_old_value_go():
    path = "/outcomes/0/when/all/0"

    change = apply_values(document("finder"), {f"v:{path}/left": "answers.size", f"v:{path}/right": "town"}, [], "")

    assert at(change.document, path) == {"left": "answers.size", "op": "eq"}
