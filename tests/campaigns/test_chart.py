import datetime as dt
import re

from hypothesis import given
from hypothesis import strategies as st

from campaigns.chart import draw_speed

START = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)


def minutes(*counts):
    return [(START + dt.timedelta(minutes=place), count) for place, count in enumerate(counts) if count]


def test_nothing_sent_draws_nothing():
    assert draw_speed([], width=1080) is None


def test_axis_begins_at_zero_and_ends_above_the_fastest_minute():
    chart = draw_speed(minutes(60, 318, 320), width=1080)
    assert [row.label for row in chart.rows] == [0, 100, 200, 300, 400]
    assert chart.now is None
    assert chart.forecast == ""


def test_a_minute_without_messages_falls_to_zero():
    chart = draw_speed(minutes(100, 0, 100), width=1080)
    assert f" {chart.base}.0L" in chart.line


def test_what_is_left_is_forecast_until_the_end():
    chart = draw_speed(minutes(300, 300), width=1080, seconds_left=120)
    assert chart.now == 40 + (1080 - 48) / 2
    assert chart.forecast.startswith(f"M{chart.now:.1f} ")
    assert [tick.label for tick in chart.ticks][-1] == START + dt.timedelta(minutes=4)


def test_a_very_long_campaign_is_drawn_with_few_points():
    chart = draw_speed(minutes(*([5] * 5000)), width=1080)
    assert chart.line.count("L") <= 602


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=40), st.sampled_from([330, 1080]))
def test_every_point_lies_inside_the_drawing(counts, width):
    chart = draw_speed(minutes(1, *counts), width=width, seconds_left=60)
    for x, y in re.findall(r"([\d.]+) ([\d.]+)", chart.line):
        assert 40 <= float(x) <= width - 8
        assert 8 <= float(y) <= chart.base
