"""Local times: what somebody means by a day and an hour in a place, on the days when clocks change too."""

import datetime as dt
import functools
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.utils import formats
from django.utils.translation import gettext

from campaigns.errors import SkippedHour
from core.clock import UTC, available_zones


@dataclass(frozen=True)
class LocalMoment:
    """An instant and the zone it was chosen in; `is_repeated` when its clock time comes twice that day."""

    at: dt.datetime
    zone: ZoneInfo
    is_repeated: bool = False


def local_moment(day: dt.date, clock: dt.time, zone: ZoneInfo) -> LocalMoment:
    """The instant at which clocks in `zone` show `clock` on `day`; the earlier one when they show it twice.

    Raises SkippedHour when clocks jump over it (PEP 495: such a time does not survive the way to UTC and back).
    """
    first = dt.datetime.combine(day, clock.replace(tzinfo=None), tzinfo=zone)
    instant = first.astimezone(UTC)
    back = instant.astimezone(zone)
    if back.replace(tzinfo=None) != first.replace(tzinfo=None):
        raise SkippedHour(_skipped_sentence(first, back, zone))
    second = first.replace(fold=1).astimezone(UTC)
    return LocalMoment(at=instant, zone=zone, is_repeated=second != instant)


@functools.lru_cache(maxsize=8192)
def instant_at(day: dt.date, clock: dt.time, zone: ZoneInfo) -> dt.datetime:
    """The instant at which clocks in `zone` show `clock` on `day`, in UTC, for plans that must always have an answer.

    A time that comes twice is taken the first time; one that clocks jump over is the first instant after the jump.
    """
    wanted = dt.datetime.combine(day, clock.replace(tzinfo=None), tzinfo=zone)
    instant = wanted.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == wanted.replace(tzinfo=None):
        return instant
    # PEP 495: both readings of a skipped time lie around the jump, which is where the offset changes.
    before, after = wanted.replace(fold=1).astimezone(UTC), instant
    old = before.astimezone(zone).utcoffset()
    while after - before > dt.timedelta(seconds=1):
        middle = before + (after - before) // 2
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)


@functools.lru_cache(maxsize=64)
def instants_everywhere(day: dt.date, clock: dt.time) -> dict[str, dt.datetime]:
    """`instant_at` for every zone, by its IANA name. Not to be changed: it is shared."""
    return {name: instant_at(day, clock, ZoneInfo(name)) for name in available_zones()}


def _skipped_sentence(wanted: dt.datetime, instead: dt.datetime, zone: ZoneInfo) -> str:
    return gettext(
        "Clocks in %(place)s go forward that night, so %(wanted)s does not come on %(day)s. "
        "Take %(instead)s or another time."
    ) % {
        "place": place_of(zone.key),
        "wanted": formats.date_format(wanted.replace(tzinfo=None), "TIME_FORMAT"),
        "instead": formats.date_format(instead.replace(tzinfo=None), "TIME_FORMAT"),
        "day": formats.date_format(wanted.date(), "MONTH_DAY_FORMAT"),
    }


def repeated_sentence(moment: LocalMoment) -> str:
    """What to tell somebody who chose a time that comes twice."""
    local = moment.at.astimezone(moment.zone)
    return gettext(
        "Clocks in %(place)s go back that night, so %(time)s comes twice. The campaign starts the first time."
    ) % {"place": place_of(moment.zone.key), "time": formats.date_format(local.replace(tzinfo=None), "TIME_FORMAT")}


def place_of(zone_name: str) -> str:
    """The place in a zone's name: Auckland for Pacific/Auckland, Buenos Aires for America/Argentina/Buenos_Aires."""
    return zone_name.rpartition("/")[2].replace("_", " ")
