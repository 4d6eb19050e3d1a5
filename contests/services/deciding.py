"""What becomes of an entry after it came: accepted, held, turned down, withdrawn, until the list is sealed."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from accounts.models import User
from accounts.services import record_audit
from contests import terms, wording
from contests.models import Attempt, Contest, Entry, Ticket
from contests.services.ledger import add_tickets, had_in_window, locked
from contests.services.limits import forget_identities
from contests.services.verifying import after_verified, take_back_credit
from core.clock import now
from flows.engine.entries import window

OPEN_PHASES = (Contest.Phase.OPEN, Contest.Phase.CLOSED)


class Sealed(ValueError):
    """The list of entries is published: nothing about an entry can change any more."""


class NotNow(ValueError):
    """What was asked for does not fit the state the entry is in, or comes too early."""


@transaction.atomic
def accept_entry(*, entry: Entry, actor: User) -> Entry:
    """A held entry takes part. Raises Sealed, NotNow."""
    contest, held = _held(entry)
    if held.status != Entry.Status.HELD:
        raise NotNow
    held.status, held.reason = Entry.Status.VERIFIED, ""
    held.verified_at = held.verified_at or now()
    _decide(contest, held, actor, action="contest.entry_accepted")
    after_verified(contest, held)
    return held


@transaction.atomic
def hold_entry(*, entry: Entry, actor: User) -> Entry:
    """An entry that counted waits for a look. Raises Sealed, NotNow."""
    contest, held = _held(entry)
    if held.status != Entry.Status.VERIFIED:
        raise NotNow
    held.status, held.reason = Entry.Status.HELD, "suspicious"
    _decide(contest, held, actor, action="contest.entry_held")
    return held


@transaction.atomic
def reject_entry(*, entry: Entry, reason: str, actor: User) -> Entry:
    """Turn an entry down for one of `wording.DECISIONS`, which is published. Raises Sealed, NotNow, ValueError."""
    if reason not in wording.DECISIONS:
        raise ValueError(reason)
    contest, held = _held(entry)
    if held.status in (Entry.Status.REJECTED, Entry.Status.WITHDRAWN):
        raise NotNow
    held.status, held.reason = Entry.Status.REJECTED, reason
    _decide(contest, held, actor, action="contest.entry_rejected")
    # What it came with goes on counting: whoever was turned down has entered.
    take_back_credit(contest, held)
    return held


@transaction.atomic
def withdraw_entry(*, entry: Entry) -> Entry:
    """The entrant takes the entry back, and may enter anew. Raises Sealed.

    One that was turned down stays so. Who has had a try at an instant win goes on being known by it: another entry
    would be another try.
    """
    contest, held = _held(entry)
    if held.status in (Entry.Status.REJECTED, Entry.Status.WITHDRAWN):
        return held
    held.status, held.reason = Entry.Status.WITHDRAWN, "withdrawn"
    held.save(update_fields=["status", "reason"])
    take_back_credit(contest, held)
    if not Attempt.objects.filter(entry=held).exists():
        forget_identities(held)
    return held


@transaction.atomic
def come_back(*, entry: Entry) -> int:
    """Tickets for coming back (`daily_return`), once in each window. Raises Sealed, NotNow when it is too early."""
    contest, held = _held(entry)
    method = _method_of_return(contest)
    if method is None or not may_come_back(held):
        raise NotNow
    tickets = int(method["tickets"])
    add_tickets(contest=contest, entry=held, method=method["key"], delta=tickets, reason="came back")
    return tickets


def may_come_back(entry: Entry) -> bool:
    """Whether coming back gives tickets now. Who entered in this window has been here in it."""
    contest, moment = entry.contest, now()
    method = _method_of_return(contest)
    is_open = contest.phase == Contest.Phase.OPEN and contest.closes_at is not None and moment < contest.closes_at
    if method is None or not is_open or entry.status not in (Entry.Status.VERIFIED, Entry.Status.PENDING):
        return False
    per, zone = str(method.get("per", "day")), terms.zone(terms.settings_of(contest))
    if window(per, entry.issued_at, zone) == window(per, moment, zone):
        return False
    return not had_in_window(contest=contest, entry=entry, method=method["key"], per=per, at=moment)


def _method_of_return(contest: Contest) -> Mapping[str, Any] | None:
    methods = terms.methods_of(terms.settings_of(contest))
    return next((one for one in methods if one["type"] == "daily_return"), None)


@transaction.atomic
def judge_entry(*, entry: Entry, place: int | None, actor: User) -> Entry:
    """Write down the place a jury gives an entry, or take it back with None. Raises Sealed."""
    contest, held = _held(entry)
    held.judged_place = place
    held.save(update_fields=["judged_place"])
    _audit(contest, held, actor, "contest.entry_judged")
    return held


@transaction.atomic
def show_entry(*, entry: Entry, is_shown: bool, actor: User) -> Entry:
    """Show an entry's picture in the gallery, or take it out."""
    contest = locked(entry.contest_id)
    held = Entry.objects.get(pk=entry.pk)
    if held.display == Entry.Display.NONE:
        raise NotNow
    held.display = Entry.Display.SHOWN if is_shown else Entry.Display.HIDDEN
    held.save(update_fields=["display"])
    _audit(contest, held, actor, "contest.picture_shown" if is_shown else "contest.picture_hidden")
    return held


def ledger_of(entry: Entry) -> list[Ticket]:
    """Where the entry's tickets come from, in order."""
    return list(Ticket.objects.filter(entry=entry).order_by("seq"))


def _held(entry: Entry) -> tuple[Contest, Entry]:
    contest = locked(entry.contest_id)
    if contest.phase not in OPEN_PHASES:
        raise Sealed
    held = Entry.objects.select_related("contact", "referred_by", "session").get(pk=entry.pk)
    held.contest = contest
    return contest, held


def _decide(contest: Contest, entry: Entry, actor: User, *, action: str) -> None:
    entry.decided_at, entry.decided_by = now(), actor
    entry.save(update_fields=["status", "reason", "verified_at", "decided_at", "decided_by"])
    _audit(contest, entry, actor, action)


def _audit(contest: Contest, entry: Entry, actor: User, action: str) -> None:
    record_audit(
        workspace=contest.flow.workspace, actor=actor, action=action, target=contest.flow.name,
        detail={"entry": entry.entry_ref[:12], "reason": entry.reason},
    )  # fmt: skip
