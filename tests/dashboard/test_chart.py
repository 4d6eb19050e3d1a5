"""The chart of who joined."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.chart import HEIGHT, Day, draw_columns, nice_top


def days(*pairs):
    first = dt.date(2026, 11, 1)
    return [Day(first + dt.timedelta(days=n), lower, upper) for n, (lower, upper) in enumerate(pairs)]


@pytest.mark.parametrize(
    ("highest", "top"), [(0, 4), (4, 4), (5, 6), (11, 12), (13, 20), (21, 30), (31, 40), (101, 120)]
)
def test_axis_ends_at_a_round_number(highest, top):
    assert nice_top(highest) == top


@given(st.integers(min_value=0, max_value=10**9))
def test_axis_holds_the_highest_column(highest):
    assert highest <= nice_top(highest) <= max(4, highest * 2)


def test_columns_stand_on_zero_and_on_each_other():
    drawn = draw_columns(days((10, 0), (10, 10)), width=640, labels=2)
    alone, lower, upper = drawn.bars
    assert float(alone.y) + float(alone.height) == pytest.approx(HEIGHT - 22, abs=0.2)
    assert float(upper.y) + float(upper.height) + 1 == pytest.approx(float(lower.y), abs=0.2)
    assert (lower.css, upper.css) == ("c1", "c3")


def test_days_without_anybody_have_no_column():
    assert draw_columns(days((0, 0), (0, 0)), width=330, labels=2).bars == []


def test_axis_says_its_numbers():
    words = [label.text for label in draw_columns(days((100, 1)), width=640, labels=1).labels]
    assert words[:4] == ["0", "40", "80", "120"]
