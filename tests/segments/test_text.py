"""The text form: what is printed reads back to the same rule."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segments.language.canonical import canonical_rule
from segments.language.problems import RuleError
from segments.language.text_parser import parse_text
from segments.language.text_printer import print_rule
from tests.segments import vectors


@pytest.mark.parametrize("case", vectors.load()["rules"], ids=lambda case: case["id"])
def test_rule_prints_and_reads_back(case):
    assert print_rule(case["rule"]) == case["text"]
    assert parse_text(case["text"]) == canonical_rule(case["rule"])


@pytest.mark.parametrize("case", vectors.load()["texts"], ids=lambda case: case["text"])
def test_other_spellings_mean_the_same(case):
    rule = parse_text(case["text"])
    assert rule == canonical_rule(case["rule"])
    assert parse_text(print_rule(rule)) == rule


@pytest.mark.parametrize(
    ("percent", "numbers"),
    [("0% to 10%", "0 to 999"), ("12.5 % to 100 %", "1250 to 9999"), ("99.99% to 100%", "9999 to 9999")],
)
def test_random_part_can_be_written_in_percent(percent, numbers):
    rule = parse_text(f'bucket "spring" from {percent}')
    assert rule == parse_text(f'bucket "spring" from {numbers}')
    assert print_rule(rule) == f'bucket "spring" from {numbers}'


@pytest.mark.parametrize("part", ["0% to 10", "0 to 10%", "0.001% to 10%", "x% to 10%", "0%", "% to 10%"])
def test_part_that_is_half_percent_is_refused(part):
    with pytest.raises(RuleError) as caught:
        parse_text(f'bucket "spring" from {part}')
    assert [problem.code for problem in caught.value.problems] == ["bad_text"]


@pytest.mark.parametrize("text", vectors.load()["invalid_text"])
def test_unreadable_text_is_one_error_with_offset(text):
    with pytest.raises(RuleError) as caught:
        parse_text(text)
    [problem] = caught.value.problems
    assert problem.code == "bad_text"
    assert 0 <= problem.offset <= len(text)


def test_offset_points_at_what_cannot_be_read():
    with pytest.raises(RuleError) as caught:
        parse_text("everyone and plan is pro")
    assert caught.value.problems[0].offset == len("everyone and ")


@pytest.mark.parametrize("text", ["(" * 5000, "not " * 5000 + "everyone", "9" * 5000, "attribute a is " + "9" * 5000])
def test_endless_text_is_refused(text):
    with pytest.raises(RuleError) as caught:
        parse_text(text)
    assert caught.value.problems[0].code == "bad_text"


@given(
    st.text(max_size=80)
    | st.lists(
        st.sampled_from(
            [
                *[
                    "all",
                    "any",
                    "not",
                    "everyone",
                    "attribute",
                    "plan",
                    "is",
                    "in",
                    "the",
                    "last",
                    "days",
                    "ago",
                    "from",
                    "to",
                    "event",
                    "x",
                    "times",
                    "where",
                ],
                "(",
                ")",
                ",",
                '"pro"',
                "3",
                "1",
            ]
        ),
        max_size=12,
    ).map(" ".join)
)
def test_any_text_is_read_or_refused(text):
    try:
        rule = parse_text(text)
    except RuleError:
        return
    assert parse_text(print_rule(rule)) == rule


NAMES = st.sampled_from(["plan", "event", "a b", "никто", "not", "contact", "in", "x.y-z", "1a", "", 'every"one'])
LEAVES = st.one_of(
    st.builds(lambda key: {"kind": "segment", "key": key}, NAMES),
    st.builds(lambda key, value: {"kind": "attribute", "key": key, "op": "eq", "value": value}, NAMES, st.text()),
    st.builds(
        lambda key, value: {"kind": "attribute", "key": key, "op": "in", "value": value},
        NAMES,
        st.lists(st.integers(-9, 99), min_size=1, max_size=3),
    ),
    st.builds(lambda names: {"kind": "flow", "flow": "f", "outcome": names}, st.lists(NAMES, min_size=1, max_size=3)),
    st.builds(
        lambda name: {
            "kind": "event",
            "event": name,
            "times": {"op": "gt", "value": 3},
            "window": {"over": 3, "unit": "days"},
        },
        NAMES,
    ),
    st.builds(lambda key: {"kind": "anniversary", "key": key, "from": -3, "to": 3, "zone": "contact"}, NAMES),
)
NODES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(lambda children: {"all": children}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda children: {"any": children}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda child: {"not": child}, inner),
    ),
    max_leaves=8,
)


@given(NODES)
def test_every_shape_prints_and_reads_back(node):
    rule = {"version": 1, "where": node}
    assert parse_text(print_rule(rule)) == canonical_rule(rule)
