"""Conditions: what cannot be computed does not hold."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from flows.engine.comparison import contains, equal, order, order_dates
from flows.engine.errors import FlowError
from flows.engine.expressions import Scope, evaluate, known_path
from flows.engine.patterns import occurs
from flows.engine.values import Value, defined, fold, is_number, is_set, is_true, number_or_none, text_of

Condition = Mapping[str, Any]


class Situation(Scope, Protocol):
    """What a condition can see, and where it reports that it could not be computed."""

    def is_submitted(self, key: str) -> bool:
        """Whether the block was shown and submitted on the path."""

    def note(self, code: str, where: str = "") -> None:
        """A notice for whoever made the flow."""


def holds(condition: Condition | None, situation: Situation) -> bool:
    """Whether a condition holds; an absent one does. Every member of a group is evaluated."""
    if not condition:
        return True
    if "all" in condition:
        return all([holds(member, situation) for member in condition["all"]])  # noqa: C419 - every member
    if "any" in condition:
        return any([holds(member, situation) for member in condition["any"]])  # noqa: C419 - every member
    if "not" in condition:
        return not holds(condition["not"], situation)
    try:
        if "expr" in condition:
            return is_true(evaluate(condition["expr"], situation))
        return _compare(condition, situation)
    except FlowError:
        situation.note("expr_error")
        return False


def read(path: str, situation: Scope) -> Value:
    """The value of a path written as text. Raises FlowError unknown_name."""
    names = tuple(path.split("."))
    if not known_path(names):
        raise FlowError("unknown_name")
    return defined(situation.read(names))


def _compare(condition: Condition, situation: Situation) -> bool:
    operator = condition["op"]
    if operator in _OF_THE_PATH:
        return _on_path(operator, condition["left"], situation)
    left = read(condition["left"], situation)
    right = read(condition["right_ref"], situation) if "right_ref" in condition else condition.get("right")
    if operator in _DATES:
        return _DATES[operator](left, right, situation)
    if operator not in _OPERATORS:
        raise FlowError("bad_argument")
    return _OPERATORS[operator](left, right)


def _on_path(operator: str, path: str, situation: Situation) -> bool:
    """Whether the block was shown and submitted; for is_skipped without an answer."""
    is_submitted = situation.is_submitted(path.removeprefix("answers."))
    return is_submitted and (operator == "is_submitted" or not is_set(read(path, situation)))


def _ordered(test: Callable[[int], bool]) -> Callable[[Value, Value], bool]:
    def compared(left: Value, right: Value) -> bool:
        place = order(left, right)
        return place is not None and test(place)

    return compared


def _text_or_none(value: Value) -> str | None:
    """A text, or a number as text; lists, booleans and the rest are none."""
    if isinstance(value, str):
        return value
    return text_of(value) if is_number(value) else None


def _begins(left: Value, right: Value) -> bool:
    text, part = _text_or_none(left), _text_or_none(right)
    return bool(part) and text is not None and fold(text).startswith(fold(part or ""))


def _ends(left: Value, right: Value) -> bool:
    text, part = _text_or_none(left), _text_or_none(right)
    return bool(part) and text is not None and fold(text).endswith(fold(part or ""))


def _matches(left: Value, right: Value) -> bool:
    """Raises FlowError bad_pattern, so that a bad pattern makes both this and its opposite false."""
    pattern, text = _text_or_none(right), _text_or_none(left)
    if pattern is None:
        raise FlowError("bad_pattern")
    found = occurs(pattern, text or "")
    return text is not None and found


def _members(value: Value) -> list[Value]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _one_of(left: Value, right: Value) -> bool:
    return any(equal(one, other) for one in _members(left) for other in _members(right))


def _all_of(left: Value, right: Value) -> bool:
    return is_set(left) and all(any(equal(one, other) for one in _members(left)) for other in _members(right))


def _between(left: Value, right: Value, situation: Scope) -> bool:
    if not isinstance(right, list) or len(right) != 2:
        return False
    low, high = right
    if is_number(left) or (is_number(low) and is_number(high)):
        numbers = [number_or_none(value) for value in (low, left, high)]
        return None not in numbers and numbers == sorted(numbers)  # type: ignore[type-var]
    first, last = order_dates(low, left, situation.clock), order_dates(left, high, situation.clock)
    return first is not None and last is not None and first <= 0 and last <= 0


def _dated(test: Callable[[int], bool]) -> Callable[[Value, Value, Scope], bool]:
    def compared(left: Value, right: Value, situation: Scope) -> bool:
        place = order_dates(left, right, situation.clock)
        return place is not None and test(place)

    return compared


_OF_THE_PATH = ("is_submitted", "is_skipped")
_DATES: dict[str, Callable[[Value, Value, Scope], bool]] = {
    "before": _dated(lambda place: place < 0),
    "after": _dated(lambda place: place > 0),
    "between": _between,
}
_OPERATORS: dict[str, Callable[[Value, Value], bool]] = {
    "eq": equal,
    "ne": lambda left, right: not equal(left, right),
    "lt": _ordered(lambda place: place < 0),
    "le": _ordered(lambda place: place <= 0),
    "gt": _ordered(lambda place: place > 0),
    "ge": _ordered(lambda place: place >= 0),
    "contains": contains,
    "not_contains": lambda left, right: not contains(left, right),
    "starts_with": _begins,
    "ends_with": _ends,
    "matches": _matches,
    "not_matches": lambda left, right: not _matches(left, right),
    "one_of": _one_of,
    "none_of": lambda left, right: not _one_of(left, right),
    "all_of": _all_of,
    "is_set": lambda left, _right: is_set(left),
    "is_empty": lambda left, _right: not is_set(left),
}
