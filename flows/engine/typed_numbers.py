"""Numbers as people type them: never guessed, refused when they could mean two things."""

import re
import unicodedata
from decimal import Decimal

from flows.engine.errors import FlowError
from flows.engine.locales import ARABIC_DECIMAL, GROUP_SIGNS, habits_of
from flows.engine.values import Value, is_number, within_range

_MOST_DIGITS = 30


def ascii_digits(text: str) -> str:
    """The text with the decimal digits of any script as ASCII ones."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in text)


def read_number(value: Value, locale: str) -> Decimal | None:
    """The number of a JSON number or of a text typed in a locale; None when it is none."""
    try:
        if is_number(value):
            return within_range(Decimal(value))
        return _typed(value, locale) if isinstance(value, str) else None
    except FlowError:
        return None


def _typed(text: str, locale: str) -> Decimal | None:
    habits = habits_of(locale)
    plain = ascii_digits(text.strip()).replace("\u2212", "-")
    sign, digits = (plain[0], plain[1:]) if plain[:1] in ("+", "-") else ("", plain)
    decimals = {habits.decimal, ARABIC_DECIMAL} | ({"."} if habits.typed_group != "." else set())
    groups = {*GROUP_SIGNS, *(habits.typed_group or ())} - decimals
    point = next((place for place, one in enumerate(digits) if one in decimals), len(digits))
    whole, fraction = digits[:point], digits[point + 1 :]
    if point < len(digits) and not _is_digits(fraction):
        return None
    joined = _ungrouped(whole, groups)
    if joined is None or len(joined) > _MOST_DIGITS or len(fraction) > _MOST_DIGITS:
        return None
    return within_range(Decimal(f"{sign}{joined}.{fraction or '0'}"))


def _ungrouped(whole: str, groups: set[str]) -> str | None:
    """The digits before the decimal sign without their grouping, one sign throughout and three digits after each."""
    used = {one for one in whole if one in groups}
    if not used:
        return whole if _is_digits(whole) else None
    if len(used) > 1:
        return None
    first, *rest = whole.split(used.pop())
    if not re.fullmatch(r"[0-9]{1,3}", first) or not all(re.fullmatch(r"[0-9]{3}", part) for part in rest):
        return None
    return "".join([first, *rest])


def _is_digits(text: str) -> bool:
    return bool(re.fullmatch(r"[0-9]+", text))
