"""What came of a dispatch: outcomes that add up, opens and clicks with machines apart."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import Count, Q
from django.db.models.functions import TruncMinute

from core.clock import now
from delivery.models import Dispatch, Message, MessageFact

# A message counts once per action, with the best verdict anybody gave it.
FACTS = """
SELECT action, verdict, count(*) FROM (
    SELECT message_id, action,
        CASE WHEN bool_or(verdict = 'human') THEN 'human'
             WHEN bool_or(verdict = 'uncertain') THEN 'uncertain' ELSE 'machine' END AS verdict
    FROM delivery_messagefact WHERE dispatch_id = %s GROUP BY message_id, action
) AS best GROUP BY action, verdict
"""

# Of those whom the list of recipients would show as opened or clicked, only who got it and may be counted.
MOVED = """
SELECT count(*) FROM (
    SELECT DISTINCT message_id FROM delivery_messagefact
    WHERE dispatch_id = %(dispatch)s AND action IN ('opened', 'clicked') AND verdict = 'human') AS moved
JOIN delivery_message message ON message.id = moved.message_id
WHERE message.dispatch_id = %(dispatch)s AND message.status = 'sent' AND message.is_tracked
"""

SHORTEST_SECONDS = 10


@dataclass(slots=True)
class DispatchReport:
    """Figures of one dispatch, in messages. targeted = pending + sent + skipped + failed + unknown + cancelled.

    `tracked` are those sent to people who agreed to be counted: the base of every rate of opens and clicks.
    """

    targeted: int = 0
    pending: int = 0
    sent: int = 0
    tracked: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    failed: dict[str, int] = field(default_factory=dict)
    unknown: int = 0
    cancelled: int = 0
    opened: dict[str, int] = field(default_factory=lambda: {"human": 0, "machine": 0, "uncertain": 0})
    clicked: dict[str, int] = field(default_factory=lambda: {"human": 0, "machine": 0, "uncertain": 0})
    unsubscribed: int = 0
    bounced: dict[str, int] = field(default_factory=lambda: {"hard": 0, "soft": 0})
    complained: int = 0
    rate_per_minute: int = 0
    seconds_left: int | None = None

    @property
    def uncounted(self) -> int:
        """Sent to people of whom it is not noted what they do with it: they did not agree to that."""
        return self.sent - self.tracked

    @property
    def skipped_total(self) -> int:
        """Skipped for any reason."""
        return sum(self.skipped.values())

    @property
    def failed_total(self) -> int:
        """Failed for any reason."""
        return sum(self.failed.values())


def report_of(dispatch: Dispatch) -> DispatchReport:
    """The report of a dispatch as of now: four statements, whatever its size."""
    report = DispatchReport()
    outcomes = Message.objects.filter(dispatch=dispatch).values_list("status", "reason", "is_tracked")
    for status, reason, is_tracked, number in outcomes.annotate(n=Count("id")).order_by():
        report.targeted += number
        if is_tracked and status == Message.Status.SENT:
            report.tracked += number
        if status in Message.OPEN:
            report.pending += number
        elif status in {"skipped", "failed"}:
            counts = getattr(report, status)
            counts[reason] = counts.get(reason, 0) + number
        else:
            setattr(report, status, getattr(report, status) + number)
    report.skipped = dict(sorted(report.skipped.items(), key=lambda item: -item[1]))
    report.failed = dict(sorted(report.failed.items(), key=lambda item: -item[1]))
    report.bounced["hard"] = report.failed.get("hard_bounce", 0)
    _add_facts(report, dispatch)
    _add_speed(report, dispatch)
    return report


def _add_facts(report: DispatchReport, dispatch: Dispatch) -> None:
    with connection.cursor() as cursor:
        cursor.execute(FACTS, [dispatch.pk])
        for action, verdict, number in cursor.fetchall():
            if action in {"opened", "clicked"}:
                getattr(report, action)[verdict] = number
            elif action == "unsubscribed":
                report.unsubscribed += number
            elif action == "complained":
                report.complained += number
    # Refused at the door are `failed`; these were taken and came back.
    came_back = MessageFact.objects.filter(dispatch=dispatch, action="bounced")
    kinds = came_back.aggregate(all=Count("message"), hard=Count("message", filter=Q(detail__startswith="hard")))
    report.bounced["hard"] += kinds["hard"]
    report.bounced["soft"] += kinds["all"] - kinds["hard"]


def _add_speed(report: DispatchReport, dispatch: Dispatch) -> None:
    moment = now()
    recent = Q(dispatch=dispatch, status="sent", settled_at__gte=moment - dt.timedelta(minutes=1))
    # In the first minute what has left so far is not the number of a minute.
    seconds = min(max((moment - dispatch.created_at).total_seconds(), SHORTEST_SECONDS), 60)
    report.rate_per_minute = round(Message.objects.filter(recent).count() * 60 / seconds)
    if report.pending and report.rate_per_minute and dispatch.status == "running":
        report.seconds_left = round(60 * report.pending / report.rate_per_minute)


def unmoved_of(dispatch: Dispatch, tracked: int) -> int:
    """How many of the `tracked`, who got it and agreed to be counted, neither opened it nor clicked."""
    with connection.cursor() as cursor:
        cursor.execute(MOVED, {"dispatch": dispatch.pk})
        return tracked - int(cursor.fetchone()[0])


def speed_of(dispatch: Dispatch) -> list[tuple[dt.datetime, int]]:
    """Messages sent in each minute since the start, minutes without any left out."""
    return list(
        Message.objects.filter(dispatch=dispatch, status="sent")
        .annotate(minute=TruncMinute("settled_at"))
        .order_by("minute")
        .values_list("minute")
        .annotate(n=Count("id"))
    )


def messages_of(dispatch: Dispatch, *, outcome: str | None = None, reason: str | None = None) -> Any:
    """The dispatch's messages with their contacts, newest first, as a queryset."""
    messages = Message.objects.filter(dispatch=dispatch).select_related("contact").order_by("-id")
    if outcome == "pending":
        messages = messages.filter(status__in=Message.OPEN)
    elif outcome:
        messages = messages.filter(status=outcome)
    return messages.filter(reason=reason) if reason else messages
