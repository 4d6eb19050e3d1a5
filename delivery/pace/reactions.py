"""What answers change for those who come after: a receiver gets less, a sender is stopped or goes on."""

import datetime as dt
import re
from collections.abc import Sequence

from django.db import connection, transaction
from django.utils.translation import gettext as _

from channels.models import Sender
from channels.transports.outcomes import RetryAfter
from core.clock import now
from delivery.models import Dispatch, Message, PaceSlowdown, SenderStop
from delivery.pace import backoff
from delivery.pace.caution import Fault
from delivery.pace.meters import Lane
from delivery.pace.receivers import EVERYBODY
from delivery.services.dispatches import pause_dispatch

DAY = dt.timedelta(days=1)
_ADDRESS = re.compile(r"<?[^\s<>@]+@[^\s<>@,;:]+>?")
USED_BY = """
SELECT d.id FROM delivery_dispatch d
WHERE d.status = 'running' AND d.workspace_id = %(workspace)s AND EXISTS (
    SELECT FROM delivery_message m
    WHERE m.dispatch_id = d.id AND m.sender_id = %(sender)s AND m.status = 'pending')
"""


@transaction.atomic
def slow_down(lane: Lane, answers: Sequence[RetryAfter]) -> bool:
    """Send less from this sender to this receiver, or to EVERYBODY; false when that is known and nothing changes."""
    moment = now()
    row = PaceSlowdown.objects.select_for_update().filter(sender=lane.sender, receiver=lane.receiver).first()
    pauses = [backoff.asked_pause(answer.code, answer.seconds, answer.text) for answer in answers]
    asked = max((pause for pause in pauses if pause is not None), default=None)
    state = backoff.struck(
        row.state if row else None,
        at=moment,
        sent_last_minute=0 if row else _sent_since(lane, moment - dt.timedelta(minutes=1)),
        asked=asked,
    )
    if state is None:
        return False
    words = clean(f"{answers[0].code or ''} {answers[0].enhanced} {answers[0].text}")
    values = {
        "rate": state.rate,
        "full_rate": state.full_rate,
        "paused_until": state.paused_until,
        "strikes": state.strikes,
        "words": words[:300],
        "tokens": 0.0,
        "filled_at": state.paused_until,
    }
    PaceSlowdown.objects.update_or_create(sender_id=lane.sender, receiver=lane.receiver, defaults=values)
    return True


def is_general(fault: Fault) -> bool:
    """Whether a refusal speaks of the sender as a whole, and not of one server with rules of its own.

    What a batch cannot tell the last day can: a receiver that took this sender's mail meanwhile has no quarrel with it.
    """
    if fault.is_proved is not None:
        return fault.is_proved
    return not _sent_since(fault.lane, now() - DAY, enough=1)


@transaction.atomic
def stop_sender(*, sender: int, receiver: int | None, words: str, reason: str) -> list[int]:
    """Send nothing more in bulk from this sender and pause the campaigns that do; returns the dispatches paused.

    `words` are the server's own, `reason` is the sentence people read.
    """
    values = {"receiver": receiver, "words": clean(words)[:300], "stopped_at": now(), "probing_at": None}
    SenderStop.objects.update_or_create(sender_id=sender, defaults=values)
    workspace = Sender.objects.values_list("workspace", flat=True).get(pk=sender)
    with connection.cursor() as cursor:
        cursor.execute(USED_BY, {"sender": sender, "workspace": workspace})
        keys = [row[0] for row in cursor.fetchall()]
    return [one.pk for one in Dispatch.objects.filter(id__in=keys) if pause_dispatch(dispatch=one, reason=reason)]


def stop_reason(words: str) -> str:
    """What a paused campaign says when a receiver does not accept its sender."""
    return _("A receiving server does not accept this sender: “%(words)s” Nobody was dropped.") % {
        "words": clean(words)[:120]
    }


def clean(words: str) -> str:
    """A server's words on one line, as they can be stored and shown: without the addresses it speaks of."""
    whole = words.replace("\0", " ").encode("utf-8", "replace").decode()
    return " ".join(_ADDRESS.sub("…", whole).split())


def _sent_since(lane: Lane, since: dt.datetime, *, enough: int = 1_000_000) -> int:
    """Messages the receiver took from the sender since then, `enough` at most."""
    workspace = Sender.objects.values_list("workspace", flat=True).get(pk=lane.sender)
    sent = Message.objects.filter(workspace=workspace, status="sent", settled_at__gte=since, sender=lane.sender)
    if lane.receiver != EVERYBODY:
        sent = sent.filter(receiver=lane.receiver)
    return sent[:enough].count()
