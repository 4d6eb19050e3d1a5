"""The drawing of sizes: numbers in, coordinates out."""

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segments.size_chart import HEIGHT, draw_sizes, draw_spark

DAY = dt.date(2026, 3, 1)


def days(*counts):
    return [(DAY + dt.timedelta(days=number), count) for number, count in enumerate(counts)]


@pytest.mark.parametrize("sizes", [[], days(7)])
def test_one_day_is_no_picture(sizes):
    assert draw_sizes(sizes, width=600) is None
    assert draw_spark(sizes) == ""


def test_axis_begins_at_zero_and_ends_above_the_largest():
    chart = draw_sizes(days(0, 700, 1173), width=600)
    assert [row.label for row in chart.rows] == [0, 600, 1200]
    assert chart.line.startswith(f"M44.0 {chart.base}.0L")
    assert chart.ticks[0].label == DAY
    assert chart.ticks[-1].label == DAY + dt.timedelta(days=2)


def test_days_without_a_count_are_passed_over():
    chart = draw_sizes([(DAY, 10), (DAY + dt.timedelta(days=9), 10), (DAY + dt.timedelta(days=10), 10)], width=154)
    assert chart.line == "M44.0 10.0L134.0 10.0L144.0 10.0"


def test_spark_shows_the_way_and_a_line_that_never_changes_is_in_the_middle():
    assert draw_spark(days(5, 5)) == "M2.0 10.0L70.0 10.0"
    assert draw_spark(days(1, 2)) == "M2.0 18.0L70.0 2.0"


@settings(suppress_health_check=[HealthCheck.too_slow])  # a busy machine draws a thousand numbers slowly
@given(st.lists(st.integers(0, 10**9), min_size=2, max_size=1000))
def test_any_sizes_stay_on_the_picture(counts):
    chart = draw_sizes(days(*counts), width=320)
    corners = [tuple(map(float, corner.split())) for corner in chart.line[1:].split("L")]
    assert all(0 <= x <= 320 and 0 <= y <= HEIGHT for x, y in corners)
    assert len(corners) <= 402
