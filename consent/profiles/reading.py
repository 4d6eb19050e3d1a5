"""The shape of a profile, and reading it from its file. A file that does not fit stops the start, not a send."""

import datetime as dt
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CHANNELS = frozenset({"email", "sms", "push", "telegram", "whatsapp", "messenger", "viber", "voice"})
BASES = (
    *("express", "implied_purchase", "implied_inquiry", "soft_opt_in"),
    *("contract", "legitimate_interest"),
)
FOOTER_PARTS = ("identity", "postal_address", "contact", "unsubscribe")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class BrokenProfile(ValueError):
    """A profile's file does not have the shape it must have; the words name the file and the place."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a rule comes from."""

    law: str
    section: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Permission:
    """What counts as consent on `channels` (none: on every one that no other permission names).

    `months` says after how many months a basis ends by itself; a basis that is not in it does not.
    """

    channels: frozenset[str]
    bases: tuple[str, ...]
    double_opt_in: bool
    months: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hours:
    """When it is allowed to write, in the person's own time, on the `days` (0 is Monday) in the `regions`."""

    regions: frozenset[str]
    days: frozenset[int]
    start: dt.time
    end: dt.time


@dataclass(frozen=True, slots=True)
class Profile:
    """The rules of one law as data. `reviewed` is the day somebody last compared them with it.

    `channels`: which ones the law is about, none for all; `countries`: ISO 3166 codes of the people it protects.
    An unsubscribing takes effect within `unsubscribe_days` (0: at once), and the link works `link_days` long.
    """

    key: str
    reviewed: dt.date
    countries: frozenset[str]
    channels: frozenset[str]
    sources: tuple[Source, ...]
    permissions: tuple[Permission, ...]
    hours: tuple[Hours, ...]
    footer: tuple[str, ...]
    tracking_needs_consent: bool
    unsubscribe_days: int
    business_days: bool
    link_days: int

    def covers(self, channel: str) -> bool:
        """True when the law is about this channel."""
        return not self.channels or channel in self.channels

    def permission(self, channel: str) -> Permission:
        """What counts as consent on this channel."""
        general = self.permissions[0]
        for permission in self.permissions:
            if channel in permission.channels:
                return permission
            if not permission.channels:
                general = permission
        return general


def read_profiles(folder: Path) -> dict[str, Profile]:
    """Every profile of the folder by its key. Raises BrokenProfile."""
    profiles = {}
    for path in sorted(folder.glob("*.toml")):
        try:
            profile = _profile(tomllib.loads(path.read_text()))
        except (KeyError, TypeError, ValueError) as error:
            raise BrokenProfile(f"{path.name}: {error!r}") from error
        if profile.key != path.stem:
            raise BrokenProfile(f"{path.name}: the key is {profile.key}")
        profiles[profile.key] = profile
    return profiles


def _profile(data: dict[str, Any]) -> Profile:
    unsubscribe = dict(data.pop("unsubscribe"))
    profile = Profile(
        key=data.pop("key"),
        reviewed=_date(data.pop("reviewed")),
        countries=frozenset(data.pop("countries")),
        channels=_known(data.pop("channels", ()), CHANNELS),
        sources=tuple(Source(**source) for source in data.pop("sources")),
        permissions=tuple(_permission(dict(item)) for item in data.pop("consent")),
        hours=tuple(_hours(dict(item)) for item in data.pop("hours", ())),
        footer=_in_order(data["footer"]["parts"], FOOTER_PARTS),
        tracking_needs_consent=bool(data.pop("tracking_needs_consent")),
        unsubscribe_days=unsubscribe.pop("days"),
        business_days=unsubscribe.pop("business_days", False),
        link_days=unsubscribe.pop("link_days", 0),
    )
    _nothing_more({**data, **unsubscribe}, {"footer"})
    if not (profile.sources and profile.permissions and profile.countries):
        raise ValueError("a profile needs sources, consent and countries")
    return profile


def _permission(data: dict[str, Any]) -> Permission:
    permission = Permission(
        channels=_known(data.pop("channels"), CHANNELS),
        bases=_in_order(data.pop("bases"), BASES),
        double_opt_in=data.pop("double_opt_in"),
        months=dict(data.pop("months", {})),
    )
    _nothing_more(data)
    _known(permission.months, permission.bases)
    return permission


def _hours(data: dict[str, Any]) -> Hours:
    days = _known(data.pop("days", DAYS), DAYS)
    hours = Hours(
        regions=frozenset(data.pop("regions", ())),
        days=frozenset(DAYS.index(day) for day in days),
        start=_time(data.pop("from")),
        end=_time(data.pop("until")),
    )
    _nothing_more(data)
    if hours.start >= hours.end:
        raise ValueError("hours end before they begin")
    return hours


def _known(names: Iterable[str], allowed: Iterable[str]) -> frozenset[str]:
    found = frozenset(names)
    if unknown := found - frozenset(allowed):
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
    return found


def _in_order(names: Iterable[str], allowed: tuple[str, ...]) -> tuple[str, ...]:
    found = _known(names, allowed)
    return tuple(name for name in allowed if name in found)


def _nothing_more(data: dict[str, Any], allowed: set[str] | None = None) -> None:
    _known(data, allowed or set())


def _date(value: Any) -> dt.date:
    if type(value) is not dt.date:
        raise TypeError("not a date")
    return value


def _time(value: Any) -> dt.time:
    if not isinstance(value, dt.time):
        raise TypeError("not a time")
    return value
