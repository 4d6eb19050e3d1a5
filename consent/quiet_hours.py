"""A person's own quiet hours: by the clock on their wall, whatever daylight saving does to it."""

import datetime as dt
from zoneinfo import ZoneInfo

from core.clock import UTC


def quiet_ends(at: dt.datetime, start: dt.time, end: dt.time, zone: ZoneInfo) -> dt.datetime | None:
    """The first instant after `at` outside the hours, in UTC; None when `at` is outside of them already.

    Quiet is while the clock in `zone` shows `start` or later and not yet `end`; an end before the start is the next
    morning's. Equal ones are no hours at all: nobody could ever be written to. When the clock is put back, an hour
    that comes twice is quiet twice; an end that the clock jumps over is kept with at most that jump more.
    """
    if start == end or not _is_quiet(at.astimezone(zone), start, end):
        return None
    today = at.astimezone(zone).date()
    # Both readings of a time that comes twice; of one that never comes the earlier falls back into the hours.
    moments = [
        dt.datetime.combine(today + dt.timedelta(days=days), end, zone).replace(fold=fold).astimezone(UTC)
        for days in range(3)
        for fold in (0, 1)
    ]
    return min(one for one in moments if one > at and not _is_quiet(one.astimezone(zone), start, end))


def _is_quiet(local: dt.datetime, start: dt.time, end: dt.time) -> bool:
    clock = local.time()
    return start <= clock < end if start < end else clock >= start or clock < end
