"""Conditions that always come out the same (W11): nothing is read, or what is read cannot make a difference."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from flows.checking.places import Document, comparisons_of, conditions_of, input_blocks, parts_of
from flows.checking.problems import Problem
from flows.engine.errors import FlowError
from flows.engine.intake import choice_list
from flows.engine.syntax import Call, Path, parse
from flows.engine.values import fold, is_number

_ONE = frozenset({"single_choice", "dropdown", "picture_choice", "hotspot"})
_SCALES = {"rating": (1, 5), "opinion_scale": (0, 10), "nps": (0, 10), "slider": (0, 100)}
_OF_THE_TIME = frozenset({"now", "today", "age"})


def find_constants(flow: Document) -> Iterator[Problem]:
    """W11 for formulas that read nothing, for something compared with itself, and for answers nobody can give."""
    for condition in conditions_of(flow):
        for part, _depth in parts_of(condition):
            if "expr" in part.value and _reads_nothing(part.value["expr"]):
                yield Problem("W11", f"{part.path}/expr")
    blocks = _blocks_by_answer(flow)
    for place in comparisons_of(flow):
        if _is_constant(place.value, blocks):
            yield Problem("W11", place.path)


def _reads_nothing(source: str) -> bool:
    try:
        waiting: list[Any] = [parse(source)]
    except FlowError:
        return False
    while waiting:
        node = waiting.pop()
        if isinstance(node, Path) or (isinstance(node, Call) and node.name in _OF_THE_TIME):
            return False
        for name in getattr(node, "__slots__", ()):
            value = getattr(node, name)
            parts = value if isinstance(value, tuple) else (value,)
            waiting.extend(part for part in parts if hasattr(part, "__slots__") and not isinstance(part, str))
    return True


def _blocks_by_answer(flow: Document) -> dict[str, list[Mapping[str, Any]]]:
    """The blocks that can give each answer; variants may ask the same in several ways."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for place in input_blocks(flow):
        found.setdefault(f"answers.{place.value['key']}", []).append(place.value)
    return found


def _is_constant(comparison: Mapping[str, Any], blocks: Mapping[str, list[Mapping[str, Any]]]) -> bool:
    if comparison.get("right_ref") is not None:
        return bool(comparison["right_ref"] == comparison["left"])
    if comparison["op"] not in ("eq", "ne") or comparison.get("right") is None:
        return False
    asked = blocks.get(comparison["left"], [])
    return bool(asked) and not any(_can_be(block, comparison["right"]) for block in asked)


def _can_be(block: Mapping[str, Any], value: Any) -> bool:
    """Whether somebody can answer so; of most blocks anything is believed."""
    if block["type"] in _ONE:
        return isinstance(value, str) and fold(value) in {fold(choice["key"]) for choice in choice_list(block)}
    if block["type"] in _SCALES and is_number(value) and not isinstance(value, bool):
        low, high = _SCALES[block["type"]]
        return bool(Decimal(block.get("min", low)) <= Decimal(value) <= Decimal(block.get("max", high)))
    return True
