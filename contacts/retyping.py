"""From a value of one type to the same value of another, or to another choice. Pure.

A value that cannot be said in the new type raises Problem: it would be lost, and its original is put aside.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from contacts import values
from contacts.details import AttributeKind
from contacts.problems import Problem
from contacts.values import ReadingRules
from core.clock import UTC

Convert = Callable[[Any], Any]
# What JSON holds for values of a type.
_FORMS: dict[str, tuple[type, ...]] = {
    "text": (str,),
    "number": (int, float),
    "boolean": (bool,),
    "date": (str,),
    "datetime": (str,),
    "choice": (str,),
    "multi_choice": (list,),
    "money": (dict,),
}


def converter(
    before: AttributeKind,
    after: AttributeKind,
    *,
    zone: ZoneInfo | None = None,
    renames: Mapping[str, str | None] | None = None,
) -> Convert:
    """A function from stored values of `before` to stored values of `after`, which raises Problem.

    Values that have the new form already stay as they are: new ones come in while the old ones are converted.
    `renames` maps a choice to another, or to None where nobody has it any more.
    """
    rules = ReadingRules(zone=zone, currency=str(after.limits.get("currency", "")))
    # The type is what changes here. What a workspace's rules would refuse is an old value all the same, and stays.
    read = values.reader(after.type, after.choices, rules)

    def convert(value: Any) -> Any:
        if renames:
            value = _renamed(value, renames)
        if value is None or _fits(after, read, value):
            return value
        new = read(_as_text(before.type, after.type, value, zone))
        if new is None:
            raise Problem("text_long", str(value)[:80])
        return new

    return convert


def _fits(kind: AttributeKind, read: Convert, value: Any) -> bool:
    """True for a value in the stored form of the type."""
    if not isinstance(value, _FORMS[kind.type]) or (isinstance(value, bool) and kind.type != "boolean"):
        return False
    try:
        return bool(read(value) == value)
    except Problem:
        return False


def _renamed(value: Any, renames: Mapping[str, str | None]) -> Any:
    if isinstance(value, list):
        new = [renames.get(item, item) for item in value]
        return list(dict.fromkeys(item for item in new if item is not None)) or None
    return renames.get(value, value) if isinstance(value, str) else value


def _as_text(before: str, after: str, value: Any, zone: ZoneInfo | None) -> Any:
    """The value as somebody would write it, for the reader of the new type."""
    if isinstance(value, bool):
        return {"number": "1", "text": "yes"}.get(after, "yes") if value else {"number": "0"}.get(after, "no")
    if before == "money" and isinstance(value, Mapping) and after == "number":
        return str(value.get("amount", ""))
    if before == "datetime" and after == "date" and isinstance(value, str):
        return _local(value, zone).date().isoformat()
    if before == "number" and isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".")
    return values.edit_text(before, value)


def _local(value: str, zone: ZoneInfo | None) -> dt.datetime:
    try:
        return dt.datetime.fromisoformat(value).astimezone(zone or UTC)
    except (ValueError, OverflowError):
        raise Problem("date_format", value[:80]) from None
