"""How large segments were: the picture on a segment's page, the small lines in the list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from accounts.models import Workspace
from core.clock import now
from segments.models import Following, MemberChange, Segment, SegmentSize
from segments.services.sizes import local_day
from segments.size_chart import SizeChart, draw_sizes, draw_spark

_DAYS = 90
_TREND_DAYS = 30
_WEEK = dt.timedelta(days=7)
_WIDE, _NARROW = 640, 320
_SHOWN_IN_TABLE = 14


@dataclass(frozen=True)
class Trend:
    """The small line of a segment, and how many came and went in a week; None while that is not known."""

    spark: str
    change: int | None
    first: int
    last: int


def size_pictures(segment: Segment) -> dict[str, Any] | None:
    """Return the drawings of the last 90 days and their table; None before the second day."""
    today = local_day(segment.workspace)
    rows = list(segment.sizes.filter(day__gt=today - dt.timedelta(days=_DAYS)).order_by("day"))
    points = [(row.day, row.count) for row in rows]
    drawings: list[SizeChart | None] = [draw_sizes(points, width=width) for width in (_WIDE, _NARROW)]
    if None in drawings:
        return None
    week = _change(points)
    return {
        "wide": drawings[0],
        "narrow": drawings[1],
        "first": rows[0],
        "last": rows[-1],
        "change": rows[-1].count - rows[0].count,
        "week": week,
        "less": -(week or 0),
        "rows": list(reversed(rows[-_SHOWN_IN_TABLE:])),
    }


@dataclass(frozen=True)
class Moves:
    """Who came into a followed segment and who left it by themselves in the last seven days; `at` is when that was
    last looked at, None before the first time; `since` is when the segment was made, where that was no week ago.
    """

    came: int
    left: int
    at: dt.datetime | None
    since: dt.datetime | None = None


def moves_of(segment: Segment) -> Moves | None:
    """Return who came and went in a week; None for a segment nobody follows."""
    following: Following | None = getattr(segment, "following", None)
    if not segment.is_followed or following is None:
        return None
    changes = MemberChange.objects.in_workspace(segment.workspace).of_week(segment)
    since = segment.created_at if segment.created_at > now() - _WEEK else None
    return Moves(**changes, at=following.evaluated_at if following.is_filled else None, since=since)


def trends(workspace: Workspace, segments: Iterable[Segment]) -> dict[int, Trend]:
    """Return the trends of the last 30 days by segment id, in one query."""
    sizes: dict[int, list[tuple[dt.date, int]]] = {}
    since = local_day(workspace) - dt.timedelta(days=_TREND_DAYS)
    rows = SegmentSize.objects.in_workspace(workspace).filter(segment__in=[one.pk for one in segments], day__gt=since)
    for key, day, count in rows.values_list("segment", "day", "count"):
        sizes.setdefault(key, []).append((day, count))
    return {
        key: Trend(draw_spark(points), _change(points), points[0][1], points[-1][1]) for key, points in sizes.items()
    }


def _change(points: list[tuple[dt.date, int]]) -> int | None:
    """The latest size less the one of a week before, or of the last day before that there is one of."""
    last_day, last = points[-1]
    before = [count for day, count in points if last_day - 2 * _WEEK <= day <= last_day - _WEEK]
    return last - before[-1] if before else None
