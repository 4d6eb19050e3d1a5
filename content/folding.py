"""Breaks the long lines of HTML where it has white space anyway, so that it can travel as it is.

A line of mail holds at most 998 octets (RFC 5322 §2.1.1). Longer ones have to be encoded, for each person anew, which
costs more than all the rest of writing a message and makes it larger.
"""

from __future__ import annotations

import re

from content.protect import TAG

# Far below the limit: the fields of a line need room as well.
LONG_LINE = 400
LONG_TEXT = 600

_SPACE = re.compile(r" (?=[^ .\n])")


def fold_lines(html: str) -> str:
    """Return the same HTML with line breaks in place of some spaces: inside tags, and in long runs of text."""
    keeps_spaces = "<pre" in html or "white-space" in html
    parts: list[str] = []
    done = line_start = 0
    in_style = False
    for tag in TAG.finditer(html):
        text = html[done : tag.start()]
        if "\n" not in text and len(text.encode()) > LONG_TEXT and not (keeps_spaces or in_style):
            text = _fold_text(text)
        parts.append(text)
        if "\n" in text:
            line_start = tag.start() - (len(text) - text.rfind("\n") - 1)
        in_style = tag.group(2) == "style" and not tag.group(1)
        markup = tag.group()
        if len(html[line_start : tag.end()].encode()) > LONG_LINE and tag.group(3)[:1] == " ":
            line_start = tag.start(3)
            cut = line_start - tag.start()
            markup = f"{markup[:cut]}\n{markup[cut + 1 :]}"
        parts.append(markup)
        done = tag.end()
    return "".join([*parts, html[done:]])


def _fold_text(text: str) -> str:
    parts, start = [], 0
    for space in _SPACE.finditer(text):
        if len(text[start : space.start()].encode()) > LONG_LINE:
            parts.append(text[start : space.start()])
            start = space.end()
    return "\n".join([*parts, text[start:]])
