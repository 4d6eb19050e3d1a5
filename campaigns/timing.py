"""The rules of a campaign's times: when it goes out, on whose clock, and what happens to what comes too late.

They are stored as JSON in `Campaign.timing`, only what differs from the usual. docs/schedules.md tells each.
"""

import dataclasses
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from campaigns.recurrence import DAY, LAST_DAY, MONTH, WEEK, Recurrence

Kind = Campaign.Kind

AT_ONCE, NEXT_DAY, SKIP, HOLD = "at_once", "next_day", "skip", "hold"
MOST_TIMES = 1000
MOST_DAYS_AWAY = 365
MOST_HOURS_WITHIN = 168
MOST_HOURS_LATE = 72
# Past the year 9999 no clock of another zone can be told any more.
FARTHEST_YEAR = 2200

Words = str | Promise


@dataclass(frozen=True)
class Timing:
    """When a campaign goes out.

    `local_time`: at that hour on each person's own clock. `if_passed` says what becomes of people for whom it has
    passed already. After `send_within` hours from its time a message is not sent any more. A start that comes more
    than `late_after` hours late is held for somebody to decide or skipped (`when_late`).
    `days` counts from the date in `attribute`: -7 is a week before. `with_present`: those who are in the segment when
    it starts get it too, not only who comes later.
    """

    local_time: bool = False
    if_passed: str = AT_ONCE
    send_within: int | None = None
    late_after: int = 6
    when_late: str = HOLD
    every: str = WEEK
    weekdays: tuple[int, ...] = ()
    month_days: tuple[int, ...] = ()
    clock: dt.time = dt.time(9)
    starts_on: dt.date | None = None
    ends_on: dt.date | None = None
    times: int | None = None
    attribute: str = ""
    days: int = 0
    yearly: bool = True
    with_present: bool = False
    feed_url: str = ""

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Timing":
        """The rules as they were stored by `as_data`."""
        values = {name: value for name, value in data.items() if name in _NAMES}
        for name in ("weekdays", "month_days"):
            if name in values:
                values[name] = tuple(values[name])
        for name in ("starts_on", "ends_on"):
            if isinstance(values.get(name), str):
                values[name] = dt.date.fromisoformat(values[name])
        if isinstance(values.get("clock"), str):
            values["clock"] = dt.time.fromisoformat(values["clock"])
        return cls(**values)

    def as_data(self) -> dict[str, Any]:
        """What differs from the usual, as JSON."""
        usual = Timing()
        data = {name: getattr(self, name) for name in _NAMES if getattr(self, name) != getattr(usual, name)}
        for name, value in data.items():
            if isinstance(value, dt.date):
                data[name] = value.isoformat()
            elif isinstance(value, dt.time):
                data[name] = value.isoformat("minutes")
            elif isinstance(value, tuple):
                data[name] = list(value)
        return data

    @property
    def within(self) -> dt.timedelta | None:
        """`send_within` as a length of time."""
        return dt.timedelta(hours=self.send_within) if self.send_within else None

    @property
    def allowance(self) -> dt.timedelta:
        """How late a start may come."""
        return dt.timedelta(hours=self.late_after)

    def recurrence(self, kind: str, today: dt.date) -> Recurrence:
        """Its days; a date of each person is looked for every day. Without a first day it begins `today`."""
        return Recurrence(
            every=DAY if kind == Kind.DATE else self.every,
            clock=self.clock,
            starts_on=self.starts_on or today,
            weekdays=self.weekdays,
            month_days=self.month_days,
            ends_on=self.ends_on,
            times=None if kind == Kind.DATE else self.times,
        )


_NAMES = tuple(field.name for field in dataclasses.fields(Timing))


def timing_of(campaign: Campaign) -> Timing:
    """The rules of a campaign's times."""
    return Timing.from_data(campaign.timing)


def timing_problems(kind: str, timing: Timing) -> dict[str, Words]:
    """What is wrong with the rules of a kind, by the name of the rule; empty when nothing is."""
    problems: dict[str, Words] = {}
    if timing.send_within is not None and not 1 <= timing.send_within <= MOST_HOURS_WITHIN:
        problems["send_within"] = _("Choose between 1 and 168 hours.")
    if not 1 <= timing.late_after <= MOST_HOURS_LATE:
        problems["late_after"] = _("Choose between 1 and 72 hours.")
    if timing.if_passed not in (AT_ONCE, NEXT_DAY, SKIP):
        problems["if_passed"] = _("Choose what happens to people for whom the time has passed.")
    if timing.when_late not in (HOLD, SKIP):
        problems["when_late"] = _("Choose what happens to a start that comes too late.")
    problems |= _series_problems(kind, timing) if kind in Campaign.SERIES else _span_problems(timing)
    return problems


def _series_problems(kind: str, timing: Timing) -> dict[str, Words]:
    problems = _span_problems(timing)
    if kind == Kind.DATE:
        if not timing.attribute:
            problems["attribute"] = _("Choose the date it is about.")
        if abs(timing.days) > MOST_DAYS_AWAY:
            problems["days"] = _("Choose at most 365 days before or after.")
        return problems
    if timing.every not in (DAY, WEEK, MONTH):
        problems["every"] = _("Choose how often it goes out.")
    if timing.every == WEEK and not _are_within(timing.weekdays, range(7)):
        problems["weekdays"] = _("Choose at least one day of the week.")
    if timing.every == MONTH and not _are_within(timing.month_days, (LAST_DAY, *range(1, 32))):
        problems["month_days"] = _("Choose at least one day of the month.")
    if kind == Kind.FEED and not is_web_address(timing.feed_url):
        problems["feed_url"] = _("Type the whole address of the feed, beginning with https://.")
    return problems


def _span_problems(timing: Timing) -> dict[str, Words]:
    problems: dict[str, Words] = {}
    if timing.starts_on and timing.ends_on and timing.ends_on < timing.starts_on:
        problems["ends_on"] = _("It would end before it begins.")
    for name in ("starts_on", "ends_on"):
        day = getattr(timing, name)
        if day is not None and not 2000 <= day.year <= FARTHEST_YEAR:
            problems[name] = _("This day is too far away.")
    if timing.times is not None and not 1 <= timing.times <= MOST_TIMES:
        problems["times"] = _("Choose between 1 and 1,000 times.")
    return problems


def _are_within(chosen: tuple[int, ...], allowed: Any) -> bool:
    return bool(chosen) and all(one in allowed for one in chosen)


def is_web_address(address: str) -> bool:
    """Whether it looks like a web address without a name and a password in it."""
    try:
        split = urlsplit(address)
        return split.scheme in ("http", "https") and bool(split.hostname) and split.username is None
    except ValueError:
        return False
