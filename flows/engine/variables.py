"""Variables: their first values, and what can be stored in each."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from flows.engine.dates import day_text, moment_text, read_day, read_moment
from flows.engine.errors import FlowError
from flows.engine.flow import Flow
from flows.engine.functions import divide, settled
from flows.engine.values import (
    ARITHMETIC,
    UNDEFINED,
    Value,
    as_number,
    bounded_list,
    bounded_text,
    defined,
    is_set,
    is_true,
    text_of,
)

HIDDEN_LIMIT = 1_000
_FIRST: Mapping[str, Value] = {"number": Decimal(0), "money": Decimal(0), "boolean": False}


def stored(kind: str, value: Value) -> Value:
    """The value as a variable of a type holds it. Raises FlowError where it cannot be converted."""
    value = defined(value)
    if value is None:
        return [] if kind == "list" else None
    if kind in ("number", "money"):
        return as_number(value)
    if kind == "boolean":
        return is_true(value)
    if kind == "list":
        return bounded_list(value) if isinstance(value, list) else [value]
    return _date(value) if kind == "date" else bounded_text(text_of(value))


def _date(value: Value) -> str | None:
    if value == "":
        return None
    day, moment = read_day(value), read_moment(value)
    if day is None and moment is None:
        raise FlowError("not_a_date")
    return day_text(day) if day else moment_text(moment) if moment else None


def first_values(flow: Flow, contact: Mapping[str, Any]) -> dict[str, Value]:
    """What variables hold at the start; those of the contact start from what the contact has."""
    known = contact.get("variables") or {}
    return {key: _first(variable, known) for key, variable in flow.variables.items()}


def _first(variable: Mapping[str, Any], known: Mapping[str, Any]) -> Value:
    kind = variable["type"]
    default = [] if kind == "list" else _FIRST.get(kind)
    for value in (known.get(variable["key"]) if variable.get("scope") == "contact" else None, variable.get("initial")):
        if value is not None:
            try:
                return stored(kind, value)
            except FlowError:
                continue
    return default


def changed(kind: str, operation: str, old: Value, value: Value) -> Value:
    """What a variable holds after `set`, `add`, `subtract`, `multiply`, `divide` or `append`. Raises FlowError."""
    if operation == "set":
        return stored(kind, value)
    if operation == "append":
        items = old if isinstance(old, list) else [] if old is None else [old]
        return stored(kind, bounded_list([*items, defined(value)] if is_set(defined(value)) else items))
    if value is UNDEFINED:
        return stored(kind, None)
    return stored(kind, _ARITHMETIC[operation](as_number(old), as_number(value)))


_ARITHMETIC = {
    "add": lambda left, right: settled(ARITHMETIC.add(left, right)),
    "subtract": lambda left, right: settled(ARITHMETIC.subtract(left, right)),
    "multiply": lambda left, right: settled(ARITHMETIC.multiply(left, right)),
    "divide": divide,
}


def read_hidden(flow: Flow, given: Mapping[str, Any], trusted: Mapping[str, Any]) -> tuple[dict[str, Value], list[str]]:
    """The hidden fields of a session, and the keys of those whose value could not be used."""
    values: dict[str, Value] = {}
    bad = []
    for field in flow.hidden_fields:
        key, kind = field["key"], field.get("type", "text")
        raw = (trusted if field.get("trusted") else given).get(key)
        values[key] = field.get("default")
        if raw is None:
            continue
        try:
            values[key] = stored(kind, raw[:HIDDEN_LIMIT] if isinstance(raw, str) else raw)
        except FlowError:
            bad.append(key)
    return values, bad
