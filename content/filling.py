"""One part of a message (subject, HTML or text), parsed once and filled many times.

What stands between fields is kept ready, also as bytes the way they travel; a field that is only a path with simple
filters is looked up directly, and so are simple conditions; loops and the rest go through Liquid. All of it gives
exactly what Liquid alone would give (there is a property test for that).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from functools import cached_property
from typing import Any, NamedTuple

from liquid.ast import Node
from liquid.builtin.content import ContentNode
from liquid.builtin.expressions import FilteredExpression, Path
from liquid.builtin.expressions.primitive import FloatLiteral, IntegerLiteral, StringLiteral
from liquid.builtin.output import OutputNode
from liquid.exceptions import LiquidError, LiquidInterrupt
from liquid.output import LimitedStringIO

from content.conditions import Condition, branches, conditions_meaning
from content.liquid import MAX_OUTPUT, LimitedContext, environment, render_error, resolve, write_value
from content.liquid_filters import FILTERS, MAX_TEXT, as_text
from content.problems import RenderError
from content.wire import WireForm

# The one value that is markup of our own, which HTML takes as it is.
PIXEL = "pixel"

_MARKUP = re.compile("[&<>'\"]")

Data = Mapping[str, Any]
Field = Callable[[Data], str]


@dataclass(frozen=True, slots=True)
class Value:
    """`{{ path }}` or `{{ path | filter: literal }}`; equal ones are the same in HTML as in text, but for escaping.

    Literals stand with their types, because 1 and 1.0 are equal and not written alike.
    """

    path: tuple[str | int, ...]
    steps: tuple[tuple[str, tuple[tuple[type, Any], ...]], ...] = ()

    def finder(self) -> Callable[[Data], object]:
        """What finds the value in the data, filters applied."""
        path = self.path
        steps = [(FILTERS[name], [value for _type, value in values]) for name, values in self.steps]

        def find(data: Data) -> object:
            value: Any = data
            for segment in path:
                # Most of what people use, without asking for anything else that a step may mean.
                if type(value) is not dict or segment not in value:
                    return resolve(data, path)
                value = value[segment]
            return value

        def filtered(data: Data) -> object:
            value = find(data)
            for function, values in steps:
                value = function(value, *values)
            return value

        return filtered if steps else find

    def reader(self) -> Field:
        """What writes the value as `as_text` does, but leaves a text as it is: its control characters still stand."""
        find = self.finder()

        def read(data: Data) -> str:
            value = find(data)
            return value if type(value) is str else as_text(value)

        return read


@dataclass(frozen=True, slots=True)
class Choice:
    """A simple `{% if … %}` without markup of its own; equal ones are the same in HTML as in text, but for escaping."""

    meaning: tuple[object, ...]
    field: Field = dataclass_field(compare=False)

    def reader(self) -> Field:
        """What writes the branch that holds, as in text."""
        return self.field


class Place(NamedTuple):
    """A piece that is filled in: where it stands, what fills it, and what text and HTML may share of it."""

    position: int
    field: Field
    shared: Value | Choice | None


class Part:
    """One parsed source, ready to be filled many times."""

    def __init__(self, source: str, *, html: bool, language: str) -> None:
        """Raises liquid.exceptions.LiquidError for a source that was not compiled before."""
        template = environment(html=html, language=language or "en").from_string(source)
        self.template = template
        self.has_blocks = False
        self.pieces: list[str] = []
        self.fields: list[Place] = []
        self.groups: list[tuple[int, list[Node]]] = []
        analysis = template.analyze()
        # The first words of all paths: what is not named here need not be worked out.
        self.names = frozenset(analysis.globals)
        # An assignment may change what any later field means, so then everything goes through Liquid.
        self.plain = not analysis.locals
        for node in template.nodes:
            self._add(node, html)

    def _add(self, node: Node, html: bool) -> None:
        if isinstance(node, ContentNode):
            self.pieces.append(node.text)
            return
        field = _direct(node, html)
        position = len(self.pieces)
        self.pieces.append("")
        self.has_blocks = self.has_blocks or not isinstance(node, OutputNode)
        if field is not None:
            self.fields.append(Place(position, field, _shared(node)))
            return
        if self.groups and self.groups[-1][0] == position - 1:
            self.pieces.pop()
            self.groups[-1][1].append(node)
        else:
            self.groups.append((position, [node]))

    def render(self, data: Data) -> str:
        """Fill the part. Raises RenderError."""
        try:
            return self._fill(data) if self.plain else self.template.render(data)
        except LiquidError as error:
            raise render_error(error) from error

    @cached_property
    def wire(self) -> WireForm:
        """The part as bytes; of use only where `is_wired`."""
        return WireForm(self.pieces, [place.position for place in self.fields])

    @property
    def is_wired(self) -> bool:
        """Whether the part can be filled as bytes: it holds nothing but text, fields and simple conditions."""
        return self.plain and not self.groups and self.wire.is_possible

    def render_wire(self, data: Data, *, is_tidied: bool = False) -> bytes | None:
        """The part as `content.wire` describes it, or None where the whole text has to be looked at.

        With `is_tidied` it is as `tidy_lines` would leave it. Raises RenderError.
        """
        if not self.is_wired:
            return None
        try:
            values = [place.field(data) for place in self.fields]
        except LiquidError as error:
            raise render_error(error) from error
        return self.wire.join_tidy(values) if is_tidied else self.wire.join(values)

    def _fill(self, data: Data) -> str:
        pieces = self.pieces.copy()
        for place in self.fields:
            pieces[place.position] = place.field(data)
        if self.groups:
            # One context for all of them: the limits are counted over the whole message.
            context = LimitedContext(self.template, globals=data)
            for position, nodes in self.groups:
                buffer = LimitedStringIO(MAX_OUTPUT)
                for node in nodes:
                    _render_node(node, context, buffer)
                pieces[position] = buffer.getvalue()
        text = "".join(pieces)
        if len(text) * 4 > MAX_OUTPUT and len(text.encode()) > MAX_OUTPUT:
            raise RenderError("limit", "The message grows larger than 512 KB.")
        return text


def _render_node(node: Node, context: LimitedContext, buffer: LimitedStringIO) -> None:
    try:
        node.render(context, buffer)
    except LiquidInterrupt as error:
        raise RenderError("filter", "A “break” or “continue” stands outside of a loop.") from error


def _direct(node: Node, html: bool) -> Field | None:
    """Return a function for a simple field or condition, else None."""
    return _direct_field(node, html) if isinstance(node, OutputNode) else _direct_condition(node, html)


def _direct_field(node: OutputNode, html: bool) -> Field | None:
    """Return a function for `{{ path }}` and `{{ path | filter: literal }}`, else None."""
    value = _value(node)
    if value is None:
        return None
    write = _html_writer if html else _text_writer
    find = value.finder()
    return lambda data: write(find(data))


def _value(node: OutputNode) -> Value | None:
    expression = node.expression
    if not isinstance(expression, FilteredExpression) or not isinstance(expression.left, Path):
        return None
    path = tuple(segment for segment in expression.left.path if isinstance(segment, str | int))
    if len(path) != len(expression.left.path) or not isinstance(path[0], str):
        return None
    steps: list[tuple[str, tuple[tuple[type, Any], ...]]] = []
    for filter_ in expression.filters or ():
        # `date` speaks the message's language and stays with Liquid, as does anything with named arguments.
        literals = [getattr(argument, "value", None) for argument in filter_.args]
        if filter_.name not in FILTERS or any(getattr(argument, "name", None) for argument in filter_.args):
            return None
        if not all(isinstance(literal, StringLiteral | IntegerLiteral | FloatLiteral) for literal in literals):
            return None
        values = [literal.value for literal in literals if literal is not None]
        steps.append((filter_.name, tuple((type(value), value) for value in values)))
    return Value(path, tuple(steps))


def _html_writer(value: object) -> str:
    if type(value) is str and len(value) <= MAX_TEXT and value.isprintable() and not _MARKUP.search(value):
        return value
    return write_value(value, True)


def _text_writer(value: object) -> str:
    if type(value) is str and len(value) <= MAX_TEXT and value.isprintable():
        return value
    return write_value(value, False)


def _shared(node: Node) -> Value | Choice | None:
    key = _meaning(node)
    if key is None:
        return None
    if isinstance(node, OutputNode):
        return _value(node)
    field = _direct_condition(node, html=False)
    return None if field is None else Choice(key, field)


def _meaning(node: Node) -> tuple[object, ...] | None:
    """What tells one simple node from another; None where HTML is more than the escaped text."""
    if isinstance(node, ContentNode):
        return None if _MARKUP.search(node.text) else ("text", node.text)
    if isinstance(node, OutputNode):
        value = _value(node)
        return None if value is None or value.path[0] == PIXEL else ("value", value)
    blocks = [block for _condition, block in branches(node) or ()]
    inner = [tuple(_meaning(child) for child in ([] if block.blank else block.nodes)) for block in blocks]
    if not blocks or any(None in block for block in inner):
        return None
    return ("if", conditions_meaning(node), *inner)


def _direct_condition(node: Node, html: bool) -> Field | None:
    """Return a function for `{% if … %}` whose branches hold nothing but text, fields and such conditions."""
    found = branches(node)
    if found is None:
        return None
    choices: list[tuple[Condition, Field]] = []
    for condition, block in found:
        inner = _sequence([] if block.blank else block.nodes, html)
        if inner is None:
            return None
        choices.append((condition, inner))

    def choose(data: Data) -> str:
        for condition, inner in choices:
            if condition(data):
                return inner(data)
        return ""

    return choose


def _sequence(nodes: Sequence[Node], html: bool) -> Field | None:
    fields: list[Field] = []
    for node in nodes:
        field = _constant(node.text) if isinstance(node, ContentNode) else _direct(node, html)
        if field is None:
            return None
        fields.append(field)
    if len(fields) == 1:
        return fields[0]
    return lambda data: "".join([field(data) for field in fields])


def _constant(text: str) -> Field:
    return lambda _data: text
