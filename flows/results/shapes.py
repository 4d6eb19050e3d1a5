"""The drawing of the days: counts in, coordinates out; the template draws them."""

import datetime as dt
from dataclasses import dataclass

WIDTH, HEIGHT = 720, 160
FOOT, TOP = 24, 8
WIDEST_BAR = 28.0


@dataclass(frozen=True)
class DayBar:
    """One day: where its bar stands and how high it is, all of it and the part that finished."""

    day: dt.date
    began: int
    completed: int
    left: float
    width: float
    top: float
    height: float
    done_top: float
    done_height: float


@dataclass(frozen=True)
class DayChart:
    """Bars of up to 92 days, the last ones; `most` is the highest count."""

    bars: list[DayBar]
    most: int
    width: int = WIDTH
    height: int = HEIGHT
    base: int = HEIGHT - FOOT


def day_chart(days: list[tuple[dt.date, int, int]]) -> DayChart | None:
    """The chart of (day, began, completed); None where there is nothing to draw."""
    days = days[-92:]
    most = max((began for _day, began, _completed in days), default=0)
    if not most:
        return None
    room = WIDTH / len(days)
    wide = min(room * 0.7, WIDEST_BAR)
    unit = (HEIGHT - FOOT - TOP) / most
    base = HEIGHT - FOOT
    bars = [
        DayBar(
            day=day,
            began=began,
            completed=completed,
            left=round(place * room + (room - wide) / 2, 1),
            width=round(wide, 1),
            top=round(base - began * unit, 1),
            height=round(began * unit, 1),
            done_top=round(base - completed * unit, 1),
            done_height=round(completed * unit, 1),
        )
        for place, (day, began, completed) in enumerate(days)
    ]
    return DayChart(bars, most)
