import datetime as dt

import pytest

from campaigns.timing import Timing, timing_problems

WEEKLY = Timing(every="week", weekdays=(0,))


def test_only_what_differs_is_stored_and_comes_back():
    timing = Timing(
        local_time=True, every="month", month_days=(1, -1), clock=dt.time(8, 30), starts_on=dt.date(2026, 12, 1)
    )
    data = timing.as_data()
    assert data == {
        "local_time": True, "every": "month", "month_days": [1, -1], "clock": "08:30", "starts_on": "2026-12-01",
    }  # fmt: skip
    assert Timing.from_data(data) == timing
    assert Timing().as_data() == {}


@pytest.mark.parametrize(
    ("kind", "timing", "field"),
    [
        ("recurring", Timing(), "weekdays"),
        ("recurring", Timing(weekdays=(7,)), "weekdays"),
        ("recurring", Timing(every="month"), "month_days"),
        ("recurring", Timing(every="month", month_days=(0,)), "month_days"),
        ("recurring", Timing(every="year"), "every"),
        ("recurring", Timing(weekdays=(1,), times=0), "times"),
        ("recurring", Timing(weekdays=(1,), times=1001), "times"),
        ("recurring", Timing(weekdays=(1,), starts_on=dt.date(2026, 2, 2), ends_on=dt.date(2026, 2, 1)), "ends_on"),
        ("recurring", Timing(weekdays=(1,), starts_on=dt.date(9000, 1, 1)), "starts_on"),
        ("feed", Timing(weekdays=(1,), feed_url="ftp://example.org"), "feed_url"),
        ("feed", Timing(weekdays=(1,), feed_url="https://me:secret@example.org"), "feed_url"),
        ("date", Timing(), "attribute"),
        ("date", Timing(attribute="birthday", days=366), "days"),
        ("once", Timing(send_within=0), "send_within"),
        ("once", Timing(late_after=100), "late_after"),
        ("once", Timing(if_passed="never"), "if_passed"),
        ("once", Timing(when_late="never"), "when_late"),
    ],
)
def test_rules_that_cannot_be_are_named(kind, timing, field):
    assert list(timing_problems(kind, timing)) == [field]


@pytest.mark.parametrize(
    ("kind", "timing"),
    [
        ("once", Timing()),
        ("evergreen", Timing(with_present=True)),
        ("recurring", WEEKLY),
        ("recurring", Timing(every="day", times=1)),
        ("date", Timing(attribute="birthday", days=-14)),
        ("feed", Timing(every="day", feed_url="https://example.org/feed.xml")),
    ],
)
def test_rules_that_can_be_have_no_problem(kind, timing):
    assert timing_problems(kind, timing) == {}
