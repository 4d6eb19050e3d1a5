"""What a receipt changes: the message's story, its `unknown`, the address, the campaign.

A receipt may come any number of times, in any order: facts only ever add up, and a soft bounce turns hard but never
back.
"""

import datetime as dt
import logging
from enum import StrEnum

from django.db import transaction
from django.utils.translation import gettext as _

from channels.transports.classify import classify_permanent
from channels.transports.outcomes import RefusalKind
from consent.evidence import Proof, Source
from consent.services import suppress_address
from contacts.services import mark_addresses
from core.clock import now
from delivery.claims import printable
from delivery.models import Message, MessageFact
from delivery.receipts.reading import Kind, Report
from delivery.services.complaints import NeverSent, record_complaint
from delivery.services.dispatches import pause_dispatch
from delivery.services.facts import settle_arrived, write_fact
from delivery.verdict import HUMAN

logger = logging.getLogger(__name__)

# A full mailbox may be emptied: only after so many soft bounces, in so many days, from so many different launches,
# is the address called risky (nothing is blocked: the next click or confirmation proves it good again).
SOFT_BOUNCES, SOFT_LAUNCHES, SOFT_DAYS = 5, 3, dt.timedelta(days=30)
# Whoever got a message could forge one bounce of it. So many people's servers must blame the sender before it pauses.
BLAMES = 3

HARD, SOFT, BLAMED, REFUSED = "hard", "soft", "sender", "refused"
_WORDS = {
    RefusalKind.HARD_BOUNCE: HARD,
    RefusalKind.SENDER_FAULT: BLAMED,
    RefusalKind.CONTENT: REFUSED,
}


class Effect(StrEnum):
    """What became of a receipt."""

    NOTED = "noted"
    KNOWN = "known"
    NOT_OURS = "not ours"
    NOTHING = "nothing"


@transaction.atomic
def take_receipt(report: Report, *, workspace_id: int | None = None) -> Effect:
    """Write down what a report says about its message; NOT_OURS when it names none that may have left.

    With `workspace_id` only a message of that workspace counts: whoever tells it has a say there and nowhere else.
    Any report about a message proves that it was taken, so `unknown` becomes sent.
    """
    if report.public_id is None:
        return Effect.NOT_OURS
    messages = Message.objects.select_for_update(no_key=True, of=("self",)).select_related("workspace", "dispatch")
    if workspace_id is not None:
        messages = messages.filter(workspace=workspace_id)
    message = messages.with_reader().filter(public_id=report.public_id).first()
    if message is None:
        return Effect.NOT_OURS
    if report.kind == Kind.OTHER:
        return Effect.NOTHING
    was_unknown = settle_arrived(message)
    is_new = _note(message, report)
    return Effect.NOTED if is_new or was_unknown else Effect.KNOWN


def _note(message: Message, report: Report) -> bool:
    """The fact a report leaves behind; whether it is new. Rapport's own mail has no workspace to tell it to."""
    if message.workspace_id is None:
        return False
    match report.kind:
        case Kind.DELIVERED:
            return write_fact(message, "delivered", HUMAN)
        case Kind.BOUNCED:
            return _note_bounce(message, report)
        case Kind.COMPLAINED:
            return _note_complaint(message)
        case _:  # delayed, relayed and answered prove that it left, and no more
            return False


def bounce_word(report: Report) -> str:
    """Whose trouble a bounce is: HARD, SOFT, BLAMED (the sender) or REFUSED; only HARD speaks about the address.

    A report that gives up after days of trying has a 4.x.x status (RFC 3463 §2) and is soft whatever its words.
    """
    code = report.code or (int(report.enhanced[0]) * 100 + 50 if report.enhanced else 0)
    if report.enhanced.startswith("4") or code < 500:
        return SOFT
    kind = classify_permanent(stage="RCPT", code=code, enhanced=report.enhanced, text=report.text)
    return _WORDS.get(kind, SOFT)


def _note_bounce(message: Message, report: Report) -> bool:
    word = bounce_word(report)
    parts = (word, str(report.code or ""), report.enhanced, report.text)
    detail = printable(" ".join(part for part in parts if part))[:200]
    is_new = write_fact(message, "bounced", HUMAN, detail=detail)
    if word == HARD:
        known = MessageFact.objects.filter(message=message, action="bounced")
        hardened = known.exclude(detail__startswith=HARD).update(detail=detail)
        if is_new or hardened:
            _bury(message)
        return is_new or bool(hardened)
    if is_new and word == SOFT:
        _count_soft(message)
    if is_new and word == BLAMED:
        _count_blames(message, report)
    return is_new


def _bury(message: Message) -> None:
    """The mailbox does not exist: never write there again."""
    workspace, channel = message.workspace, message.channel
    if workspace is None or not message.recipient:
        return
    values = [message.recipient]
    mark_addresses(workspace=workspace, channel=channel, values=values, status="dead", reason="hard_bounce")
    suppress_address(workspace=workspace, channel=channel, addresses=values, reason="hard_bounce")


def _count_soft(message: Message) -> None:
    if message.contact_id is None or message.workspace is None or not message.recipient:
        return
    since = now() - SOFT_DAYS
    recent = MessageFact.objects.filter(contact=message.contact_id, at__gte=since)
    if recent.filter(action__in=["opened", "clicked"], verdict=HUMAN).exists():
        return
    soft = recent.filter(action="bounced", detail__startswith=SOFT, message__recipient=message.recipient)
    rows = list(soft.values_list("message", "dispatch"))
    launches = {dispatch or -message_id for message_id, dispatch in rows}
    if len(rows) >= SOFT_BOUNCES and len(launches) >= SOFT_LAUNCHES:
        mark_addresses(
            workspace=message.workspace,
            channel=message.channel,
            values=[message.recipient],
            status="risky",
            reason="soft_bounces",
            source="bounce",
        )


def _count_blames(message: Message, report: Report) -> None:
    dispatch = message.dispatch
    if dispatch is None or dispatch.status != "running":
        return
    blames = MessageFact.objects.filter(dispatch=dispatch, action="bounced", detail__startswith=BLAMED)
    if blames[:BLAMES].count() == BLAMES:
        words = _("Receiving servers do not accept this sender: “%(words)s” Nobody was dropped.")
        pause_dispatch(dispatch=dispatch, reason=words % {"words": printable(report.text)[:120]})


def _note_complaint(message: Message) -> bool:
    try:
        return record_complaint(message=message, proof=Proof(Source.MAILBOX))
    except NeverSent:  # pragma: no cover - its state was asked above, under the same lock
        logger.warning("complaint_about_unsent message=%s", message.public_id)
        return False
