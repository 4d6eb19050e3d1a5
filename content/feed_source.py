"""Putting the entries of a feed into a template's source, before it is compiled.

What is about the feed is worked out once for everybody; everything else stays Liquid for each person. So every entry's
link gets a number of its own and can be counted, and a message costs no more to write than any other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from content import liquid
from content.liquid_source import Token, scan
from content.problems import ContentError, Problem, RenderError

# Code points for private use stand for what is left alone; nobody's template has them.
_OPEN, _CLOSE = "\ue000", "\ue001"
_HELD = re.compile(f"{_OPEN}(\\d+){_CLOSE}")
_STRINGS = re.compile(r"\"[^\"]*\"|'[^']*'")
_LOOP = re.compile(r"\{%-?\s*for\s+(\w+)\s+in\b")
_BEGIN = frozenset({"if", "unless", "case", "for", "capture", "comment"})
_END = frozenset({f"end{name}" for name in _BEGIN})
_MIDDLE = frozenset({"else", "elsif", "when", "break", "continue"})


def uses_feed(*sources: str) -> bool:
    """Whether any of the sources says something of a feed."""
    return any(
        re.search(r"\bfeed\b", _STRINGS.sub("", found)) is not None
        for source in sources
        for found in re.findall(r"\{[{%].*?[%}]\}", source, re.DOTALL)
    )


def fill_feed(source: str, feed: Mapping[str, Any], *, where: str, html: bool, language: str = "en") -> str:
    """The source with everything about `feed` written out and the rest as it was.

    `feed` has `title`, `link` and `items`, mappings of texts. Values are escaped when `html`, and can never become
    Liquid. Raises ContentError for a source that is not Liquid, or grows too large.
    """
    if not uses_feed(source):
        return source
    held: list[str] = []
    template = liquid.parse(_hold_back(source, scan(source, where), held), where=where, html=html, language=language)
    try:
        filled = liquid.render(template, {"feed": _disarmed(feed)})
    except RenderError as error:
        raise ContentError(Problem("liquid_feed", str(error), where)) from error
    return _HELD.sub(lambda match: held[int(match.group(1))], filled)


def _hold_back(source: str, tokens: list[Token], held: list[str]) -> str:
    """The source with a mark in place of each tag that is not about the feed; the tags go to `held`."""
    parts: list[str] = []
    names = {"feed"}
    kept: list[bool] = []
    position = 0
    for token in tokens:
        is_ours = _is_ours(token, names, kept)
        parts.append(source[position : token.start])
        if is_ours:
            parts.append(token.text)
        else:
            parts.append(f"{_OPEN}{len(held)}{_CLOSE}")
            held.append(token.text)
        position = token.end
    return "".join([*parts, source[position:]])


def _is_ours(token: Token, names: set[str], kept: list[bool]) -> bool:
    """Whether a tag is about the feed. What begins with such a tag ends with one, whatever is said in between."""
    if token.kind == "tag" and token.name in _END:
        return kept.pop() if kept else False
    if token.kind == "tag" and token.name in _MIDDLE:
        return kept[-1] if kept else False
    words = set(re.findall(r"(?<![\w.])[a-z_]\w*", _STRINGS.sub("", token.text)))
    is_ours = bool(words & names) or ("forloop" in words and any(kept))
    if token.kind == "tag" and token.name in _BEGIN:
        kept.append(is_ours)
        loop = _LOOP.match(token.text)
        if is_ours and loop is not None:
            names.add(loop.group(1))
    elif token.kind == "tag" and is_ours and token.name == "assign":
        names |= set(re.findall(r"assign\s+(\w+)", token.text))
    return is_ours


def _disarmed(value: Any) -> Any:
    """The same without anything that Liquid would read, or that stands for what was held back."""
    if isinstance(value, str):
        plain = value.replace(_OPEN, "").replace(_CLOSE, "")
        return plain.replace("{{", "{ {").replace("{%", "{ %").replace("}}", "} }").replace("%}", "% }")
    if isinstance(value, Mapping):
        return {name: _disarmed(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_disarmed(one) for one in value]
    return value
