"""Finds the Liquid in a source, in one linear pass and before any parser that could be slow sees it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

from content.problems import ContentError, Problem

MAX_SOURCE = 128 * 1024
MAX_TAGS = 2_000
MAX_TAG_LENGTH = 1_000
MAX_TAGS_IN_LOOPS = 200

# Anything else is refused before the library sees it; "raw" and "doc" would make its lexer read the rest of
# the source once per tag.
TAG_NAMES = frozenset({
    "if", "elsif", "else", "endif", "unless", "endunless", "case", "when", "endcase", "for", "endfor",
    "break", "continue", "assign", "capture", "endcapture", "comment", "endcomment"
})  # fmt: skip

_OPENING = re.compile(r"\{\{|\{%")
_NAME = re.compile(r"\{%-?\s*(\w*)")


@dataclass(frozen=True, slots=True)
class Token:
    """One Liquid tag in a source: `{{ … }}` (kind "output") or `{% … %}` (kind "tag"), with its place."""

    kind: str
    text: str
    name: str
    start: int
    end: int


def line_of(source: str, position: int) -> int:
    """Return the line, counted from 1, that `position` is on."""
    return source.count("\n", 0, position) + 1


def scan(source: str, where: str) -> list[Token]:
    """Find every Liquid tag of `source` in one pass.

    Raises ContentError when the source is too long, has too many tags, or a tag is never closed.
    """
    if len(source.encode()) > MAX_SOURCE:
        raise ContentError(
            Problem("too_long", _("This text is longer than 128 KB. Shorten it or move part of it to a page."), where)
        )
    tokens: list[Token] = []
    position = 0
    while found := _OPENING.search(source, position):
        start, opening = found.start(), found.group()
        closing = source.find("}}" if opening == "{{" else "%}", start + 2)
        line = line_of(source, start)
        if closing < 0:
            message = _("A field or condition is opened with %(mark)s and never closed.") % {"mark": opening}
            raise ContentError(Problem("liquid_unclosed", message, where, line))
        position = closing + 2
        text = source[start:position]
        if len(text) > MAX_TAG_LENGTH:
            message = _("One field or condition is longer than 1,000 characters. Its end mark may be missing.")
            raise ContentError(Problem("liquid_too_long", message, where, line))
        match = _NAME.match(text)
        name = match.group(1) if match else ""
        if name and name not in TAG_NAMES:
            raise ContentError(Problem("liquid_tag", unknown_tag(name), where, line))
        tokens.append(Token("tag" if match else "output", text, name, start, position))
    if len(tokens) > MAX_TAGS:
        raise ContentError(
            Problem("liquid_too_many", _("There are more than 2,000 fields and conditions in this text."), where)
        )
    _check_loops(source, tokens, where)
    return tokens


def unknown_tag(name: str) -> str:
    """Say that a tag is not one of ours."""
    return _("“%(name)s” does not belong here, or is not something a message can do.") % {"name": name}


def _check_loops(source: str, tokens: list[Token], where: str) -> None:
    """Refuse large bodies of loops: together with `MAX_LOOPS` this bounds the steps of a render."""
    depth = inside = 0
    for token in tokens:
        depth += (token.name == "for") - (token.name == "endfor")
        inside += depth > 0
        if inside > MAX_TAGS_IN_LOOPS:
            message = _("The loops in this text hold more than 200 fields and conditions. Use shorter loops.")
            raise ContentError(Problem("liquid_too_many", message, where, line_of(source, token.start)))
