import datetime as dt
import itertools
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.recurrence import Recurrence
from campaigns.schedule import instant_at, instants_everywhere
from core.clock import available_zones

AUCKLAND = ZoneInfo("Pacific/Auckland")
BERLIN = ZoneInfo("Europe/Berlin")
NOON = dt.time(12)

days = st.dates(dt.date(1990, 1, 1), dt.date(2090, 12, 31))
clocks = st.times().map(lambda time: time.replace(microsecond=0, second=0))
zones = st.sampled_from(sorted(available_zones())).map(ZoneInfo)
rules = st.builds(
    Recurrence,
    every=st.sampled_from(["day", "week", "month"]),
    clock=clocks,
    starts_on=days,
    weekdays=st.sets(st.integers(0, 6), min_size=1).map(lambda found: tuple(sorted(found))),
    month_days=st.sets(st.integers(1, 31) | st.just(-1), min_size=1).map(tuple),
    times=st.none() | st.integers(1, 40),
)

# Drawing a zone is slow on a busy machine, which says nothing of the rules.
patiently = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def utc(*parts):
    return dt.datetime(*parts, tzinfo=dt.UTC)


def test_a_skipped_hour_becomes_the_first_instant_after_the_jump():
    assert instant_at(dt.date(2026, 3, 29), dt.time(2, 30), BERLIN) == utc(2026, 3, 29, 1)


def test_an_hour_that_comes_twice_is_taken_the_first_time():
    assert instant_at(dt.date(2026, 10, 25), dt.time(2, 30), BERLIN) == utc(2026, 10, 25, 0, 30)


def test_a_day_that_a_place_never_had_is_the_next_one():
    apia = ZoneInfo("Pacific/Apia")
    assert instant_at(dt.date(2011, 12, 30), NOON, apia) == utc(2011, 12, 30, 10)
    assert utc(2011, 12, 30, 10).astimezone(apia).replace(tzinfo=None) == dt.datetime(2011, 12, 31)


@patiently
@given(day=days, clock=clocks, zone=zones)
def test_an_instant_shows_its_clock_or_is_the_end_of_a_jump(day, clock, zone):
    instant = instant_at(day, clock, zone)
    wanted = dt.datetime.combine(day, clock)
    shown = instant.astimezone(zone).replace(tzinfo=None)
    if shown != wanted:
        a_second_before = (instant - dt.timedelta(seconds=1)).astimezone(zone).replace(tzinfo=None)
        assert a_second_before < wanted < shown
    else:
        # Not an hour before either: a time that comes twice is taken the first time.
        earlier = dt.datetime.combine(day, clock, tzinfo=zone).replace(fold=0)
        assert instant == earlier.astimezone(dt.UTC)


@settings(patiently, max_examples=10)
@given(day=days, clock=clocks)
def test_everywhere_is_every_zone_and_spans_little_more_than_a_day(day, clock):
    found = instants_everywhere(day, clock)
    assert found.keys() == available_zones()
    assert max(found.values()) - min(found.values()) <= dt.timedelta(hours=51)


def test_every_week_on_two_days():
    rule = Recurrence("week", NOON, dt.date(2026, 11, 22), weekdays=(0, 3))
    assert list(itertools.islice(rule.days(), 4)) == [
        dt.date(2026, 11, 23), dt.date(2026, 11, 26), dt.date(2026, 11, 30), dt.date(2026, 12, 3),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("month_days", "expected"),
    [
        ((31,), [(1, 31), (2, 28), (3, 31), (4, 30)]),
        ((-1,), [(1, 31), (2, 28), (3, 31), (4, 30)]),
        ((1, 31), [(1, 1), (1, 31), (2, 1), (2, 28)]),
        ((29, 30, 31), [(1, 29), (1, 30), (1, 31), (2, 28)]),
    ],
)
def test_a_day_that_a_month_does_not_have_is_its_last(month_days, expected):
    rule = Recurrence("month", NOON, dt.date(2027, 1, 1), month_days=month_days)
    assert [(day.month, day.day) for day in itertools.islice(rule.days(), 4)] == expected


def test_it_ends_after_its_last_day_and_after_its_times():
    weekly = {"every": "week", "clock": NOON, "starts_on": dt.date(2026, 11, 23), "weekdays": (0,)}
    assert len(list(Recurrence(**weekly, ends_on=dt.date(2026, 12, 7)).days())) == 3
    twice = Recurrence(**weekly, times=2)
    assert twice.next_after(utc(2026, 11, 23, 0), BERLIN) == utc(2026, 11, 23, 11)
    assert twice.next_after(utc(2026, 11, 23, 11), BERLIN) == utc(2026, 11, 30, 11)
    assert twice.next_after(utc(2026, 11, 30, 11), BERLIN) is None


def test_the_hour_stays_when_clocks_change():
    rule = Recurrence("day", dt.time(9), dt.date(2026, 9, 1))
    found = rule.upcoming(utc(2026, 9, 25), AUCKLAND, most=3)
    assert [at.astimezone(AUCKLAND).hour for at in found] == [9, 9, 9]
    assert [at.hour for at in found] == [21, 20, 20]


def test_one_without_an_end_is_worked_out_one_by_one_however_far_away():
    rule = Recurrence("day", NOON, dt.date(2026, 1, 1))
    assert rule.next_after(utc(2199, 6, 1), BERLIN) == utc(2199, 6, 1, 10)


@patiently
@given(rule=rules, zone=zones, hours=st.integers(-2000, 20_000))
def test_instants_go_up_and_are_days_of_the_rule_in_its_zone(rule, zone, hours):
    moment = dt.datetime.combine(rule.starts_on, dt.time(0), tzinfo=dt.UTC) + dt.timedelta(hours=hours)
    found = rule.upcoming(moment, zone, most=8)
    assert all(before < after for before, after in itertools.pairwise([moment, *found]))
    expected = {instant_at(day, rule.clock, zone) for day in itertools.islice(rule.days(), 4000)}
    assert set(found) <= expected
    # None is left out between the first and the last.
    if found:
        assert len([at for at in expected if moment < at <= found[-1]]) == len(found)
    if rule.times is not None:
        assert len(rule.upcoming(moment - dt.timedelta(days=40_000), zone, most=50)) <= rule.times
