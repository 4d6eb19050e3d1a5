"""Laws as data: well formed, dated, and applied to the right people."""

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Workspace
from consent.jurisdiction import BasisNotAccepted, country_of, region_of, require_basis
from consent.models import Basis, ConsentSettings
from consent.profiles import (
    STRICTEST,
    BrokenProfile,
    all_profiles,
    allowed_hours,
    expiry,
    next_allowed,
    quiet_hours,
    rules_for,
)
from consent.profiles.reading import BASES, CHANNELS, read_profiles
from consent.rules_wording import REGION_NAMES, profile_name, sentences
from contacts.models import Channel, Contact
from tests.cast import make_contact

TCPA = all_profiles()["tcpa"]
TEXAS = ZoneInfo("America/Chicago")


def utc(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=dt.UTC)  # type: ignore[arg-type]


def test_the_data_uses_our_own_words() -> None:
    assert sorted(BASES) == sorted(Basis.values)
    assert sorted(CHANNELS) == sorted(Channel.values)


@pytest.mark.parametrize("key", sorted(all_profiles()))
def test_each_profile_is_dated_sourced_and_readable(key: str) -> None:
    profile = all_profiles()[key]
    assert dt.date(2026, 1, 1) <= profile.reviewed <= dt.datetime.now(dt.UTC).date()
    assert all(source.law and source.section for source in profile.sources)
    assert profile_name(profile)
    assert len(sentences(profile)) >= 3
    assert {"identity", "unsubscribe"} <= set(profile.footer)


@pytest.mark.parametrize(
    "text",
    [
        "key = 'other'",
        "",
        "key = 'x'\nreviewed = 2026-01-01\ncountries = ['NZ']\ntracking_needs_consent = true\nsources = []\n"
        "consent = []\n[footer]\nparts = []\n[unsubscribe]\ndays = 1",
        "key = 'x'\nreviewed = 'today'",
        "not toml",
    ],
)
def test_a_profile_that_does_not_fit_is_refused_by_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.toml").write_text(text)
    with pytest.raises(BrokenProfile, match=r"x\.toml"):
        read_profiles(tmp_path)


@pytest.mark.parametrize(
    ("country", "channel", "usual", "key", "is_known"),
    [
        ("DE", "email", "casl", "gdpr", True),
        ("CA", "email", "", "casl", True),
        ("US", "email", "", "can_spam", True),
        ("US", "sms", "", "tcpa", True),
        ("US", "push", "", STRICTEST, False),
        ("NZ", "email", "", STRICTEST, False),
        ("", "email", "uk", "uk", True),
        ("", "sms", "can_spam", "tcpa", True),
        ("", "email", "gone", STRICTEST, False),
    ],
)
def test_the_rules_follow_the_person_then_the_workspace(
    country: str, channel: str, usual: str, key: str, is_known: bool
) -> None:
    rules = rules_for(country, channel, usual)
    assert (rules.profile.key, rules.is_known) == (key, is_known)


@pytest.mark.parametrize(
    ("key", "channel", "basis", "months"),
    [
        ("casl", "email", "implied_purchase", 24),
        ("casl", "email", "implied_inquiry", 6),
        ("tcpa", "voice", "implied_purchase", 18),
        ("tcpa", "voice", "implied_inquiry", 3),
        ("gdpr", "email", "implied_purchase", 24),
        ("gdpr", "email", "express", None),
        ("gdpr", "email", "soft_opt_in", None),
    ],
)
def test_implied_consent_ends_as_the_law_says(key: str, channel: str, basis: str, months: int | None) -> None:
    ends = expiry(all_profiles()[key], channel, basis, utc(2026, 1, 15))
    assert ends == (utc(2026 + months // 12, 1 + months % 12, 15) if months else None)


@pytest.mark.parametrize(
    ("region", "weekday", "hours"),
    [
        ("", 6, (8, 21)),
        ("US-FL", 0, (8, 20)),
        ("US-TX", 0, (9, 21)),
        ("US-TX", 6, (12, 21)),
        ("US-CT", 3, (9, 20)),
        ("US-RI", 5, (10, 17)),
        ("US-RI", 6, None),
        ("US-NY", 6, (8, 21)),
    ],
)
def test_hours_are_those_of_the_state(region: str, weekday: int, hours: tuple[int, int] | None) -> None:
    expected = (dt.time(hours[0]), dt.time(hours[1])) if hours else None
    assert allowed_hours(TCPA, "sms", weekday, region) == expected


def test_quiet_hours_are_what_is_left_of_the_day() -> None:
    assert quiet_hours(TCPA, "sms", 0) == [(dt.time(0), dt.time(8)), (dt.time(21), dt.time(0))]
    assert quiet_hours(TCPA, "sms", 6, "US-RI") == [(dt.time(0), dt.time(0))]
    assert quiet_hours(TCPA, "email", 0) == []
    assert quiet_hours(all_profiles()["gdpr"], "sms", 0) == []


@pytest.mark.parametrize(
    ("moment", "allowed"),
    [
        (utc(2026, 11, 23, 18), utc(2026, 11, 23, 18)),  # Monday noon
        (utc(2026, 11, 23, 3), utc(2026, 11, 23, 15)),  # Sunday 21:00: over
        (utc(2026, 11, 22, 14), utc(2026, 11, 22, 18)),  # Sunday 8:00: from noon
        (utc(2026, 3, 8, 9), utc(2026, 3, 8, 17)),  # the night the clocks go forward
    ],
)
def test_a_message_waits_for_the_next_allowed_hour(moment: dt.datetime, allowed: dt.datetime) -> None:
    assert next_allowed(TCPA, "sms", moment, TEXAS, "US-TX") == allowed


@given(
    moment=st.datetimes(dt.datetime(2020, 1, 1), dt.datetime(2035, 1, 1), timezones=st.just(dt.UTC)),
    region=st.sampled_from(["", "US-FL", "US-TX", "US-RI", "US-CT"]),
    zone=st.sampled_from(["America/New_York", "America/Los_Angeles", "Pacific/Honolulu"]),
)
def test_the_next_allowed_instant_is_in_no_quiet_hour(moment: dt.datetime, region: str, zone: str) -> None:
    at = next_allowed(TCPA, "sms", moment, ZoneInfo(zone), region)
    assert at >= moment
    assert next_allowed(TCPA, "sms", at, ZoneInfo(zone), region) == at
    local = at.astimezone(ZoneInfo(zone))
    for start, end in quiet_hours(TCPA, "sms", local.weekday(), region):
        assert not (start <= local.time() and (end == dt.time(0) or local.time() < end))


@pytest.mark.parametrize(
    ("phone", "country", "region"),
    [
        ("+13055551234", "US", "US-FL"),
        ("+12125551234", "US", ""),
        ("+14165551234", "CA", ""),
        ("", "", ""),
    ],
)
def test_where_somebody_is_is_read_from_their_phone(phone: str, country: str, region: str) -> None:
    contact = Contact(phone=phone)
    assert (country_of(contact), region_of(contact)) == (country, region)


def test_a_basis_is_refused_only_by_rules_that_are_known_to_hold(workspace: Workspace) -> None:
    german = make_contact(workspace, "a@x.example", country="DE")
    unknown = make_contact(workspace, "b@x.example")
    with pytest.raises(BasisNotAccepted, match=r"European Union.*“They agreed”, “Customer, offered an opt-out”"):
        require_basis(german, "email", Basis.IMPLIED_PURCHASE)
    require_basis(german, "email", Basis.SOFT_OPT_IN)
    require_basis(unknown, "email", Basis.IMPLIED_PURCHASE)
    ConsentSettings.objects.create(workspace=workspace, default_profile="uk")
    with pytest.raises(BasisNotAccepted, match="United Kingdom"):
        require_basis(unknown, "email", Basis.IMPLIED_PURCHASE)


def test_every_region_with_hours_of_its_own_has_a_name() -> None:
    regions = {region for profile in all_profiles().values() for hours in profile.hours for region in hours.regions}
    assert regions == set(REGION_NAMES)
