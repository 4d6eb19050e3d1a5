"""What is worth a look: it does not stop publishing."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Any

from flows.checking.constants import find_constants
from flows.checking.places import (
    Document,
    addresses_of,
    all_blocks,
    blocks_of,
    comparisons_of,
    expressions_of,
    rules_of,
    texts_of,
)
from flows.checking.problems import Problem, pointer
from flows.engine.errors import FlowError
from flows.engine.flow import is_input
from flows.engine.intake import choice_list
from flows.engine.piping import pipes_of
from flows.engine.syntax import Call, parse

_DATED = frozenset({"today", "age", "year", "month", "day", "weekday", "add_days", "days_between"})


def give_advice(flow: Document) -> Iterator[Problem]:
    """W02, W04 to W07, W09 to W12."""
    yield from _score_ranges(flow)
    yield from _endings(flow)
    yield from _translations(flow)
    yield from _choices(flow)
    if (flow.get("settings") or {}).get("mode") == "chat":
        for index, step in enumerate(flow["steps"]):
            if sum(is_input(one) for one in step["blocks"]) > 1:
                yield Problem("W07", pointer("steps", index), {"step": step["key"]})
    sensitive = {one["key"] for one in flow.get("variables") or () if one.get("sensitive")}
    for place in addresses_of(flow):
        if any(names[0] == "variables" and names[1] in sensitive for names in pipes_of(place.value)):
            yield Problem("W09", place.path)
    if not _zone(flow) and _compares_dates(flow):
        yield Problem("W10", "/settings/timezone")
    yield from find_constants(flow)
    for rule in rules_of(flow):
        if "/logic/" in rule.path and any(action["do"] == "require" for action in rule.value["actions"]):
            yield Problem("W12", rule.path)


def _score_ranges(flow: Document) -> Iterator[Problem]:
    if flow.get("outcome_mode") != "score_range":
        return
    ranges = sorted(
        (Decimal(one.get("min_score", "-Infinity")), Decimal(one.get("max_score", "Infinity")), index)
        for index, one in enumerate(flow.get("outcomes") or ())
    )
    for (_low, high, _index), (low, _high, index) in pairwise(ranges):
        if low <= high or low > high + 1:
            yield Problem("W02", pointer("outcomes", index), {"kind": "overlap" if low <= high else "gap"})


def _endings(flow: Document) -> Iterator[Problem]:
    if flow["endings"][0]["type"] in ("disqualified", "handoff"):
        yield Problem("W05", "/endings/0")


def _translations(flow: Document) -> Iterator[Problem]:
    locales = set(flow.get("locales") or ()) | {flow["default_locale"]}
    for place in texts_of(flow):
        if isinstance(place.value, Mapping):
            missing = sorted(locales - set(place.value))
            if missing:
                yield Problem("W06", place.path, {"locales": missing})
        elif len(locales) > 1 and place.value.strip():
            yield Problem("W06", place.path, {"locales": sorted(locales - {flow["default_locale"]})})


def _choices(flow: Document) -> Iterator[Problem]:
    """Some choices say where to go and others do not, and the step says nothing either."""
    for index, step in enumerate(flow["steps"]):
        for place in blocks_of(step, index):
            told = ["next" in choice for choice in choice_list(place.value)]
            if any(told) and not all(told) and "next" not in step:
                yield Problem("W04", place.path, {"step": step["key"]})


def _zone(flow: Document) -> Any:
    return (flow.get("settings") or {}).get("timezone") or (flow.get("contest") or {}).get("timezone")


def _compares_dates(flow: Document) -> bool:
    if any(one.value["op"] in ("before", "after") for one in comparisons_of(flow)):
        return True
    rules = (rule["rule"] for block in all_blocks(flow) for rule in block.value.get("validations") or ())
    if any(rule in ("date_after", "date_before") for rule in rules):
        return True
    return any(_calls(place.value) & _DATED for place in expressions_of(flow))


def _calls(source: str) -> set[str]:
    try:
        waiting: list[Any] = [parse(source)]
    except FlowError:
        return set()
    found = set()
    while waiting:
        node = waiting.pop()
        if isinstance(node, Call):
            found.add(node.name)
        for name in getattr(node, "__slots__", ()):
            value = getattr(node, name)
            parts = value if isinstance(value, tuple) else (value,)
            waiting.extend(part for part in parts if hasattr(part, "__slots__") and not isinstance(part, str))
    return found
