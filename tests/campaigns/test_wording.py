import datetime as dt

import pytest
from django.utils import timezone

from campaigns.wording import short_day

NOW = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("days", "words"), [(0, "Today"), (1, "Tomorrow"), (3, "Thu 26"), (60, "22 Jan"), (-2, "21 Nov")]
)
def test_short_day_is_short(days, words):
    with timezone.override("UTC"):
        assert short_day(NOW + dt.timedelta(days=days), NOW) == words


def test_short_day_is_the_viewers_day():
    with timezone.override("Pacific/Auckland"):
        assert short_day(NOW + dt.timedelta(hours=3), NOW) == "Tomorrow"
