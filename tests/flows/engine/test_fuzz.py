"""Whatever is written or answered, only the engine's own errors come out, and soon."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.engine.comparison import contains, equal, order
from flows.engine.conditions import holds
from flows.engine.documents import canonical, version_of
from flows.engine.errors import FlowError
from flows.engine.expressions import evaluate
from flows.engine.intake import Refused, take
from flows.engine.patterns import occurs
from flows.engine.piping import escape, fill, words_of
from flows.engine.syntax import parse
from tests.flows.engine.situations import Known

NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**29), max_value=10**29) | st.integers()
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)
WORDS = st.sampled_from(
    ["answers.a", "variables.v", "score", "outcome", "1", "2.5", "0", "'x'", '"2026-01-31"', "null", "true",
     "+", "-", "*", "/", "//", "%", "**", "==", "!=", "<", ">=", "in", "not", "and", "or", "if", "else", "(", ")",
     "[", "]", ",", ".", "min(", "round(", "age(", "matches(", "lookup(", "iif(", "concat(", "pmt(", "add_days("]
)  # fmt: skip
SOURCES = st.lists(WORDS, max_size=14).map(" ".join) | st.text(max_size=40)
BLOCKS = st.sampled_from(
    [{"type": kind, "key": "k"} for kind in (
        "short_text", "long_text", "number", "rating", "slider", "email", "phone", "url", "date", "time", "date_range",
        "yes_no", "consent", "address", "full_name", "country", "file_upload", "signature")]
    + [{"type": kind, "key": "k", "choices": [
            {"key": "a"}, {"key": "b", "other": True}, {"key": "c", "exclusive": True}]}
       for kind in ("single_choice", "multiple_choice", "dropdown", "picture_choice", "ranking")]
    + [{"type": "matrix", "key": "k", "rows": [{"key": "r"}], "columns": [{"key": "x"}]},
       {"type": "hotspot", "key": "k", "regions": [{"key": "a"}]}]
)  # fmt: skip
LOCALES = st.sampled_from(["en", "en-US", "en-GB", "ru", "ar", "de", "fr", "es", "ja"])


ERRORS = {
    "syntax", "too_long", "too_deep", "too_big", "unknown_name", "unknown_function", "arity", "not_a_number",
    "not_a_date", "number_range", "type", "bad_argument", "bad_pattern", "text_too_long", "list_too_long",
}  # fmt: skip


def code_of(work: Callable[[], object]) -> str | None:
    try:
        work()
    except FlowError as error:
        return error.code
    return None


@given(SOURCES, VALUES, VALUES)
@settings(max_examples=400)
def test_an_expression_gives_a_value_or_one_of_its_own_errors(source, answer, variable):
    known = Known({"answers": {"a": answer}, "variables": {"v": variable}, "score": Decimal(3)})
    code = code_of(lambda: evaluate(source, known))
    assert code is None or code in ERRORS


@given(st.text(max_size=60) | st.lists(st.sampled_from(list("()[]{}|*+?^$.-\\dwpL1,a")), max_size=40).map("".join))
@settings(max_examples=300)
def test_a_pattern_is_searched_or_refused(pattern):
    assert code_of(lambda: occurs(pattern, "a" * 1_000 + "!")) in (None, "bad_pattern")


@given(BLOCKS, VALUES, LOCALES)
@settings(max_examples=400)
def test_an_answer_is_taken_or_refused_and_what_is_taken_is_taken_again(block, raw, locale):
    try:
        taken = take(block, raw, locale)
    except Refused:
        return
    assert take(block, taken.value, "en").value == taken.value


@given(VALUES, VALUES)
def test_comparing_never_fails_and_agrees_with_itself(left, right):
    assert equal(left, right) == equal(right, left)
    contains(left, right)
    place = order(left, right)
    assert (place is None) == (order(right, left) is None)
    assert place is None or place == -order(right, left)


@given(
    st.sampled_from(["eq", "lt", "between", "before", "matches", "one_of", "all_of", "starts_with", "contains"]),
    VALUES,
    VALUES,
)
def test_a_condition_holds_or_does_not(operator, left, right):
    known = Known({"answers": {"a": left}})
    assert holds({"left": "answers.a", "op": operator, "right": right}, known) in (True, False)


@given(st.text(max_size=80), VALUES, st.sampled_from(["text", "html", "url", "json", "markdown", "header", "csv"]))
def test_what_is_filled_in_is_escaped_and_never_looked_through_again(template, value, renderer):
    filled = fill("{{answers.a}}", lambda _names: words_of(value, "en"), renderer)
    words = words_of(value, "en")
    assert filled == (escape(words, renderer) if words.strip() else "")
    if renderer == "html":
        assert not set("<>\"'") & set(filled)
    fill(template, lambda _names: "{{score}}", renderer)


@given(VALUES)
def test_the_canonical_text_does_not_depend_on_the_order_of_keys(document):
    def turned(value):
        if isinstance(value, dict):
            return {key: turned(value[key]) for key in reversed(list(value))}
        return [turned(one) for one in value] if isinstance(value, list) else value

    assert canonical(turned(document)) == canonical(document)
    assert version_of(turned(document)) == version_of(document)


@pytest.mark.parametrize(
    "source", ["(" * 999 + "1" + ")" * 999, "-" * 1_999 + "1", "not " * 499 + "1", "1" + "+1" * 900]
)
def test_the_longest_and_deepest_sources_are_refused_not_crashed(source):
    assert code_of(lambda: parse(source)) in ("too_deep", "too_big")
