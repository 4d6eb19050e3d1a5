"""One round of noting who comes and goes: a workspace's lock, an instant, and the segments that are followed.

Everything that writes noted members runs in a round, so there is one at a time in a workspace, and what a round reads
stays true until its end: a process that is killed in one leaves nothing half done.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection, transaction

from accounts.models import Workspace
from core.clock import now as present
from segments.language.dependencies import Dependencies, dependencies_of, fingerprint_of
from segments.language.registry import Registry
from segments.language.scope import Scope
from segments.language.validate import validate_rule
from segments.models import Following, Segment, SegmentMember, Watch
from segments.registry import registry_of

_LOCK = "SELECT pg_try_advisory_xact_lock(hashtextextended('segments.following', %s))"
_HOLD_OFF = "SELECT pg_advisory_xact_lock_shared(hashtextextended('segments.following', %s))"
# Plans for many rows, as for counts. No limit of time: nobody waits for this.
_SETTINGS = """
SELECT set_config('jit', 'off', true), set_config('random_page_cost', '1.1', true),
    set_config('work_mem', '64MB', true), set_config('max_parallel_workers_per_gather', '1', true)
"""
# Transactions that write just now. Those of other databases do not matter, and ours is not among them.
_IN_FLIGHT = """
SELECT coalesce(array_agg(DISTINCT l.transactionid::text::bigint), '{}')
FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'transactionid' AND l.mode = 'ExclusiveLock' AND l.granted
  AND a.datname = current_database() AND l.pid <> pg_backend_pid()
"""


@dataclass(frozen=True)
class Followed:
    """One followed segment that can be evaluated, how far its noting has come, and what it depends on.

    `is_just_watched` says that the triggers will know of its rule only when the round is over.
    """

    segment: Segment
    state: Following
    needs: Dependencies
    is_just_watched: bool = False


@dataclass(frozen=True)
class Round:
    """What a round works with. `now` is a whole second, not before anything written until the round began."""

    workspace: Workspace
    registry: Registry
    now: dt.datetime
    followed: list[Followed]

    def scope(self) -> Scope:
        """Return an evaluation for everybody at the round's instant."""
        return Scope(self.workspace.pk, self.now, self.registry)


@contextmanager
def open_round(workspace: Workspace) -> Iterator[Round | None]:
    """Run the body in one transaction with the workspace's lock; None when somebody else holds that."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_LOCK, [workspace.pk])
            is_ours = bool(cursor.fetchone()[0])
            if is_ours:
                cursor.execute(_SETTINGS)
        if not is_ours:
            yield None
            return
        # A zone changed meanwhile counts from this round on.
        workspace = Workspace.objects.get(pk=workspace.pk)
        registry = registry_of(workspace)
        yield Round(workspace, registry, whole_second(), _refresh(workspace, registry))


def hold_off_rounds(workspace: Workspace) -> None:
    """Wait for the round that runs, and let none begin until the caller's transaction ends.

    For whoever takes people away with all that is noted of them: a round locks the same rows in an order of its own.
    """
    with connection.cursor() as cursor:
        cursor.execute(_HOLD_OFF, [workspace.pk])


def whole_second() -> dt.datetime:
    """Return the next whole second: what was written a moment ago must not count as not yet there."""
    moment = present().astimezone(dt.UTC)
    return moment.replace(microsecond=0) + dt.timedelta(seconds=1 if moment.microsecond else 0)


def transactions_in_flight() -> list[int]:
    """Return the numbers of the transactions that are writing at this moment."""
    with connection.cursor() as cursor:
        cursor.execute(_IN_FLIGHT)
        return list(cursor.fetchone()[0])


def _refresh(workspace: Workspace, registry: Registry) -> list[Followed]:
    """Bring what is followed in line with the rules as they are now: a changed one is to be filled anew."""
    states = {state.segment_id: state for state in Following.objects.filter(workspace=workspace)}
    followed: list[Followed] = []
    whats: set[str] = set()
    for segment in Segment.objects.in_workspace(workspace).filter(is_followed=True):
        state = states.pop(segment.pk, None) or Following(segment=segment, workspace=workspace)
        if validate_rule(segment.rule, registry):
            _mark_broken(state)
            continue
        needs = dependencies_of(segment.rule, registry)
        is_new = _mark_rule(state, fingerprint_of(segment.rule, registry), needs)
        whats |= needs.whats
        followed.append(Followed(segment, state, needs, is_new))
    for state in states.values():
        SegmentMember.objects.filter(segment_id=state.segment_id).delete()
        state.delete()
    _watch(workspace, whats)
    return followed


def _mark_broken(state: Following) -> None:
    """The rule names something that is gone: its members stay as they were until somebody mends it."""
    if not state.is_broken:
        state.is_broken, state.is_filled, state.fingerprint, state.waits_for = True, False, "", None
        state.save()


def _mark_rule(state: Following, fingerprint: str, needs: Dependencies) -> bool:
    """Note a rule that is not the one the members were worked out with; says whether it is another."""
    if state.fingerprint == fingerprint:
        return False
    state.fingerprint, state.whats = fingerprint, sorted(needs.whats)
    state.is_broken = state.is_filled = False
    state.waits_for = None
    state.save()
    return True


def _watch(workspace: Workspace, whats: set[str]) -> None:
    known = set(Watch.objects.filter(workspace=workspace).values_list("what", flat=True))
    Watch.objects.filter(workspace=workspace, what__in=known - whats).delete()
    fresh = sorted(whats - known)
    Watch.objects.bulk_create([Watch(workspace=workspace, what=what) for what in fresh], ignore_conflicts=True)
