"""Where the links of a compiled message stand, and what a reader sees there: its words, a button, a picture."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from html.parser import HTMLParser

LONGEST_WORDS = 120

_LINK = re.compile(r"\{\{\s*links\[(\d+)\]\s*\}\}")
_FIELD = re.compile(r"\{\{-?\s*([\w.]*).*?\}\}", re.DOTALL)
_TAG = re.compile(r"\{%.*?%\}", re.DOTALL)
_SPACE = re.compile(r"\s+")
# As the compiler writes them: quoted values may hold anything, Liquid too.
_ANCHOR = re.compile(r"<a\b(?:[^<>\"]|\"[^\"]*\")*>", re.IGNORECASE)
_MARK = "link:"


@dataclass(frozen=True, slots=True)
class Place:
    """Where link `number` stands: `kind` is text, button, picture or plain (only in the text part).

    `words` are what stands there, fields in brackets; empty for a picture without a description.
    """

    number: int
    kind: str
    words: str


class _Places(HTMLParser):
    """Collects the anchors whose addresses are our numbered links."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: dict[int, Place] = {}
        self._number: int | None = None
        self._is_button = False
        self._words: list[str] = []
        self._alts: list[str] = []
        self._pictures = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "a":
            self._finish()
            href = values.get("href") or ""
            number = href.removeprefix(_MARK)
            self._number = int(number) if href.startswith(_MARK) and number.isdecimal() else None
            style = (values.get("style") or "").replace(" ", "").lower()
            self._is_button = "display:inline-block" in style and "background" in style
        elif tag == "img" and self._number is not None:
            self._pictures += 1
            self._alts.append(values.get("alt") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._finish()

    def close(self) -> None:
        super().close()
        self._finish()

    def handle_data(self, data: str) -> None:
        if self._number is not None:
            self._words.append(data)

    def _finish(self) -> None:
        if self._number is not None:
            words, alts = _tidy("".join(self._words)), _tidy(" ".join(self._alts))
            kind = "button" if self._is_button else "text" if words or not self._pictures else "picture"
            self.found.setdefault(self._number, Place(self._number, kind, words or alts))
        self._number, self._words, self._alts, self._pictures = None, [], [], 0


def places_of(html: str, count: int) -> list[Place]:
    """The places of links 0 to `count` - 1 of a compiled message; what stands in no anchor is in its text part."""
    parser = _Places()
    plain = _LINK.sub(lambda match: f"{_MARK}{match.group(1)}", html)
    parser.feed(_FIELD.sub(_field, _TAG.sub("", plain)))
    parser.close()
    return [parser.found.get(number, Place(number, "plain", "")) for number in range(count)]


def mark_links(html: str, mark: Callable[[int], str]) -> str:
    """The compiled message with the markup `mark(number)` in front of each numbered link."""

    def marked(match: re.Match[str]) -> str:
        link = _LINK.search(match.group())
        return f"{mark(int(link.group(1)))}{match.group()}" if link else match.group()

    return _ANCHOR.sub(marked, html)


def _field(match: re.Match[str]) -> str:
    name = match.group(1).rpartition(".")[2].replace("_", " ")
    return f"[{name}]" if name and name != "pixel" else ""


def _tidy(words: str) -> str:
    tidy = _SPACE.sub(" ", words).strip()
    return tidy if len(tidy) <= LONGEST_WORDS else tidy[: LONGEST_WORDS - 1] + "…"
