"""What the clock does: closes, seals, draws, and lets seats fall vacant."""

import datetime as dt
import logging

from django.db import transaction

from accounts.models import User
from accounts.services import record_audit
from contests.models import Contest, Entry, Winner
from contests.services.closing import close_contest, commit_contest, commits_at, has_undecided, publish_root
from contests.services.drawing import NotDrawable, draw_if_possible, fetch_and_draw
from contests.services.ledger import locked
from contests.services.winning import expire_claim
from core.clock import now
from core.queue import enqueue

logger = logging.getLogger(__name__)

ROOT_EVERY = dt.timedelta(days=1)
ASK_AGAIN = dt.timedelta(minutes=10)


def wake_contests() -> None:
    """Called by the tick: wake a worker for every contest that something is to be done for."""
    for pk in Contest.objects.due(now()).values_list("pk", flat=True)[:100]:
        enqueue("contests.follow", expires=60, contest_id=pk)
    if Winner.objects.overdue(now()).exists():
        enqueue("contests.expire_claims", expires=60)


def follow_contest(*, contest_id: int) -> None:
    """Do what is due for one contest; called again nothing happens."""
    with transaction.atomic():
        contest = locked(contest_id)
        if contest.next_at is None or contest.next_at > now():
            return
        _step(contest)
        contest.save()
    if contest.trouble == "value_fetched":
        fetch_and_draw(contest_id)


def expire_claims() -> None:
    """Let the seats of winners who did not answer fall vacant."""
    for winner in Winner.objects.overdue(now()).order_by("claim_until")[:500]:
        expire_claim(winner=winner)


@transaction.atomic
def seal_now(*, contest: Contest, actor: User) -> Contest:
    """Seal the list before its time, at a person's wish, once the contest is closed and nothing is undecided."""
    held = locked(contest.pk)
    if held.phase == Contest.Phase.CLOSED and not has_undecided(held):
        commit_contest(held)
        held.save()
        record_audit(workspace=held.flow.workspace, actor=actor, action="contest.sealed", target=held.flow.name)
    return held


def _step(contest: Contest) -> None:
    """The next phases, as far as the time has come; several at once after a long stop of the server."""
    if contest.phase == Contest.Phase.OPEN:
        if contest.closes_at is not None and now() < contest.closes_at:
            publish_root(contest)
            contest.next_at = min(contest.closes_at, now() + ROOT_EVERY)
            return
        close_contest(contest)
    if contest.phase == Contest.Phase.CLOSED:
        if now() >= commits_at(contest) or not has_undecided(contest):
            commit_contest(contest)
        else:
            contest.next_at = min(commits_at(contest), now() + ASK_AGAIN)
            held = Entry.objects.filter(contest=contest, status=Entry.Status.HELD).exists()
            contest.trouble = "held" if held else ""
    if contest.phase == Contest.Phase.COMMITTED and contest.next_at is not None and contest.next_at <= now():
        try:
            draw_if_possible(contest)
        except NotDrawable as problem:
            logger.exception("contest_not_drawn contest=%s", contest.pk)
            contest.trouble, contest.next_at = problem.code, None
