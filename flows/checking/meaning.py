"""Whether what is written makes sense: formulas, patterns, types, addresses, weights, conditions."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from flows.checking.names import readable_paths, wordings
from flows.checking.places import (
    Document,
    Place,
    actions_of,
    addresses_of,
    all_blocks,
    comparisons_of,
    conditions_of,
    expressions_of,
    input_blocks,
    parts_of,
)
from flows.checking.problems import Problem, pointer
from flows.engine.errors import FlowError
from flows.engine.expressions import compile_expression
from flows.engine.patterns import compile_pattern

MOST_PARTS, DEEPEST = 200, 20
_NUMBERS = frozenset({"number", "rating", "opinion_scale", "nps", "slider"})
_SUMS = frozenset({"add", "subtract", "multiply", "divide"})
_LISTS = frozenset({"multiple_choice", "ranking", "file_upload"})
_DATES = frozenset({"date", "short_text"})
_TEXT_OPERATORS = frozenset({"starts_with", "ends_with", "matches", "not_matches"})
_PIPE = re.compile(r"\{\{.*?\}\}")


def check_meaning(flow: Document) -> Iterator[Problem]:
    """E09, E10, E11, E20, E21, E22, E24."""
    yield from _formulas(flow)
    yield from _patterns(flow)
    yield from _types(flow)
    yield from _calculations(flow)
    for index, step in enumerate(flow["steps"]):
        variants = step.get("variants") or ()
        if variants and not any(one["weight"] for one in variants):
            yield Problem("E20", pointer("steps", index, "variants"), {"step": step["key"]})
    for place in addresses_of(flow):
        if not is_plain_address(place.value):
            yield Problem("E21", place.path, {"address": place.value})
    for condition in conditions_of(flow):
        parts = list(parts_of(condition))
        if len(parts) > MOST_PARTS or max(depth for _part, depth in parts) > DEEPEST:
            yield Problem("E24", condition.path)


def is_plain_address(text: str) -> bool:
    """Whether an address is http or https to a host that is written out: nothing piped decides where people go."""
    before = _PIPE.split(text, maxsplit=1)[0]
    try:
        parts = urlsplit(before)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return False
    is_cut_in_host = before != text and not before[len(parts.scheme) + 3 :].partition("/")[1] and "?" not in before
    return parts.scheme in ("http", "https") and bool(host) and "@" not in parts.netloc and not is_cut_in_host


def _formulas(flow: Document) -> Iterator[Problem]:
    for place in expressions_of(flow):
        try:
            compile_expression(place.value)
        except FlowError as error:
            yield Problem("E09", place.path, {"error": error.code})


def _patterns(flow: Document) -> Iterator[Problem]:
    places = [
        Place(rule.get("value"), f"{block.path}/validations/{number}/value")
        for block in all_blocks(flow)
        for number, rule in enumerate(block.value.get("validations") or ())
        if rule["rule"] == "pattern"
    ]
    places += [
        Place(one.value.get("right"), f"{one.path}/right")
        for one in comparisons_of(flow)
        if one.value["op"] in ("matches", "not_matches") and "right_ref" not in one.value
    ]
    for place in places:
        try:
            compile_pattern(place.value if isinstance(place.value, str) else "(")
        except FlowError:
            yield Problem("E10", place.path)


def _types(flow: Document) -> Iterator[Problem]:
    kinds = {one["key"]: one["type"] for one in flow.get("variables") or ()}
    for action in actions_of(flow):
        kind, name = action.value["do"], action.value.get("variable")
        wanted = ("number", "money") if kind in _SUMS else ("list",) if kind == "append" else None
        if wanted and kinds.get(name, wanted[0]) not in wanted:
            yield Problem("E11", f"{action.path}/variable", {"action": kind, "name": name})
    blocks = {place.value["key"]: place.value["type"] for place in input_blocks(flow)}
    for one in comparisons_of(flow):
        root, _dot, key = one.value["left"].partition(".")
        if not _fits(one.value["op"], root, blocks.get(key)):
            yield Problem("E11", f"{one.path}/op", {"operator": one.value["op"], "name": key})


def _fits(operator: str, root: str, kind: str | None) -> bool:
    """Whether an operator can ever hold for what it looks at. What is not a block's answer is not judged."""
    if operator in ("is_submitted", "is_skipped"):
        return root == "answers"
    if root != "answers" or kind is None:
        return True
    if operator in ("before", "after"):
        return kind in _DATES
    if operator == "all_of":
        return kind in _LISTS
    if operator in _TEXT_OPERATORS:
        return kind not in _LISTS and kind not in ("yes_no", "consent", "matrix")
    return not (operator == "contains" and kind in _NUMBERS)


def _calculations(flow: Document) -> Iterator[Problem]:
    places = {one["key"]: place for place, one in enumerate(flow.get("calculations") or ())}
    for index, one in enumerate(flow.get("calculations") or ()):
        for names in readable_paths(one["expr"]):
            is_later = names[0] == "calculations" and places.get(names[1], -1) >= index
            if is_later or names[0] == "outcome":
                yield Problem("E22", pointer("calculations", index, "expr"), {"name": ".".join(names)})


def has_words(text: object) -> bool:
    """Whether a text says something in any language."""
    return any(words.strip() for words in wordings(text)) if text else False
