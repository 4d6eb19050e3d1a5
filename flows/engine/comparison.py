"""One rule for comparing values, everywhere in a flow. It never fails."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flows.engine.dates import first_moment, local_day, read_day, read_moment
from flows.engine.errors import FlowError
from flows.engine.values import UNDEFINED, Value, fold, is_number, is_set, number_or_none


@dataclass(frozen=True)
class Clock:
    """The time of the event and the flow's zone."""

    now: dt.datetime
    zone: ZoneInfo

    @property
    def today(self) -> dt.date:
        """The event's day in the flow's zone."""
        return local_day(self.now, self.zone)


def equal(left: Value, right: Value) -> bool:
    """Whether two values are the same: numbers by value, also as numeric text; texts by fold."""
    if left is None or right is None or left is UNDEFINED or right is UNDEFINED:
        return (left is None or left is UNDEFINED) and (right is None or right is UNDEFINED)
    if isinstance(left, bool) or isinstance(right, bool):
        return isinstance(left, bool) and isinstance(right, bool) and left == right
    if is_number(left) or is_number(right):
        first, second = number_or_none(left), number_or_none(right)
        return first is not None and first == second
    if isinstance(left, str) and isinstance(right, str):
        return fold(left) == fold(right)
    return _equal_members(left, right)


def _equal_members(left: Value, right: Value) -> bool:
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(equal, left, right))
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(equal(value, right[key]) for key, value in left.items())
    return False


def order(left: Value, right: Value) -> int | None:
    """-1, 0 or 1 as left is below, equal to or above right; None when the two cannot be put in order."""
    if is_number(left) or is_number(right):
        first, second = number_or_none(left), number_or_none(right)
        return None if first is None or second is None else (first > second) - (first < second)
    if isinstance(left, str) and isinstance(right, str):
        one, other = fold(left), fold(right)
        return (one > other) - (one < other)
    return None


def contains(whole: Value, part: Value) -> bool:
    """Whether a list holds an equal member, or a text the other text."""
    if not is_set(part) or isinstance(part, (list, Mapping)):
        return False
    if isinstance(whole, list):
        return any(equal(member, part) for member in whole)
    return isinstance(whole, str) and isinstance(part, str) and fold(part) in fold(whole)


def order_dates(left: Value, right: Value, clock: Clock) -> int | None:
    """As `order`, for two dates: days as days, else as moments; None when one is no date.

    The words `now` and `today` mean the event's time and day.
    """
    first, second = _date(left, clock), _date(right, clock)
    if first is None or second is None:
        return None
    if isinstance(first, dt.datetime) or isinstance(second, dt.datetime):
        first, second = _moment(first, clock), _moment(second, clock)
    return (first > second) - (first < second)


def _date(value: Value, clock: Clock) -> dt.date | dt.datetime | None:
    if value == "now":
        return clock.now
    if value == "today":
        try:
            return clock.today
        except FlowError:
            return None
    return read_day(value) or read_moment(value)


def _moment(date: dt.date | dt.datetime, clock: Clock) -> dt.datetime:
    return date if isinstance(date, dt.datetime) else first_moment(date, clock.zone)
