"""Asking a second person for their yes, and their answer."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import User
from campaigns.approval import mark_of, may_answer
from campaigns.errors import ApprovalOutdated, NotAllowed
from campaigns.models import Approval, Campaign
from campaigns.services.rows import locked, note, require_state, tell
from core.clock import now

Answer = Approval.Answer


def ask_approval(row: Campaign, *, actor: User | None, at: dt.datetime | None, people: int) -> Campaign:
    """Make the locked campaign wait for a second person; `at` is the chosen start, None for at once. Saves it.

    What was asked or answered before is withdrawn: there is one question at a time.
    """
    withdraw_approval(row, actor=actor)
    Approval.objects.create(campaign=row, mark=mark_of(row, at), people=people, is_at_once=at is None, asked_by=actor)
    row.status = Campaign.Status.WAITING
    row.save()
    note(row, actor, "approval_asked", people=people)
    tell(row, "campaign.approval_asked", people=people)
    return row


def withdraw_approval(row: Campaign, *, actor: User | None) -> bool:
    """Nobody's yes holds for the locked campaign any more, and nobody is asked; False when that was so before."""
    changed = row.approvals.standing().update(answer=Answer.WITHDRAWN, answered_by=actor, answered_at=now())
    if changed:
        note(row, actor, "approval_withdrawn")
    return bool(changed)


@transaction.atomic
def refuse_campaign(*, campaign: Campaign, actor: User | None, comment: str) -> Campaign:
    """Say no: the campaign is a draft again, with the comment for whoever asked.

    Raises WrongState unless it waits for an answer, NotAllowed for somebody who may not give it.
    """
    row = locked(campaign)
    approval = _open_approval(row, actor)
    _answer(approval, actor, Answer.NO, comment)
    row.status = Campaign.Status.DRAFT
    row.scheduled_at = None
    row.save()
    note(row, actor, "approval_refused", comment=approval.comment)
    tell(row, "campaign.approval_refused", comment=approval.comment)
    return row


def give_yes(row: Campaign, *, actor: User | None, comment: str = "") -> Approval:
    """Write down the yes to the locked campaign as it was when it was asked. Whoever calls schedules it then.

    Raises WrongState unless it waits for an answer, NotAllowed for somebody who may not give it, ApprovalOutdated
    when anything that people will get was changed since.
    """
    approval = _open_approval(row, actor)
    if approval.mark != mark_of(row, None if approval.is_at_once else row.scheduled_at):
        raise ApprovalOutdated(
            gettext(
                "Nothing was sent: the campaign, its message or its segment was changed after you were asked. "
                "Somebody has to ask you again."
            )
        )
    _answer(approval, actor, Answer.YES, comment)
    note(row, actor, "approved")
    tell(row, "campaign.approved")
    return approval


def _open_approval(row: Campaign, actor: User | None) -> Approval:
    require_state(row, Campaign.Status.WAITING)
    approval: Approval = row.approvals.select_for_update().get(answer=Answer.OPEN)
    approval.campaign = row
    if not may_answer(approval, actor):
        raise NotAllowed(
            gettext(
                "The yes has to come from a second person: not from who asked or changed the campaign last, "
                "and only from people who may approve."
            )
        )
    return approval


def _answer(approval: Approval, actor: User | None, answer: str, comment: str) -> None:
    approval.answer = answer
    approval.answered_by = actor
    approval.answered_at = now()
    approval.comment = comment.strip()[:500]
    approval.save()
