"""The arithmetic of limits: token buckets, days, and how a batch is shared out. No database here.

A bucket of `hourly` messages holds at most a minute's worth (one at least), so that in any stretch of time no more
leave than its share of the hour and that much on top. Days are those of the workspace's own clock.
"""

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

HOUR = 3600.0
ENDLESS = 10**9
# Sums of fractions do not come out even: a token that lacks this much is one.
CRUMB = 1e-6


class Lane(NamedTuple):
    """Messages of one dispatch that share every limit: from one sender to one group of receivers."""

    sender: int
    receiver: int


def burst(hourly: float) -> float:
    """The most tokens a bucket holds."""
    return max(1.0, hourly / 60)


def refilled(tokens: float, filled_at: dt.datetime | None, hourly: float, at: dt.datetime) -> float:
    """The tokens of a bucket at a moment. One never filled before is full; time never runs backwards."""
    if filled_at is None:
        return burst(hourly)
    seconds = max(0.0, (at - filled_at).total_seconds())
    return min(burst(hourly), tokens + hourly * seconds / HOUR)


def whole(tokens: float) -> int:
    """How many messages some tokens let through."""
    return math.floor(tokens + CRUMB)


def planned_for(plan: Sequence[int], start: dt.date | None, day: dt.date) -> int | None:
    """The most a warm-up plan allows on a day; None before it begins and after its last day."""
    if start is None or not 0 <= (day - start).days < len(plan):
        return None
    return plan[(day - start).days]


def smallest(*limits: int | None) -> int | None:
    """The strictest of several limits; None when there is none."""
    return min((limit for limit in limits if limit is not None), default=None)


def growing_plan(first: int, target: int, growth: float, longest: int) -> list[int]:
    """Days that begin with `first` messages and grow by a factor each, up to the last one below `target`.

    `growth` is greater than 1; the plan has at most `longest` days.
    """
    days: list[int] = []
    amount = float(first)
    while round(amount) < target and len(days) < longest:
        days.append(round(amount))
        amount *= growth
    return days


@dataclass(slots=True)
class Meter:
    """One limit as of a moment: whom it covers (None: everybody) and how many it still lets through."""

    key: int
    left: int
    sender: int | None = None
    receiver: int | None = None

    def covers(self, lane: Lane) -> bool:
        """Whether messages of the lane count here."""
        return self.sender in (None, lane.sender) and self.receiver in (None, lane.receiver)


def allot(lanes: Sequence[Lane], meters: Sequence[Meter], limit: int) -> list[int]:
    """How many each lane may send of `limit`, so that no meter is overdrawn.

    Lanes share evenly; what one may not use goes to the others.
    """
    left = {id(meter): max(0, meter.left) for meter in meters}
    mine = [[id(meter) for meter in meters if meter.covers(lane)] for lane in lanes]
    shares = [0] * len(lanes)
    active = list(range(len(lanes)))
    while limit > 0 and active:
        share = max(1, limit // len(active))
        still = []
        for index in active:
            given = min([share, limit, *(left[key] for key in mine[index])])
            shares[index] += given
            limit -= given
            for key in mine[index]:
                left[key] -= given
            if given == share:
                still.append(index)
        active = still
    return shares
