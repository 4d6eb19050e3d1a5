"""Patterns: a small common language of regular expressions, matched in linear time by RE2.

What may be written is judged here, so that a pattern means the same in every renderer; RE2 never goes back over a
text, so no pattern can take long.
"""

import functools
import re

import re2

from flows.engine.errors import FlowError
from flows.engine.values import nfc

PATTERN_LIMIT = 200
DEPTH_LIMIT = 20
SIZE_LIMIT = 500
REPEAT_LIMIT = 100
SEARCHED = 1_000

_REPEAT = re.compile(r"\{(\d{1,3})(,(\d{0,3}))?\}", re.ASCII)
_CLASSES = "dwsDWS"
_PROPERTIES = ("{L}", "{N}", "{M}")


@functools.lru_cache(maxsize=1_000)
def compile_pattern(pattern: str) -> "re2.Pattern":
    """The compiled pattern. Raises FlowError bad_pattern for anything outside of the language or its limits."""
    if len(pattern) > PATTERN_LIMIT:
        raise FlowError("bad_pattern")
    _Judge(pattern).judge()
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options=options)
    except re2.error as error:
        raise FlowError("bad_pattern") from error


def occurs(pattern: str, text: str) -> bool:
    """Whether the pattern occurs in the first 1,000 code points of the text. Raises FlowError bad_pattern."""
    return compile_pattern(pattern).search(nfc(text)[:SEARCHED]) is not None


class _Judge:
    """Reads a pattern once from left to right, and adds up its expanded size."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = len("(?i)") if pattern.startswith("(?i)") else 0

    def judge(self) -> None:
        size = self._alternatives(0)
        if self._at < len(self._pattern) or size > SIZE_LIMIT:
            raise FlowError("bad_pattern")

    def _alternatives(self, depth: int) -> int:
        if depth > DEPTH_LIMIT:
            raise FlowError("bad_pattern")
        size = 0
        while self._at < len(self._pattern) and self._pattern[self._at] != ")":
            if self._pattern[self._at] == "|":
                self._at += 1
                continue
            size += self._item(depth)
        return size

    def _item(self, depth: int) -> int:
        size = self._atom(depth)
        times = self._repeat()
        if times is not None and self._repeat() is not None:
            raise FlowError("bad_pattern")  # a repeat of a repeat needs a group
        return size * (1 if times is None else times)

    def _atom(self, depth: int) -> int:
        sign = self._take()
        if sign == "(":
            return self._group(depth)
        if sign == "[":
            return self._set()
        if sign == "\\":
            self._escape(in_set=False)
            return 1
        if sign in "?*+{}])":
            raise FlowError("bad_pattern")
        return 1

    def _group(self, depth: int) -> int:
        if self._pattern.startswith("?", self._at):
            if not self._pattern.startswith("?:", self._at):
                raise FlowError("bad_pattern")
            self._at += 2
        size = self._alternatives(depth + 1)
        if self._take() != ")":
            raise FlowError("bad_pattern")
        return size

    def _set(self) -> int:
        if self._pattern.startswith("^", self._at):
            self._at += 1
        is_first = True
        while (sign := self._take()) != "]":
            if sign == "[":
                raise FlowError("bad_pattern")  # other languages read a class or a set of sets here
            low = self._member(sign)
            if self._pattern.startswith("-", self._at) and not self._pattern.startswith("-]", self._at):
                self._at += 1
                high = self._member(self._take())
                if low is None or high is None or low > high:
                    raise FlowError("bad_pattern")
            is_first = False
        if is_first:
            raise FlowError("bad_pattern")
        return 1

    def _member(self, sign: str) -> str | None:
        """The sign that a member of a set stands for; None for a class, which cannot be the end of a range."""
        if sign in "[]":
            raise FlowError("bad_pattern")
        return self._escape(in_set=True) if sign == "\\" else sign

    def _escape(self, *, in_set: bool) -> str | None:
        sign = self._take()
        if sign in _CLASSES:
            return None
        if sign == "p":
            if not self._pattern.startswith(_PROPERTIES, self._at):
                raise FlowError("bad_pattern")
            self._at += 3
            return None
        if sign in "nt":
            return {"n": "\n", "t": "\t"}[sign]
        if sign.isascii() and not sign.isalnum() and sign.isprintable() and (sign != " ") and (sign != "_" or in_set):
            return sign
        raise FlowError("bad_pattern")

    def _repeat(self) -> int | None:
        """How often at most the last item is counted; None where nothing is repeated."""
        sign = self._pattern[self._at : self._at + 1]
        if sign and sign in "?*+":
            self._at += 1
            return 1
        if sign != "{":
            return None
        found = _REPEAT.match(self._pattern, self._at)
        if found is None:
            raise FlowError("bad_pattern")
        self._at = found.end()
        low, has_comma, high = int(found[1]), found[2], found[3]
        top = int(high) if high else low
        if low > REPEAT_LIMIT or top > REPEAT_LIMIT or top < low or (has_comma and high and int(high) < low):
            raise FlowError("bad_pattern")
        return top

    def _take(self) -> str:
        if self._at >= len(self._pattern):
            raise FlowError("bad_pattern")
        self._at += 1
        return self._pattern[self._at - 1]
