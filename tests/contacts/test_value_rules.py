"""Rules of attributes: what is taken, what is refused and with which words, and patterns that never take long."""

import contextlib
import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contacts.details import AttributeKind
from contacts.problems import Problem, describe
from contacts.services.contacts import attribute_kinds
from contacts.text_patterns import text_pattern
from contacts.value_rules import checked_rules
from core.clock import now


def code_of(kind: str, rules: dict[str, object], raw: object) -> str:
    """The code of what is wrong with a value, empty when it is taken."""
    try:
        AttributeKind(kind, (), rules).read(raw)
    except Problem as problem:
        return problem.code
    return ""


TODAY = f"{now():%Y-%m-%d}"


@pytest.mark.parametrize(
    ("kind", "rules", "raw", "code"),
    [
        ("text", {"max_length": 4}, "boat", ""),
        ("text", {"max_length": 4}, "boats", "text_longer:4"),
        ("text", {"pattern": r"[A-Z]{2}-\d+"}, "NZ-17", ""),
        ("text", {"pattern": r"[A-Z]{2}-\d+"}, "nz-17", "text_pattern"),
        ("number", {"min": 0}, "0", ""),
        ("number", {"min": 0}, "-1", "number_small:0"),
        ("number", {"max": 2.5}, "2.6", "number_big:2.5"),
        ("number", {"decimals": 1}, "2.5", ""),
        ("number", {"decimals": 1}, "2.55", "number_decimals:1"),
        ("number", {"decimals": 0}, 3.0, ""),
        ("money", {"currency": "EUR"}, "12.50", ""),
        ("money", {"currency": "EUR"}, "12.50 USD", "money_other:EUR"),
        ("money", {"min": 10}, "9.99 EUR", "number_small:10"),
        ("date", {"not_future": True}, "2999-01-01", "date_in_future"),
        ("date", {"not_future": True}, TODAY, ""),
        ("date", {"not_past": True}, "1999-01-01", "date_in_past"),
        ("datetime", {"not_past": True}, "1999-01-01T10:00:00Z", "date_in_past"),
        ("number", {"min": 0}, "", ""),
    ],
)
def test_a_rule_lets_through_or_says_why_not(kind, rules, raw, code):
    assert code_of(kind, rules, raw) == code


def test_money_without_a_currency_gets_the_one_of_the_rule():
    assert AttributeKind("money", (), {"currency": "NZD"}).read("12,50") == {"amount": "12.50", "currency": "NZD"}


def test_the_sentence_names_what_is_allowed():
    assert describe("number_small:18") == "The number is less than 18, the least this detail allows."


@pytest.mark.parametrize(
    ("kind", "given_rules", "stored", "wrong"),
    [
        ("number", {"min": "1,5", "max": "", "decimals": "2"}, {"min": 1.5, "decimals": 2}, {}),
        ("number", {"min": 5, "max": 4}, {"min": 5, "max": 4}, {"max": "rule_order"}),
        ("text", {"max_length": 0}, {}, {"max_length": "number_between:1–1000"}),
        ("text", {"min": 1}, {}, {"min": "rule_unknown"}),
        ("text", {"pattern": "(a+)+"}, {}, {"pattern": "pattern_syntax"}),
        ("money", {"currency": "euro"}, {}, {"currency": "money_currency"}),
        ("boolean", {"min": 1}, {}, {"min": "rule_unknown"}),
        ("number", {"min": "1e999999999"}, {}, {"min": "number_large"}),
        ("date", {"not_future": "on", "not_past": True}, {"not_future": True, "not_past": True},
         {"not_past": "rule_order"}),
    ],
)  # fmt: skip
def test_rules_are_read_and_checked(kind, given_rules, stored, wrong):
    rules, problems = checked_rules(kind, given_rules)

    assert rules == stored
    assert {name: problem.code for name, problem in problems.items()} == wrong


@given(st.sampled_from(list("tndmx")), st.dictionaries(st.text(max_size=12), st.none() | st.booleans() | st.text()))
def test_no_rules_break_the_reading(kind, rules):
    kinds = {"t": "text", "n": "number", "d": "date", "m": "money", "x": "choice"}
    checked_rules(kinds[kind], rules)


PIECES = st.sampled_from(["a", "b", ".", r"\d", "[ab]", "[^a]", "x", r"\.", "-"])
TIMES = st.sampled_from(["", "?", "*", "+", "{2}", "{0,2}", "{1,}"])
PATTERNS = st.lists(st.lists(st.tuples(PIECES, TIMES), max_size=5), min_size=1, max_size=3).map(
    lambda branches: "|".join("".join(piece + times for piece, times in branch) for branch in branches)
)


@settings(max_examples=300)
@given(PATTERNS, st.text(alphabet="abx1.-", max_size=8))
def test_patterns_mean_what_regular_expressions_mean(pattern, text):
    assert text_pattern(pattern).fits(text) == bool(re.fullmatch(f"(?:{pattern})", text, re.DOTALL))


@given(st.text(max_size=40))
def test_any_pattern_is_read_or_refused(pattern):
    with contextlib.suppress(Problem):
        text_pattern(pattern).fits("Aroha 17")


def test_a_pattern_made_to_be_slow_is_not():
    pattern = text_pattern("a*" * 100)
    begun = time.perf_counter()

    assert not pattern.fits("a" * 999 + "b")
    assert time.perf_counter() - begun < 1


def test_kinds_carry_rules_and_defaults(workspace):
    from contacts.models import Attribute

    Attribute.objects.create(workspace=workspace, key="n", type="number", label="N", rules={"min": 1}, default=4)

    assert attribute_kinds(workspace) == {"n": AttributeKind("number", (), {"min": 1}, 4)}
