"""From the text of an expression to a tree: grammar and limits first, then names (docs/flows.md)."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flows.engine.errors import FlowError
from flows.engine.values import nfc

SOURCE_LIMIT = 2_000
DEPTH_LIMIT = 40
SIZE_LIMIT = 400

LONE_ROOTS = frozenset({"score", "max_score", "correct", "asked", "outcome"})
ROOTS = frozenset({"answers", "variables", "calculations", "hidden", "contact", "session", "contest", "points"})
OUTCOME_MEMBERS = frozenset({"key", "title", "body"})
_WORDS = frozenset({"and", "or", "not", "in", "if", "else", "true", "false", "null"})

_TOKEN = re.compile(
    r"(?P<blank>[ \t\r\n]+)"
    r"|(?P<number>[0-9]{1,30}(?:\.[0-9]{1,30})?(?![0-9A-Za-z_.]))"
    r"|(?P<name>[A-Za-z][A-Za-z0-9_]*)"
    r"|(?P<text>'(?:[^'\\\r\n]|\\.)*'|\"(?:[^\"\\\r\n]|\\.)*\")"
    r"|(?P<sign>\*\*|//|==|!=|<=|>=|[-+*/%<>()\[\],.])",
    re.ASCII,
)
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|(.))", re.DOTALL)
_ESCAPES = {"\\": "\\", "'": "'", '"': '"', "n": "\n", "t": "\t"}


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, a text, true, false or null."""

    value: Any


@dataclass(frozen=True, slots=True)
class Path:
    """A value that is read: a root and its members."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its arguments."""

    name: str
    arguments: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Items:
    """A list written out."""

    members: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Unary:
    """`-` or `not` of something."""

    sign: str
    operand: "Node"


@dataclass(frozen=True, slots=True)
class Binary:
    """An arithmetic sign, `and` or `or` between two."""

    sign: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Chain:
    """Comparisons in a row: each pair of neighbours must hold."""

    operands: tuple["Node", ...]
    signs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """`yes if condition else no`."""

    condition: "Node"
    yes: "Node"
    no: "Node"


Node = Literal | Path | Call | Items | Unary | Binary | Chain | Choice


def parse(source: str) -> Node:
    """The tree of an expression. Raises FlowError too_long, syntax, too_deep, too_big."""
    if len(source) > SOURCE_LIMIT:
        raise FlowError("too_long")
    return _Parser(_tokens(source)).parse()


def _tokens(source: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(source):
        match = _TOKEN.match(source, at)
        if match is None:
            raise FlowError("syntax")
        at = match.end()
        kind = str(match.lastgroup)
        if kind == "text":
            found.append((kind, _text(match[0])))
        elif kind != "blank":
            found.append((kind, match[0]))
    return [*found, ("end", "")]


def _text(quoted: str) -> str:
    def replace(match: re.Match[str]) -> str:
        if match[1]:
            sign = chr(int(match[1], 16))
            if "\ud800" <= sign <= "\udfff":
                raise FlowError("syntax")
            return sign
        if match[2] not in _ESCAPES:
            raise FlowError("syntax")
        return _ESCAPES[match[2]]

    return nfc(_ESCAPE.sub(replace, quoted[1:-1]))


class _Parser:
    """Recursive descent. What a limit forbids is noted and said only when the grammar is right."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0
        self._deepest = 0
        self._size = 0

    def parse(self) -> Node:
        try:
            tree = self._expression()
        except RecursionError as error:  # far beyond the limit, whatever else is wrong
            raise FlowError("too_deep") from error
        if self._tokens[self._at][0] != "end":
            raise FlowError("syntax")
        if self._deepest > DEPTH_LIMIT:
            raise FlowError("too_deep")
        if self._size > SIZE_LIMIT:
            raise FlowError("too_big")
        return tree

    def _next_is(self, *signs: str) -> str | None:
        """The next sign or word where it is one of `signs`, which is then taken."""
        kind, text = self._tokens[self._at]
        if kind in ("sign", "name") and text in signs:
            self._at += 1
            return text
        return None

    def _expect(self, sign: str) -> None:
        if self._next_is(sign) is None:
            raise FlowError("syntax")

    def _deeper(self, read: Callable[[], Node]) -> Node:
        self._depth += 1
        self._deepest = max(self._deepest, self._depth)
        found = read()
        self._depth -= 1
        return found

    def _count(self) -> None:
        self._size += 1

    def _expression(self) -> Node:
        yes = self._or()
        if not self._next_is("if"):
            return yes
        self._count()
        condition = self._or()
        self._expect("else")
        return Choice(condition, yes, self._deeper(self._expression))

    def _or(self) -> Node:
        return self._binary(self._and, "or")

    def _and(self) -> Node:
        return self._binary(self._not, "and")

    def _not(self) -> Node:
        if self._next_is("not"):
            self._count()
            return Unary("not", self._deeper(self._not))
        return self._comparison()

    def _comparison(self) -> Node:
        operands, signs = [self._sum()], []
        while sign := self._comparison_sign():
            self._count()
            signs.append(sign)
            operands.append(self._sum())
        return Chain(tuple(operands), tuple(signs)) if signs else operands[0]

    def _comparison_sign(self) -> str | None:
        if sign := self._next_is("==", "!=", "<", "<=", ">", ">=", "in"):
            return sign
        if self._next_is("not"):
            self._expect("in")
            return "not in"
        return None

    def _sum(self) -> Node:
        return self._binary(self._term, "+", "-")

    def _term(self) -> Node:
        return self._binary(self._unary, "*", "/", "//", "%")

    def _binary(self, part: Callable[[], Node], *signs: str) -> Node:
        left = part()
        while sign := self._next_is(*signs):
            self._count()
            left = Binary(sign, left, part())
        return left

    def _unary(self) -> Node:
        if self._next_is("-"):
            self._count()
            return Unary("-", self._deeper(self._unary))
        return self._power()

    def _power(self) -> Node:
        base = self._atom()
        if not self._next_is("**"):
            return base
        self._count()
        return Binary("**", base, self._deeper(self._unary))

    def _atom(self) -> Node:
        self._count()
        kind, text = self._tokens[self._at]
        self._at += 1
        if kind == "number":
            return Literal(Decimal(text))
        if kind == "text":
            return Literal(text)
        if kind == "name":
            return self._named(text)
        if text == "(":
            inside = self._deeper(self._expression)
            self._expect(")")
            return inside
        if text == "[":
            return Items(self._list("]"))
        raise FlowError("syntax")

    def _named(self, name: str) -> Node:
        if name in ("true", "false", "null"):
            return Literal({"true": True, "false": False, "null": None}[name])
        if name in _WORDS:
            raise FlowError("syntax")
        if self._next_is("("):
            return Call(name, self._list(")"))
        names = [name]
        while self._next_is("."):
            kind, member = self._tokens[self._at]
            if kind != "name":
                raise FlowError("syntax")
            self._at += 1
            names.append(member)
        if self._tokens[self._at] == ("sign", "("):
            raise FlowError("syntax")
        return Path(tuple(names))

    def _list(self, end: str) -> tuple[Node, ...]:
        members: list[Node] = []
        if self._next_is(end):
            return ()
        while True:
            members.append(self._deeper(self._expression))
            if self._next_is(end):
                return tuple(members)
            self._expect(",")
