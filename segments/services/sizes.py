"""How large each segment was on each day."""

from __future__ import annotations

import datetime as dt
import logging
from zoneinfo import ZoneInfo

from django.db import DatabaseError, transaction
from django.db.models import Exists, OuterRef

from accounts.models import Workspace
from core.clock import now, zone_or_none
from core.queue import enqueue
from segments.language.problems import RuleError
from segments.models import Segment, SegmentSize
from segments.services.estimating import Count
from segments.services.evaluation import count_rule

logger = logging.getLogger(__name__)

# Segments counted by one task; the next tick takes the next ones.
_AT_ONCE = 50
# Nobody waits for these counts.
_PATIENCE_MILLISECONDS = 20_000


def local_day(workspace: Workspace, moment: dt.datetime | None = None) -> dt.date:
    """Return the date it is in a workspace."""
    zone = zone_or_none(workspace.time_zone) or ZoneInfo("UTC")
    return (moment or now()).astimezone(zone).date()


def note_size(*, segment: Segment, count: Count) -> None:
    """Keep a count as the size of today, and as the latest one; one that took too long is not kept.

    Neither is that of a segment that was deleted, or saved with other sentences, while it was counted.
    """
    if count.number is None:
        return
    moment = now()
    as_counted = Segment.objects.filter(pk=segment.pk, version=segment.version)
    with transaction.atomic():
        if not as_counted.update(last_count=count.number, last_counted_at=moment):
            return
        SegmentSize.objects.update_or_create(
            segment=segment,
            day=local_day(segment.workspace, moment),
            defaults={"count": count.number, "is_exact": count.is_exact},
        )


def wake_sizes() -> None:
    """Have the segments without a size of today counted. Called on every tick; does nothing most of the time."""
    if due_segments(now(), 1):
        enqueue("segments.note_sizes")


def due_segments(moment: dt.datetime, limit: int) -> list[Segment]:
    """Return segments whose workspace began a day for which they have no size yet."""
    zones = Workspace.objects.order_by("time_zone").values_list("time_zone", flat=True).distinct()
    # It is at most three dates on earth, so three statements find everything however many workspaces there are.
    days: dict[dt.date, list[str]] = {}
    for name in zones:
        days.setdefault(moment.astimezone(zone_or_none(name) or ZoneInfo("UTC")).date(), []).append(name)
    due: list[Segment] = []
    for day, names in days.items():
        sized = SegmentSize.objects.filter(segment=OuterRef("pk"), day=day)
        without = Segment.objects.filter(~Exists(sized), workspace__time_zone__in=names).select_related("workspace")
        due += without.order_by("id")[: limit - len(due)]
    return due


def note_sizes() -> int:
    """Count the next segments without a size of today; returns how many were counted."""
    due = due_segments(now(), _AT_ONCE)
    return sum(_count_safely(segment) for segment in due)


def _count_safely(segment: Segment) -> bool:
    """Say whether a segment could be counted; the others do not wait for one that cannot."""
    try:
        _count_and_note(segment)
    except DatabaseError as error:
        # Not the words of the error: the database names values of people in them.
        logger.error("segment_not_counted segment=%s error=%s", segment.pk, type(error).__name__)
        return False
    return True


def note_size_of(segment_id: int) -> None:
    """Count a segment that was just saved; one that is gone again needs no size."""
    segment = Segment.objects.select_related("workspace").filter(pk=segment_id).first()
    if segment is not None:
        _count_and_note(segment)


def _count_and_note(segment: Segment) -> None:
    """Keep how many are in it now. A rule that names something gone has nobody, and that is its size."""
    try:
        count = count_rule(segment.workspace, segment.rule, patience=_PATIENCE_MILLISECONDS)
    except RuleError:
        count = Count(0)
    if count.number is None:
        # What takes too long even as an estimate has the size it had last; else it would be tried again and again.
        count = Count(segment.last_count or 0, is_exact=False)
    note_size(segment=segment, count=count)
