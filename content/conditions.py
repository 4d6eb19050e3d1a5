"""Conditions of Liquid as plain functions: the library's own comparisons, without its rendering context."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from liquid.ast import BlockNode, Node
from liquid.builtin.expressions import BooleanExpression, Path
from liquid.builtin.expressions.logical import (
    EqExpression,
    GeExpression,
    GtExpression,
    LeExpression,
    LogicalAndExpression,
    LogicalOrExpression,
    LtExpression,
    NeExpression,
    is_truthy,
)
from liquid.builtin.expressions.primitive import (
    FalseLiteral,
    FloatLiteral,
    IntegerLiteral,
    StringLiteral,
    TrueLiteral,
)
from liquid.builtin.tags.if_tag import IfNode
from liquid.expression import Expression
from liquid.undefined import Undefined

from content.liquid import MISSING, step

Condition = Callable[[Mapping[str, Any]], bool]
_Value = Callable[[Mapping[str, Any]], object]

_CONSTANTS = (StringLiteral, IntegerLiteral, FloatLiteral, TrueLiteral, FalseLiteral)
_COMPARISONS = (EqExpression, NeExpression, LtExpression, GtExpression, LeExpression, GeExpression)


class _Known:
    """Stands for an expression whose value is known; all that a comparison asks of one is `evaluate`."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value: object = None

    def evaluate(self, _context: Any) -> object:
        return self.value


def branches(node: Node) -> list[tuple[Condition, BlockNode]] | None:
    """The branches of an `if` in order, the last one's condition always true for `else`.

    None for any other node, and for conditions that are more than comparisons of paths and literals.
    """
    if not isinstance(node, IfNode):
        return None
    written = [(node.condition, node.consequence)]
    written += [(alternative.expression, alternative.block) for alternative in node.alternatives]
    found: list[tuple[Condition, BlockNode]] = []
    for expression, block in written:
        condition = _condition(expression.expression) if isinstance(expression, BooleanExpression) else None
        if condition is None:
            return None
        found.append((condition, block))
    if node.default is not None:
        found.append((_always, node.default))
    return found


def _always(_data: Mapping[str, Any]) -> bool:
    return True


def _condition(expression: Expression) -> Condition | None:
    if isinstance(expression, LogicalAndExpression | LogicalOrExpression):
        left, right = _condition(expression.left), _condition(expression.right)
        if left is None or right is None:
            return None
        return _both(left, right) if isinstance(expression, LogicalAndExpression) else _either(left, right)
    value = _compared(expression) if isinstance(expression, _COMPARISONS) else _value(expression)
    return None if value is None else _truth(value)


def _both(left: Condition, right: Condition) -> Condition:
    return lambda data: left(data) and right(data)


def _either(left: Condition, right: Condition) -> Condition:
    return lambda data: left(data) or right(data)


def _truth(value: _Value) -> Condition:
    def holds(data: Mapping[str, Any]) -> bool:
        found = value(data)
        if found is None or type(found) is bool:
            return bool(found)
        # In Liquid an empty text is true as well.
        return type(found) is str or is_truthy(found)

    return holds


def _compared(expression: Any) -> _Value | None:
    left, right = _value(expression.left), _value(expression.right)
    if left is None or right is None:
        return None
    kind, token = type(expression), expression.token
    equal = {EqExpression: True, NeExpression: False}.get(kind)

    def compare(data: Mapping[str, Any]) -> object:
        first, second = left(data), right(data)
        if equal is not None and type(first) is str and type(second) is str:
            return (first == second) is equal
        # Parts may be filled by several threads at once, so each comparison makes its own pair.
        one, other = _Known(), _Known()
        one.value, other.value = first, second
        return kind(token, one, other).evaluate(None)

    return compare


def _value(expression: Expression) -> _Value | None:
    if isinstance(expression, _CONSTANTS):
        constant = expression.value
        return lambda _data: constant
    if not isinstance(expression, Path):
        return None
    path = [segment for segment in expression.path if isinstance(segment, str | int)]
    if len(path) != len(expression.path) or not isinstance(path[0], str):
        return None
    root, token = path[0], expression.token

    def read(data: Mapping[str, Any]) -> object:
        value: Any = data
        for segment in path:
            value = value[segment] if type(value) is dict and segment in value else step(value, segment)
        return Undefined(root, token=token) if value is MISSING else value

    return read


def conditions_meaning(node: Node) -> tuple[object, ...] | None:
    """What tells the conditions of one node from those of another: equal ones hold for the same people.

    None where `branches` finds none.
    """
    found = branches(node)
    if found is None or not isinstance(node, IfNode):
        return None
    expressions = [node.condition, *(alternative.expression for alternative in node.alternatives)]
    return tuple(_meaning(one.expression) for one in expressions if isinstance(one, BooleanExpression))


def _meaning(expression: Any) -> tuple[object, ...]:
    if isinstance(expression, Path):
        return "path", *expression.path
    if isinstance(expression, _CONSTANTS):
        return type(expression), expression.value
    return type(expression), _meaning(expression.left), _meaning(expression.right)
