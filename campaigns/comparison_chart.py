"""Drawings of comparisons: bars with intervals, and how each version did at every look. Numbers in, coordinates out."""

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass

from campaigns.comparison import COLORS, VersionLine
from campaigns.models import ExperimentLook

ROW = 44
FOOT = 26
SIDE = 28
MOST_LOOKS = 120


@dataclass(frozen=True)
class Tick:
    """A line of the scale and its value."""

    position: float
    value: float


@dataclass(frozen=True)
class Bar:
    """One interval with its middle, and the place of its words."""

    low: float
    middle: float
    high: float
    row: float
    color: str
    line: VersionLine | None = None


@dataclass(frozen=True)
class IntervalChart:
    """Bars on one scale."""

    width: int
    height: int
    bars: list[Bar]
    ticks: list[Tick]
    zero: float | None

    @property
    def foot(self) -> int:
        """Where the scale is."""
        return self.height - FOOT


def draw_versions(lines: Sequence[VersionLine], *, width: int) -> IntervalChart | None:
    """The value and the interval of each version; None while an interval has no end."""
    if not lines or not all(math.isfinite(line.low) and math.isfinite(line.high) for line in lines):
        return None
    low, high = min(line.low for line in lines), max(line.high for line in lines)
    scale = _Scale(low, high, width)
    bars = [
        Bar(scale.x(line.low), scale.x(line.value), scale.x(line.high), ROW * place + ROW / 2 + 8, line.color, line)
        for place, line in enumerate(lines)
    ]
    return IntervalChart(width, ROW * len(lines) + FOOT + 8, bars, scale.ticks(), None)


def draw_difference(low: float, middle: float, high: float, *, width: int) -> IntervalChart | None:
    """One difference with its interval, and where nothing at all would be; None while the interval has no end."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return None
    scale = _Scale(min(low, 0.0), max(high, 0.0), width)
    bar = Bar(scale.x(low), scale.x(middle), scale.x(high), ROW / 2 + 4, "1")
    return IntervalChart(width, ROW + FOOT, [bar], scale.ticks(), scale.x(0.0))


class _Scale:
    """From values to the drawing's own units, over a round span."""

    def __init__(self, low: float, high: float, width: int) -> None:
        self.step = _round_step((high - low) / 5)
        self.low = math.floor(low / self.step + 1e-9) * self.step
        self.high = max(math.ceil(high / self.step - 1e-9) * self.step, self.low + self.step)
        self.width = width

    def x(self, value: float) -> float:
        return SIDE + (value - self.low) / (self.high - self.low) * (self.width - 2 * SIDE)

    def ticks(self) -> list[Tick]:
        count = round((self.high - self.low) / self.step)
        values = [round(self.low + self.step * place, 12) for place in range(count + 1)]
        return [Tick(self.x(value), value) for value in values]


def _round_step(span: float) -> float:
    """The next of …, 0.1, 0.2, 0.5, 1, 2, 5, …"""
    if span <= 0:
        return 0.01
    scale = 10.0 ** math.floor(math.log10(span))
    return next(scale * factor for factor in (1, 2, 5, 10) if span <= scale * factor * (1 + 1e-9))


@dataclass(frozen=True)
class LooksChart:
    """The value of each version at every look so far."""

    width: int
    height: int
    lines: list[tuple[str, str]]
    rows: list[Tick]
    first_at: dt.datetime
    last_at: dt.datetime

    @property
    def foot(self) -> int:
        """The line of the lowest value."""
        return self.height - FOOT


def draw_looks(looks: Sequence[ExperimentLook], *, width: int, height: int = 150) -> LooksChart | None:
    """Pairs of colour and path for each version; None before the second look. At most MOST_LOOKS points are drawn."""
    looks = list(looks)[:: max(1, -(-len(looks) // MOST_LOOKS))]
    if len(looks) < 2:
        return None
    series = [[_value(sample) for sample in look.samples] for look in looks]
    top = max(max(values) for values in series) or 0.01
    step = _round_step(top / 3)
    top = step * math.ceil(top / step - 1e-9)
    first, last = looks[0].at, looks[-1].at
    span = max((last - first).total_seconds(), 1.0)
    base, left = height - FOOT, 44

    def point(place: int, version: int) -> str:
        x = left + (looks[place].at - first).total_seconds() / span * (width - left - 8)
        return f"{x:.1f} {8 + (1 - series[place][version] / top) * (base - 8):.1f}"

    versions = min(len(values) for values in series)
    lines = [
        (COLORS[version], "M" + "L".join(point(place, version) for place in range(len(looks))))
        for version in range(versions)
    ]
    rows = [
        Tick(8 + (1 - place * step / top) * (base - 8), round(place * step, 12))
        for place in range(round(top / step) + 1)
    ]
    return LooksChart(width, height, lines, rows, first, last)


def _value(sample: Sequence[float | None]) -> float:
    people, successes, total = float(sample[0] or 0), float(sample[1] or 0), sample[2]
    return (successes if total is None else total) / people if people else 0.0
