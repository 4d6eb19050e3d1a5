"""Operators and values as tokens."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from contacts.places import country_choices, language_choices, language_name, normalise_zone
from contacts.problems import Problem
from segments.builder.labels import Choices, operator_labels
from segments.builder.spans import local_text, read_moment, read_window, show_window
from segments.builder.tokens import Fields, Part, compose, entry, many, select
from segments.language.registry import ValueType
from segments.language.text_printer import print_number
from segments.language.values import is_number
from segments.language.words import LIST_OPERATORS, OPERATORS, VALUELESS_OPERATORS

Condition = dict[str, Any]
_CURRENCY = "EUR"
# Types whose values are chosen from what there is.
_CHOSEN = frozenset({"choice", "multi_choice", "country", "language"})


def operator_token(name: str, operator: str, value_type: ValueType) -> Part:
    """Return the choice of an operator; a yes or no is told by its value alone."""
    labels = operator_labels(value_type.type)
    choices = [(one, label) for one, label in labels.items() if one in OPERATORS[value_type.type]]
    return select(name, operator, choices, _("How it compares"))


def show_operand(
    prefix: str, condition: Condition, value_type: ValueType, options: dict[str, str], zone: ZoneInfo
) -> list[Part]:
    """Return the tokens of the value of a condition."""
    operator, value = condition["op"], condition.get("value")
    if operator in VALUELESS_OPERATORS:
        return []
    if operator == "within":
        return show_window(prefix, value, zone, optional=False, dates_only=value_type.type == "date")
    if operator in LIST_OPERATORS:
        return [_show_list(prefix, value, value_type, options)]
    if operator == "between":
        low, high = value if isinstance(value, list) and len(value) == 2 else (value, value)
        parts: dict[str, Any] = {
            "low": _show_one(f"{prefix}value", low, value_type, options, zone),
            "high": _show_one(f"{prefix}value2", high, value_type, options, zone),
            "currency": _currency_token(prefix, low, value_type),
        }
        return compose(_("{low} to {high} {currency}"), parts)
    one: dict[str, Any] = {
        "value": _show_one(f"{prefix}value", value, value_type, options, zone),
        "currency": _currency_token(prefix, value, value_type),
    }
    return compose("{value} {currency}", one)


def _choices(value_type: ValueType, options: dict[str, str], chosen: Sequence[Any]) -> Choices:
    """What there is to choose from, with what is chosen already; nothing where a value is typed."""
    if value_type.type == "country":
        return country_choices()
    if value_type.type == "language":
        return _languages([str(one) for one in chosen])
    return [(key, options.get(key, key)) for key in value_type.options]


def _languages(chosen: Sequence[str]) -> Choices:
    """The languages by their own names; a tag may be written in other letters, or stand for a part of one."""
    known = dict(language_choices())
    written = {one.lower(): one for one in chosen if one}
    rest = [(tag, language_name(tag)) for low, tag in written.items() if low not in known]
    return [*((written.get(tag, tag), name) for tag, name in known.items()), *rest]


def _show_list(prefix: str, value: Any, value_type: ValueType, options: dict[str, str]) -> Part:
    values = value if isinstance(value, list) else [value]
    if value_type.type in _CHOSEN:
        choices = _choices(value_type, options, values)
        return many(f"{prefix}value", [str(one) for one in values if one], choices, _("Which"))
    return entry(f"{prefix}value", write_list(values), _("Which, with commas between"), size=24)


def _show_one(name: str, value: Any, value_type: ValueType, options: dict[str, str], zone: ZoneInfo) -> Part:
    label = _("Value")
    if value_type.type == "boolean":
        return select(name, str(bool(value)).lower(), [("true", _("yes")), ("false", _("no"))], label, is_value=True)
    if value_type.type in _CHOSEN:
        choices = _choices(value_type, options, [value])
        return select(name, str(value or ""), choices if value else [("", _("choose")), *choices], label, is_value=True)
    if value_type.type == "money":
        return entry(name, str(value.get("amount", "")) if isinstance(value, dict) else "", label, size=8)
    if value_type.type == "date":
        return entry(name, str(value or ""), label, control="date")
    if value_type.type == "datetime":
        return entry(name, local_text(str(value), zone), label, control="datetime-local")
    text = print_number(value) if is_number(value) else str(value or "")
    # The page holds one list of the zones for all of them.
    offered = "zones" if value_type.type == "zone" else ""
    return entry(name, text, label, size=min(max(len(text), 8), 30), suggestions=offered)


def _currency_token(prefix: str, value: Any, value_type: ValueType) -> list[Part]:
    if value_type.type != "money":
        return []
    currency = value.get("currency", _CURRENCY) if isinstance(value, dict) else _CURRENCY
    return [entry(f"{prefix}currency", str(currency), _("Currency"), size=4)]


def write_list(values: Sequence[Any]) -> str:
    """Return values as they are typed: with commas between, in quotes where one holds a comma."""
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow([print_number(one) if is_number(one) else one for one in values])
    return out.getvalue().replace(",", ", ") if '"' not in out.getvalue() else out.getvalue()


def read_list(text: str) -> list[str]:
    """Return the values typed with commas between."""
    rows = list(csv.reader([" ".join(text.split())], skipinitialspace=True))
    return [one.strip() for one in rows[0] if one.strip()] if rows else []


def read_condition(
    fields: Fields,
    prefix: str,
    previous: Condition,
    value_type: ValueType,
    zone: ZoneInfo,
    *,
    currency: str = "",
) -> Condition:
    """Return operator and value the tokens say; a value of another shape is carried over as far as it fits.

    What cannot be read stays as it was typed, so that the check can say what is wrong with it. `currency` is what
    money is in before anybody has said so.
    """
    operator = fields.get(f"{prefix}op", previous["op"])
    if operator in VALUELESS_OPERATORS:
        return {"op": operator}
    if operator == "within":
        before = previous.get("value") if previous["op"] == "within" else None
        window = read_window(fields, prefix, before, zone)
        return {"op": operator, "value": window or {"last": 30, "unit": "days"}}
    if not fields.has(f"{prefix}value") and previous["op"] == operator:
        return {"op": operator, "value": previous.get("value")}
    typed = fields.all(f"{prefix}value")
    if value_type.type == "datetime" and typed == [local_text(str(previous.get("value")), zone)]:
        # The same moment may have been written with another offset; it stays as it was.
        return {"op": operator, "value": previous["value"]}
    if operator in LIST_OPERATORS:
        return {"op": operator, "value": _read_values(typed, value_type, zone)}
    currency = fields.get(f"{prefix}currency", currency or _CURRENCY).strip().upper()
    first = _read_one(typed[0] if typed else _first_choice(value_type), value_type, zone, currency)
    if operator != "between":
        return {"op": operator, "value": first}
    last = fields.get(f"{prefix}value2", typed[0] if typed else "")
    return {"op": operator, "value": [first, _read_one(last, value_type, zone, currency)]}


def _first_choice(value_type: ValueType) -> str:
    if value_type.type == "boolean":
        return "true"
    return value_type.options[0] if value_type.options else ""


def _read_values(typed: list[str], value_type: ValueType, zone: ZoneInfo) -> list[Any]:
    if value_type.type in _CHOSEN:
        return [text.upper() for text in typed] if value_type.type == "country" else typed
    return [_read_one(one, value_type, zone, "") for text in typed for one in read_list(text)]


def _read_one(text: str, value_type: ValueType, zone: ZoneInfo, currency: str) -> Any:
    if value_type.type == "boolean":
        return text == "true"
    if value_type.type == "number":
        return read_number(text)
    if value_type.type == "money":
        return {"amount": text.strip().replace(",", "."), "currency": currency}
    if value_type.type == "country":
        return text.strip().upper()
    if value_type.type == "datetime":
        return read_moment(text.strip(), zone)
    if value_type.type == "zone":
        return _read_zone(text)
    return text.strip() if value_type.type in ("language", "date") else text


def _read_zone(text: str) -> str:
    """The zone in its own letters, or what was typed."""
    try:
        return normalise_zone(text)
    except Problem:
        return text.strip()


def read_number(text: str) -> Any:
    """Return a number as JSON has it, or the text where it is none."""
    try:
        number = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        return text
    # A number like 1e999999 is legal text and far outside the language; turning it into digits would take ages.
    if not number.is_finite() or abs(number.adjusted()) > 30:
        return text
    return int(number) if number == number.to_integral_value() else number
