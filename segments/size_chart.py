"""The drawing of how large a segment was on each day: numbers in, coordinates out; the template draws them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

HEIGHT = 150
AXIS = 44
FOOT = 22
TOP = 10
END = 10
SPARK_WIDTH, SPARK_HEIGHT = 72, 20
_POINTS = 400

Point = tuple[dt.date, int]


@dataclass(frozen=True)
class Mark:
    """A grid line or a tick: where, and the number or the day it stands for."""

    position: float
    label: int | dt.date


@dataclass(frozen=True)
class SizeChart:
    """Coordinates of one drawing."""

    width: int
    height: int
    area: str
    line: str
    last: tuple[float, float]
    rows: list[Mark]
    ticks: list[Mark]

    @property
    def axis(self) -> int:
        """Where the drawing begins, after the numbers of the axis."""
        return AXIS

    @property
    def plot_end(self) -> int:
        """Where the drawing ends."""
        return self.width - END

    @property
    def base(self) -> int:
        """The line of zero."""
        return HEIGHT - FOOT


def draw_sizes(sizes: Sequence[Point], *, width: int) -> SizeChart | None:
    """Return the drawing of pairs (day, people) in the order of days; None for fewer than two days.

    Days nobody counted on are passed over by a straight line. The axis begins at zero.
    """
    points = list(sizes[:: -(-len(sizes) // _POINTS) or 1])
    if len(points) < 2:
        return None
    if points[-1] != sizes[-1]:
        points.append(sizes[-1])
    first, last = points[0][0], points[-1][0]
    top = _round_up(max(count for _day, count in points))
    span = max((last - first).days, 1)

    def place(day: dt.date, count: float) -> tuple[float, float]:
        across = AXIS + (day - first).days / span * (width - AXIS - END)
        return across, TOP + (1 - count / top) * (HEIGHT - FOOT - TOP)

    corners = [place(day, count) for day, count in points]
    line = "L".join(f"{x:.1f} {y:.1f}" for x, y in corners)
    base = HEIGHT - FOOT
    count = 4 if width > 400 else 2
    days = [first + dt.timedelta(days=round(span * part / count)) for part in range(count + 1)]
    return SizeChart(
        width=width,
        height=HEIGHT,
        area=f"M{corners[0][0]:.1f} {base}L{line}L{corners[-1][0]:.1f} {base}Z",
        line=f"M{line}",
        last=(round(corners[-1][0], 1), round(corners[-1][1], 1)),
        rows=[Mark(place(first, top * part / 2)[1], round(top * part / 2)) for part in range(3)],
        ticks=[Mark(place(day, 0)[0], day) for day in dict.fromkeys(days)],
    )


def draw_spark(sizes: Sequence[Point]) -> str:
    """Return the path of a small line through the sizes, from their least to their greatest; empty for fewer than two.

    It shows the way something went, not how large it is: it has no axis.
    """
    if len(sizes) < 2:
        return ""
    first, span = sizes[0][0], max((sizes[-1][0] - sizes[0][0]).days, 1)
    counts = [count for _day, count in sizes]
    low, height = min(counts), max(counts) - min(counts)
    inner = SPARK_HEIGHT - 4

    def corner(day: dt.date, count: int) -> str:
        across = 2 + (day - first).days / span * (SPARK_WIDTH - 4)
        # What never changed is a line through the middle.
        up = (count - low) / height if height else 0.5
        return f"{across:.1f} {2 + (1 - up) * inner:.1f}"

    return "M" + "L".join(corner(day, count) for day, count in sizes)


def _round_up(value: float) -> int:
    """The next of 4, 6, 8, 10, 12, 16, 20, 30, 40, 60 …, so that halves are whole numbers."""
    scale = 1
    while True:
        for factor in (4, 6, 8, 10, 12, 16, 20, 30):
            if value <= scale * factor:
                return scale * factor
        scale *= 10
