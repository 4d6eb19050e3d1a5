"""Values and operators of every type."""

import unicodedata
from datetime import date
from decimal import Decimal

from tests.segments.oracle.times import date_within, instant, instant_within

NEGATIONS = {"ne": "eq", "not_in": "in", "not_contains": "contains", "has_none": "has_any", "is_empty": "is_set"}
MISSING = object()


def fold(text):
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKC", text).casefold()).strip()


def exact(number):
    """The decimal a number was written as."""
    return Decimal(str(number))


def compares(operator, left, right):
    """Whether a comparison of two ordered things holds; `right` has two ends for `between`."""
    if operator == "between":
        return right[0] <= left <= right[1]
    return {
        "eq": left == right,
        "ne": left != right,
        "lt": left < right,
        "lte": left <= right,
        "gt": left > right,
        "gte": left >= right,
    }[operator]


def comparison_passes(comparison, number):
    """Whether a number passes `{"op", "value"}`."""
    value = comparison["value"]
    return compares(
        comparison["op"], number, [exact(end) for end in value] if isinstance(value, list) else exact(value)
    )


def sum_passes(total, amount):
    """Whether a sum passes; that of money is compared by amount."""
    value = total["value"]
    ends = [
        exact(end["amount"] if isinstance(end, dict) else end)
        for end in (value if isinstance(value, list) else [value])
    ]
    return compares(total["op"], amount, ends if isinstance(value, list) else ends[0])


def passes(type_name, value, condition, clock):
    """Whether a value, or none, passes a condition. Negatives are the exact complement of what they deny."""
    operator = condition["op"]
    if operator in NEGATIONS:
        return not _holds(type_name, value, NEGATIONS[operator], condition.get("value"), clock)
    return _holds(type_name, value, operator, condition.get("value"), clock)


def _holds(type_name, value, operator, wanted, clock):
    if is_missing(type_name, value):
        return False
    if operator == "is_set":
        return True
    return _TYPES[type_name](value, operator, wanted, clock)


def is_missing(type_name, value):
    """None is no value; nor is the empty set, nor a text that folds to nothing."""
    return value is None or value == [] or (type_name == "text" and not fold(value))


def _text(value, operator, wanted, _clock):
    text = fold(value)
    if operator == "in":
        return text in [fold(one) for one in wanted]
    other = fold(wanted)
    return {
        "eq": text == other,
        "contains": other in text,
        "starts_with": text.startswith(other),
        "ends_with": text.endswith(other),
    }[operator]


def _number(value, operator, wanted, _clock):
    if operator == "in":
        return exact(value) in [exact(one) for one in wanted]
    return compares(operator, exact(value), [exact(one) for one in wanted] if operator == "between" else exact(wanted))


def _boolean(value, _operator, wanted, _clock):
    return value is wanted


def _date(value, operator, wanted, clock):
    day = date.fromisoformat(value)
    if operator == "within":
        return date_within(day, wanted, clock)
    if operator == "between":
        return compares(operator, day, [date.fromisoformat(end) for end in wanted])
    return compares(operator, day, date.fromisoformat(wanted))


def _datetime(value, operator, wanted, clock):
    if operator == "within":
        return instant_within(instant(value), wanted, clock)
    return compares(operator, instant(value), instant(wanted))


def _word(value, operator, wanted, _clock):
    return value in wanted if operator == "in" else value == wanted


def _words(value, operator, wanted, _clock):
    return bool(set(value) & set(wanted)) if operator == "has_any" else set(wanted) <= set(value)


def _money(value, operator, wanted, _clock):
    ends = wanted if operator == "between" else [wanted]
    if value["currency"] != ends[0]["currency"]:
        return False
    amounts = [exact(end["amount"]) for end in ends]
    return compares(operator, exact(value["amount"]), amounts if operator == "between" else amounts[0])


def _language(value, operator, wanted, _clock):
    tag = value.lower().split("-")
    ranges = [one.lower().split("-") for one in (wanted if operator == "in" else [wanted])]
    return any(tag[: len(one)] == one for one in ranges)


_TYPES = {
    "text": _text,
    "number": _number,
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
    "choice": _word,
    "multi_choice": _words,
    "money": _money,
    "language": _language,
    "country": _word,
    "zone": _word,
}
