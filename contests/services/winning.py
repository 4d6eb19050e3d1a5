"""Winners: told, given time to answer, and replaced by the next alternate when they do not take the prize."""

import datetime as dt

from django.db import transaction

from accounts.models import User
from accounts.services import record_audit
from contests import mail, terms
from contests.models import Contest, Document, Winner
from contests.services.codes import give_code
from contests.services.documents import publish_document
from contests.services.ledger import locked
from core.clock import now
from flows.engine.draw import lines

OPEN = (Winner.State.DRAWN, Winner.State.NOTIFIED)


class Settled(ValueError):
    """The prize was claimed, declined, or has gone to somebody else."""


def notify_winner(winner: Winner) -> None:
    """Mail a winner and start the time they have to answer."""
    days = terms.claim_days(terms.settings_of(winner.contest))
    winner.state, winner.notified_at = Winner.State.NOTIFIED, now()
    winner.claim_until = now() + dt.timedelta(days=days)
    winner.save(update_fields=["state", "notified_at", "claim_until"])
    mail.send_win(winner)


@transaction.atomic
def claim_prize(*, winner: Winner, message: str = "") -> Winner:
    """The winner takes the prize, and gets its code; `message` says where it should go. Raises Settled."""
    held = _held(winner)
    if held.state == Winner.State.CLAIMED:
        return held
    if held.state not in OPEN or (held.claim_until is not None and now() >= held.claim_until):
        raise Settled
    held.state, held.settled_at, held.message = Winner.State.CLAIMED, now(), message.strip()
    held.save(update_fields=["state", "settled_at", "message"])
    pool = terms.pool_of(terms.settings_of(held.contest), held.prize)
    if pool:
        give_code(entry=held.entry, key=pool)
    return held


@transaction.atomic
def decline_prize(*, winner: Winner) -> Winner:
    """The winner does not want it. Raises Settled."""
    held = _held(winner)
    if held.state not in OPEN:
        raise Settled
    return _vacate(held, Winner.State.DECLINED, None)


@transaction.atomic
def disprove_winner(*, winner: Winner, actor: User) -> Winner:
    """A person found that the winner does not fulfil the rules. Raises Settled."""
    held = _held(winner)
    if held.state not in (*OPEN, Winner.State.CLAIMED):
        raise Settled
    return _vacate(held, Winner.State.DISPROVED, actor)


@transaction.atomic
def expire_claim(*, winner: Winner) -> Winner | None:
    """The time to answer is over; None when they answered meanwhile."""
    held = _held(winner)
    if held.state != Winner.State.NOTIFIED or held.claim_until is None or held.claim_until > now():
        return None
    return _vacate(held, Winner.State.EXPIRED, None)


def _held(winner: Winner) -> Winner:
    contest = locked(winner.contest_id)
    held = Winner.objects.select_related("entry__contact", "entry__session").get(pk=winner.pk)
    held.contest = held.entry.contest = contest
    return held


def _vacate(winner: Winner, state: str, actor: User | None) -> Winner:
    """The seat falls vacant, and the first free alternate takes it. Both are published."""
    winner.state, winner.settled_at, winner.settled_by = state, now(), actor
    winner.save(update_fields=["state", "settled_at", "settled_by"])
    contest = winner.contest
    waiting = Winner.objects.filter(contest=contest, state=Winner.State.WAITING).order_by("place")
    follower = waiting.select_related("entry__contact", "entry__session").first()
    _publish_replacement(contest, winner, follower)
    if actor is not None:
        record_audit(
            workspace=contest.flow.workspace, actor=actor, action="contest.winner_disproved",
            target=contest.flow.name, detail={"entry": winner.entry.entry_ref[:12]},
        )  # fmt: skip
    if follower is not None:
        follower.contest = follower.entry.contest = contest
        follower.prize, follower.seat = winner.prize, winner.seat
        follower.save(update_fields=["prize", "seat"])
        notify_winner(follower)
    return winner


def _publish_replacement(contest: Contest, winner: Winner, follower: Winner | None) -> None:
    result = contest.document(Document.Kind.RESULT)
    number = Document.objects.filter(contest=contest, kind=Document.Kind.REPLACEMENT).count() + 1
    body = lines(
        "rapport-draw-replacement/1",
        f"result_sha256:{result.sha256 if result else '-'}",
        f"number:{number}",
        f"seat:{winner.seat}:{winner.prize}",
        f"left:{winner.entry.entry_ref}:{winner.state}",
        f"taken:{follower.entry.entry_ref if follower else '-'}",
    )
    publish_document(contest=contest, kind=Document.Kind.REPLACEMENT, body=body)
