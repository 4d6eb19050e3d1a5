"""Fills compiled content with one person's data, fast.

A template is parsed once per content version (content.filling).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NotRequired, Protocol, TypedDict, Unpack
from urllib.parse import quote, urlsplit

from liquid.exceptions import LiquidError
from markupsafe import Markup, escape

from content.fields import contact_context, sample_context
from content.filling import Part
from content.letter_form import LetterForm
from content.plaintext import tidy_lines
from content.problems import RenderError
from content.wire import wire_text

__all__ = ["Addresses", "Rendered", "Renderer", "WireRendered", "contact_context", "render_link", "sample_context"]

MAX_SUBJECT = 300
MAX_ADDRESS = 2_000

_HOST = re.compile(r"[a-z0-9:]([a-z0-9.:_-]*[a-z0-9:.])?", re.IGNORECASE)

Data = Mapping[str, Any]


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


@dataclass(frozen=True, slots=True)
class WireRendered:
    """A message for one person, its bodies as bytes that may travel as they are where `content.wire` can have them."""

    subject: str
    html: bytes | str
    text: bytes | str


class Addresses(TypedDict):
    """The addresses one person's message carries; `links` are those to put for the numbered links, in order.

    `pixel` is the address of the picture that counts opens, empty for none.
    """

    links: Sequence[str]
    unsubscribe_url: str
    preferences_url: str
    view_url: str
    renewal_url: NotRequired[str]
    pixel: NotRequired[str]


class Renderer:
    """A content version, parsed. Keep one per version; it is safe to share between threads."""

    def __init__(self, compiled: Compiled) -> None:
        language = compiled.language
        self._subject = Part(compiled.subject, html=False, language=language)
        self._html = Part(compiled.html, html=True, language=language)
        self._text = Part(compiled.text, html=False, language=language)
        self._letter = LetterForm(self._html, self._text)

        # The first words of all fields in use: an address that is not among them need not be made.
        self.names = self._subject.names | self._html.names | self._text.names

    def render(self, data: Data, **addresses: Unpack[Addresses]) -> Rendered:
        """Render for one person.

        `data` comes from `contact_context`. The subject is one line without control characters, whatever the data
        holds (RFC 5322 §2.2). Raises RenderError.
        """
        values = _values(data, addresses)
        return Rendered(self._one_subject(values), self._html.render(values), self._one_text(values))

    def render_wire(self, data: Data, **addresses: Unpack[Addresses]) -> WireRendered:
        """The same message for sending. Raises RenderError."""
        values = _values(data, addresses)
        if self._letter.is_possible:
            html, text = self._letter.fill(values)
        else:
            html, text = self._html.render_wire(values), self._text.render_wire(values, is_tidied=self._text.has_blocks)
        return WireRendered(
            self._one_subject(values),
            self._html.render(values) if html is None else html,
            self._wire_text(values) if text is None else text,
        )

    def _wire_text(self, values: Data) -> bytes | str:
        text = self._one_text(values)
        ready = wire_text(text)
        return text if ready is None else ready

    def _one_subject(self, values: Data) -> str:
        return one_line(self._subject.render(values))[:MAX_SUBJECT]

    def _one_text(self, values: Data) -> str:
        text = self._text.render(values)
        return tidy_lines(text) if self._text.has_blocks else text


def _values(data: Data, addresses: Addresses) -> Data:
    pixel = addresses.get("pixel")
    return {"renewal_url": "", **data, **addresses, "pixel": _pixel(pixel) if pixel else ""}


def one_line(text: str) -> str:
    """Make a header value: one line, single spaces, no control characters."""
    if not text.isprintable():
        text = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(text.split())


def _pixel(address: str) -> Markup:
    style = "display:block;width:1px;height:1px;border:0"
    return Markup(f'<img src="{escape(address)}" width="1" height="1" alt="" style="{style}">')  # noqa: S704


@lru_cache(maxsize=4_096)
def _link_part(target: str) -> Part | None:
    try:
        return Part(target, html=False, language="en")
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
