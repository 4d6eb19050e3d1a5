"""Finds elements in a source by their opening and closing tags, in time that grows with its length only.

`<style>(.*?)</style>` as a pattern looks through all the rest for each tag that is never closed: 100 KB of
nothing but opening tags would keep a process busy for minutes.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Block:
    """An element: where it begins and ends, its attributes as written, and what is between its tags."""

    start: int
    end: int
    attributes: str
    inner: str


def blocks(markup: str, name: str, *, greedy: bool = False) -> Iterator[Block]:
    """Yield the elements called `name` one after another; one that is never closed is none.

    With `greedy` an element reaches to the last closing tag of its name, so that there is one at most.
    """
    opening, closing = _tags(name)
    position = 0
    while (begin := opening.search(markup, position)) is not None:
        end = closing.search(markup, begin.end())
        if end is None:
            return
        if greedy:
            *_earlier, end = closing.finditer(markup, begin.end())
        yield Block(begin.start(), end.end(), begin.group(1), markup[begin.end() : end.start()])
        position = end.end()


def first_block(markup: str, name: str, *, greedy: bool = False) -> Block | None:
    """Return the first of `blocks`, None when there is none."""
    return next(blocks(markup, name, greedy=greedy), None)


def without_blocks(markup: str, name: str) -> str:
    """Return the markup without the elements called `name`."""
    parts, position = [], 0
    for block in blocks(markup, name):
        parts.append(markup[position : block.start])
        position = block.end
    return "".join([*parts, markup[position:]])


@functools.cache
def _tags(name: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    # A quoted value may hold anything; outside of one, "<" ends the attempt, or it would run to the end each time.
    opening = re.compile(rf"<{name}(?![\w-])((?:[^<>\"]|\"[^\"]*\")*)>", re.IGNORECASE)
    return opening, re.compile(rf"</{name}\s*>", re.IGNORECASE)
