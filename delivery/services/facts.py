"""Opens, clicks and unsubscribes: written down once per message, action, verdict and link."""

import datetime as dt
import uuid

from django.db import connection, transaction
from django.db.models import Value
from django.db.models.functions import Coalesce

from contacts.services import mark_addresses
from core.clock import now
from delivery.loading import load_batch
from delivery.models import Message, MessageFact
from delivery.verdict import HUMAN, MACHINE, judge_click, judge_open
from events.services import record

WRITE = """
INSERT INTO delivery_messagefact
    (workspace_id, message_id, dispatch_id, contact_id, channel, action, verdict, link, at, last_at, times, detail)
VALUES (%(workspace)s, %(message)s, %(dispatch)s, %(contact)s, %(channel)s, %(action)s, %(verdict)s, %(link)s,
        %(now)s, %(now)s, 1, %(detail)s)
ON CONFLICT (message_id, action, verdict, link)
    DO UPDATE SET times = delivery_messagefact.times + 1, last_at = EXCLUDED.last_at
RETURNING times
"""


def find_sent(public_id: uuid.UUID) -> Message | None:
    """The message if it may have reached somebody; one still `sending` may, and so may an unknown one."""
    return Message.objects.select_related("workspace", "contact").with_reader().filter(public_id=public_id).first()


@transaction.atomic
def record_open(message: Message, *, user_agent: str) -> str | None:
    """Note one fetch of the open picture; returns the verdict, None when this person is not counted."""
    if not _is_counted(message):
        return None
    verdict = judge_open(user_agent=user_agent, since_sent=_since_sent(message))
    write_fact(message, "opened", verdict)
    return verdict


@transaction.atomic
def record_click(message: Message, *, link: int, user_agent: str) -> str | None:
    """Note one visit to a link; returns the verdict, None when this person is not counted."""
    if not _is_counted(message):
        return None
    other = (
        MessageFact.objects.filter(message=message, action="clicked").exclude(link=link).order_by("-last_at").first()
    )
    verdict = judge_click(
        user_agent=user_agent,
        since_sent=_since_sent(message),
        since_other_link=now() - other.last_at if other else None,
    )
    write_fact(message, "clicked", verdict, link=link)
    if verdict == HUMAN and message.workspace is not None:
        mark_addresses(
            workspace=message.workspace,
            channel=message.channel,
            values=[message.recipient],
            status="valid",
            reason="clicked",
            source="click",
        )
    return verdict


@transaction.atomic
def record_unsubscribe(message: Message) -> None:
    """Note that this message made somebody leave."""
    write_fact(message, "unsubscribed", "human")


def write_fact(message: Message, action: str, verdict: str, *, link: int = -1, detail: str = "") -> bool:
    """Write or count a fact; True when it is new, and then it is an event too. Proof of arrival settles `unknown`."""
    values = {
        "workspace": message.workspace_id,
        "message": message.pk,
        "dispatch": message.dispatch_id,
        "contact": message.contact_id,
        "channel": message.channel,
        "action": action,
        "verdict": verdict,
        "link": link,
        "now": now(),
        "detail": detail,
    }
    with connection.cursor() as cursor:
        cursor.execute(WRITE, values)
        is_new = cursor.fetchone()[0] == 1
    settle_arrived(message)
    if is_new and verdict != MACHINE and message.workspace is not None:
        record(
            message.workspace,
            f"message.{action}",
            contact_id=message.contact_id,
            properties={"message": str(message.public_id), "verdict": verdict, "link": link},
            source=("dispatch", message.dispatch_id) if message.dispatch_id else None,
        )
    return is_new


def settle_arrived(message: Message) -> bool:
    """Mark a message of unknown fate as sent, for there is proof that it arrived; False when nothing was in doubt.

    One that was to be sent once more is over too: whoever has the first copy needs no second.
    """
    in_doubt = Message.objects.filter(pk=message.pk).perhaps_arrived()
    return bool(in_doubt.update(status="sent", reason="", settled_at=Coalesce("settled_at", Value(now()))))


def _is_counted(message: Message) -> bool:
    """Tracked when sent, and the person has not withdrawn that since (it holds for old messages too)."""
    if not message.is_tracked or message.contact is None:
        return False
    items = load_batch([message.pk], purpose=message.purpose)
    return bool(items and items[0].may_track)


def _since_sent(message: Message) -> dt.timedelta | None:
    return now() - message.settled_at if message.settled_at else None
