"""How numbers, shares, times and people are written for the reader. No HTML here."""

import datetime as dt
import zlib
from collections.abc import Iterable
from decimal import Decimal

from django.utils import formats, timezone
from django.utils.translation import gettext, ngettext, pgettext

UNKNOWN = "–"
MINUS = "\u2212"
TONES = 5  # tints an avatar can have

Number = float | Decimal


def number(value: Number | None, decimals: int = 0) -> str:
    """`value` grouped as the reader's language does it, with a real minus sign; unknown is a dash."""
    if value is None:
        return UNKNOWN
    # Django cuts digits off instead of rounding: 46.9 % would be told as 46 %.
    digits = f"{abs(value):.{decimals}f}"
    text = formats.number_format(digits, decimal_pos=decimals, use_l10n=True, force_grouping=True)
    return f"{MINUS}{text}" if value < 0 and float(digits) else text


def listed(names: Iterable[object]) -> str:
    """Names one after the other, parted as the reader's language does it: Arabic has a comma of its own."""
    return pgettext("between names", ", ").join(map(str, names))


def percent(part: Number | None, base: Number | None, decimals: int = 1) -> str:
    """`part` of `base` as a percentage; a dash when there is nothing to take a share of."""
    if part is None or not base:
        return UNKNOWN
    share = number(float(part) * 100 / float(base), decimals)
    return gettext("%(share)s %%") % {"share": share}


def share(part: int | None, base: int | None, decimals: int = 1) -> str:
    """A percentage with its base, such as “26.0 %, 3,982 of 15,312”."""
    if part is None or not base:
        return UNKNOWN
    return gettext("%(percent)s, %(part)s of %(base)s") % {
        "percent": percent(part, base, decimals),
        "part": number(part),
        "base": number(base),
    }


def relative_time(moment: dt.datetime, now: dt.datetime) -> str:
    """`moment` as somebody would say it at `now`, in the active time zone.

    Within the hour in minutes, today and the days beside it by the clock, this year without the year.
    """
    seconds = (moment - now).total_seconds()
    minutes = round(abs(seconds) / 60)
    if abs(seconds) < 45:
        return gettext("just now")
    if minutes < 60:
        text = ngettext("%(count)s minute ago", "%(count)s minutes ago", minutes)
        if seconds > 0:
            text = ngettext("in %(count)s minute", "in %(count)s minutes", minutes)
        return text % {"count": number(minutes)}
    return _by_the_clock(timezone.localtime(moment), timezone.localtime(now))


def _by_the_clock(moment: dt.datetime, now: dt.datetime) -> str:
    clock = {"time": clock_time(moment)}
    days = (moment.date() - now.date()).days
    if days == 0:
        return gettext("today, %(time)s") % clock
    if days == -1:
        return gettext("yesterday, %(time)s") % clock
    if days == 1:
        return gettext("tomorrow, %(time)s") % clock
    return gettext("%(day)s, %(time)s") % {"day": day(moment, now), **clock}


def clock_time(moment: dt.datetime) -> str:
    """Hours and minutes of an aware moment in the active zone."""
    return formats.date_format(timezone.localtime(moment), "TIME_FORMAT")


def day(moment: dt.date, now: dt.date) -> str:
    """A date; its year only when it is not this year."""
    pattern = "MONTH_DAY_FORMAT" if moment.year == now.year else "DATE_FORMAT"
    return formats.date_format(moment, pattern)


def absolute_time(moment: dt.datetime) -> str:
    """The full date, time and zone of a moment in the active zone."""
    local = timezone.localtime(moment)
    return gettext("%(day)s, %(time)s (%(zone)s)") % {
        "day": formats.date_format(local, "DATE_FORMAT"),
        "time": clock_time(local),
        "zone": local.tzname(),
    }


def initials(name: str) -> str:
    """One or two letters that stand for a person: first letters of the first and last word, or of the address."""
    parts = name.split("@", maxsplit=1)[0].replace(".", " ").replace("_", " ").split()
    words = [part for part in parts if part[0].isalnum()]
    if not words:
        return "?"
    letters = words[0][0] if len(words) == 1 else words[0][0] + words[-1][0]
    return letters.upper()


def tone_of(name: str) -> int:
    """A tint that is always the same for the same name."""
    return zlib.crc32(name.encode()) % TONES


def time_left(seconds: float | None) -> str:
    """“about 29 minutes left”, in the coarsest unit that is still useful; empty when unknown."""
    if seconds is None:
        return ""
    minutes = round(seconds / 60)
    if minutes < 1:
        return gettext("less than a minute left")
    if minutes < 90:
        text = ngettext("about %(count)s minute left", "about %(count)s minutes left", minutes)
        return text % {"count": number(minutes)}
    hours = round(minutes / 60)
    return ngettext("about %(count)s hour left", "about %(count)s hours left", hours) % {"count": number(hours)}
