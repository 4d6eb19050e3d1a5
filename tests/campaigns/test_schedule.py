import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.errors import SkippedHour
from campaigns.schedule import local_moment, place_of, repeated_sentence

AUCKLAND = ZoneInfo("Pacific/Auckland")


def test_local_moment_is_the_instant_of_that_clock():
    moment = local_moment(dt.date(2026, 11, 23), dt.time(9), AUCKLAND)
    assert moment.at == dt.datetime(2026, 11, 22, 20, tzinfo=dt.UTC)
    assert not moment.is_repeated


def test_an_hour_that_clocks_skip_is_refused_with_the_hour_that_comes_instead():
    with pytest.raises(SkippedHour) as refusal:
        local_moment(dt.date(2026, 9, 27), dt.time(2, 30), AUCKLAND)
    assert refusal.value.sentence == (
        "Clocks in Auckland go forward that night, so 2:30 does not come on 27 September. Take 3:30 or another time."
    )


def test_an_hour_that_comes_twice_is_taken_the_first_time_and_said():
    moment = local_moment(dt.date(2026, 4, 5), dt.time(2, 30), AUCKLAND)
    assert moment.at == dt.datetime(2026, 4, 4, 13, 30, tzinfo=dt.UTC)
    assert repeated_sentence(moment) == (
        "Clocks in Auckland go back that night, so 2:30 comes twice. The campaign starts the first time."
    )


@pytest.mark.parametrize(
    ("zone", "place"),
    [("UTC", "UTC"), ("Pacific/Auckland", "Auckland"), ("America/Argentina/Buenos_Aires", "Buenos Aires")],
)
def test_place_of_names_the_place(zone, place):
    assert place_of(zone) == place


@given(
    st.datetimes(dt.datetime(2020, 1, 1), dt.datetime(2040, 1, 1)),
    st.sampled_from(["Pacific/Auckland", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "UTC"]),
)
def test_a_chosen_time_is_shown_again_as_it_was_chosen_or_refused(wanted, name):
    wanted = wanted.replace(second=0, microsecond=0)
    zone = ZoneInfo(name)
    try:
        moment = local_moment(wanted.date(), wanted.time(), zone)
    except SkippedHour:
        assert wanted.replace(tzinfo=zone).astimezone(dt.UTC).astimezone(zone).replace(tzinfo=None) != wanted
    else:
        assert moment.at.astimezone(zone).replace(tzinfo=None) == wanted
