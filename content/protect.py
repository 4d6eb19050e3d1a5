"""Carries Liquid through tools that know only HTML.

Every tag is swapped for a plain word that any parser leaves alone, inside attributes; between tags the word
sits in a comment, because comments may stand where text may not (between the rows of a table). After the
HTML has been compiled and cleaned, the words are swapped back.
"""

from __future__ import annotations

import html as html_text
import re
from collections.abc import Callable

from content.liquid_source import Token, scan

# One tag, quotes respected; a stray "<" that opens nothing is not a tag.
TAG = re.compile(r"<(/?)([a-zA-Z][\w:.-]*)((?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_STRANGE = re.compile(r"<(?=[!?]|/[^a-zA-Z])")


class Words:
    """The words standing for the Liquid tags of one source.

    `prefix` does not occur in the source, so a word can only be ours; it is the same each time for the same
    source, so compiling twice gives the same bytes.
    """

    def __init__(self, source: str, where: str) -> None:
        """Scan `source`; raises ContentError as `scan` does."""
        self.tokens: list[Token] = scan(source, where)
        number = 0
        while f"liq{number}x" in source.lower():
            number += 1
        self.prefix = f"liq{number}x"
        self._word = re.compile(rf"(<!--)?{self.prefix}(\d+)z(?(1)-->)")
        parts, position = [], 0
        for index, token in enumerate(self.tokens):
            parts += [source[position : token.start], f"{self.prefix}{index}z"]
            position = token.end
        self.plain = "".join([*parts, source[position:]])

    def restore(self, text: str) -> str:
        """Put the Liquid tags back."""
        return self._word.sub(lambda match: self.tokens[int(match.group(2))].text, text)

    def replace(self, text: str, change: Callable[[int], str]) -> str:
        """Swap every word, in a comment or not, for what `change` makes of its number."""
        return self._word.sub(lambda match: change(int(match.group(2))), text)

    def lone(self, text: str) -> Token | None:
        """Return the tag when `text` is nothing but one word."""
        match = self._word.fullmatch(text.strip())
        return self.tokens[int(match.group(2))] if match else None

    def numbers(self, text: str) -> set[int]:
        """Return the numbers of all words in `text`."""
        return {int(match.group(2)) for match in self._word.finditer(text)}

    def line(self, position: int) -> int:
        """Return the line of the source that `position` of `plain` is on: tags may hold line ends."""
        before = self.plain[:position]
        hidden = sum(self.tokens[number].text.count("\n") for number in self.numbers(before))
        return before.count("\n") + hidden + 1

    def in_markup(self, markup: str) -> str:
        """Prepare author HTML for a parser: comments go, words outside tags become comments."""
        markup = _COMMENT.sub("", markup)
        parts, position = [], 0
        for tag in TAG.finditer(markup):
            parts += [self._between(markup[position : tag.start()]), tag.group()]
            position = tag.end()
        return "".join([*parts, self._between(markup[position:])])

    def _between(self, text: str) -> str:
        text = _STRANGE.sub("&lt;", text)
        return self.replace(text, lambda number: f"<!--{self.prefix}{number}z-->")


def disarm(markup: str) -> str:
    """Write braces that only look like Liquid as entities. Words must not have been restored yet."""
    return markup.replace("{{", "&#123;&#123;").replace("{%", "&#123;%")


def unescape(value: str) -> str:
    """Read the value of an HTML attribute."""
    return html_text.unescape(value)
