"""Patterns that texts must fit, matched in one pass whatever the pattern and the text are. Pure.

The part of regular expressions people use for codes and numbers: letters stand for themselves, `.` is any sign,
`\\d` a digit, `\\w` a letter, digit or _, `\\s` a blank, `[A-Z0-9-]` and `[^…]` sets, `?`, `*`, `+`, `{2}`, `{2,4}`
and `{2,}` repeat the sign before them, `|` parts whole alternatives. There are no groups, so nothing can be tried
twice: a pattern is a row of positions, and all places in it that the text may have reached move on together as the
bits of one number (Baeza-Yates and Gonnet, 1992; Navarro and Raffinot, 2002).
"""

import functools
import re
from dataclasses import dataclass, field

from contacts.problems import Problem

MAX_PATTERN = 200
MAX_POSITIONS = 300
_CLASSES = {"d": r"\d", "w": r"\w", "s": r"\s"}
_REPEAT = re.compile(r"\{(\d{1,3})(?:(,)(\d{0,3}))?\}")


@dataclass
class _Branch:
    """One alternative: a test per position, and which positions may be left out or repeated, as bits."""

    tests: "list[re.Pattern[str]]" = field(default_factory=list)
    optional: int = 0
    repeated: int = 0

    def fits(self, text: str) -> bool:
        """Whether the whole text fits."""
        end = 1 << len(self.tests)
        masks: dict[str, int] = {}
        reached = self._with_skipped(1)
        for sign in text:
            if sign not in masks:
                masks[sign] = sum(1 << place for place, test in enumerate(self.tests) if test.fullmatch(sign))
            hit = reached & masks[sign]
            if not hit:
                return False
            reached = self._with_skipped((hit << 1) | (hit & self.repeated))
        return bool(reached & end)

    def _with_skipped(self, reached: int) -> int:
        while more := ((reached & self.optional) << 1) & ~reached:
            reached |= more
        return reached


@dataclass(frozen=True)
class TextPattern:
    """A pattern ready to be asked."""

    branches: tuple[_Branch, ...]

    def fits(self, text: str) -> bool:
        """Whether the whole text fits one of the alternatives."""
        return any(branch.fits(text) for branch in self.branches)


@functools.lru_cache(maxsize=256)
def text_pattern(source: str) -> TextPattern:
    """The pattern. Raises Problem (pattern_syntax, pattern_long)."""
    if len(source) > MAX_PATTERN:
        raise Problem("pattern_long", source[:80])
    branches = [_Branch()]
    place = 0
    while place < len(source):
        if source[place] == "|":
            branches.append(_Branch())
            place += 1
            continue
        test, place = _read_test(source, place)
        least, most, place = _read_times(source, place)
        _add(branches[-1], test, least, most)
    if sum(len(branch.tests) for branch in branches) > MAX_POSITIONS:
        raise Problem("pattern_long", source[:80])
    return TextPattern(tuple(branches))


def _read_test(source: str, place: int) -> "tuple[re.Pattern[str], int]":
    """What the sign at this place stands for, and the place behind it."""
    sign = source[place]
    if sign == "[":
        end = _end_of_set(source, place)
        return _compiled(source[place:end], source), end
    if sign == "\\":
        if place + 1 >= len(source):
            raise Problem("pattern_syntax", source[:80])
        following = source[place + 1]
        if following.isalnum() and following not in _CLASSES:
            raise Problem("pattern_syntax", source[:80])
        return _compiled(_CLASSES.get(following, re.escape(following)), source), place + 2
    if sign in "()*+?{}]^$":
        raise Problem("pattern_syntax", source[:80])
    return _compiled("." if sign == "." else re.escape(sign), source), place + 1


def _end_of_set(source: str, place: int) -> int:
    """The place behind the bracket that closes a set."""
    position = place + 2 if source[place + 1 : place + 2] == "^" else place + 1
    begin = position
    while position < len(source):
        if source[position] == "\\":
            position += 2
            continue
        if source[position] == "]" and position > begin:
            return position + 1
        position += 1
    raise Problem("pattern_syntax", source[:80])


def _compiled(expression: str, source: str) -> "re.Pattern[str]":
    """A test for a single sign: no repetition is in it, so it takes no time."""
    if "[[" in expression or "--" in expression or "&&" in expression:
        raise Problem("pattern_syntax", source[:80])
    try:
        return re.compile(expression, re.DOTALL)
    except re.error:
        raise Problem("pattern_syntax", source[:80]) from None


def _read_times(source: str, place: int) -> tuple[int, int | None, int]:
    """(at least, at most or None, place behind) of the repetition at this place."""
    sign = source[place : place + 1]
    if sign in {"?", "*", "+"}:
        return {"?": (0, 1, place + 1), "*": (0, None, place + 1), "+": (1, None, place + 1)}[sign]
    if sign != "{":
        return 1, 1, place
    found = _REPEAT.match(source, place)
    if not found:
        raise Problem("pattern_syntax", source[:80])
    least = int(found[1])
    most = least if not found[2] else (int(found[3]) if found[3] else None)
    if (most is not None and most < least) or least > MAX_POSITIONS or (most or 0) > MAX_POSITIONS:
        raise Problem("pattern_syntax", source[:80])
    return least, most, found.end()


def _add(branch: _Branch, test: "re.Pattern[str]", least: int, most: int | None) -> None:
    count = max(least, 1) if most is None else most
    for number in range(count):
        bit = 1 << len(branch.tests)
        branch.tests.append(test)
        if number >= least:
            branch.optional |= bit
        if most is None and number == count - 1:
            branch.repeated |= bit
