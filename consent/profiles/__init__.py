"""What the laws of different places ask, as dated data: one file a law, read once. It is no legal advice.

Which rules hold for a person: those of their country for the channel; where that is not known, or we have none for
it, the ones the workspace chose as its usual ones; else the strictest, which nobody can do wrong with.
"""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from consent.profiles.reading import BASES, BrokenProfile, Hours, Permission, Profile, Source, read_profiles

__all__ = [
    "STRICTEST",
    "BrokenProfile",
    "Hours",
    "Permission",
    "Profile",
    "Rules",
    "Source",
    "add_months",
    "all_profiles",
    "allowed_hours",
    "expiry",
    "next_allowed",
    "quiet_hours",
    "rules_for",
]

STRICTEST = "gdpr"
MIDNIGHT = dt.time(0)
# Where a law names no end, an implied consent still ends by the terms of the one that does: CASL s. 10(10).
USUAL_MONTHS = {"implied_purchase": 24, "implied_inquiry": 6}

_profiles = read_profiles(Path(__file__).parent)


@dataclass(frozen=True, slots=True)
class Rules:
    """The profile that holds for somebody; `is_known` when their country or the workspace's choice says so."""

    profile: Profile
    is_known: bool

    def allows(self, channel: str, basis: str) -> bool:
        """True when consent of this basis counts on the channel. What is only assumed refuses nobody."""
        return basis in self.bases(channel)

    def bases(self, channel: str) -> tuple[str, ...]:
        """What counts as consent on the channel, the best first; everything where the rules are only assumed."""
        return self.profile.permission(channel).bases if self.is_known else BASES


def all_profiles() -> dict[str, Profile]:
    """Every profile by its key."""
    return dict(_profiles)


def rules_for(country: str, channel: str, usual: str = "") -> Rules:
    """The rules for a person of a country (ISO code or "") on a channel; `usual` is the workspace's own choice.

    A choice that is about other channels only stands for its country: whoever chose CAN-SPAM gets TCPA for texts.
    """
    for profile in _profiles.values():
        if country in profile.countries and profile.covers(channel):
            return Rules(profile, is_known=True)
    chosen = _profiles.get(usual)
    if chosen is None:
        return Rules(_profiles[STRICTEST], is_known=False)
    if not chosen.covers(channel):
        return rules_for(min(chosen.countries), channel)
    return Rules(chosen, is_known=True)


def expiry(profile: Profile, channel: str, basis: str, at: dt.datetime) -> dt.datetime | None:
    """When a consent of this basis, given `at`, ends by itself; None when it does not."""
    months = profile.permission(channel).months.get(basis) or USUAL_MONTHS.get(basis)
    return add_months(at, months) if months else None


def add_months(moment: dt.datetime, months: int) -> dt.datetime:
    """The same day and time `months` later, or the last day of a shorter month."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    for day in range(moment.day, 27, -1):
        try:
            return moment.replace(year=year, month=month + 1, day=day)
        except ValueError:
            continue
    return moment.replace(year=year, month=month + 1)


def allowed_hours(profile: Profile, channel: str, weekday: int, region: str = "") -> tuple[dt.time, dt.time] | None:
    """From when until when (00:00 until 00:00: all day) it is allowed to write; None for a day without any hour.

    `weekday` is 0 for Monday; `region` an ISO 3166-2 code such as US-FL, whose own hours replace the general ones.
    """
    if not profile.hours or not profile.covers(channel):
        return MIDNIGHT, MIDNIGHT
    own = [hours for hours in profile.hours if region in hours.regions]
    for hours in own or [hours for hours in profile.hours if not hours.regions]:
        if weekday in hours.days:
            return hours.start, hours.end
    return None


def quiet_hours(profile: Profile, channel: str, weekday: int, region: str = "") -> list[tuple[dt.time, dt.time]]:
    """The parts of a day in which nothing may be sent, in the person's own time; an end of 00:00 is midnight."""
    allowed = allowed_hours(profile, channel, weekday, region)
    if allowed is None:
        return [(MIDNIGHT, MIDNIGHT)]
    start, end = allowed
    before = [(MIDNIGHT, start)] if start != MIDNIGHT else []
    return before + ([(end, MIDNIGHT)] if end != MIDNIGHT else [])


def next_allowed(profile: Profile, channel: str, moment: dt.datetime, zone: ZoneInfo, region: str = "") -> dt.datetime:
    """The first instant from `moment` on at which it is allowed to write to somebody in `zone`; often `moment`."""
    local = moment.astimezone(zone)
    for days in range(8):  # every weekday once, and the first again for hours that are over today
        day = local.date() + dt.timedelta(days=days)
        allowed = allowed_hours(profile, channel, day.weekday(), region)
        if allowed is None:
            continue
        start = dt.datetime.combine(day, allowed[0], zone)
        end = dt.datetime.combine(day + dt.timedelta(days=allowed[1] == MIDNIGHT), allowed[1], zone)
        if moment.timestamp() < end.timestamp():
            return moment if start.timestamp() <= moment.timestamp() else start.astimezone(dt.UTC)
    raise ValueError(f"{profile.key} never allows {channel}")
