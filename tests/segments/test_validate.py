"""Wrong rules are told what is wrong and where; right ones pass."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segments.language.registry import Registry, ValueType
from segments.language.validate import validate_rule
from tests.segments import vectors

EVERYONE = {"kind": "everyone"}


@pytest.mark.parametrize("case", vectors.load()["invalid"], ids=lambda case: case["id"])
def test_wrong_rule_is_refused_with_code_and_path(case):
    problems = validate_rule(case["rule"], vectors.registry(), saving_as=case.get("saving_as", ""))
    assert [problem.as_dict() for problem in problems] == case["errors"]


@pytest.mark.parametrize("case", vectors.load()["rules"], ids=lambda case: case["id"])
def test_right_rule_passes(case):
    assert validate_rule(case["rule"], vectors.registry()) == []


def test_all_errors_come_in_document_order():
    wrong = {"any": [{"kind": "x"}, EVERYONE, {"all": []}, {"kind": "segment", "key": "ghost"}]}
    problems = validate_rule({"version": 1, "where": wrong}, Registry())
    assert [(problem.code, problem.path) for problem in problems] == [
        ("unknown_kind", "/where/any/0/kind"),
        ("empty_group", "/where/any/2/all"),
        ("unknown_segment", "/where/any/3/key"),
    ]


def test_thousand_levels_are_refused_at_the_ninth():
    node = EVERYONE
    for _level in range(900):
        node = {"not": node}
    [problem] = validate_rule({"version": 1, "where": node}, Registry())
    assert (problem.code, problem.path) == ("too_deep", "/where" + "/not" * 8)


def test_ten_thousand_values_are_refused():
    where = {"kind": "attribute", "key": "city", "op": "in", "value": ["x"] * 10_000}
    registry = Registry(attributes={"city": ValueType("text")})
    [problem] = validate_rule({"version": 1, "where": where}, registry)
    assert (problem.code, problem.path) == ("too_many_items", "/where/value")


@pytest.mark.parametrize("value", ["a\x00b", "\ud800", "\u200b\x00", " \u3000 "])
def test_text_that_cannot_be_stored_is_refused(value):
    where = {"kind": "attribute", "key": "city", "op": "eq", "value": value}
    registry = Registry(attributes={"city": ValueType("text")})
    [problem] = validate_rule({"version": 1, "where": where}, registry)
    assert (problem.code, problem.path) == ("bad_value", "/where/value")


def segment(*keys):
    return {"version": 1, "where": {"all": [{"kind": "segment", "key": key} for key in keys]}}


def test_circle_of_other_segments_is_refused():
    registry = Registry(segments={"a": segment("b"), "b": segment("c"), "c": segment("b")})
    [problem] = validate_rule(segment("a"), registry)
    assert (problem.code, problem.path) == ("segment_cycle", "/where/all/0/key")


def test_circle_through_the_saved_segment_is_refused():
    registry = Registry(segments={"a": segment("b"), "b": {"version": 1, "where": EVERYONE}})
    [problem] = validate_rule(segment("a"), registry, saving_as="b")
    assert (problem.code, problem.path) == ("segment_cycle", "/where/all/0/key")


def test_endless_chain_is_refused():
    chain = {f"s{number}": segment(f"s{number + 1}") for number in range(500)}
    chain["s500"] = {"version": 1, "where": EVERYONE}
    [problem] = validate_rule(segment("s0"), Registry(segments=chain))
    assert (problem.code, problem.path) == ("too_deep", "/where/all/0/key")


def test_doubling_segments_are_counted_without_walking_them():
    doubling = {f"s{number}": segment(f"s{number + 1}", f"s{number + 1}") for number in range(12)}
    doubling["s12"] = {"version": 1, "where": EVERYONE}
    [problem] = validate_rule(segment("s0"), Registry(segments=doubling))
    assert (problem.code, problem.path) == ("too_many_leaves", "/where")


def test_three_hundred_leaves_after_putting_in_are_allowed():
    registry = Registry(segments={"hundred": {"version": 1, "where": {"any": [{"all": [EVERYONE] * 50}] * 2}}})
    assert validate_rule(segment("hundred", "hundred", "hundred"), registry) == []
    assert [problem.code for problem in validate_rule(segment(*["hundred"] * 4), registry)] == ["too_many_leaves"]


def test_named_segment_that_lost_its_footing_is_reported_with_its_own_path():
    lost = {"version": 1, "where": {"kind": "attribute", "key": "gone", "op": "is_set"}}
    [problem] = validate_rule(segment("lost"), Registry(segments={"lost": lost}))
    assert (problem.code, problem.path) == ("unknown_attribute", "segment:lost/where/key")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
WORDS = st.sampled_from(["all", "any", "not", "kind", "key", "op", "value", "event", "window", "times", "last", "unit"])
KINDS = st.sampled_from(["attribute", "contact", "event", "consent", "engagement", "bucket", "anniversary", "flow"])


@given(JSON | st.dictionaries(WORDS, JSON | KINDS, max_size=6))
def test_any_document_is_answered_with_problems_or_passes(document):
    for problem in validate_rule({"version": 1, "where": document}, vectors.registry()):
        assert problem.path.startswith("/where")


def test_endless_mistakes_are_not_read_to_the_end():
    fifty = {"any": [{}] * 50}
    problems = validate_rule({"version": 1, "where": {"all": [{"any": [fifty] * 50}] * 50}}, Registry())
    assert len(problems) == 1000
    assert problems[-1].code == "bad_node"
