"""Days and moments: texts, read strictly, brought to one form."""

import datetime as dt
import re
from zoneinfo import ZoneInfo

from flows.engine.errors import FlowError

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MOMENT = re.compile(
    r"(\d{4}-\d{2}-\d{2})T(\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(?:(Z)|([+-])(\d{2}):(\d{2}))", re.ASCII
)
_LONGEST_OFFSET = dt.timedelta(hours=14, minutes=59)


def read_day(text: object) -> dt.date | None:
    """The day that a text `YYYY-MM-DD` is, None for anything else."""
    if not isinstance(text, str) or not _DAY.fullmatch(text):
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def read_moment(text: object) -> dt.datetime | None:
    """The moment that a text is, in UTC and whole seconds; None for anything else. Offsets reach to ±14:59."""
    found = _MOMENT.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return None
    day, hour, minute, second, is_utc, sign, hours, minutes = found.groups()
    try:
        clock = dt.datetime.combine(dt.date.fromisoformat(day), dt.time(int(hour), int(minute), int(second or 0)))
        offset = dt.timedelta() if is_utc else dt.timedelta(hours=int(hours), minutes=int(minutes))
        if offset > _LONGEST_OFFSET or (minutes or "0") > "59":
            return None
        return (clock - offset if sign != "-" else clock + offset).replace(tzinfo=dt.UTC)
    except (ValueError, OverflowError):
        return None


def moment_text(moment: dt.datetime) -> str:
    """A moment as flows write it."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ").zfill(20)


def day_text(day: dt.date) -> str:
    """A day as flows write it."""
    return day.isoformat()


def zone_of(name: str) -> ZoneInfo:
    """The zone of an IANA name. Raises FlowError bad_argument."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:  # a directory's name is an OSError
        raise FlowError("bad_argument") from error


def local_day(moment: dt.datetime, zone: ZoneInfo) -> dt.date:
    """The day on which a moment falls in a zone. Raises FlowError not_a_date at the ends of the calendar."""
    try:
        return moment.astimezone(zone).date()
    except (OverflowError, ValueError) as error:
        raise FlowError("not_a_date") from error


def first_moment(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    """The first moment of a day in a zone, in UTC; a midnight that clocks skip is the first moment after the gap."""
    try:
        start = dt.datetime.combine(day, dt.time.min, tzinfo=zone).astimezone(dt.UTC)
    except OverflowError:
        return dt.datetime.combine(day, dt.time.min, tzinfo=dt.UTC)
    return start
