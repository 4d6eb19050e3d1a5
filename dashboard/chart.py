"""Columns over days, drawn on the server: shapes with sizes as attributes, so that no script and no style is needed."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import formats
from django.utils.dateformat import format as date_format

HEIGHT = 150
FOOT = 22
HEAD = 8
START = 34
COLUMN_SHARE = 0.72


@dataclass(frozen=True)
class Day:
    """How many of two kinds there were on a day."""

    day: dt.date
    lower: int
    upper: int


@dataclass(frozen=True)
class Bar:
    """A rectangle with its class."""

    x: str
    y: str
    width: str
    height: str
    css: str


@dataclass(frozen=True)
class Label:
    """A word at a place; `anchor` as in SVG."""

    x: str
    y: str
    text: str
    anchor: str


@dataclass(frozen=True)
class Columns:
    """Everything a template needs to draw the chart."""

    width: int
    height: int
    lines: list[tuple[str, str]]
    bars: list[Bar]
    labels: list[Label]


def draw_columns(days: Sequence[Day], *, width: int, labels: int) -> Columns:
    """The chart of `days` at `width` units, with about `labels` dates below it; the axis begins at zero."""
    top = nice_top(max((day.lower + day.upper for day in days), default=0))
    scale = (HEIGHT - FOOT - HEAD) / top
    floor = HEIGHT - FOOT
    step = (width - START) / max(len(days), 1)
    lines, words = [], []
    for part in range(4 if top % 3 == 0 else 3):
        value = top * part // (3 if top % 3 == 0 else 2)
        y = floor - value * scale
        lines.append((f"{START}", f"{y:.1f}"))
        words.append(Label(f"{START - 8}", f"{y + 4:.1f}", formats.number_format(value, use_l10n=True), "end"))
    bars: list[Bar] = []
    every = max(1, round(len(days) / max(labels, 1)))
    for position, day in enumerate(days):
        x = START + step * (position + (1 - COLUMN_SHARE) / 2)
        bars += _column(x, step * COLUMN_SHARE, floor, scale, day)
        if position % every == every // 2:
            middle = START + step * (position + 0.5)
            text = date_format(day.day, "j M")
            words.append(Label(f"{middle:.1f}", f"{HEIGHT - 5}", text, "middle"))
    return Columns(width, HEIGHT, lines, bars, words)


def nice_top(highest: int) -> int:
    """The end of the axis: the least of 1, 2, 3, 4, 6, 8 times a power of ten (4 at the least) that holds `highest`."""
    power = 1
    while True:
        for factor in (4, 6, 10, 12, 20, 30):
            if factor * power >= highest:
                return factor * power
        power *= 10


def _column(x: float, width: float, floor: float, scale: float, day: Day) -> list[Bar]:
    lower, upper = day.lower * scale, day.upper * scale
    gap = 1 if lower and upper else 0
    parts = [(floor - lower, lower, "c1"), (floor - lower - gap - upper, upper, "c3")]
    return [Bar(f"{x:.1f}", f"{y:.1f}", f"{width:.1f}", f"{height:.1f}", css) for y, height, css in parts if height > 0]
