"""Writes the text part of a message from its HTML, for people and programs that read text."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_BLOCKS = frozenset({
    "address", "article", "blockquote", "br", "center", "dd", "div", "dl", "dt", "figcaption", "figure",
    "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "ol", "p", "pre", "section",
    "table", "td", "th", "tr", "ul"
})  # fmt: skip
_APART = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "p", "ul", "ol", "table", "blockquote", "figure"})
_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")


class _TextWriter(HTMLParser):
    """Collects text; `word` recognises comments that stand for Liquid."""

    def __init__(self, word: re.Pattern[str]) -> None:
        super().__init__(convert_charrefs=True)
        self.word = word
        self.parts: list[str] = []
        self.links: list[tuple[str, int]] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if self.hidden or "display:none" in (values.get("style") or "").replace(" ", ""):
            self.hidden += tag not in ("br", "img", "hr", "wbr", "col")
            return
        self._break(tag)
        if tag == "a":
            self.links.append((values.get("href") or "", len(self.parts)))
        elif tag == "img" and values.get("alt"):
            self.parts.append(values["alt"] or "")
        elif tag == "li":
            self.parts.append("- ")
        elif tag == "hr":
            self.parts.append("---\n")

    def handle_endtag(self, tag: str) -> None:
        if self.hidden:
            self.hidden -= 1
            return
        if tag == "a" and self.links:
            href, begun = self.links.pop()
            label = "".join(self.parts[begun:]).strip()
            href = href.removeprefix("mailto:").removeprefix("tel:")
            if href and not href.startswith("#") and label != href:
                self.parts.append(f": {href} " if label else f"{href} ")
        self._break(tag)

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            # Braces here were written as text; a space keeps them from becoming Liquid.
            data = data.replace("{{", "{ {").replace("{%", "{ %")
            self.parts.append(re.sub(r"[ \t\r\n\f]+", " ", data).replace("\u00a0", " "))

    def handle_comment(self, data: str) -> None:
        if not self.hidden and self.word.fullmatch(data):
            self.parts.append(data)

    def _break(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.parts.append("\n\n" if tag in _APART else "\n")


def html_to_text(body: str, prefix: str) -> str:
    """Turn the body of a message into readable text; words that begin with `prefix` stay where they are.

    A link is written as its words, a colon and its address; a picture as its description.
    """
    writer = _TextWriter(re.compile(rf"{prefix}\d+z"))
    writer.feed(body)
    writer.close()
    lines = [re.sub(r" {2,}", " ", line).strip() for line in "".join(writer.parts).split("\n")]
    return tidy_lines("\n".join(lines))


def tidy_lines(text: str) -> str:
    """Keep at most one empty line in a row and none at the ends."""
    return _LINES.sub("\n\n", text).strip("\n ")
