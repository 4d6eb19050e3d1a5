"""How the demo's segments grew: who is in one now, by the day they joined."""

import datetime as dt
from collections.abc import Iterable

from django.db import connection

from accounts.models import Workspace
from core.clock import now as present
from segments.models import Segment, SegmentSize
from segments.services import Count, audience_sql, note_size
from segments.services.sizes import local_day

DAYS = 60


def write_sizes(workspace: Workspace, segments: Iterable[Segment]) -> None:
    """A size for every day of the last two months, and the one of today."""
    today = local_day(workspace)
    days = [today - dt.timedelta(days=before) for before in range(DAYS, 0, -1)]
    for segment in segments:
        joined = _joined(workspace, segment)
        sizes = [SegmentSize(segment=segment, day=day, count=sum(one <= day for one in joined)) for day in days]
        SegmentSize.objects.bulk_create(sizes)
        note_size(segment=segment, count=Count(len(joined)))


def _joined(workspace: Workspace, segment: Segment) -> list[dt.date]:
    compiled = audience_sql(workspace, segment.rule, present())
    sql = f"SELECT created_at FROM contacts_contact WHERE id IN ({compiled.sql})"  # noqa: S608 - compiled
    with connection.cursor() as cursor:
        cursor.execute(sql, compiled.params)
        return [local_day(workspace, row[0]) for row in cursor.fetchall()]
