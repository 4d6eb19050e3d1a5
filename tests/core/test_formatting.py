"""How numbers, shares and times are written."""

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from core import formatting

NOON = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("value", "decimals", "written"),
    [
        (1234567, 0, "1,234,567"),
        (-4912, 0, "−4,912"),
        (0, 0, "0"),
        (-0.001, 1, "0.0"),
        (None, 0, "–"),
        (26.04, 1, "26.0"),
        (46.94, 0, "47"),
        (30.39, 1, "30.4"),
        (Decimal("12.345"), 1, "12.3"),
        (Decimal("12.36"), 1, "12.4"),
    ],
)
def test_number_is_grouped_for_the_reader(value, decimals, written):
    assert formatting.number(value, decimals) == written


def test_number_in_russian_has_a_space_and_a_comma():
    with translation.override("ru"):
        assert formatting.number(1234.5, 1) == "1\xa0234,5"


def test_names_are_parted_as_the_reader_does_it():
    assert formatting.listed(["Aroha", "Bill"]) == "Aroha, Bill"
    with translation.override("ar"):
        assert formatting.listed(["Aroha", "Bill"]) == "Aroha، Bill"
    assert formatting.listed([]) == ""


def test_share_names_its_base():
    assert formatting.share(3982, 15312) == "26.0 %, 3,982 of 15,312"


@pytest.mark.parametrize(("part", "base"), [(3, 0), (None, 5), (3, None)])
def test_share_without_base_is_unknown(part, base):
    assert formatting.share(part, base) == "–"
    assert formatting.percent(part, base) == "–"


@pytest.mark.parametrize(
    ("delta", "spoken"),
    [
        (dt.timedelta(seconds=-10), "just now"),
        (dt.timedelta(seconds=20), "just now"),
        (dt.timedelta(minutes=-1), "1 minute ago"),
        (dt.timedelta(minutes=-59), "59 minutes ago"),
        (dt.timedelta(minutes=5), "in 5 minutes"),
        (dt.timedelta(hours=-3), "today, 9:00"),
        (dt.timedelta(hours=-13), "yesterday, 23:00"),
        (dt.timedelta(hours=14), "tomorrow, 2:00"),
        (dt.timedelta(days=-18), "3 November, 12:00"),
        (dt.timedelta(days=-400), "17 October 2025, 12:00"),
    ],
)
def test_relative_time_is_said_as_people_say_it(delta, spoken):
    with timezone.override(dt.UTC):
        assert formatting.relative_time(NOON + delta, NOON) == spoken


def test_relative_time_uses_the_days_of_the_viewer():
    with timezone.override("Pacific/Auckland"):
        assert formatting.relative_time(NOON - dt.timedelta(hours=3), NOON) == "yesterday, 22:00"


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Aroha Ngata", "AN"),
        ("lina.haddad@otago.example", "LH"),
        ("Юлия", "Ю"),
        ("  ", "?"),
        ("佐藤 美咲", "佐美"),
        ("Nguyễn Thị Mai", "NM"),
    ],
)
def test_initials_stand_for_a_person(name, letters):
    assert formatting.initials(name) == letters


@given(st.text())
def test_initials_and_tone_never_fail(name):
    assert 1 <= len(formatting.initials(name)) <= 6
    assert 0 <= formatting.tone_of(name) < formatting.TONES


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, ""),
        (20, "less than a minute left"),
        (60, "about 1 minute left"),
        (1740, "about 29 minutes left"),
        (7200, "about 2 hours left"),
    ],
)
def test_time_left_is_coarse(seconds, words):
    assert formatting.time_left(seconds) == words
