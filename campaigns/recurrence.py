"""Days that come again and again. Pure: a rule and a clock go in, instants come out, one by one."""

import calendar
import datetime as dt
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from campaigns.schedule import instant_at

DAY, WEEK, MONTH = "day", "week", "month"
LAST_DAY = -1
ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Recurrence:
    """Every day, on some days of the week (0 is Monday), or on some days of the month (-1 is the last), at `clock`.

    It begins on `starts_on`, and ends after `ends_on` or after `times`, or never. A day that a month does not have
    is its last one, so that something planned for the 31st happens every month.
    """

    every: str
    clock: dt.time
    starts_on: dt.date
    weekdays: tuple[int, ...] = ()
    month_days: tuple[int, ...] = ()
    ends_on: dt.date | None = None
    times: int | None = None

    def days(self, first: dt.date | None = None) -> Iterator[dt.date]:
        """Its days in order, lazily; from `first` on where that is given and nothing has to be counted."""
        begin = self.starts_on if first is None or self.times is not None else max(first, self.starts_on)
        found = itertools.takewhile(lambda day: self.ends_on is None or day <= self.ends_on, self._matching(begin))
        counted = itertools.islice(found, self.times) if self.times is not None else found
        return itertools.dropwhile(lambda day: first is not None and day < first, counted)

    def next_after(self, moment: dt.datetime, zone: ZoneInfo) -> dt.datetime | None:
        """The first instant of the rule after `moment`, in UTC; None when there is none any more."""
        # A day before: where the clock is set back over midnight, yesterday's time may still be to come.
        first = _day_before(moment.astimezone(zone).date())
        for day in self.days(first):
            instant = instant_at(day, self.clock, zone)
            if instant > moment:
                return instant
        return None

    def upcoming(self, moment: dt.datetime, zone: ZoneInfo, *, most: int) -> list[dt.datetime]:
        """The next instants after `moment`, `most` of them at most."""
        found: list[dt.datetime] = []
        following = self.next_after(moment, zone)
        while following is not None and len(found) < most:
            found.append(following)
            following = self.next_after(following, zone)
        return found

    def between(self, start: dt.datetime, end: dt.datetime, zone: ZoneInfo, *, most: int = 400) -> list[dt.datetime]:
        """Those after `start` and before `end`, `most` of them at most."""
        return [at for at in self.upcoming(start, zone, most=most) if at < end]

    def _matching(self, begin: dt.date) -> Iterator[dt.date]:
        day = begin
        # The year 9999 is the last that a date can hold.
        while day < dt.date.max:
            if self._is_match(day):
                yield day
            day += ONE_DAY

    def _is_match(self, day: dt.date) -> bool:
        if self.every == DAY:
            return True
        if self.every == WEEK:
            return day.weekday() in self.weekdays
        last = calendar.monthrange(day.year, day.month)[1]
        return day.day in self.month_days or (
            day.day == last and any(wanted == LAST_DAY or wanted > last for wanted in self.month_days)
        )


def _day_before(day: dt.date) -> dt.date:
    return day - ONE_DAY if day > dt.date.min else day
