"""Checks that several kinds of leaf share: members, names, numbers, conditions and windows.

Each raises Refusal at the first thing that is wrong.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from segments.language.problems import Refusal, pointer
from segments.language.registry import Registry, ValueType
from segments.language.values import check_value, is_integer, sort_value, to_date, to_instant
from segments.language.words import (
    ALL_OPERATORS,
    CALENDAR_NAMES,
    COMPARISONS,
    LIST_OPERATORS,
    MAX_CONDITIONS,
    MAX_LIST,
    MAX_NAMES,
    OPERATORS,
    ROLLING_UNITS,
    UNIT_LIMITS,
    UNITS,
    VALUELESS_OPERATORS,
    WINDOW_FORMS,
    ZONES,
)

Members = Mapping[str, type | tuple[type, ...]]


def check_members(value: Any, path: str, required: Members, optional: Members) -> None:
    """Check that an object has the members it must have, no others, each of the right JSON type."""
    if not isinstance(value, dict):
        raise Refusal("bad_type", path)
    for name in value:
        if name not in required and name not in optional:
            raise Refusal("unknown_field", pointer(path, str(name)))
    for name in required:
        if name not in value:
            raise Refusal("missing_field", pointer(path, name))
    for name, member in value.items():
        wanted = required.get(name) or optional[name]
        # In Python a boolean is an integer; in JSON it is not.
        if not isinstance(member, wanted) or (isinstance(member, bool) and wanted is int):
            raise Refusal("bad_type", pointer(path, name))


def check_choice(value: Any, allowed: Collection[str], path: str, code: str = "bad_choice") -> None:
    """Check one word against a fixed set or the names of the registry."""
    if not isinstance(value, str):
        raise Refusal("bad_type", path)
    if value not in allowed:
        raise Refusal(code, path)


def check_names(values: Any, allowed: Collection[str], path: str, code: str = "bad_choice") -> None:
    """Check a list of words: not empty, not too long, each one allowed."""
    if not isinstance(values, list):
        raise Refusal("bad_type", path)
    if not values:
        raise Refusal("bad_value", path)
    if len(values) > MAX_NAMES:
        raise Refusal("too_many_items", path)
    for position, value in enumerate(values):
        check_choice(value, allowed, pointer(path, position), code)


def check_integer(value: Any, low: int, high: int, path: str) -> None:
    """Check a whole number within limits."""
    if not is_integer(value):
        raise Refusal("bad_type", path)
    if not low <= value <= high:
        raise Refusal("bad_value", path)


def check_condition(condition: Any, value_type: ValueType, path: str, registry: Registry) -> None:
    """Check operator and value of a condition whose members are known to be there."""
    operator = condition["op"]
    if operator not in ALL_OPERATORS:
        raise Refusal("unknown_operator", f"{path}/op")
    if operator not in OPERATORS[value_type.type]:
        raise Refusal("operator_not_for_type", f"{path}/op")
    if operator in VALUELESS_OPERATORS:
        if "value" in condition:
            raise Refusal("unexpected_value", f"{path}/value")
        return
    if "value" not in condition:
        raise Refusal("missing_field", f"{path}/value")
    if operator == "within":
        check_window(condition["value"], f"{path}/value", dates_only=value_type.type == "date")
    else:
        check_operand(operator, value_type, condition["value"], f"{path}/value", registry)


def check_operand(operator: str, value_type: ValueType, value: Any, path: str, registry: Registry) -> None:
    """Check the value of an operator: one, a list, or the two ends of a range."""
    if operator == "between":
        _check_range(value_type, value, path, registry)
    elif operator in LIST_OPERATORS:
        if not isinstance(value, list):
            raise Refusal("bad_type", path)
        if not value:
            raise Refusal("bad_value", path)
        if len(value) > MAX_LIST:
            raise Refusal("too_many_items", path)
        for position, item in enumerate(value):
            check_value(value_type, item, pointer(path, position), registry)
    else:
        check_value(value_type, value, path, registry)


def _check_range(value_type: ValueType, value: Any, path: str, registry: Registry) -> None:
    if not isinstance(value, list):
        raise Refusal("bad_type", path)
    if len(value) != 2:
        raise Refusal("bad_value", path)
    for position, item in enumerate(value):
        check_value(value_type, item, pointer(path, position), registry)
    low, high = value
    if value_type.type == "money" and low["currency"] != high["currency"]:
        raise Refusal("bad_range", path)
    if sort_value(value_type.type, low) > sort_value(value_type.type, high):
        raise Refusal("bad_range", path)


def check_count(value: Any, path: str, limit: int) -> None:
    """Check a comparison of a whole number: `{"op", "value"}`."""
    check_members(value, path, {"op": str, "value": object}, {})
    if value["op"] not in ALL_OPERATORS:
        raise Refusal("unknown_operator", f"{path}/op")
    if value["op"] not in COMPARISONS:
        raise Refusal("operator_not_for_type", f"{path}/op")
    operand = value["value"]
    if value["op"] != "between":
        check_integer(operand, 0, limit, f"{path}/value")
        return
    if not isinstance(operand, list):
        raise Refusal("bad_type", f"{path}/value")
    if len(operand) != 2:
        raise Refusal("bad_value", f"{path}/value")
    for position, item in enumerate(operand):
        check_integer(item, 0, limit, f"{path}/value/{position}")
    if operand[0] > operand[1]:
        raise Refusal("bad_range", f"{path}/value")


def check_comparison(value: Any, value_type: ValueType, path: str, registry: Registry) -> None:
    """Check a comparison of a number or of money: `{"op", "value"}` and whatever stands beside it."""
    if value["op"] in ALL_OPERATORS and value["op"] not in COMPARISONS:
        raise Refusal("operator_not_for_type", f"{path}/op")
    check_condition(value, value_type, path, registry)


def check_conditions(conditions: Any, types: Mapping[str, ValueType], path: str, registry: Registry) -> None:
    """Check a list of conditions on the properties of one event or the answers of one submission."""
    if not conditions:
        raise Refusal("bad_value", path)
    if len(conditions) > MAX_CONDITIONS:
        raise Refusal("too_many_items", path)
    for position, condition in enumerate(conditions):
        place = pointer(path, position)
        check_members(condition, place, {"key": str, "op": str}, {"value": object})
        if condition["key"] not in types:
            raise Refusal("unknown_property", f"{place}/key")
        check_condition(condition, types[condition["key"]], place, registry)


def check_window(window: Any, path: str, *, dates_only: bool = False) -> None:
    """Check a time window: exactly one form, with its unit where it needs one."""
    if not isinstance(window, dict):
        raise Refusal("bad_type", path)
    known = {*WINDOW_FORMS, "from", "to", "unit", "zone"}
    for name in window:
        if name not in known:
            raise Refusal("unknown_field", pointer(path, str(name)))
    if "zone" in window:
        check_choice(window["zone"], ZONES, f"{path}/zone")
    forms = [form for form in WINDOW_FORMS if form in window]
    explicit = "from" in window or "to" in window
    if len(forms) + explicit != 1:
        raise Refusal("bad_window", path)
    needs_unit = not explicit and forms[0] != "calendar"
    if needs_unit != ("unit" in window):
        raise Refusal("bad_window", path)
    if explicit:
        _check_ends(window, path, dates_only)
    elif forms[0] == "calendar":
        check_choice(window["calendar"], CALENDAR_NAMES, f"{path}/calendar")
    else:
        _check_relative(forms[0], window, path, dates_only)


def _check_relative(form: str, window: dict[str, Any], path: str, dates_only: bool) -> None:
    check_choice(window["unit"], UNITS, f"{path}/unit")
    if dates_only and window["unit"] in ROLLING_UNITS:
        raise Refusal("bad_window", path)
    limit = UNIT_LIMITS[window["unit"]]
    if form != "ago":
        check_integer(window[form], 0, limit, f"{path}/{form}")
        return
    ends = window["ago"]
    if not isinstance(ends, list):
        raise Refusal("bad_type", f"{path}/ago")
    if len(ends) != 2:
        raise Refusal("bad_value", f"{path}/ago")
    for position, end in enumerate(ends):
        check_integer(end, 0, limit, f"{path}/ago/{position}")
    if ends[0] > ends[1]:
        raise Refusal("bad_range", f"{path}/ago")


def _check_ends(window: dict[str, Any], path: str, dates_only: bool) -> None:
    ends = {}
    for name in ("from", "to"):
        if name not in window:
            continue
        value = window[name]
        if not isinstance(value, str):
            raise Refusal("bad_type", f"{path}/{name}")
        try:
            ends[name] = to_instant(value) if "T" in value and not dates_only else to_date(value)
        except ValueError as error:
            raise Refusal("bad_value", f"{path}/{name}") from error
    # A day and an instant are only comparable once the zone is known; both orders are allowed.
    if len(ends) == 2 and type(ends["from"]) is type(ends["to"]) and ends["from"] > ends["to"]:
        raise Refusal("bad_range", path)
