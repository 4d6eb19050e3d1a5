"""Values in rules: their types, folding of text, exact numbers and money."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from core.folding import fold
from segments.language.problems import Refusal, pointer
from segments.language.registry import Registry, ValueType
from segments.language.words import MAX_TEXT

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2})")
_AMOUNT = re.compile(r"-?[0-9]{1,14}(\.[0-9]{1,4})?")
_CURRENCY = re.compile(r"[A-Z]{3}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_NUMBER_LIMIT = Decimal(10) ** 15
_NUMBER_PLACES = 6
# Bytes, folded: a question to PostgreSQL's index of words holds a megabyte, which a thousand tags must not fill.
_LONGEST_TAG = 1_000


def storable(text: str) -> bool:
    """Say whether PostgreSQL can hold the text: no NUL, no half of a surrogate pair."""
    return "\x00" not in text and not any(0xD800 <= ord(sign) <= 0xDFFF for sign in text)


def to_decimal(value: int | float | Decimal) -> Decimal:
    """Return the decimal a JSON number was written as; a float counts by its shortest spelling."""
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)


def to_instant(value: str) -> datetime:
    """Return the instant written with its offset, in UTC; raises ValueError."""
    if not _INSTANT.fullmatch(value):
        raise ValueError("not an instant with its offset and whole seconds")
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except OverflowError as error:
        raise ValueError("outside the calendar") from error


def to_date(value: str) -> date:
    """Return the calendar day; raises ValueError."""
    if not _DATE.fullmatch(value):
        raise ValueError("not a date")
    return date.fromisoformat(value)


def is_number(value: Any) -> bool:
    """Say whether the value is a JSON number; true and false are not."""
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def is_integer(value: Any) -> bool:
    """Say whether the value is a whole JSON number written without a fraction."""
    return isinstance(value, int) and not isinstance(value, bool)


def sort_value(type_name: str, value: Any) -> Any:
    """Return a valid value in a form that can be compared with others of its type."""
    if type_name == "number":
        return to_decimal(value)
    if type_name == "money":
        return Decimal(value["amount"])
    return to_date(value) if type_name == "date" else value


def _check_text(value: Any, path: str) -> None:
    _require_string(value, path)
    if len(value) > MAX_TEXT:
        raise Refusal("too_long", path)
    if not storable(value) or not fold(value):
        raise Refusal("bad_value", path)


def _check_tag(value: Any, path: str) -> None:
    _check_text(value, path)
    if len(fold(value).encode()) > _LONGEST_TAG:
        raise Refusal("too_long", path)


def _require_string(value: Any, path: str) -> None:
    if not isinstance(value, str):
        raise Refusal("bad_type", path)


def _check_number(value: Any, path: str) -> None:
    if not is_number(value):
        raise Refusal("bad_type", path)
    number = to_decimal(value)
    if not number.is_finite() or abs(number) >= _NUMBER_LIMIT:
        raise Refusal("bad_value", path)
    exponent = number.as_tuple().exponent
    places = -exponent if isinstance(exponent, int) else 0
    if places > _NUMBER_PLACES and number != number.quantize(Decimal(10) ** -_NUMBER_PLACES):
        raise Refusal("bad_value", path)


def _check_boolean(value: Any, path: str) -> None:
    if not isinstance(value, bool):
        raise Refusal("bad_type", path)


def _check_parsed(parse: Callable[[str], object]) -> Callable[[Any, str], None]:
    def check(value: Any, path: str) -> None:
        _require_string(value, path)
        try:
            parse(value)
        except ValueError as error:
            raise Refusal("bad_value", path) from error

    return check


def _check_pattern(pattern: re.Pattern[str]) -> Callable[[Any, str], None]:
    def check(value: Any, path: str) -> None:
        _require_string(value, path)
        if not pattern.fullmatch(value):
            raise Refusal("bad_value", path)

    return check


def _check_money(value: Any, path: str) -> None:
    if not isinstance(value, dict):
        raise Refusal("bad_type", path)
    for member in value:
        if member not in ("amount", "currency"):
            raise Refusal("unknown_field", pointer(path, str(member)))
    for member, pattern in (("amount", _AMOUNT), ("currency", _CURRENCY)):
        if member not in value:
            raise Refusal("missing_field", pointer(path, member))
        _check_pattern(pattern)(value[member], pointer(path, member))


_CHECKS: dict[str, Callable[[Any, str], None]] = {
    "text": _check_text,
    "number": _check_number,
    "boolean": _check_boolean,
    "date": _check_parsed(to_date),
    "datetime": _check_parsed(to_instant),
    "money": _check_money,
    "language": _check_pattern(_LANGUAGE),
    "country": _check_pattern(_COUNTRY),
    "tags": _check_tag,
}


def check_value(value_type: ValueType, value: Any, path: str, registry: Registry) -> None:
    """Check one value against its type; raises Refusal with the path of what is wrong."""
    if value_type.type in ("choice", "multi_choice"):
        _require_string(value, path)
        if value not in value_type.options:
            raise Refusal("unknown_option", path)
    elif value_type.type == "zone":
        _require_string(value, path)
        if value not in registry.zones:
            raise Refusal("bad_value", path)
    else:
        _CHECKS[value_type.type](value, path)


@cache
def ascii_domain(domain: str) -> str:
    """Return the domain as it travels in the DNS; the folded text itself when it has no such form."""
    folded = fold(domain)
    try:
        return folded.encode("idna").decode("ascii")
    except UnicodeError:
        return folded
