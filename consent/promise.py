"""What somebody will get from now on, in sentences: shown on their page and after every change."""

import datetime as dt
from collections.abc import Iterable

from django.utils import formats, timezone
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from consent.models import ContactPreference, Topic
from consent.other_channels import OtherChoice
from consent.wording import FOUR_WEEKS, WEEKLY
from core.clock import now

# Names keep their own direction inside a sentence of another (Unicode UAX 9: FSI … PDI).
ISOLATE, END = "\u2068", "\u2069"


def promise(
    topics: Iterable[Topic],
    preference: ContactPreference,
    *,
    is_restricted: bool = False,
    others: Iterable[OtherChoice] = (),
) -> list[str]:
    """Whole sentences in the active language and time zone; `topics` are those that are on by e-mail, `others` what
    is on elsewhere."""
    names = [f"{ISOLATE}{topic.name}{END}" for topic in topics]
    if is_restricted:
        return [_("We keep your data and use it for nothing, so no news reaches you.")]
    elsewhere = _elsewhere(others)
    if not names and not elsewhere:
        return [_("You get no news from us.")]
    sentences = []
    if preference.paused_until is not None and preference.paused_until > now():
        sentences.append(_("You take a break: no news from us before %(day)s.") % {"day": day_of(preference)})
    else:
        if names:
            sentences.append(_how_often(preference.days_between) % {"topics": get_text_list(names, _("and"))})
        sentences += elsewhere
    if preference.quiet_from is not None and preference.quiet_until is not None:
        hours = {"start": _clock(preference.quiet_from), "end": _clock(preference.quiet_until)}
        sentences.append(_("Nothing comes between %(start)s and %(end)s.") % hours)
    return sentences


def _elsewhere(others: Iterable[OtherChoice]) -> list[str]:
    """A sentence for each other channel on which something may come."""
    by_channel: dict[str, list[str]] = {}
    for one in others:
        by_channel.setdefault(one.channel_name, []).append(f"{ISOLATE}{one.name}{END}")
    return [
        _("%(channel)s: you get messages about %(topics)s.")
        % {"channel": channel, "topics": get_text_list(names, _("and"))}
        for channel, names in by_channel.items()
    ]


def day_of(preference: ContactPreference) -> str:
    """The day on which a break ends, where the person is."""
    moment = preference.paused_until
    return str(formats.date_format(timezone.localtime(moment), "DATE_FORMAT")) if moment else ""


def _how_often(days: int | None) -> str:
    if not days:
        return _("You get messages about %(topics)s as they come.")
    if days == WEEKLY:
        return _("You get at most one message a week, about %(topics)s.")
    if days == FOUR_WEEKS:
        return _("You get at most one message in four weeks, about %(topics)s.")
    sentence = ngettext(
        "You get at most one message a day, about %%(topics)s.",
        "You get at most one message in %(days)s days, about %%(topics)s.",
        days,
    )
    return sentence % {"days": days}


def _clock(time: dt.time) -> str:
    return str(formats.time_format(time, "TIME_FORMAT"))


def choices_in_words(preference: ContactPreference) -> list[str]:
    """The same without topics, said to a teammate about somebody else."""
    sentences = [frequency_in_words(preference.days_between)]
    if preference.paused_until is not None and preference.paused_until > now():
        sentences.insert(0, _("They take a break until %(day)s.") % {"day": day_of(preference)})
    if preference.quiet_from is not None and preference.quiet_until is not None:
        hours = {"start": _clock(preference.quiet_from), "end": _clock(preference.quiet_until)}
        sentences.append(_("Nothing between %(start)s and %(end)s on their clock.") % hours)
    return sentences


def frequency_in_words(days: int | None) -> str:
    """How often somebody wants messages, as a sentence of its own."""
    if not days:
        return _("Messages as they come.")
    if days == WEEKLY:
        return _("At most one message a week.")
    if days == FOUR_WEEKS:
        return _("At most one message in four weeks.")
    return ngettext("At most one message a day.", "At most one message in %(days)d days.", days) % {"days": days}
