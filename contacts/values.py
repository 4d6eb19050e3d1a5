"""Typed values of attributes: reading what people write, keeping it as JSON, printing it again. Pure.

Stored forms (what segments compare, docs/segments.md §3): text, number, true/false, `YYYY-MM-DD`,
`YYYY-MM-DDTHH:MM:SSZ` in UTC, an option, a list of options, `{"amount": "12.50", "currency": "EUR"}`.
Nothing is stored for no value.
"""

import datetime as dt
import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import formats
from django.utils.translation import gettext

from contacts.invisible import without_unseen
from contacts.problems import Problem
from core import formatting
from core.clock import UTC
from core.folding import fold

MAX_TEXT = 1000
MAX_DIGITS = 15  # what a binary double, and so any JSON reader, gives back unchanged

_YES = "yes y true t 1 on x ja j oui o si sí s sim да д + ✓ نعم evet tak"
_NO = "no n false f 0 off nein non não нет н - لا hayır nie"
YES = frozenset(_YES.split())
NO = frozenset(_NO.split())
_BLANKS = re.compile(r"[\s\u00a0\u202f'’]+")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)
_ISO_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_WRITTEN_DATE = re.compile(r"(\d{1,4})[./-](\d{1,2})[./-](\d{1,4})", re.ASCII)
_CURRENCY_SIGNS = {"€": "EUR", "£": "GBP", "₽": "RUB", "$": "USD", "₴": "UAH", "₺": "TRY", "₹": "INR", "zł": "PLN"}
_THOUSANDS = re.compile(r"[+-]?\d{1,3}\.\d{3}", re.ASCII)
_MONEY = re.compile(r"(?P<before>[^\d+-]*)(?P<amount>[+-]?[\d.,'\s\u00a0\u202f]+)(?P<after>[^\d]*)")


@dataclass(frozen=True)
class ReadingRules:
    """How values are written at their source: the order of day and month, and the zone of times without one."""

    day_first: bool = True
    zone: ZoneInfo | None = None
    currency: str = ""


DEFAULT_RULES = ReadingRules()


def read_value(kind: str, raw: Any, choices: Sequence[str] = (), rules: ReadingRules = DEFAULT_RULES) -> Any:
    """The stored form of `raw`, a text or already JSON, for an attribute of type `kind`; None for no value.

    Raises Problem.
    """
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        return None
    return reader(kind, choices, rules)(raw)


def reader(kind: str, choices: Sequence[str] = (), rules: ReadingRules = DEFAULT_RULES) -> Callable[[Any], Any]:
    """The function that reads values of one type; it gets nothing empty."""
    if kind == "choice":
        return functools.partial(_read_choice, {fold(option): option for option in reversed(choices)})
    if kind == "multi_choice":
        return functools.partial(_read_choices, {fold(option): option for option in reversed(choices)}, list(choices))
    if kind in {"date", "datetime", "money"}:
        readers = {"date": _read_date, "datetime": _read_datetime, "money": _read_money}
        return functools.partial(readers[kind], rules)
    return {"text": _read_text, "number": _read_number, "boolean": _read_boolean}[kind]


def _read_text(raw: Any) -> str | None:
    text = clean_text(str(raw))
    if len(text) > MAX_TEXT:
        raise Problem("text_long", text[:80])
    return text if fold(text) else None


def clean_text(text: str) -> str:
    """Without outer blanks and without signs that PostgreSQL or a page cannot hold, or nobody sees."""
    return text.strip() if text.isprintable() else without_unseen(text).strip()


def _read_number(raw: Any) -> int | float:
    if isinstance(raw, bool):
        raise Problem("number_format", str(raw))
    number = _decimal(str(raw), "number_format")
    digits = len(number.as_tuple().digits)
    exponent = number.as_tuple().exponent
    decimals = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    if abs(number) >= 10**MAX_DIGITS or decimals > 6 or (decimals and digits > MAX_DIGITS):
        raise Problem("number_large", str(raw)[:80])
    return int(number) if number == number.to_integral_value() else float(number)


def _decimal(text: str, code: str) -> Decimal:
    """The number in `text`, with either sign for decimals; 1,234 is more than a thousand, 12,5 is not."""
    plain = _BLANKS.sub("", text).replace("−", "-")
    comma, point = plain.rfind(","), plain.rfind(".")
    if comma > point and (point >= 0 or plain.count(",") == 1) and not (point < 0 and len(plain) - comma == 4):
        plain = plain.replace(".", "").replace(",", ".")
    elif comma >= 0:
        plain = plain.replace(",", "")
    elif plain.count(".") > 1:
        plain = plain.replace(".", "")
    if not _NUMBER.fullmatch(plain) or len(plain) > 40:
        raise Problem(code, text[:80])
    try:
        return Decimal(plain).normalize()
    except InvalidOperation:
        raise Problem(code, text[:80]) from None


def _read_boolean(raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    word = fold(str(raw))
    if word in YES:
        return True
    if word in NO:
        return False
    raise Problem("boolean_format", str(raw)[:80])


def _read_date(rules: ReadingRules, raw: Any) -> str:
    if isinstance(raw, dt.date):
        return raw.isoformat()[:10]
    return _date_of(str(raw).strip(), rules).isoformat()


def _date_of(text: str, rules: ReadingRules) -> dt.date:
    head = re.split(r"[T ]", text, maxsplit=1)[0].rstrip(",")
    found = _ISO_DATE.fullmatch(head)
    if found:
        year, month, day = map(int, found.groups())
    else:
        found = _WRITTEN_DATE.fullmatch(head)
        if not found:
            raise Problem("date_format", text[:80])
        first, second, third = map(int, found.groups())
        if len(found[1]) == 4:
            year, month, day = first, second, third
        else:
            day, month = (first, second) if rules.day_first else (second, first)
            year = third if len(found[3]) == 4 else _full_year(third)
    if not 1000 <= year <= 9999:
        raise Problem("date_format", text[:80])
    try:
        return dt.date(year, month, day)
    except ValueError:
        raise Problem("date_impossible", text[:80]) from None


def _full_year(two_digits: int) -> int:
    return two_digits + (2000 if two_digits < 50 else 1900)


def _read_datetime(rules: ReadingRules, raw: Any) -> str:
    if isinstance(raw, dt.datetime):
        moment = raw
    else:
        text = str(raw).strip()
        try:
            moment = dt.datetime.fromisoformat(text)
        except ValueError:
            moment = _written_moment(text, rules)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=rules.zone or UTC)
    try:
        utc = moment.astimezone(UTC)
    except OverflowError:
        raise Problem("date_impossible", str(raw)[:80]) from None
    return f"{utc:%Y-%m-%dT%H:%M:%SZ}" if utc.year >= 1000 else f"{utc.replace(tzinfo=None).isoformat()[:19]}Z"


def _written_moment(text: str, rules: ReadingRules) -> dt.datetime:
    day = _date_of(text, rules)
    clock = text.partition(" ")[2].strip() or "00:00"
    try:
        return dt.datetime.combine(day, dt.time.fromisoformat(clock if len(clock) > 4 else f"0{clock}"))
    except ValueError:
        raise Problem("date_format", text[:80]) from None


def _read_choice(options: dict[str, str], raw: Any) -> str:
    found = options.get(fold(str(raw)))
    if found is None:
        raise Problem("choice_unknown", str(raw)[:80])
    return found


def _read_choices(options: dict[str, str], order: list[str], raw: Any) -> list[str] | None:
    parts = raw if isinstance(raw, list) else re.split(r"[,;|\n]", str(raw))
    chosen = {_read_choice(options, part) for part in parts if str(part).strip()}
    return [option for option in order if option in chosen] or None


def _read_money(rules: ReadingRules, raw: Any) -> dict[str, str]:
    if isinstance(raw, dict):
        amount_text, currency = str(raw.get("amount", "")), str(raw.get("currency", "")).strip().upper()
    else:
        found = _MONEY.fullmatch(str(raw).strip())
        if not found:
            raise Problem("money_format", str(raw)[:80])
        amount_text = found["amount"].strip()
        sign = found["before"].strip() or found["after"].strip()
        currency = _CURRENCY_SIGNS.get(sign, sign.upper()) or rules.currency
    if not re.fullmatch(r"[A-Z]{3}", currency):
        raise Problem("money_currency", str(raw)[:80])
    if not isinstance(raw, dict) and _THOUSANDS.fullmatch(amount_text):  # no person writes three decimals of money
        amount_text = amount_text.replace(".", "")
    amount = _decimal(amount_text, "money_format")
    exponent = amount.as_tuple().exponent
    if abs(amount) >= 10**MAX_DIGITS or (isinstance(exponent, int) and exponent < -4):
        raise Problem("number_large", str(raw)[:80])
    return {"amount": f"{amount:.2f}" if amount == round(amount, 2) else f"{amount:.4f}", "currency": currency}


def print_value(kind: str, value: Any) -> str:
    """A stored value for the reader, in the active language and zone."""
    if value is None:
        return formatting.UNKNOWN
    printers: dict[str, Callable[[Any], str]] = {
        "number": lambda number: formats.number_format(number, use_l10n=True, force_grouping=True),
        "boolean": lambda truth: gettext("Yes") if truth else gettext("No"),
        "date": lambda day: formats.date_format(dt.date.fromisoformat(day), "DATE_FORMAT"),
        "datetime": lambda moment: formatting.absolute_time(dt.datetime.fromisoformat(moment)),
        "multi_choice": formatting.listed,
        "money": lambda money: (
            f"{formats.number_format(Decimal(money['amount']), force_grouping=True)} {money['currency']}"
        ),
    }
    try:
        return printers.get(kind, str)(value)
    except (TypeError, ValueError, KeyError, ArithmeticError):
        return str(value)  # a value from before its attribute changed type


def edit_text(kind: str, value: Any) -> str:
    """A stored value as text that `read_value` reads back."""
    if value is None:
        return ""
    if kind == "money" and isinstance(value, dict):
        return f"{value.get('amount', '')} {value.get('currency', '')}".strip()
    if kind == "multi_choice" and isinstance(value, list):
        return ", ".join(value)
    return str(value)
