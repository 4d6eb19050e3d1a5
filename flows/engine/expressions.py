"""Expressions: compiled once, evaluated over what a session knows. Linear in their length and data."""

import functools
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from flows.engine.comparison import Clock, contains, equal, order
from flows.engine.errors import FlowError
from flows.engine.functions import FUNCTIONS, LAZY, call, divide, floor_divide, power, remainder, settled
from flows.engine.syntax import (
    LONE_ROOTS,
    OUTCOME_MEMBERS,
    ROOTS,
    Binary,
    Call,
    Chain,
    Choice,
    Items,
    Literal,
    Node,
    Path,
    Unary,
    parse,
)
from flows.engine.values import ARITHMETIC, UNDEFINED, Value, as_number, bounded_list, defined, is_true


class Scope(Protocol):
    """What an expression can see."""

    clock: Clock

    def read(self, names: tuple[str, ...]) -> Value:
        """The value of a path, null for what is unknown."""


@functools.lru_cache(maxsize=2_000)
def compile_expression(source: str) -> Node:
    """The tree of an expression whose every name is known.

    Raises FlowError: first what the grammar and its limits say, then unknown_name, unknown_function and arity from
    left to right.
    """
    tree = parse(source)
    for node in _nodes(tree):
        _check_names(node)
    return tree


def evaluate(source: str, scope: Scope) -> Value:
    """The value of an expression; UNDEFINED leaves as null. Raises FlowError."""
    return defined(evaluate_open(source, scope))


def evaluate_open(source: str, scope: Scope) -> Value:
    """As `evaluate`, with UNDEFINED as it is, for calculations that read each other."""
    return _evaluate(compile_expression(source), scope)


def paths_of(source: str) -> list[tuple[str, ...]]:
    """The paths that an expression reads, from left to right. Raises FlowError."""
    return [node.names for node in _nodes(compile_expression(source)) if isinstance(node, Path)]


def known_path(names: tuple[str, ...]) -> bool:
    """Whether a path begins with a root and has members where the root needs them."""
    root, *members = names
    if root == "outcome":
        return not members or (len(members) == 1 and members[0] in OUTCOME_MEMBERS)
    return not members if root in LONE_ROOTS else root in ROOTS and bool(members)


def member(value: Value, names: tuple[str, ...]) -> Value:
    """What lies below a value, null where there is nothing."""
    for name in names:
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value


def _nodes(tree: Node) -> Iterator[Node]:
    """Every node in the order in which it stands in the text."""
    waiting: list[Node] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(_children(node)))


def _children(node: Node) -> tuple[Node, ...]:
    match node:
        case Call():
            return node.arguments
        case Items():
            return node.members
        case Unary():
            return (node.operand,)
        case Binary():
            return (node.left, node.right)
        case Chain():
            return node.operands
        case Choice():
            return (node.yes, node.condition, node.no)
        case _:
            return ()


def _check_names(node: Node) -> None:
    if isinstance(node, Path) and not known_path(node.names):
        raise FlowError("unknown_name")
    if isinstance(node, Call):
        function = FUNCTIONS.get(node.name)
        if function is None:
            raise FlowError("unknown_function")
        if not function.least <= len(node.arguments) <= function.most:
            raise FlowError("arity")


def _evaluate(node: Node, scope: Scope) -> Value:
    match node:
        case Literal():
            return node.value
        case Path():
            value = scope.read(node.names)
            return bounded_list(value) if isinstance(value, list) else value
        case Items():
            return bounded_list([defined(_evaluate(one, scope)) for one in node.members])
        case Call():
            return _call(node, scope)
        case Unary():
            return _unary(node, scope)
        case Chain():
            return _chain(node, scope)
        case Choice():
            return _evaluate(node.yes if is_true(_evaluate(node.condition, scope)) else node.no, scope)
        case Binary():
            return _binary(node, scope)


def _call(node: Call, scope: Scope) -> Value:
    if node.name == LAZY:
        condition, yes, no = node.arguments
        return _evaluate(yes if is_true(_evaluate(condition, scope)) else no, scope)
    return call(node.name, [_evaluate(one, scope) for one in node.arguments], scope.clock)


def _unary(node: Unary, scope: Scope) -> Value:
    value = _evaluate(node.operand, scope)
    if node.sign == "not":
        return not is_true(value)
    return UNDEFINED if value is UNDEFINED else settled(ARITHMETIC.minus(as_number(value)))


def _binary(node: Binary, scope: Scope) -> Value:
    """The left spine is walked in a loop: a sum of hundreds is deep only as a tree."""
    spine = [node]
    while isinstance(spine[-1].left, Binary):
        spine.append(spine[-1].left)
    value = _evaluate(spine[-1].left, scope)
    for one in reversed(spine):
        value = _combine(one, value, scope)
    return value


def _combine(node: Binary, left: Value, scope: Scope) -> Value:
    if node.sign == "and":
        return is_true(left) and is_true(_evaluate(node.right, scope))
    if node.sign == "or":
        return is_true(left) or is_true(_evaluate(node.right, scope))
    right = _evaluate(node.right, scope)
    numbers = [None if value is UNDEFINED else as_number(value) for value in (left, right)]
    return UNDEFINED if None in numbers else _ARITHMETIC[node.sign](*numbers)


_ARITHMETIC: dict[str, Any] = {
    "+": lambda left, right: settled(ARITHMETIC.add(left, right)),
    "-": lambda left, right: settled(ARITHMETIC.subtract(left, right)),
    "*": lambda left, right: settled(ARITHMETIC.multiply(left, right)),
    "/": divide,
    "//": floor_divide,
    "%": remainder,
    "**": power,
}


def _chain(node: Chain, scope: Scope) -> bool:
    left = _evaluate(node.operands[0], scope)
    for sign, operand in zip(node.signs, node.operands[1:], strict=True):
        right = _evaluate(operand, scope)
        if not _holds(sign, left, right):
            return False
        left = right
    return True


def _holds(sign: str, left: Value, right: Value) -> bool:
    if sign in ("==", "!="):
        return equal(left, right) == (sign == "==")
    if sign in ("in", "not in"):
        return contains(right, left) == (sign == "in")
    place = order(left, right)
    return place is not None and {"<": place < 0, "<=": place <= 0, ">": place > 0, ">=": place >= 0}[sign]
