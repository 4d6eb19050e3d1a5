"""The `date` filter: days and times in the language of a message."""

from __future__ import annotations

import datetime as dt
import re

from django.utils import dateformat, translation
from django.utils.dateparse import parse_date, parse_datetime

from content.liquid_filters import Filter, as_text

# strftime directives of Liquid, written as Django's date letters. "E" is the month as it stands beside a day,
# which Slavic languages write differently from the month alone.
_DATE_LETTERS = {
    "d": "d", "e": "j", "m": "m", "B": "E", "b": "M", "Y": "Y", "y": "y", "A": "l", "a": "D",
    "H": "H", "I": "h", "l": "g", "M": "i", "S": "s", "p": "A", "j": "z",
}  # fmt: skip
_DIRECTIVE = re.compile(r"%(-?)([a-zA-Z%])")
_UNPADDED = {"d": "j", "m": "n", "H": "G", "I": "g"}


def date_in(language: str) -> Filter:
    """Return the `date` filter for one language, so that names of months and days are in it."""

    def date(value: object, pattern: object = "%d.%m.%Y") -> str:
        moment = _moment(value)
        if moment is None:
            return as_text(value)

        def letter(match: re.Match[str]) -> str:
            bare, name = match.groups()
            if name == "%":
                return "%"
            code = _UNPADDED.get(name) if bare else None
            code = code or _DATE_LETTERS.get(name)
            return dateformat.format(moment, code) if code else ""

        with translation.override(language):
            return _DIRECTIVE.sub(letter, as_text(pattern)[:200])

    return date


def _moment(value: object) -> dt.datetime | None:
    """Read a time: a date, a time, their ISO text, or the words "now" and "today" (in UTC)."""
    if isinstance(value, dt.datetime):
        return value
    if isinstance(value, dt.date):
        return dt.datetime.combine(value, dt.time.min)
    if not isinstance(value, str) or len(value) > 40:
        return None
    if value in ("now", "today"):
        return dt.datetime.now(dt.UTC)
    try:
        day = parse_date(value)
        return dt.datetime.combine(day, dt.time.min) if day else parse_datetime(value)
    except ValueError:
        return None
