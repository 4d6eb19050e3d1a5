"""When messages will leave, as far as limits decide it: hours of the workspace's clock and how many in each."""

import datetime as dt
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

LONGEST = dt.timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Slot:
    """Messages that leave from `at` on, before the next slot."""

    at: dt.datetime
    messages: int


def forecast(
    due: Iterable[tuple[dt.datetime, int]],
    *,
    zone: ZoneInfo,
    hourly: int | None,
    left_on: Callable[[dt.date], int | None],
) -> list[Slot]:
    """When messages leave of which so many are due at each time. What an hour cannot take waits for the next.

    `hourly` is the strictest limit of an hour, `left_on` what a local day still lets through; None is no limit, and
    then all that is left goes in its first hour. What 400 days do not suffice for is left out.
    """
    slots: list[Slot] = []
    coming = deque(sorted((at, number) for at, number in due if number > 0))
    if not coming:
        return slots
    at, end = coming[0][0], coming[-1][0] + LONGEST
    messages, day, left = 0, None, None
    while (messages or coming) and at < end:
        if not messages:
            at = max(at, coming[0][0])
        while coming and coming[0][0] <= at:
            messages += coming.popleft()[1]
        local = at.astimezone(zone)
        if local.date() != day:
            day = local.date()
            left = left_on(day)
        until = _next_hour(at, local)
        if left == 0:
            at = _next_day(at, zone)
            continue
        given = min([messages, *([] if left is None else [left]), *_share(hourly, until - at)])
        if given:
            slots.append(Slot(at, given))
        messages -= given
        left = None if left is None else left - given
        at = until
    return slots


def ends_at(slots: list[Slot], hourly: int | None) -> dt.datetime | None:
    """When the last message leaves; None when there is nothing to send."""
    if not slots:
        return None
    last = slots[-1]
    return last.at + dt.timedelta(hours=last.messages / hourly) if hourly else last.at


def _share(hourly: int | None, time: dt.timedelta) -> list[int]:
    return [] if hourly is None else [max(1, round(hourly * time / dt.timedelta(hours=1)))]


def _next_hour(at: dt.datetime, local: dt.datetime) -> dt.datetime:
    past = dt.timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    return at + dt.timedelta(hours=1) - past


def _next_day(at: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The first moment of the next local day. Where midnight is skipped, the clock's own reading of it is as good."""
    local = at.astimezone(zone)
    midnight = dt.datetime.combine(local.date() + dt.timedelta(days=1), dt.time(), zone)
    return max(midnight.astimezone(at.tzinfo), at + dt.timedelta(minutes=1))
