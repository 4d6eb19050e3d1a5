"""Quiet is what the clock on the wall says, through every change of the clock."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.quiet_hours import quiet_ends

# Whole hours, half an hour (Lord Howe), a change at midnight (Beirut), none, and a zone of odd minutes.
ZONES = ["America/New_York", "Australia/Lord_Howe", "Asia/Beirut", "Pacific/Auckland", "Africa/Cairo", "Asia/Kathmandu"]
MINUTE = dt.timedelta(minutes=1)


def is_quiet(at: dt.datetime, start: dt.time, end: dt.time, zone: ZoneInfo) -> bool:
    clock = at.astimezone(zone).time()
    return start <= clock < end if start <= end else not end <= clock < start


@given(
    at=st.datetimes(dt.datetime(2025, 1, 1), dt.datetime(2030, 1, 1)).map(lambda d: d.replace(tzinfo=dt.UTC)),
    start=st.times().map(lambda t: t.replace(second=0, microsecond=0)),
    end=st.times().map(lambda t: t.replace(second=0, microsecond=0)),
    zone=st.sampled_from(ZONES).map(ZoneInfo),
)
def test_it_ends_when_the_clock_says_so(at: dt.datetime, start: dt.time, end: dt.time, zone: ZoneInfo) -> None:
    until = quiet_ends(at, start, end, zone)
    if start == end or not is_quiet(at, start, end, zone):
        assert until is None
        return
    assert until is not None
    assert until > at
    assert until.tzinfo is dt.UTC
    assert not is_quiet(until, start, end, zone)
    # All of the way there was quiet, but for a jump of the clock over the end.
    hours = (until - at) / dt.timedelta(hours=1)
    assert hours <= 25 + 1
    last = until - MINUTE
    assert last <= at or is_quiet(last, start, end, zone) or _jumped(last, zone)


def _jumped(at: dt.datetime, zone: ZoneInfo) -> bool:
    before = at - dt.timedelta(hours=2)
    return before.astimezone(zone).utcoffset() != (at + MINUTE).astimezone(zone).utcoffset()


@pytest.mark.parametrize(
    ("at", "start", "end", "until"),
    [
        # New York puts its clock forward on 8 March 2026 at 2:00 and back on 1 November at 2:00.
        ("2026-03-08T05:00", "22:00", "08:00", "2026-03-08T12:00"),
        ("2026-03-08T06:30", "22:00", "02:30", "2026-03-08T07:30"),
        ("2026-11-01T03:00", "22:00", "08:00", "2026-11-01T13:00"),
        ("2026-11-01T05:10", "22:00", "01:30", "2026-11-01T05:30"),
        ("2026-11-01T06:10", "22:00", "01:30", "2026-11-01T06:30"),
        ("2026-06-01T16:00", "22:00", "08:00", None),
        ("2026-06-01T17:00", "13:00", "14:00", "2026-06-01T18:00"),
        ("2026-06-01T18:00", "13:00", "14:00", None),
        ("2026-06-01T18:00", "13:00", "13:00", None),
    ],
)
def test_changes_of_the_clock_in_new_york(at: str, start: str, end: str, until: str | None) -> None:
    found = quiet_ends(
        dt.datetime.fromisoformat(at).replace(tzinfo=dt.UTC),
        dt.time.fromisoformat(start),
        dt.time.fromisoformat(end),
        ZoneInfo("America/New_York"),
    )
    assert found == (dt.datetime.fromisoformat(until).replace(tzinfo=dt.UTC) if until else None)
