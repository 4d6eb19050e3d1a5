"""Values of other formats as cells of text: unambiguous, and as the readers of attributes take them. Pure."""

import datetime as dt
import json
import math
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

MAX_COLUMNS = 300
MAX_DEPTH = 5
_MONEY = {"amount", "currency"}


class Unreadable(Exception):
    """The file cannot be taken; `code` is a key of `spooling.SENTENCES`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def text_of(value: Any) -> str:
    """One value as text: ISO dates, true and false, numbers without needless zeros, lists with commas between."""
    if isinstance(value, str):
        return value.replace("\x00", "")
    for types, printed in _PRINTERS:
        if isinstance(value, types):
            return printed(value)
    return "" if value is None else str(value)


def _number(value: float | Decimal) -> str:
    """As people write it. A spreadsheet keeps every number as a double of which 15 digits are meant."""
    if not math.isfinite(value):
        return ""
    if isinstance(value, Decimal):
        return f"{value:f}"
    return f"{value:.0f}" if value == int(value) else f"{value:.15g}"


def _moment(value: dt.datetime) -> str:
    """A spreadsheet's date is a date-time at midnight: then the date alone."""
    if value.tzinfo is None and value.time() == dt.time():
        return value.date().isoformat()
    return value.isoformat(timespec="seconds")


def _list(values: Iterable[Any]) -> str:
    """Plain values with commas between, or bars where a comma stands in one; other lists as JSON."""
    items = list(values)
    if any(isinstance(item, dict | list | tuple) for item in items):
        return _json(items)
    texts = [text for text in map(text_of, items) if text]
    return ("|" if any("," in text for text in texts) else ", ").join(texts)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


# A truth is a number too, and a moment a day: the narrower one stands first.
_PRINTERS: tuple[tuple[tuple[type, ...], Callable[[Any], str]], ...] = (
    ((bool,), lambda value: "true" if value else "false"),
    ((float, Decimal), _number),
    ((dt.datetime,), _moment),
    ((dt.date, dt.time), lambda value: value.isoformat()),
    ((bytes,), lambda value: value.decode("utf-8", "replace").replace("\x00", "")),
    ((list, tuple), _list),
    ((dict,), _json),
)


def flattened(item: dict[str, Any]) -> dict[str, str]:
    """The cells of an object by column: `{"address": {"city": "Ōamaru"}}` gives `address.city`; money is one cell."""
    cells: dict[str, str] = {}
    _flatten(cells, item, "", 1)
    return cells


def _flatten(cells: dict[str, str], item: dict[str, Any], prefix: str, depth: int) -> None:
    for key, value in item.items():
        name = prefix + key
        if type(value) is str and "\x00" not in value:
            cells[name] = value
        elif type(value) is not dict or not value or depth == MAX_DEPTH:
            cells[name] = text_of(value)
        elif value.keys() == _MONEY:
            cells[name] = f"{text_of(value['amount'])} {text_of(value['currency'])}".strip()
        else:
            _flatten(cells, value, f"{name}.", depth + 1)
