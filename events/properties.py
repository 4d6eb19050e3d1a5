"""Properties of events from outside: their types, found from JSON and kept as first seen. Pure."""

import datetime as dt
import math
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from core.clock import UTC
from events.catalogue import RESERVED_PREFIXES

MAX_PROPERTIES = 50
# Of one kind of event, over all time: names that are values (`seen_2026_11_22`) would fill every list of properties.
MAX_KNOWN_PROPERTIES = 500
MAX_TEXT = 1000
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,79}", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)


class PropertyProblem(ValueError):
    """An event that cannot be taken, as a sentence."""


def name_problem(name: str) -> str:
    """What is wrong with the name of an event, or empty."""
    if not _NAME.fullmatch(name):
        return _("An event name begins with a letter and has at most 80 letters, digits, dots, - and _.")
    if name.startswith(tuple(RESERVED_PREFIXES)):
        return _("Names that begin so are recorded by Rapport itself.")
    return ""


def typed_properties(given: Mapping[str, Any], types: Mapping[str, str]) -> tuple[dict[str, Any], Mapping[str, str]]:
    """The properties in stored form and the types of all properties known of this kind of event.

    `types` are those seen before; they are given back as they are when nothing is new. A text that looked like a date
    at first may be any text later; any other change of type raises PropertyProblem, so that rules about the property
    keep their meaning.
    """
    if len(given) > MAX_PROPERTIES:
        raise PropertyProblem(_("An event has at most 50 properties."))
    news: dict[str, str] = {}
    stored: dict[str, Any] = {}
    for name, value in given.items():
        if name not in types and (not isinstance(name, str) or not _NAME.fullmatch(name)):
            raise PropertyProblem(_("A property name begins with a letter and has letters, digits, dots, - and _."))
        if value is None or value == "":
            continue
        kind, form = _typed(name, value)
        expected = types.get(name)
        if kind != expected:
            if expected is not None:
                kind, form = _reconcile(name, value, kind, expected)
            news[name] = kind
        stored[name] = form
    if not news:
        return stored, types
    if len(types.keys() | news.keys()) > MAX_KNOWN_PROPERTIES:
        raise PropertyProblem(_("Events of this name have 500 different properties already."))
    return stored, {**types, **news}


def _reconcile(name: str, value: Any, kind: str, expected: str) -> tuple[str, Any]:
    dated = {"date", "datetime"}
    if isinstance(value, str) and ({kind, expected} <= dated | {"text"}):
        return "text", value
    raise PropertyProblem(
        _("Property %(name)s was of type %(expected)s before and is of type %(kind)s now.")
        % {"name": name, "expected": expected, "kind": kind}
    )


def _typed(name: str, value: Any) -> tuple[str, Any]:
    if isinstance(value, bool):
        return "boolean", value
    if isinstance(value, int | float):
        return "number", _number(name, value)
    if isinstance(value, str):
        return _typed_text(name, value)
    if isinstance(value, Mapping) and set(value) == {"amount", "currency"}:
        return "money", _money(name, value)
    raise PropertyProblem(_("Property %(name)s is neither text, number, yes or no, nor money.") % {"name": name})


def _number(name: str, value: int | float) -> int | float:
    if not math.isfinite(value) or abs(value) >= 10**15:
        raise PropertyProblem(_("Property %(name)s has too many digits.") % {"name": name})
    return value


def _typed_text(name: str, value: str) -> tuple[str, str]:
    if len(value) > MAX_TEXT:
        raise PropertyProblem(_("Property %(name)s is longer than 1,000 letters.") % {"name": name})
    text = value.replace("\x00", "")
    try:
        if _DATE.fullmatch(text):
            return "date", dt.date.fromisoformat(text).isoformat()
        if _DATE.match(text) and len(text) > 16:
            moment = dt.datetime.fromisoformat(text)
            if moment.tzinfo is not None:
                return "datetime", f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    except (ValueError, OverflowError):
        pass  # an ordinary text after all
    return "text", text


def _money(name: str, value: Mapping[str, Any]) -> dict[str, str]:
    try:
        amount = Decimal(str(value["amount"]))
    except InvalidOperation:
        amount = Decimal("NaN")
    exponent = amount.as_tuple().exponent
    is_fine = amount.is_finite() and abs(amount) < 10**14 and isinstance(exponent, int) and exponent >= -4
    currency = str(value["currency"])
    if not is_fine or not _CURRENCY.fullmatch(currency):
        raise PropertyProblem(
            _('Property %(name)s is money, such as {"amount": "12.50", "currency": "EUR"}.') % {"name": name}
        )
    return {"amount": f"{amount:f}", "currency": currency}
