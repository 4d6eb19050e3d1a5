"""The filters an author may use, every one bounded and forgiving about odd data.

None of them sees anything but plain data, and no result is longer than `MAX_TEXT` characters or `MAX_ITEMS`
items, so a chain of filters cannot be used to fill the memory of a sender. All of them return plain text:
escaping for HTML happens once, when a value is written.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any
from urllib.parse import quote

from liquid.exceptions import FilterArgumentError
from liquid.undefined import Undefined

from core.signed_fields import with_fields

MAX_TEXT = 64 * 1024
MAX_ITEMS = 1_000
MAX_SIGNED = 200
MAX_NUMBER = Decimal(10) ** 18

Filter = Callable[..., Any]
FILTERS: dict[str, Filter] = {}

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SPACE = re.compile(r"\s+")
_TAG = re.compile(r"<[^>]*>")


def as_text(value: object) -> str:
    """Return `value` the way it is written into a message, at most `MAX_TEXT` characters, never escaped.

    Nothing, a mapping and anything that is not plain data become an empty text; a list is joined with commas.
    Line ends become "\\n" and control characters vanish.
    """
    if isinstance(value, str):
        text = str(value)
    elif value is None or isinstance(value, Undefined | Mapping):
        return ""
    elif isinstance(value, bool):
        return "true" if value else "false"
    elif isinstance(value, int | float | Decimal):
        return number_text(value)
    elif isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    elif isinstance(value, list | tuple):
        text = ", ".join(as_text(item) for item in value[:MAX_ITEMS])
    else:
        return ""
    if not text.isprintable():
        text = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return text[:MAX_TEXT]


def number_text(value: int | float | Decimal) -> str:
    """Write a number without exponent and without a useless ".0"; nothing for infinities."""
    if type(value) is int and -MAX_NUMBER <= value <= MAX_NUMBER:
        return str(value)
    try:
        number = value if isinstance(value, Decimal) else Decimal(str(value))
    except (InvalidOperation, ValueError):
        return ""
    if not number.is_finite() or abs(number) > MAX_NUMBER:
        return ""
    if number == number.to_integral_value():
        return str(int(number))
    return format(number, "f")[:40]


def as_number(value: object) -> Decimal:
    """Read a number; anything else counts as zero, as in Liquid everywhere."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        return Decimal(0)
    if isinstance(value, str) and len(value) > 40:
        return Decimal(0)
    try:
        number = Decimal(str(value).strip())
    except (InvalidOperation, ValueError):
        return Decimal(0)
    if not number.is_finite() or abs(number) > MAX_NUMBER or 0 < abs(number) < 1 / MAX_NUMBER:
        return Decimal(0)
    return number


def _result(number: Decimal) -> int | Decimal:
    if not number.is_finite() or abs(number) > MAX_NUMBER:
        raise FilterArgumentError("the number is too large", token=None)
    return int(number) if number == number.to_integral_value() else number


def as_items(value: object) -> list[Any]:
    """Return a list of at most `MAX_ITEMS` items; one value is a list of one, nothing is an empty list."""
    if isinstance(value, list | tuple | range):
        return list(value[:MAX_ITEMS])
    if value is None or isinstance(value, Undefined) or value == "":
        return []
    return [value]


def _whole(value: object, otherwise: int) -> int:
    number = as_number(value) if not isinstance(value, Undefined) and value is not None else Decimal(otherwise)
    return int(min(max(number, Decimal(-MAX_TEXT)), Decimal(MAX_TEXT)))


def _register(name: str) -> Callable[[Filter], Filter]:
    def keep(function: Filter) -> Filter:
        FILTERS[name] = function
        return function

    return keep


def _text_filter(name: str, change: Callable[[str], str]) -> None:
    def apply(value: object) -> str:
        return change(as_text(value))[:MAX_TEXT]

    FILTERS[name] = apply


_text_filter("upcase", str.upper)
_text_filter("downcase", str.lower)
_text_filter("capitalize", lambda text: text[:1].upper() + text[1:])
_text_filter("strip", str.strip)
_text_filter("lstrip", str.lstrip)
_text_filter("rstrip", str.rstrip)
_text_filter("squish", lambda text: _SPACE.sub(" ", text).strip())
_text_filter("strip_newlines", lambda text: text.replace("\n", ""))
_text_filter("strip_html", lambda text: _TAG.sub("", text))
_text_filter("url_encode", lambda text: quote(text, safe=""))
# Everything is escaped when it is written, so this one exists only for templates that come from elsewhere.
_text_filter("escape", lambda text: text)


@_register("default")
def default(value: object, otherwise: object = "") -> object:
    """Return `value`, or `otherwise` when it is nothing, false, or empty. Zero is a value."""
    if value is None or value is False or isinstance(value, Undefined):
        return otherwise
    if isinstance(value, str | list | tuple | Mapping) and not value:
        return otherwise
    if isinstance(value, str) and value.isspace():
        return otherwise
    return value


@_register("append")
def append(value: object, ending: object = "") -> str:
    """Join two texts, the argument last."""
    return (as_text(value) + as_text(ending))[:MAX_TEXT]


@_register("prepend")
def prepend(value: object, beginning: object = "") -> str:
    """Join two texts, the argument first."""
    return (as_text(beginning) + as_text(value))[:MAX_TEXT]


def _replace(text: str, old: str, new: str, count: int) -> str:
    if not old:
        return text
    found = text.count(old) if count < 0 else min(count, text.count(old))
    # The length is known beforehand, so an exploding replacement is cut before it is built.
    if len(text) + found * (len(new) - len(old)) > MAX_TEXT and len(new) > len(old):
        allowed = max(0, (MAX_TEXT - len(text)) // (len(new) - len(old)))
        return text.replace(old, new, min(found, allowed))[:MAX_TEXT]
    return text.replace(old, new, count)


@_register("replace")
def replace(value: object, old: object = "", new: object = "") -> str:
    """Put `new` in place of every `old`."""
    return _replace(as_text(value), as_text(old), as_text(new), -1)


@_register("replace_first")
def replace_first(value: object, old: object = "", new: object = "") -> str:
    """Put `new` in place of the first `old`."""
    return _replace(as_text(value), as_text(old), as_text(new), 1)


@_register("remove")
def remove(value: object, old: object = "") -> str:
    """Take every `old` out."""
    return _replace(as_text(value), as_text(old), "", -1)


@_register("truncate")
def truncate(value: object, length: object = 50, ending: object = "…") -> str:
    """Shorten to `length` characters, the ending included."""
    text, most, tail = as_text(value), max(0, _whole(length, 50)), as_text(ending)
    if len(text) <= most:
        return text
    return (text[: max(0, most - len(tail))] + tail)[:MAX_TEXT]


@_register("truncatewords")
def truncatewords(value: object, count: object = 15, ending: object = "…") -> str:
    """Shorten to `count` words."""
    words, most = as_text(value).split(), max(1, _whole(count, 15))
    if len(words) <= most:
        return " ".join(words)
    return (" ".join(words[:most]) + as_text(ending))[:MAX_TEXT]


@_register("split")
def split(value: object, separator: object = " ") -> list[str]:
    """Cut a text into a list."""
    text, between = as_text(value), as_text(separator)
    if not text:
        return []
    return text.split(between or None, MAX_ITEMS - 1)


@_register("join")
def join(value: object, separator: object = ", ") -> str:
    """Write a list as one text."""
    return as_text(separator).join(as_text(item)[:1_000] for item in as_items(value))[:MAX_TEXT]


@_register("first")
def first(value: object) -> object:
    """Return the first item of a list, or nothing."""
    items = as_items(value)
    return items[0] if items else None


@_register("last")
def last(value: object) -> object:
    """Return the last item of a list, or nothing."""
    items = as_items(value)
    return items[-1] if items else None


@_register("size")
def size(value: object) -> int:
    """Count the characters of a text or the items of a list."""
    return len(value) if isinstance(value, str | list | tuple | range | Mapping) else 0


@_register("reverse")
def reverse(value: object) -> list[Any]:
    """Turn a list round."""
    return as_items(value)[::-1]


@_register("sort")
def sort(value: object) -> list[Any]:
    """Sort a list: by size when all items are numbers, else by their text without regard to case."""
    items = as_items(value)
    if all(isinstance(item, int | float | Decimal) for item in items):
        return sorted(items)
    return sorted(items, key=lambda item: as_text(item).casefold())


@_register("uniq")
def uniq(value: object) -> list[Any]:
    """Keep the first of equal items."""
    return list({as_text(item): item for item in reversed(as_items(value))}.values())[::-1]


@_register("compact")
def compact(value: object) -> list[Any]:
    """Drop the empty items of a list."""
    return [item for item in as_items(value) if as_text(item)]


@_register("slice")
def slice_text(value: object, start: object = 0, length: object = 1) -> object:
    """Return a part of a text or list; a negative start counts from the end."""
    whole: Sequence[Any] = as_items(value) if isinstance(value, list | tuple | range) else as_text(value)
    begin, count = _whole(start, 0), max(0, _whole(length, 1))
    begin = max(0, len(whole) + begin) if begin < 0 else begin
    return whole[begin : begin + count]


@_register("plus")
def plus(value: object, other: object = 0) -> int | Decimal:
    """Add."""
    return _result(as_number(value) + as_number(other))


@_register("minus")
def minus(value: object, other: object = 0) -> int | Decimal:
    """Subtract."""
    return _result(as_number(value) - as_number(other))


@_register("times")
def times(value: object, other: object = 1) -> int | Decimal:
    """Multiply."""
    return _result(as_number(value) * as_number(other))


@_register("divided_by")
def divided_by(value: object, other: object = 1) -> int | Decimal:
    """Divide; two whole numbers give a whole number, as in Liquid. By zero is nothing: the result is zero."""
    top, bottom = as_number(value), as_number(other)
    if bottom == 0:
        return 0
    if top == top.to_integral_value() and bottom == bottom.to_integral_value():
        return int(top) // int(bottom)
    return _result(top / bottom)


@_register("modulo")
def modulo(value: object, other: object = 1) -> int | Decimal:
    """Return what is left of a division."""
    bottom = as_number(other)
    return 0 if bottom == 0 else _result(as_number(value) % bottom)


@_register("round")
def round_number(value: object, digits: object = 0) -> int | Decimal:
    """Round to `digits` decimals, halves away from zero."""
    places = min(max(_whole(digits, 0), 0), 10)
    return _result(as_number(value).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP))


@_register("ceil")
def ceil(value: object) -> int:
    """Round up."""
    return math.ceil(as_number(value))


@_register("floor")
def floor(value: object) -> int:
    """Round down."""
    return math.floor(as_number(value))


@_register("abs")
def absolute(value: object) -> int | Decimal:
    """Drop the sign."""
    return _result(abs(as_number(value)))


@_register("at_least")
def at_least(value: object, other: object = 0) -> int | Decimal:
    """Return the larger of the two."""
    return _result(max(as_number(value), as_number(other)))


@_register("at_most")
def at_most(value: object, other: object = 0) -> int | Decimal:
    """Return the smaller of the two."""
    return _result(min(as_number(value), as_number(other)))


@_register("signed")
def signed(value: object, key: object = "", /, **fields: object) -> str:
    """Return an address with values that its page trusts, such as `signed: 'KEY', level: 'gold'` (docs/flows.md).

    The page that shows the address shows its key. Values that are nothing are left out.
    """
    texts = {name: as_text(one)[:MAX_SIGNED] for name, one in fields.items()}
    return with_fields(as_text(value), as_text(key), {name: text for name, text in texts.items() if text})[:MAX_TEXT]
