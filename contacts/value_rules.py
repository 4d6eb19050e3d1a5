"""What a workspace allows as a value of one attribute, beyond its type. Pure.

Stored as JSON in `Attribute.rules`. Which rules a type knows:

    text              max_length, pattern
    number            min, max, decimals
    money             min, max, currency
    date, datetime    not_future, not_past
"""

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from contacts.problems import Problem
from contacts.text_patterns import text_pattern
from core.clock import UTC, now

RULES: dict[str, tuple[str, ...]] = {
    "text": ("max_length", "pattern"),
    "number": ("min", "max", "decimals"),
    "money": ("min", "max", "currency"),
    "date": ("not_future", "not_past"),
    "datetime": ("not_future", "not_past"),
}
MAX_TEXT = 1000
MAX_DECIMALS = 6
_BOUND_DIGITS = 15

Check = Callable[[Any], None]


def checked_rules(kind: str, given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Problem]]:
    """The rules in stored form, without empty ones, and what is wrong by the name of the rule."""
    stored: dict[str, Any] = {}
    problems: dict[str, Problem] = {}
    for name, raw in given.items():
        if raw is None or raw == "" or raw is False:
            continue
        if name not in RULES.get(kind, ()):
            problems[name] = Problem("rule_unknown", str(name)[:80])
            continue
        try:
            stored[name] = _READERS[name](raw)
        except Problem as problem:
            problems[name] = problem
    if "min" in stored and "max" in stored and Decimal(str(stored["min"])) > Decimal(str(stored["max"])):
        problems["max"] = Problem("rule_order")
    if stored.get("not_future") and stored.get("not_past"):
        problems["not_past"] = Problem("rule_order")
    return stored, problems


def _read_length(raw: Any) -> int:
    return _whole(raw, 1, MAX_TEXT)


def _read_decimals(raw: Any) -> int:
    return _whole(raw, 0, MAX_DECIMALS)


def _whole(raw: Any, least: int, most: int) -> int:
    if isinstance(raw, bool) or not str(raw).isascii() or not str(raw).isdecimal() or len(str(raw)) > 5:
        raise Problem("number_format", str(raw)[:80])
    if not least <= int(raw) <= most:
        raise Problem(f"number_between:{least}–{most}", str(raw)[:80])
    return int(raw)


def _read_bound(raw: Any) -> int | float:
    try:
        number = Decimal(str(raw).strip().replace(",", "."))
    except InvalidOperation:
        raise Problem("number_format", str(raw)[:80]) from None
    if isinstance(raw, bool) or not number.is_finite():
        raise Problem("number_format", str(raw)[:80])
    if number.adjusted() >= _BOUND_DIGITS or abs(int(number.as_tuple().exponent)) > _BOUND_DIGITS:
        raise Problem("number_large", str(raw)[:80])
    return int(number) if number == number.to_integral_value() else float(number)


def _read_pattern(raw: Any) -> str:
    text_pattern(str(raw))
    return str(raw)


def _read_currency(raw: Any) -> str:
    text = str(raw).strip().upper()
    if len(text) != 3 or not text.isascii() or not text.isalpha():
        raise Problem("money_currency", text[:80])
    return text


def _read_flag(raw: Any) -> bool:
    if raw not in (True, "true", "on", "1", 1):
        raise Problem("boolean_format", str(raw)[:80])
    return True


_READERS: dict[str, Callable[[Any], Any]] = {
    "max_length": _read_length,
    "pattern": _read_pattern,
    "min": _read_bound,
    "max": _read_bound,
    "decimals": _read_decimals,
    "currency": _read_currency,
    "not_future": _read_flag,
    "not_past": _read_flag,
}


def checker(kind: str, rules: Mapping[str, Any], zone: ZoneInfo | None = None) -> Check | None:
    """A function that raises Problem for a stored value the rules do not allow; None when there is nothing to check.

    `zone` says which day is today.
    """
    checks = [_CHECKS[name](rules[name], kind, zone) for name in RULES.get(kind, ()) if name in rules]
    if not checks:
        return None

    def check(value: Any) -> None:
        for one in checks:
            one(value)

    return check


def _max_length(limit: int, _kind: str, _zone: ZoneInfo | None) -> Check:
    def check(value: str) -> None:
        if len(value) > limit:
            raise Problem(f"text_longer:{limit}", value[:80])

    return check


def _pattern(source: str, _kind: str, _zone: ZoneInfo | None) -> Check:
    pattern = text_pattern(source)

    def check(value: str) -> None:
        if not pattern.fits(value):
            raise Problem("text_pattern", value[:80])

    return check


def _amount(value: Any) -> Decimal:
    return Decimal(value["amount"] if isinstance(value, Mapping) else str(value))


def _min(limit: Any, _kind: str, _zone: ZoneInfo | None) -> Check:
    bound = Decimal(str(limit))

    def check(value: Any) -> None:
        if _amount(value) < bound:
            raise Problem(f"number_small:{limit}", str(value)[:80])

    return check


def _max(limit: Any, _kind: str, _zone: ZoneInfo | None) -> Check:
    bound = Decimal(str(limit))

    def check(value: Any) -> None:
        if _amount(value) > bound:
            raise Problem(f"number_big:{limit}", str(value)[:80])

    return check


def _decimals(limit: int, _kind: str, _zone: ZoneInfo | None) -> Check:
    def check(value: Any) -> None:
        exponent = Decimal(str(value)).as_tuple().exponent
        if isinstance(exponent, int) and -exponent > limit and value != int(value):
            raise Problem(f"number_decimals:{limit}", str(value)[:80])

    return check


def _currency(code: str, _kind: str, _zone: ZoneInfo | None) -> Check:
    def check(value: Mapping[str, str]) -> None:
        if value["currency"] != code:
            raise Problem(f"money_other:{code}", str(value.get("currency"))[:80])

    return check


def _present(kind: str, zone: ZoneInfo | None) -> str:
    """Now in the stored form of the type, which sorts like time itself."""
    if kind == "datetime":
        return f"{now().astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    today: dt.date = now().astimezone(zone or UTC).date()
    return today.isoformat()


def _not_future(_flag: bool, kind: str, zone: ZoneInfo | None) -> Check:
    def check(value: str) -> None:
        if value > _present(kind, zone):
            raise Problem("date_in_future", value)

    return check


def _not_past(_flag: bool, kind: str, zone: ZoneInfo | None) -> Check:
    def check(value: str) -> None:
        if value < _present(kind, zone):
            raise Problem("date_in_past", value)

    return check


_CHECKS: dict[str, Callable[[Any, str, ZoneInfo | None], Check]] = {
    "max_length": _max_length,
    "pattern": _pattern,
    "min": _min,
    "max": _max,
    "decimals": _decimals,
    "currency": _currency,
    "not_future": _not_future,
    "not_past": _not_past,
}
