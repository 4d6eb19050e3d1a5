"""Fills compiled content with one person's data, fast.

A template is parsed once per content version. What stands between fields is kept as ready text; a field that
is only a path with simple filters is looked up directly; conditions and loops go through Liquid. All three
give exactly what Liquid alone would give (there is a property test for that).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol
from urllib.parse import quote, urlsplit

from liquid.ast import Node
from liquid.builtin.content import ContentNode
from liquid.builtin.expressions import FilteredExpression, Path
from liquid.builtin.expressions.primitive import FloatLiteral, IntegerLiteral, StringLiteral
from liquid.builtin.output import OutputNode
from liquid.exceptions import LiquidError, LiquidInterrupt
from liquid.output import LimitedStringIO
from markupsafe import Markup, escape

from content.fields import contact_context, sample_context
from content.liquid import MAX_OUTPUT, LimitedContext, environment, render_error, resolve, write_value
from content.liquid_filters import FILTERS
from content.plaintext import tidy_lines
from content.problems import RenderError

__all__ = ["Rendered", "Renderer", "contact_context", "render_link", "sample_context"]

MAX_SUBJECT = 300
MAX_ADDRESS = 2_000

_HOST = re.compile(r"[a-z0-9:]([a-z0-9.:_-]*[a-z0-9:.])?", re.IGNORECASE)

Data = Mapping[str, Any]
_Field = Callable[[Data], str]


class Compiled(Protocol):
    """What a renderer needs: a `CompiledContent` or a pinned content version."""

    @property
    def subject(self) -> str: ...
    @property
    def html(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def language(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message for one person."""

    subject: str
    html: str
    text: str


class _Part:
    """One parsed source, ready to be filled many times."""

    def __init__(self, source: str, *, html: bool, language: str) -> None:
        """Raises liquid.exceptions.LiquidError for a source that was not compiled before."""
        template = environment(html=html, language=language or "en").from_string(source)
        self.template = template
        self.has_blocks = False
        self.pieces: list[str] = []
        self.fields: list[tuple[int, _Field]] = []
        self.groups: list[tuple[int, list[Node]]] = []
        # An assignment may change what any later field means, so then everything goes through Liquid.
        self.plain = not template.analyze().locals
        for node in template.nodes:
            self._add(node, html)

    def _add(self, node: Node, html: bool) -> None:
        if isinstance(node, ContentNode):
            self.pieces.append(node.text)
            return
        field = _direct_field(node, html) if isinstance(node, OutputNode) else None
        position = len(self.pieces)
        self.pieces.append("")
        if field is not None:
            self.fields.append((position, field))
            return
        self.has_blocks = self.has_blocks or not isinstance(node, OutputNode)
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

    def _fill(self, data: Data) -> str:
        pieces = self.pieces.copy()
        for position, field in self.fields:
            pieces[position] = field(data)
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


def _direct_field(node: OutputNode, html: bool) -> _Field | None:
    """Return a function for `{{ path }}` and `{{ path | filter: literal }}`, else None."""
    expression = node.expression
    if not isinstance(expression, FilteredExpression) or not isinstance(expression.left, Path):
        return None
    path = tuple(segment for segment in expression.left.path if isinstance(segment, str | int))
    if len(path) != len(expression.left.path) or not isinstance(path[0], str):
        return None
    steps: list[tuple[Callable[..., Any], list[Any]]] = []
    for filter_ in expression.filters or ():
        # `date` speaks the message's language and stays with Liquid, as does anything with named arguments.
        function = FILTERS.get(filter_.name)
        values = [getattr(argument, "value", None) for argument in filter_.args]
        if function is None or any(getattr(argument, "name", None) for argument in filter_.args):
            return None
        if not all(isinstance(value, StringLiteral | IntegerLiteral | FloatLiteral) for value in values):
            return None
        steps.append((function, [value.value for value in values if value is not None]))
    return _reader(path, steps, html)


def _reader(path: tuple[str | int, ...], steps: list[tuple[Callable[..., Any], list[Any]]], html: bool) -> _Field:
    def plain(data: Data) -> str:
        return write_value(resolve(data, path), html)

    def filtered(data: Data) -> str:
        value = resolve(data, path)
        for function, values in steps:
            value = function(value, *values)
        return write_value(value, html)

    return filtered if steps else plain


class Renderer:
    """A content version, parsed. Keep one per version; it is safe to share between threads."""

    def __init__(self, compiled: Compiled) -> None:
        language = compiled.language
        self._subject = _Part(compiled.subject, html=False, language=language)
        self._html = _Part(compiled.html, html=True, language=language)
        self._text = _Part(compiled.text, html=False, language=language)

    def render(
        self,
        data: Data,
        *,
        links: Sequence[str],
        unsubscribe_url: str,
        preferences_url: str,
        view_url: str,
        renewal_url: str = "",
        pixel: str = "",
    ) -> Rendered:
        """Render for one person.

        `data` comes from `contact_context`; `links` are the addresses to put for the numbered links, in order;
        `pixel` is the address of the picture that counts opens, empty for none. The subject is one line without
        control characters, whatever the data holds (RFC 5322 §2.2). Raises RenderError.
        """
        values = {
            **data,
            "links": links if isinstance(links, list) else list(links),
            "unsubscribe_url": unsubscribe_url,
            "preferences_url": preferences_url,
            "view_url": view_url,
            "renewal_url": renewal_url,
            "pixel": _pixel(pixel) if pixel else "",
        }
        text = self._text.render(values)
        return Rendered(
            subject=one_line(self._subject.render(values))[:MAX_SUBJECT],
            html=self._html.render(values),
            text=tidy_lines(text) if self._text.has_blocks else text,
        )


def one_line(text: str) -> str:
    """Make a header value: one line, single spaces, no control characters."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def _pixel(address: str) -> Markup:
    style = "display:block;width:1px;height:1px;border:0"
    return Markup(f'<img src="{escape(address)}" width="1" height="1" alt="" style="{style}">')  # noqa: S704


@lru_cache(maxsize=4_096)
def _link_part(target: str) -> _Part | None:
    try:
        return _Part(target, html=False, language="en")
    except LiquidError:
        return None


def render_link(target: str, data: Data) -> str | None:
    """Return the web address a numbered link leads to for one person.

    None when it is not a complete http or https address, so a click can never run a script or leave the web.
    """
    part = _link_part(target)
    if part is None:
        return None
    try:
        address = part.render(data).strip()
    except RenderError:
        return None
    if len(address) > MAX_ADDRESS or "\\" in address or re.search(r"[\x00-\x1f\x7f]", address):
        return None
    try:
        split = urlsplit(address)
        host = (split.hostname or "").encode("idna").decode()
    except ValueError:
        return None
    if split.scheme.lower() not in ("http", "https") or not _HOST.fullmatch(host) or split.username is not None:
        return None
    address = address.replace(split.netloc, split.netloc.lower().replace(split.hostname or "", host, 1), 1)
    return quote(address, safe="%/:?#[]@!$&'()*+,;=~-._")
