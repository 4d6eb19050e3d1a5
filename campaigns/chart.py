"""The drawing of messages sent each minute: numbers in, coordinates out; the template draws them."""

import datetime as dt
from dataclasses import dataclass

HEIGHT = 190
AXIS = 40
FOOT = 24
TOP = 8
END = 8
MINUTE = dt.timedelta(minutes=1)


@dataclass(frozen=True)
class Mark:
    """A grid line or a tick: where, and what it says (a number of messages, or an instant)."""

    position: float
    label: int | dt.datetime


@dataclass(frozen=True)
class SpeedChart:
    """Coordinates of one drawing. `forecast` is empty and `now` is None once nothing more will be sent."""

    width: int
    height: int
    area: str
    line: str
    forecast: str
    now: float | None
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


def draw_speed(
    speed: list[tuple[dt.datetime, int]], *, width: int, seconds_left: int | None = None
) -> SpeedChart | None:
    """The chart of `speed`, pairs of (minute, sent), with a dashed forecast when `seconds_left` is known.

    Minutes in which nothing left are zero. None when there is nothing to draw. At most 600 points are drawn:
    longer campaigns are averaged over equal spans.
    """
    if not speed:
        return None
    points = _averaged(_filled(speed))
    step = points[1][0] - points[0][0] if len(points) > 1 else MINUTE
    first, last = points[0][0], points[-1][0] + step
    finish = last + dt.timedelta(seconds=seconds_left) if seconds_left else last
    top = _round_up(max(count for _minute, count in points))
    scale = _Scale(first, finish, top, width)
    corners = _corners(points, step)
    line = "L".join(f"{scale.x(at):.1f} {scale.y(count):.1f}" for at, count in corners)
    base = HEIGHT - FOOT
    pace = points[-1][1]
    forecast = ""
    if seconds_left:
        forecast = f"M{scale.x(last):.1f} {scale.y(pace):.1f}L{scale.x(finish):.1f} {scale.y(pace):.1f}V{base}"
    return SpeedChart(
        width=width,
        height=HEIGHT,
        area=f"M{scale.x(first):.1f} {base}L{line}L{scale.x(last):.1f} {base}Z",
        line=f"M{line}",
        forecast=forecast,
        now=scale.x(last) if seconds_left else None,
        rows=[Mark(scale.y(top * part / 4), round(top * part / 4)) for part in range(5)],
        ticks=[Mark(scale.x(at), at) for at in _ticks(first, finish, 5 if width > 500 else 3)],
    )


class _Scale:
    """From instants and counts to the drawing's own units."""

    def __init__(self, first: dt.datetime, finish: dt.datetime, top: int, width: int) -> None:
        self.first, self.top = first, top
        self.span = max((finish - first).total_seconds(), 1.0)
        self.width = width - AXIS - END

    def x(self, at: dt.datetime) -> float:
        return AXIS + (at - self.first).total_seconds() / self.span * self.width

    def y(self, count: float) -> float:
        return TOP + (1 - count / self.top) * (HEIGHT - FOOT - TOP)


def _filled(speed: list[tuple[dt.datetime, int]]) -> list[tuple[dt.datetime, float]]:
    counts = dict(speed)
    first, last = min(counts), max(counts)
    # A pause of days must not become a million points: beyond a week only the minutes with messages are drawn.
    if last - first > dt.timedelta(days=7):
        return [(minute, float(count)) for minute, count in sorted(counts.items())]
    length = int((last - first) / MINUTE) + 1
    return [(first + MINUTE * step, float(counts.get(first + MINUTE * step, 0))) for step in range(length)]


def _averaged(points: list[tuple[dt.datetime, float]], limit: int = 600) -> list[tuple[dt.datetime, float]]:
    size = -(-len(points) // limit)
    if size <= 1:
        return points
    groups = [points[start : start + size] for start in range(0, len(points), size)]
    return [(group[0][0], sum(count for _minute, count in group) / len(group)) for group in groups]


def _corners(points: list[tuple[dt.datetime, float]], step: dt.timedelta) -> list[tuple[dt.datetime, float]]:
    """A few minutes are drawn as steps, which they are; many as a line through their middles."""
    if len(points) > 12:
        return [points[0], *[(at + step / 2, count) for at, count in points], (points[-1][0] + step, points[-1][1])]
    return [corner for at, count in points for corner in ((at, count), (at + step, count))]


def _round_up(value: float) -> int:
    """The next of 4, 8, 20, 40, 80, 200 …, so that quarters are whole numbers."""
    scale = 4
    while True:
        for factor in (1, 2, 5):
            if value <= scale * factor:
                return scale * factor
        scale *= 10


def _ticks(first: dt.datetime, finish: dt.datetime, count: int) -> list[dt.datetime]:
    span = finish - first
    count = max(2, min(count, int(span / MINUTE) + 1))
    whole = [first + span * part / (count - 1) for part in range(count)]
    return [at.replace(second=0, microsecond=0) if at != finish else finish for at in whole]
