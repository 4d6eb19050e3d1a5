"""Writing down who is in a followed segment now, and who came and who went since it was last written down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection

from events.services.alike import record_alike
from segments.language.compile import CompiledRule, compile_rule
from segments.language.scope import Scope
from segments.language.sql import both
from segments.models import MemberChange, Segment
from segments.services.rounds import Followed, Round

# Where many people are asked about, the answer is written down and counted first: a guess at its size that is far out
# would have it read through once for everybody who was in.
_DROP = "DROP TABLE IF EXISTS segments_inside"
# Made anew each time: a statement that adds rows to a table reads with one process alone.
_TABLE = "CREATE TEMPORARY TABLE segments_inside ON COMMIT DROP AS {rule}"
_FROM_TABLE = "SELECT s.id FROM segments_inside s"
# One statement: either everything about a change is written or nothing. Whoever was deleted meanwhile leaves without
# a line, for a line names somebody.
_SETTLE = """
WITH inside(id) AS {how} ({rule}),
entered AS (
    INSERT INTO segments_segmentmember (workspace_id, segment_id, contact_id, since)
    SELECT %s, %s, i.id, %s FROM inside i WHERE NOT EXISTS (
        SELECT 1 FROM segments_segmentmember m WHERE m.segment_id = %s AND m.contact_id = i.id)
    ON CONFLICT (segment_id, contact_id) DO NOTHING
    RETURNING contact_id
), gone AS (
    DELETE FROM segments_segmentmember m
    WHERE m.segment_id = %s AND {limits} AND NOT EXISTS (SELECT 1 FROM inside i WHERE i.id = m.contact_id)
    RETURNING m.contact_id
), told AS (
    INSERT INTO segments_memberchange (workspace_id, segment_id, contact_id, change, cause, at)
    SELECT %s, %s, t.contact_id, t.change, %s, %s FROM (
        SELECT contact_id, 'entered' AS change FROM entered
        UNION ALL
        SELECT g.contact_id, 'left' FROM gone g
        WHERE EXISTS (SELECT 1 FROM contacts_contact c WHERE c.id = g.contact_id)
    ) t
    RETURNING contact_id, change
)
"""
# Where nobody was noted yet there is nothing to compare with, and no row to be looked up before it is written. Should a
# merge be undone at this very moment, which puts somebody back, one of the two fails, and the next tick begins anew.
_HAS_MEMBERS = "SELECT EXISTS (SELECT 1 FROM segments_segmentmember m WHERE m.segment_id = %s)"
_FILL = """
INSERT INTO segments_segmentmember (workspace_id, segment_id, contact_id, since)
SELECT %s, %s, i.id, %s FROM segments_inside i ORDER BY i.id
"""
_TELL_FILLED = """
INSERT INTO segments_memberchange (workspace_id, segment_id, contact_id, change, cause, at)
SELECT %s, %s, i.id, 'entered', %s, %s FROM segments_inside i ORDER BY i.id
"""
_COUNT = """
SELECT count(*) FILTER (WHERE change = 'entered'), count(*) FILTER (WHERE change = 'left'), '{}', '{}', 0 FROM told
"""
_NAME = """
SELECT count(*) FILTER (WHERE change = 'entered'), count(*) FILTER (WHERE change = 'left'),
    coalesce(array_agg(contact_id) FILTER (WHERE change = 'entered'), '{}'),
    coalesce(array_agg(contact_id) FILTER (WHERE change = 'left'), '{}'),
    count(*) FILTER (WHERE contact_id NOT IN (
        SELECT w.contact_id FROM segments_contacttouch w WHERE w.workspace_id = %s))
FROM told
"""


@dataclass(frozen=True)
class Moved:
    """How many came and how many went; `unnoted` of them without a change of data that still waits to be looked at."""

    entered: int = 0
    left: int = 0
    unnoted: int = 0


def settle_members(round_: Round, followed: Followed, scope: Scope, cause: str, *, is_whole: bool = False) -> Moved:
    """Write down the difference between who is in the segment at the scope's instant and who was noted.

    Only for the contacts the scope is limited to; `is_whole` asks for everybody all the same and looks for these
    among them, which is faster where they are many. A new or edited rule (cause `rule`) moves people without an
    event: nothing has happened to them. Writes in the transaction of the round.
    """
    segment, workspace_id = followed.segment, round_.workspace.pk
    compiled = compile_rule(segment.rule, round_.scope() if is_whole else scope)
    rule, params, how = compiled.sql, compiled.params, "MATERIALIZED"
    if scope.contact_ids is None:
        _write_down(compiled)
        rule, params, how = _FROM_TABLE, [], "NOT MATERIALIZED"
        if is_whole:
            rule += f" WHERE s.id IN (SELECT contact_id FROM {scope.contact_table})"  # noqa: S608
    is_quiet = cause == MemberChange.Cause.RULE
    if is_quiet and not scope.is_limited and not _has_members(segment):
        return _fill(round_, followed, scope, cause)
    limits = both(scope.own_rows("m"))
    before: list[Any] = [workspace_id, segment.pk, scope.now, segment.pk, segment.pk]
    after: list[Any] = [workspace_id, segment.pk, cause, scope.now]
    with connection.cursor() as cursor:
        cursor.execute(
            _SETTLE.format(rule=rule, how=how, limits=limits.text) + (_COUNT if is_quiet else _NAME),
            [*params, *before, *limits.params, *after, *([] if is_quiet else [workspace_id])],
        )
        entered, left, came, went, unnoted = cursor.fetchone()
    for kind, people in (("segment.entered", came), ("segment.left", went)) if not is_quiet else ():
        properties = {"segment": segment.key, "name": segment.name, "cause": cause}
        record_alike(round_.workspace, kind, sorted(people), at=scope.now, properties=properties)
    return Moved(entered, left, unnoted)


def _has_members(segment: Segment) -> bool:
    """Say whether anybody is noted as being in a segment."""
    with connection.cursor() as cursor:
        cursor.execute(_HAS_MEMBERS, [segment.pk])
        return bool(cursor.fetchone()[0])


def _fill(round_: Round, followed: Followed, scope: Scope, cause: str) -> Moved:
    """Write the people written down as the first members of a segment."""
    key = [round_.workspace.pk, followed.segment.pk]
    with connection.cursor() as cursor:
        cursor.execute(_FILL, [*key, scope.now])
        cursor.execute(_TELL_FILLED, [*key, cause, scope.now])
        return Moved(entered=cursor.rowcount)


def _write_down(compiled: CompiledRule) -> None:
    """Put the people of a rule into the temporary table, with what the planner should know of it."""
    with connection.cursor() as cursor:
        cursor.execute(_DROP)
        cursor.execute(_TABLE.format(rule=compiled.sql), compiled.params)
        cursor.execute("ANALYZE segments_inside")
