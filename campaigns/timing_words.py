"""The rules of a campaign's times, in a sentence."""

import datetime as dt

from django.utils import formats
from django.utils.text import get_text_list
from django.utils.translation import gettext, ngettext

from campaigns.models import Campaign
from campaigns.planning import zone_of
from campaigns.recurrence import DAY, LAST_DAY, WEEK
from campaigns.schedule import place_of
from campaigns.timing import Timing, timing_of
from contacts.models import Attribute
from core.formatting import listed, number

Kind = Campaign.Kind
# A Monday, to name the days of the week by.
MONDAY = dt.date(2024, 1, 1)


def rules_in_words(campaign: Campaign) -> list[str]:
    """When a campaign that is not sent once goes out; one sentence for each rule that somebody chose."""
    timing = timing_of(campaign)
    if campaign.kind == Kind.EVERGREEN:
        sentences = [gettext("Everybody gets it once, when they join the segment.")]
        if timing.with_present:
            sentences.append(gettext("Those who were in it at the start get it too."))
    else:
        sentences = [_days_in_words(campaign, timing), _clock_in_words(campaign, timing)]
    if campaign.kind == Kind.FEED:
        sentences.append(gettext("Only when there is something new in the feed."))
    if timing.ends_on:
        sentences.append(gettext("Until %(day)s.") % {"day": formats.date_format(timing.ends_on)})
    if timing.times and campaign.kind in (Kind.RECURRING, Kind.FEED):
        times = ngettext("%(count)d time in all.", "%(count)d times in all.", timing.times)
        sentences.append(times % {"count": timing.times})
    if timing.send_within:
        within = ngettext(
            "Within %(hours)d hour, or not at all.", "Within %(hours)d hours, or not at all.", timing.send_within
        )
        sentences.append(within % {"hours": timing.send_within})
    return sentences


def hours_later(hours: int) -> str:
    """When a version goes out that does so after the others."""
    return ngettext("%(hours)d hour later", "%(hours)d hours later", hours) % {"hours": hours}


def _days_in_words(campaign: Campaign, timing: Timing) -> str:
    if campaign.kind == Kind.DATE:
        return _date_in_words(campaign, timing)
    if timing.every == DAY:
        return gettext("Every day.")
    if timing.every == WEEK:
        names = [formats.date_format(MONDAY + dt.timedelta(days=day), "l") for day in sorted(timing.weekdays)]
        return gettext("Every week on %(days)s.") % {"days": get_text_list(names, gettext("and"))}
    days = [gettext("last day") if day == LAST_DAY else str(day) for day in timing.month_days]
    return gettext("Every month on these days: %(days)s.") % {"days": listed(days)}


def _date_in_words(campaign: Campaign, timing: Timing) -> str:
    date = Attribute.objects.filter(workspace=campaign.workspace, key=timing.attribute).first()
    days = abs(timing.days)
    values = {"date": date.label if date else timing.attribute, "days": days}
    if timing.days < 0:
        before = ngettext(
            "%(days)d day before “%(date)s” of each person.",
            "%(days)d days before “%(date)s” of each person.",
            days,
        )
        return before % values
    if timing.days > 0:
        after = ngettext(
            "%(days)d day after “%(date)s” of each person.",
            "%(days)d days after “%(date)s” of each person.",
            days,
        )
        return after % values
    return gettext("On “%(date)s” of each person.") % values


def _clock_in_words(campaign: Campaign, timing: Timing) -> str:
    clock = formats.time_format(timing.clock, "TIME_FORMAT")
    if timing.local_time:
        return gettext("At %(time)s where each person is.") % {"time": clock}
    return gettext("At %(time)s in %(place)s.") % {"time": clock, "place": place_of(zone_of(campaign).key)}


def takes_sentence(seconds: float | None) -> str:
    """How long sending takes, by what was seen lately; empty where nothing was."""
    if seconds is None:
        return ""
    minutes = round(seconds / 60)
    if minutes < 1:
        return gettext("As fast as your last campaigns, that takes less than a minute.")
    if minutes < 90:
        text = ngettext(
            "As fast as your last campaigns, that takes about %(count)s minute.",
            "As fast as your last campaigns, that takes about %(count)s minutes.",
            minutes,
        )
        return text % {"count": number(minutes)}
    hours = round(minutes / 60)
    text = ngettext(
        "As fast as your last campaigns, that takes about %(count)s hour.",
        "As fast as your last campaigns, that takes about %(count)s hours.",
        hours,
    )
    return text % {"count": number(hours)}
