"""Following segments: who came and who went since it was last looked at, round by round (docs/segments.md).

A tick works in rounds, each one transaction: it fills a segment that is new or was changed, takes a batch of people who
changed, or passes the time on. Two ticks at once take turns; one that is killed leaves its round undone.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
import time
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from django.db import connection

from accounts.models import User, Workspace
from accounts.services import record_audit
from contacts.models import Contact
from core.queue import enqueue
from segments.language.compile_crossings import crossed, is_slow
from segments.language.dependencies import Edge
from segments.language.windows import first_instant, local_date
from segments.models import Following, MemberChange, Segment
from segments.services.members import Moved, settle_members
from segments.services.rounds import Followed, Round, open_round, transactions_in_flight

logger = logging.getLogger(__name__)

# So many notes in one round; so many people are passed as an array, more of them in a temporary table.
BATCH = 200_000
_FEW = 500
# When time has changed more than these, everybody is looked at.
_MANY = 20_000
# When so large a part of all people changed (one in so many), asking for everybody is faster than for them alone.
_LARGE_PART = 8
# A tick works so long in one workspace; what is left waits for the next.
SECONDS = 25.0
# Where a whole table has to be read to see whom time has changed, that is done so often.
SLOW_EVERY = dt.timedelta(seconds=60)
# The full look of the night begins at this hour of the workspace.
CHECK_HOUR = 3

_TABLE = "CREATE TEMPORARY TABLE IF NOT EXISTS segments_taken (contact_id bigint, what integer) ON COMMIT DROP"
# `what` becomes a number, so that a statement can name some of them without any word from outside.
_TAKE = """
WITH taken AS (
    DELETE FROM segments_contacttouch WHERE id IN (
        SELECT id FROM segments_contacttouch WHERE workspace_id = %s ORDER BY id LIMIT %s)
    RETURNING contact_id, what
), known AS (SELECT DISTINCT contact_id, what FROM taken),
kept AS (
    INSERT INTO segments_taken (contact_id, what)
    SELECT contact_id, dense_rank() OVER (ORDER BY what) FROM known RETURNING contact_id, what
)
SELECT what, count(*) FROM known GROUP BY what ORDER BY what
"""


def wake_following() -> None:
    """Have everything that is followed brought up to date. Called on every tick."""
    if Segment.objects.filter(is_followed=True).exists() or Following.objects.exists():
        enqueue("segments.follow")


def follow_all() -> int:
    """Bring every workspace up to date; returns how many rounds that took.

    A workspace in which that fails is told in the log and tried again by the next tick; the others do not wait for it.
    """
    workspaces = Workspace.objects.filter(pk__in=Segment.objects.filter(is_followed=True).values("workspace"))
    left = Workspace.objects.filter(pk__in=Following.objects.values("workspace"))
    return sum(_follow_safely(workspace) for workspace in workspaces.union(left).order_by("id"))


def _follow_safely(workspace: Workspace) -> int:
    try:
        return follow_workspace(workspace)
    except Exception as error:
        # Not the words of the error: the database names values of people in them.
        logger.error("segments_not_followed workspace=%s error=%s", workspace.pk, type(error).__name__)
        return 0


def follow_workspace(workspace: Workspace) -> int:
    """Bring the followed segments of a workspace up to date; returns how many rounds that took.

    Returns early when another process is at it. What another tick does at the same time is done once all the same.
    """
    end, rounds = time.monotonic() + SECONDS, 0
    while time.monotonic() < end:
        with open_round(workspace) as round_:
            if round_ is None:
                return rounds
            is_more = _fill_one(round_) or _take_batch(round_)
            if not is_more:
                _pass_time(round_)
                _check_one(round_)
        rounds += 1
        if not is_more:
            break
    return rounds


def follow_segment(*, segment: Segment, is_followed: bool, actor: User | None) -> None:
    """Begin or stop noting who comes and goes; stopping keeps the record, and forgets who is in it now."""
    Segment.objects.filter(pk=segment.pk).update(is_followed=is_followed)
    segment.is_followed = is_followed
    action = "segment.followed" if is_followed else "segment.unfollowed"
    record_audit(workspace=segment.workspace, actor=actor, action=action, target=segment.name, detail={})


def _fill_one(round_: Round) -> bool:
    """Fill a segment that is new or was changed; says whether there is more to do at once.

    The triggers note for a rule from the commit that has it watched. A transaction from before that may still write
    without a note: which ones there are is looked up in a later round, and filling waits until they are over.
    """
    waiting = [followed for followed in round_.followed if not followed.state.is_filled]
    ready = [followed for followed in waiting if not followed.is_just_watched]
    in_flight = transactions_in_flight() if ready else []
    for followed in ready:
        state = followed.state
        if state.waits_for is None:
            state.waits_for = in_flight
            state.save()
        if set(state.waits_for).isdisjoint(in_flight):
            settle_members(round_, followed, round_.scope(), MemberChange.Cause.RULE)
            state.is_filled, state.waits_for, state.drift, state.checked_at = True, None, None, round_.now
            _pass_until_now(round_, [followed])
            state.save()
            return True
    return len(ready) < len(waiting)


def _take_batch(round_: Round) -> bool:
    """Look again at a batch of people who changed, in the segments that depend on it; says whether there was one."""
    with connection.cursor() as cursor:
        cursor.execute(_TABLE)
        cursor.execute("TRUNCATE segments_taken")
        cursor.execute(_TAKE, [round_.workspace.pk, BATCH])
        taken = [(place, what, number) for place, (what, number) in enumerate(cursor.fetchall(), 1)]
        if not taken:
            return False
        cursor.execute("ANALYZE segments_taken")
    asked = _Asked()
    for followed in round_.followed:
        wanted = [(place, number) for place, what, number in taken if what in followed.needs.whats]
        if followed.state.is_filled and wanted:
            number = sum(number for _place, number in wanted)
            _look_again(round_, followed, [place for place, _number in wanted], number, asked)
    return True


@dataclass
class _Asked:
    """Tables of the people about whom some of the numbered things of a batch changed, made when first asked for."""

    tables: dict[str, str] = field(default_factory=dict)

    def table_of(self, taken: str) -> str:
        """Return the table with the people a statement selects; its key has sub-selects look them up one by one."""
        if taken not in self.tables:
            name = f"segments_taken_{len(self.tables)}"
            with connection.cursor() as cursor:
                cursor.execute(f"DROP TABLE IF EXISTS {name}")
                cursor.execute(f"CREATE TEMPORARY TABLE {name} (contact_id bigint PRIMARY KEY) ON COMMIT DROP")
                cursor.execute(f"INSERT INTO {name} {taken} ORDER BY contact_id")
                cursor.execute(f"ANALYZE {name}")
            self.tables[taken] = name
        return self.tables[taken]


def _look_again(round_: Round, followed: Followed, places: list[int], number: int, asked: _Asked) -> None:
    """Look at those of the batch about whom one of these numbered things changed: at most so many people."""
    is_whole = number > _FEW and not _are_more(round_.workspace, number * _LARGE_PART)
    numbers = ", ".join(str(place) for place in places)
    taken = f"SELECT DISTINCT contact_id FROM segments_taken WHERE what IN ({numbers})"  # noqa: S608 - numbers of ours
    if number > _FEW:
        scope = dataclasses.replace(round_.scope(), contact_table=asked.table_of(taken))
    else:
        with connection.cursor() as cursor:
            cursor.execute(taken)
            scope = dataclasses.replace(round_.scope(), contact_ids=tuple(row[0] for row in cursor.fetchall()))
    settle_members(round_, followed, scope, MemberChange.Cause.DATA, is_whole=is_whole)


def _are_more(workspace: Workspace, number: int) -> bool:
    """Say whether a workspace has more contacts than these, without counting further."""
    return Contact.objects.in_workspace(workspace).order_by()[number : number + 1].exists()


def _pass_time(round_: Round) -> None:
    """Look again at those whom the time since the last round can have changed."""
    due = [followed for followed in round_.followed if followed.state.is_filled and _is_due(round_, followed)]
    found: dict[tuple[Edge, dt.datetime], list[int]] = {}
    for followed in due:
        state = followed.state
        is_next_day = state.next_day_at is not None and round_.now >= state.next_day_at
        if is_next_day or followed.needs.always or state.evaluated_at is None:
            settle_members(round_, followed, round_.scope(), MemberChange.Cause.TIME)
            continue
        people: set[int] = set()
        for edge in followed.needs.edges:
            key = (edge, state.evaluated_at)
            if key not in found:
                found[key] = _who_crossed(round_, *key)
            people.update(found[key])
        if people:
            ids = tuple(sorted(people)) if len(people) <= _MANY else None
            scope = dataclasses.replace(round_.scope(), contact_ids=ids)
            settle_members(round_, followed, scope, MemberChange.Cause.TIME)
    _pass_until_now(round_, due)


def _is_due(round_: Round, followed: Followed) -> bool:
    """Reading whole tables is not done on every tick, unless a day has ended."""
    before = followed.state.evaluated_at
    if before is None or round_.now <= before:
        return False
    is_slow_one = followed.needs.always or any(is_slow(edge) for edge in followed.needs.edges)
    next_day_at = followed.state.next_day_at
    is_next_day = next_day_at is not None and round_.now >= next_day_at
    return is_next_day or not is_slow_one or round_.now - before >= SLOW_EVERY


def _who_crossed(round_: Round, edge: Edge, before: dt.datetime) -> list[int]:
    statement = crossed(edge, round_.workspace.pk, before, round_.now)
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        return [row[0] for row in cursor.fetchall() if row[0] is not None]


def _pass_until_now(round_: Round, several: list[Followed]) -> None:
    """Note that the members are of this instant, and when the next day begins where that matters."""
    for days in ("", "workspace", "contact"):
        alike = [followed for followed in several if followed.needs.days == days]
        next_day_at = next_day(round_, days) if alike else None
        for followed in alike:
            followed.state.evaluated_at, followed.state.next_day_at = round_.now, next_day_at
        Following.objects.filter(pk__in=[followed.segment.pk for followed in alike]).update(
            evaluated_at=round_.now, next_day_at=next_day_at
        )


def next_day(round_: Round, days: str) -> dt.datetime | None:
    """Return when the next local day begins: in the workspace, or in the first of all zones."""
    if not days:
        return None
    names = {round_.registry.zone, *(round_.registry.zones if days == "contact" else ())}
    zones = [ZoneInfo(name) for name in names]
    return min(first_instant(local_date(round_.now, zone) + dt.timedelta(days=1), zone) for zone in zones)


def _check_one(round_: Round) -> None:
    """Once a night look at everybody of a segment and put right what is wrong: nothing ever should be."""
    due_at = _last_check_hour(round_)
    for followed in round_.followed:
        state = followed.state
        if state.is_filled and state.checked_at is not None and state.checked_at < due_at:
            check_members(round_, followed)
            return


def check_members(round_: Round, followed: Followed) -> Moved:
    """Compare with everybody the rule holds for, repair, and keep by how many people the noting was wrong.

    Who changed since the batch was taken is not counted: they would have been looked at next.
    """
    state = followed.state
    _pass_time(dataclasses.replace(round_, followed=[followed]))
    moved = settle_members(round_, followed, round_.scope(), MemberChange.Cause.DATA)
    state.drift, state.checked_at = moved.unnoted, round_.now
    state.save()
    if moved.unnoted:
        logger.error("segment_members_drifted segment=%s people=%s", followed.segment.pk, moved.unnoted)
    return moved


def _last_check_hour(round_: Round) -> dt.datetime:
    zone = ZoneInfo(round_.registry.zone)
    local = round_.now.astimezone(zone)
    today = local.replace(hour=CHECK_HOUR, minute=0, second=0, microsecond=0)
    return today if today <= local else today - dt.timedelta(days=1)
