"""Values of flows: JSON with decimals. What counts as set, true, a number, and how a value is written."""

import re
import unicodedata
from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any, Final

from flows.engine.errors import FlowError

# A value is None, bool, Decimal or int, str, list or dict; UNDEFINED appears only inside computations.
Value = Any

LIST_LIMIT = 1_000
TEXT_LIMIT = 10_000
_ZERO = Decimal(0)

# 34 digits, half to even: the decimal128 of IEEE 754-2008. Nothing traps: limits are judged afterwards.
ARITHMETIC = Context(prec=34, rounding=ROUND_HALF_EVEN, Emin=-999_999, Emax=999_999, traps=[])

_NUMERIC = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{1,30})?", re.ASCII)


class Undefined:
    """What a division by zero gives: it stays so through arithmetic and is null everywhere else."""

    _only: "Undefined | None" = None

    def __new__(cls) -> "Undefined":
        cls._only = cls._only or super().__new__(cls)
        return cls._only

    def __repr__(self) -> str:
        return "UNDEFINED"


UNDEFINED: Final = Undefined()


def defined(value: Value) -> Value:
    """The value, null for UNDEFINED: how it leaves a computation."""
    return None if value is UNDEFINED else value


def is_number(value: Value) -> bool:
    """A JSON number; booleans are none."""
    return isinstance(value, (int, Decimal)) and not isinstance(value, bool)


def within_range(number: Decimal) -> Decimal:
    """The number with tiny ones as 0. Raises FlowError number_range from 10^30 on."""
    if not number:
        return _ZERO
    place = number.adjusted() if number.is_finite() else 30  # of the first digit: 0 for 1 to 9
    if place >= 30:
        raise FlowError("number_range")
    return number if place >= -30 else _ZERO


def numeric_text(text: str) -> Decimal | None:
    """The number that a text is, None for any other text: ASCII digits with an optional sign and fraction."""
    trimmed = text.strip()
    return Decimal(trimmed) if _NUMERIC.fullmatch(trimmed) else None


def as_number(value: Value) -> Decimal:
    """The value in arithmetic: null and "" count as 0. Raises FlowError not_a_number, number_range."""
    if isinstance(value, Decimal):
        return within_range(value)
    if value is None or value == "" or value is UNDEFINED:
        return Decimal(0)
    if isinstance(value, (bool, int)):
        return within_range(Decimal(int(value)))
    found = numeric_text(value) if isinstance(value, str) else None
    if found is None:
        raise FlowError("not_a_number")
    return within_range(found)


def number_or_none(value: Value) -> Decimal | None:
    """The value as a number where it is one or numeric text; null, "" and booleans are not."""
    if is_number(value):
        return Decimal(value)
    return numeric_text(value) if isinstance(value, str) else None


def is_set(value: Value) -> bool:
    """Whether there is something: `false` and 0 are; "", [] and records of unset members are not."""
    if value is None or value is UNDEFINED or value in ("", []):
        return False
    return any(map(is_set, value.values())) if isinstance(value, Mapping) else True


def is_true(value: Value) -> bool:
    """The truth of a value in a condition."""
    return value is not UNDEFINED and bool(value)


def number_text(number: Decimal | int) -> str:
    """Plain notation without exponent, trailing zeros or -0."""
    text = format(Decimal(number), "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def text_of(value: Value) -> str:
    """How a value reads as text; lists and records are joined by commas."""
    if value is None or value is UNDEFINED:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if is_number(value):
        return number_text(value)
    members = value.values() if isinstance(value, Mapping) else value
    return ", ".join(map(text_of, members))


def nfc(text: str) -> str:
    """Unicode normalisation form C."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def fold(text: str) -> str:
    """The form in which texts are compared: NFC of the full case folding of NFD, in no language."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", text).casefold())


def bounded_text(text: str) -> str:
    """The text; raises FlowError text_too_long beyond TEXT_LIMIT code points."""
    if len(text) > TEXT_LIMIT:
        raise FlowError("text_too_long")
    return text


def bounded_list(items: list[Value]) -> list[Value]:
    """The list; raises FlowError list_too_long beyond LIST_LIMIT members."""
    if len(items) > LIST_LIMIT:
        raise FlowError("list_too_long")
    return items
