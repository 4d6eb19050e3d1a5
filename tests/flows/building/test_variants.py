"""Versions of a step: a copy to change, weights, and how a comparison ends."""

import pytest

from flows.building.changes import Change, apply_values, operate
from flows.building.controls import Maker
from flows.building.operations import BadChange
from flows.building.panels import step_panel
from flows.building.pointers import NoSuchPlace
from flows.building.problem_words import complaints
from flows.building.shapes import is_whole
from flows.building.variants import add_version, keep_version, remove_version
from flows.checking import check_flow
from flows.gallery import TEMPLATES, document_of

NAMES = [one.key for one in TEMPLATES]


def finder():
    return document_of("finder")


@pytest.mark.parametrize("name", NAMES)
def test_second_version_of_any_step_is_a_copy_that_can_be_published(name):
    now = document_of(name)
    for place in range(len(now["steps"])):
        made, path = add_version(now, f"/steps/{place}")

        assert path == f"/steps/{place}/variants/1"
        assert made["steps"][place]["variants"][0] == {"key": "a", "weight": 1}
        assert made["steps"][place]["variants"][1]["blocks"] == now["steps"][place]["blocks"]
        assert is_whole(made)
        assert [one for one in check_flow(made, runs=0) if one.is_error] == []


def test_taking_the_second_version_away_leaves_the_step_as_it_was():
    made, path = add_version(finder(), "/steps/0")

    assert remove_version(made, path) == (finder(), 0)


def test_taking_the_first_version_away_leaves_the_words_of_the_second():
    made, _path = add_version(finder(), "/steps/0")
    made["steps"][0]["variants"][1]["blocks"][0]["label"] = "Where to?"

    left, count = remove_version(made, "/steps/0/variants/0")

    assert count == 0
    assert "variants" not in left["steps"][0]
    assert left["steps"][0]["blocks"][0]["label"] == "Where to?"
    assert left["outcomes"] == finder()["outcomes"]


def test_keeping_a_version_lets_go_of_questions_that_only_others_asked():
    made, path = add_version(finder(), "/steps/0")
    made = operate(Change(made), f"add-block yes_no {path}").document
    rule = {"when": {"left": "answers.yes_no", "op": "eq", "right": True}, "actions": [{"do": "tag", "tag": "x"}]}
    made["steps"][-1]["logic"] = [rule]

    left, count = keep_version(made, "/steps/0/variants/0")

    assert (count, left["steps"][-1]["logic"]) == (1, [])
    assert left["steps"][0] == finder()["steps"][0]


def test_third_version_has_the_next_letter_and_taking_one_of_three_keeps_two():
    made, _path = add_version(finder(), "/steps/0")
    made, _path = add_version(made, "/steps/0")
    assert [one["key"] for one in made["steps"][0]["variants"]] == ["a", "b", "c"]

    left, _count = remove_version(made, "/steps/0/variants/1")

    assert [one["key"] for one in left["steps"][0]["variants"]] == ["a", "c"]


@pytest.mark.parametrize(
    "words", ["add-version /endings/0", "keep-version /steps/0", "remove-version /steps/0/blocks/0"]
)
def test_versions_are_of_steps_only(words):
    with pytest.raises((NoSuchPlace, BadChange)):
        operate(Change(finder()), words)


def test_problem_in_a_version_leads_to_that_version():
    made, _path = add_version(finder(), "/steps/0")
    made["steps"][0]["variants"][1]["blocks"][0]["choices"][0]["next"] = "step:nowhere"

    (found,) = [one for one in complaints(made, check_flow(made, runs=0)) if one.code == "E03"]

    assert found.panel == "step:where/b"
    assert found.focus.startswith("f-steps-0-variants-1-blocks-0-")


def test_page_of_a_version_shows_its_own_blocks_and_shares():
    made, _path = add_version(finder(), "/steps/0")
    made = apply_values(made, {"v:/steps/0/variants/1/weight": "3"}, [], "en").document

    first, second = step_panel(Maker(made), 0), step_panel(Maker(made), 0, "b")

    assert (first.blocks_path, second.blocks_path) == ("/steps/0", "/steps/0/variants/1")
    assert [(one.key, one.percent, one.is_shown) for one in second.versions.versions] == [
        ("a", 25, False),
        ("b", 75, True),
    ]
    assert [one.is_shown for one in first.versions.versions] == [True, False]
