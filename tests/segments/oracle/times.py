"""Windows of time and anniversaries, on instants and on calendar days."""

from calendar import isleap, monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

ROLLING = {"minutes": timedelta(minutes=1), "hours": timedelta(hours=1)}


@dataclass(frozen=True)
class Clock:
    """The instant of the evaluation, and the zones of the workspace and of one person."""

    now: datetime
    workspace_zone: ZoneInfo
    contact_zone: ZoneInfo | None

    def zone(self, name):
        """The zone a window or an anniversary asks for."""
        return self.contact_zone or self.workspace_zone if name == "contact" else self.workspace_zone

    def today(self, zone):
        return self.now.astimezone(zone).date()


def instant(text):
    """Read an instant with its offset."""
    return datetime.fromisoformat(text).astimezone(UTC)


def move(day, number, unit):
    """A calendar day some units later; months clamp to their last day."""
    if unit == "days":
        return day + timedelta(days=number)
    if unit == "weeks":
        return day + timedelta(weeks=number)
    months = day.year * 12 + day.month - 1 + number * (12 if unit == "years" else 1)
    year, month = divmod(months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def instant_within(moment, window, clock):
    """Whether an instant lies in a window."""
    zone = clock.zone(window.get("zone", "workspace"))
    if window.get("unit") in ROLLING:
        return _rolls_within(moment, window, clock.now)
    day = moment.astimezone(zone).date()
    today = clock.today(zone)
    if "from" in window or "to" in window:
        return _between_ends(moment, day, window)
    if not _day_within(day, window, today):
        return False
    if "last" in window or "ago" in window:
        return moment <= clock.now
    if "next" in window:
        return moment >= clock.now
    return True


def date_within(day, window, clock):
    """Whether a calendar day lies in a window."""
    today = clock.today(clock.zone(window.get("zone", "workspace")))
    if "from" in window or "to" in window:
        return _between_ends(None, day, window)
    if not _day_within(day, window, today):
        return False
    if "last" in window or "ago" in window:
        return day <= today
    if "next" in window:
        return day >= today
    return True


def _rolls_within(moment, window, now):
    step = ROLLING[window["unit"]]
    if "last" in window:
        return now - window["last"] * step <= moment <= now
    if "next" in window:
        return now <= moment <= now + window["next"] * step
    if "over" in window:
        return moment < now - window["over"] * step
    nearer, farther = window["ago"]
    return now - farther * step <= moment <= now - nearer * step


def _between_ends(moment, day, window):
    start, end = window.get("from"), window.get("to")
    if start is not None and not (instant(start) <= moment if "T" in start else date.fromisoformat(start) <= day):
        return False
    return end is None or (moment < instant(end) if "T" in end else day <= date.fromisoformat(end))


def _day_within(day, window, today):
    if "calendar" in window:
        return _in_calendar(day, window["calendar"], today)
    unit = window["unit"]
    if "last" in window:
        return move(today, -window["last"], unit) <= day
    if "next" in window:
        return day <= move(today, window["next"], unit)
    if "over" in window:
        return day < move(today, -window["over"], unit)
    nearer, farther = window["ago"]
    return move(today, -farther, unit) <= day <= move(today, -nearer, unit)


def _in_calendar(day, name, today):
    if name in ("today", "yesterday", "tomorrow"):
        return day == today + timedelta(days=("yesterday", "today", "tomorrow").index(name) - 1)
    which, unit = name.split("_")
    shift = ("last", "this", "next").index(which) - 1
    if unit == "week":
        monday = today - timedelta(days=today.weekday())
        return (day - timedelta(days=day.weekday())) == monday + timedelta(weeks=shift)
    if unit == "month":
        return day.year * 12 + day.month == today.year * 12 + today.month + shift
    return day.year == today.year + shift


def has_anniversary(day, leaf, clock, passes):
    """Whether one of the days asked about is an anniversary of `day` whose number of years passes."""
    today = clock.today(clock.zone(leaf.get("zone", "workspace")))
    for shift in range(leaf["from"], leaf["to"] + 1):
        candidate = today + timedelta(days=shift)
        month, number = day.month, day.day
        if (month, number) == (2, 29) and not isleap(candidate.year):
            month, number = (3, 1) if leaf.get("leap") == "mar1" else (2, 28)
        years = candidate.year - day.year
        if (candidate.month, candidate.day) == (month, number) and years > 0 and passes(years):
            return True
    return False
