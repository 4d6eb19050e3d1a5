"""Time windows become constant bounds: everything about clocks and calendars is decided here, once.

A day is a local date. ``today`` is the local date of ``now``; calendar units count dates, minutes and
hours roll. Bounds are pairs (operator, value) which must all hold.
"""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from segments.language.values import to_date, to_instant
from segments.language.words import ROLLING_UNITS

Window = dict[str, Any]
Bound = tuple[str, datetime]
DateBound = tuple[str, date]

_ONE_DAY = timedelta(days=1)
_EARLIEST = datetime.min.replace(tzinfo=UTC)
_LATEST = datetime.max.replace(microsecond=0, tzinfo=UTC)


def local_date(now: datetime, zone: ZoneInfo) -> date:
    """Return today's date in the zone."""
    return now.astimezone(zone).date()


@lru_cache(maxsize=8192)
def first_instant(day: date, zone: ZoneInfo) -> datetime:
    """Return the first instant of a local day, in UTC.

    Where the clock jumps over midnight, or over the whole day, that is the instant of the jump.
    """
    try:
        midnight = datetime.combine(day, time.min, tzinfo=zone)
        candidate = midnight.astimezone(UTC)
        if candidate.astimezone(zone).replace(tzinfo=None) == midnight.replace(tzinfo=None):
            return candidate
        return _first_second_of(day, zone, candidate - 2 * _ONE_DAY, candidate + 2 * _ONE_DAY)
    except OverflowError:
        return _EARLIEST if day.year < 1000 else _LATEST


def _first_second_of(day: date, zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    low, high = 0, int((after - before).total_seconds())
    while low < high:
        middle = (low + high) // 2
        if local_date(before + timedelta(seconds=middle), zone) >= day:
            high = middle
        else:
            low = middle + 1
    return before + timedelta(seconds=low)


def shift_date(day: date, count: int, unit: str) -> date:
    """Return the day ``count`` units later; months and years clamp to the last day of the month."""
    if unit in ("days", "weeks"):
        return day + timedelta(days=count * (7 if unit == "weeks" else 1))
    months = day.year * 12 + day.month - 1 + count * (12 if unit == "years" else 1)
    year, month = divmod(months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def calendar_days(name: str, today: date) -> tuple[date, date]:
    """Return the first and the last day of a named stretch; weeks run from Monday to Sunday."""
    if name in ("today", "yesterday", "tomorrow"):
        day = today + {"today": 0, "yesterday": -1, "tomorrow": 1}[name] * _ONE_DAY
        return day, day
    which, unit = name.split("_")
    offset = {"this": 0, "last": -1, "next": 1}[which]
    if unit == "week":
        monday = today - timedelta(days=today.weekday()) + timedelta(weeks=offset)
        return monday, monday + timedelta(days=6)
    first = today.replace(day=1) if unit == "month" else today.replace(month=1, day=1)
    first = shift_date(first, offset, f"{unit}s")
    return first, shift_date(first, 1, f"{unit}s") - _ONE_DAY


def date_bounds(window: Window, now: datetime, zone: ZoneInfo) -> list[DateBound]:
    """Return the bounds of a window for calendar days (a valid window without hours and instants)."""
    today = local_date(now, zone)
    if "calendar" in window:
        first, last = calendar_days(window["calendar"], today)
        return [("gte", first), ("lte", last)]
    if "from" in window or "to" in window:
        bounds: list[DateBound] = []
        if "from" in window:
            bounds.append(("gte", to_date(window["from"])))
        if "to" in window:
            bounds.append(("lte", to_date(window["to"])))
        return bounds
    unit = window["unit"]
    if "last" in window:
        return [("gte", shift_date(today, -window["last"], unit)), ("lte", today)]
    if "next" in window:
        return [("gte", today), ("lte", shift_date(today, window["next"], unit))]
    if "over" in window:
        return [("lt", shift_date(today, -window["over"], unit))]
    near, far = window["ago"]
    return [("gte", shift_date(today, -far, unit)), ("lte", shift_date(today, -near, unit))]


def instant_bounds(window: Window, now: datetime, zone: ZoneInfo) -> list[Bound]:
    """Return the bounds of a window for instants, in UTC (a valid window)."""
    if window.get("unit") in ROLLING_UNITS:
        return _rolling_bounds(window, now)
    if "from" in window or "to" in window:
        return _explicit_bounds(window, zone)
    bounds: list[Bound] = []
    for operator, day in date_bounds(window, now, zone):
        if operator == "lte":
            bounds.append(("lt", first_instant(day + _ONE_DAY, zone)))
        else:
            bounds.append((operator, first_instant(day, zone)))
    # These forms also stop at this very second, not only at today's date.
    if "last" in window or "ago" in window:
        bounds.append(("lte", now))
    if "next" in window:
        bounds[0] = ("gte", now)
    return bounds


def _rolling_bounds(window: Window, now: datetime) -> list[Bound]:
    def back(count: int) -> datetime:
        return now - timedelta(**{window["unit"]: count})

    if "last" in window:
        return [("gte", back(window["last"])), ("lte", now)]
    if "next" in window:
        return [("gte", now), ("lte", back(-window["next"]))]
    if "over" in window:
        return [("lt", back(window["over"]))]
    near, far = window["ago"]
    return [("gte", back(far)), ("lte", back(near))]


def _explicit_bounds(window: Window, zone: ZoneInfo) -> list[Bound]:
    bounds: list[Bound] = []
    if "from" in window:
        start = window["from"]
        bounds.append(("gte", to_instant(start) if "T" in start else first_instant(to_date(start), zone)))
    if "to" in window:
        end = window["to"]
        bounds.append(("lt", to_instant(end) if "T" in end else _after_day(to_date(end), zone)))
    return bounds


def _after_day(day: date, zone: ZoneInfo) -> datetime:
    return _LATEST if day == date.max else first_instant(day + _ONE_DAY, zone)
