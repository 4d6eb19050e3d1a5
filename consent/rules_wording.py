"""Profiles and what they ask, in sentences."""

import datetime as dt
from collections.abc import Iterable

from django.utils.formats import time_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from consent.models import Basis
from consent.profiles import Profile, quiet_hours
from contacts.models import Channel
from core.formatting import listed

NAMES = {
    "gdpr": gettext_lazy("European Union and EEA"),
    "uk": gettext_lazy("United Kingdom"),
    "casl": gettext_lazy("Canada"),
    "can_spam": gettext_lazy("United States, e-mail"),
    "tcpa": gettext_lazy("United States, texts and calls"),
}
# Names of places that are written alike in every language.
REGION_NAMES = {
    "US-CT": "Connecticut",
    "US-FL": "Florida",
    "US-MD": "Maryland",
    "US-OK": "Oklahoma",
    "US-RI": "Rhode Island",
    "US-TX": "Texas",
}
FOOTER_NAMES = {
    "identity": gettext_lazy("who sends it"),
    "postal_address": gettext_lazy("a postal address"),
    "contact": gettext_lazy("a way to reach you"),
    "unsubscribe": gettext_lazy("a way to unsubscribe"),
}


def profile_name(profile: Profile) -> str:
    """Where it holds, in a few words."""
    return str(NAMES[profile.key])


def sentences(profile: Profile) -> list[str]:
    """What the profile asks, a sentence each, in the order a marketer meets it."""
    return [*_consent(profile), *_ends(profile), *_hours(profile), *_leaving(profile)]


def names_of(channels: Iterable[str]) -> str:
    """Channels as people read them."""
    labels = dict(Channel.choices)
    return listed(labels[channel] for channel in sorted(channels))


def _consent(profile: Profile) -> list[str]:
    labels = dict(Basis.choices)
    said = []
    for permission in sorted(profile.permissions, key=lambda one: not one.channels):
        bases = listed(f"“{labels[Basis(name)]}”" for name in permission.bases)
        if permission.channels:
            said.append(
                _("%(channels)s: what counts as consent is %(bases)s.")
                % {"channels": names_of(permission.channels), "bases": bases}
            )
        elif len(profile.permissions) > 1:
            said.append(_("Anything else: what counts as consent is %(bases)s.") % {"bases": bases})
        else:
            said.append(_("What counts as consent: %(bases)s.") % {"bases": bases})
    if any(permission.double_opt_in for permission in profile.permissions):
        said.append(_("New people confirm from their own mailbox, so that the proof holds."))
    if profile.tracking_needs_consent:
        said.append(_("Opens and clicks are counted only of people who agreed to it."))
    return said


def _ends(profile: Profile) -> list[str]:
    labels = dict(Basis.choices)
    return [
        ngettext("%(basis)s: ends after %(months)d month.", "%(basis)s: ends after %(months)d months.", months)
        % {"basis": f"“{labels[Basis(basis)]}”", "months": months}
        for permission in profile.permissions
        for basis, months in permission.months.items()
    ]


def _hours(profile: Profile) -> list[str]:
    if not profile.hours:
        return []
    channel = min(profile.channels, default="sms")
    windows = quiet_hours(profile, channel, weekday=0)
    evening = max((start for start, _end in windows), default=dt.time(0))
    morning = next((end for start, end in windows if start == dt.time(0)), dt.time(0))
    usual = _("Nothing between %(evening)s and %(morning)s in the person’s own time.") % {
        "evening": time_format(evening, "TIME_FORMAT"),
        "morning": time_format(morning, "TIME_FORMAT"),
    }
    regions = sorted({region for hours in profile.hours for region in hours.regions})
    if not regions:
        return [usual]
    return [
        usual,
        _("Shorter hours in %(regions)s.") % {"regions": listed(REGION_NAMES[region] for region in regions)},
    ]


def _leaving(profile: Profile) -> list[str]:
    parts = ", ".join(str(FOOTER_NAMES[part]) for part in profile.footer)
    said = [_("Every message says: %(parts)s.") % {"parts": parts}]
    days = profile.unsubscribe_days
    if not days:
        said.append(_("Whoever leaves gets nothing more."))
    elif profile.business_days:
        said.append(
            ngettext(
                "Whoever leaves gets nothing more after %(days)d working day; here it is at once.",
                "Whoever leaves gets nothing more after %(days)d working days; here it is at once.",
                days,
            )
            % {"days": days}
        )
    if profile.link_days:
        said.append(
            ngettext(
                "The way out works for %(days)d day at least; here it never ends.",
                "The way out works for %(days)d days at least; here it never ends.",
                profile.link_days,
            )
            % {"days": profile.link_days}
        )
    return said
