"""Freezing an audience: one row per person in one statement, whatever the size, and the same question without rows."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction

from accounts.models import Workspace
from channels.models import Sender
from consent import gate
from contacts.models import Contact
from content.models import ContentVersion
from core.buckets import BUCKETS, bucket_sql
from core.clock import now
from core.ids import statement_secret, uuid7_sql
from core.queue import enqueue
from delivery import frequency
from delivery.frequency import UNIMPORTANT, Standing
from delivery.models import Dispatch, Message
from delivery.pace.receivers import kept_join, receiver_sql
from delivery.services.choosing import Audience, gate_columns, write_down_chosen

HELD_OUT = "held_out"
TOO_LATE = "too_late"

AUDIENCE = """
FROM delivery_audience audience
{joins}
"""
ARMS = """
JOIN unnest(%(variants)s::smallint[], %(firsts)s::integer[], %(lasts)s::integer[], %(senders)s::bigint[],
            %(contents)s::bigint[], %(delays)s::interval[])
    AS arm(variant, first, last, sender_id, content_id, delay) ON {bucket}
"""
ZONES = """
LEFT JOIN unnest(%(zone_names)s::text[], %(zone_dues)s::timestamptz[]) AS zone(name, due_at)
    ON zone.name = audience.time_zone
"""
# In the order of contacts two indexes grow at their ends, and a sender finds the people of a batch side by side.
FREEZE = """
INSERT INTO delivery_message (
    public_id, workspace_id, dispatch_id, purpose, channel, contact_id, step, recipient, receiver, sender_id,
    topic_id, content_version_id, variant, status, reason, detail, created_at, due_at, send_by, attempts, is_tracked,
    settled_at, provider_id)
SELECT {public_id}, %(workspace)s, %(dispatch)s, 'marketing', %(channel)s, target.contact_id, 0,
    target.recipient, target.receiver, target.sender_id, %(topic)s, target.content_id, target.variant,
    CASE WHEN target.reason IS NULL THEN 'pending' ELSE 'skipped' END,
    COALESCE(target.reason, CASE WHEN target.free_at IS NOT NULL THEN target.waits END, ''), '',
    %(now)s, COALESCE(target.free_at, target.due_at), target.due_at + %(send_within)s::interval, 0, false,
    CASE WHEN target.reason IS NOT NULL THEN %(now)s END, ''
FROM (SELECT audience.contact_id, COALESCE(audience.value, '') AS recipient,
          {receiver} AS receiver, arm.sender_id, arm.content_id,
          arm.variant, {due} AS due_at, {free_at} AS free_at, often.reason AS waits, {reason} AS reason
      {audience}) AS target
ORDER BY target.contact_id
{conflict}
"""
# Asking four unique indexes about each row before it is written costs a quarter of the launch. The first freezing of
# a dispatch need not: nobody else writes to it, and whoever freezes it too waits for the lock below.
LOCK = "SELECT pg_advisory_xact_lock(7205, (%s %% 2147483647)::int)"
ADD = "ON CONFLICT DO NOTHING"
PUBLIC_ID = uuid7_sql("%(secret)s::bytea", "target.contact_id")
# The question is put once for the count and the sample together.
COUNT = """
WITH asked AS MATERIALIZED (SELECT audience.contact_id, {reason} AS reason, {free_at} AS free_at {audience})
SELECT reason, count(*), count(free_at),
    ARRAY(SELECT contact_id FROM asked WHERE reason IS NULL ORDER BY contact_id DESC LIMIT %(sample)s)
FROM asked GROUP BY reason
"""
ZONE_COUNT = "SELECT COALESCE(audience.time_zone, ''), count(*) {audience} WHERE ({reason}) IS NULL GROUP BY 1"


@dataclass(frozen=True, slots=True)
class Arm:
    """One version of the message, and who gets it: the buckets `first` to `last` of the plan's salt.

    `variant` is 0 where there is only one. `delay` is added to everybody's time.
    """

    sender: Sender
    content_version: ContentVersion
    variant: int = 0
    first: int = 0
    last: int = BUCKETS - 1
    delay: dt.timedelta = dt.timedelta()


@dataclass(frozen=True, slots=True)
class HoldOut:
    """A random part of those who would get it, kept back to see what the message changes; `share` of 10,000."""

    salt: str
    share: int


@dataclass(frozen=True, slots=True)
class Plan:
    """How the messages of one freezing differ: versions, times, and who is kept back.

    `due_at` is everybody's time, except for those whose zone `by_zone` names (IANA name → instant; None where the
    time has passed and the message shall not come late: they are skipped as TOO_LATE). After `send_within` from its
    time a message is not sent any more. Whoever's bucket no arm covers gets no row, and may be added later.
    """

    due_at: dt.datetime
    arms: Sequence[Arm]
    salt: str = ""
    by_zone: Mapping[str, dt.datetime | None] = field(default_factory=dict)
    send_within: dt.timedelta | None = None
    hold_outs: Sequence[HoldOut] = ()

    @property
    def is_split(self) -> bool:
        """Whether it matters in which bucket somebody is."""
        return len(self.arms) > 1 or any(arm.first > 0 or arm.last < BUCKETS - 1 for arm in self.arms)

    @property
    def asks_people(self) -> bool:
        """Whether anything of the contact's own row is needed."""
        return self.is_split or bool(self.by_zone) or bool(self.hold_outs)


@dataclass(frozen=True, slots=True)
class AudiencePreview:
    """Who would get a message now: people matched, people left, people left out by reason, a few of those left.

    `later` of those left had enough messages lately and get it when it is their turn.
    """

    matched: int
    will_get: int
    excluded: dict[str, int]
    sample: list[Contact]
    later: int = 0


@transaction.atomic
def freeze_audience(*, dispatch: Dispatch, audience: Audience, plan: Plan) -> int:
    """Write one message per contact that the audience's SQL selects; returns how many the dispatch targets now.

    Those who may not be written to get their row at once, as skipped with the reason. Running it again adds only
    who is missing.
    """
    due, standing = _due(plan), Standing(dispatch.priority, dispatch.waits_for)
    asked = _asked(dispatch.workspace, audience, plan, (due, standing))
    bucket = f"{bucket_sql('audience.bucket_seed', plan.salt)} BETWEEN arm.first AND arm.last"
    arms = ARMS.format(bucket=bucket if plan.is_split else "true")
    zones = ZONES if plan.by_zone else ""
    moment = now()
    values = {
        **asked.params,
        **_plan_values(plan),
        "dispatch": dispatch.pk,
        "now": moment,
        "secret": statement_secret(),
    }
    everybody = AUDIENCE.format(joins=f"{arms}{zones}{asked.joins}\n{kept_join('audience.domain', 'kept')}")
    receiver = receiver_sql("audience.domain", "kept.keeper")
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [dispatch.pk])
        is_first = not Message.objects.filter(dispatch=dispatch).exists()
        write_down_chosen(cursor, audience, asked.params, with_person=plan.asks_people)
        frequency.write_down_audience(
            cursor, workspace_id=dispatch.workspace_id, channel=audience.channel, standing=standing,
            times=(plan.due_at, moment), dispatch_id=dispatch.pk,
        )  # fmt: skip
        statement = FREEZE.format(
            public_id=PUBLIC_ID, due=due, free_at=asked.free_at, reason=asked.reason, receiver=receiver,
            audience=everybody, conflict="" if is_first else ADD,
        )  # fmt: skip
        cursor.execute(statement, values)
        written = cursor.rowcount
    targeted = written if is_first else Message.objects.filter(dispatch=dispatch).count()
    Dispatch.objects.filter(pk=dispatch.pk).update(targeted=targeted)
    enqueue("delivery.send_bulk")
    enqueue("delivery.send_bulk")
    return targeted


def preview_audience(
    *,
    workspace: Workspace,
    audience: Audience,
    sample: int = 5,
    standing: Standing = UNIMPORTANT,
    hold_outs: Sequence[HoldOut] = (),
) -> AudiencePreview:
    """What `freeze_audience` would do now for a dispatch of that standing, without doing it."""
    plan = Plan(due_at=now(), arms=(), hold_outs=hold_outs)
    with asking(workspace, audience, plan, standing, with_person=plan.asks_people) as (cursor, asked, params):
        everybody = AUDIENCE.format(joins=asked.joins)
        statement = COUNT.format(reason=asked.reason, free_at=asked.free_at, audience=everybody)
        cursor.execute(statement, {**params, "sample": sample})
        rows = cursor.fetchall()
    counts = {reason: (people, later) for reason, people, later, _sample in rows}
    keys = rows[0][3] if rows else []
    will_get, later = counts.pop(None, (0, 0))
    excluded = {reason: people for reason, (people, _later) in sorted(counts.items(), key=lambda item: -item[1][0])}
    people = Contact.objects.in_bulk(keys)
    matched = will_get + sum(excluded.values())
    return AudiencePreview(matched, will_get, excluded, [people[key] for key in keys], later)


def preview_zones(
    *,
    workspace: Workspace,
    audience: Audience,
    standing: Standing = UNIMPORTANT,
    hold_outs: Sequence[HoldOut] = (),
) -> dict[str, int]:
    """How many of those who would get a message now live in each zone; "" for those of whom nobody knows."""
    plan = Plan(due_at=now(), arms=(), hold_outs=hold_outs)
    with asking(workspace, audience, plan, standing, with_person=True) as (cursor, asked, params):
        everybody = AUDIENCE.format(joins=asked.joins)
        cursor.execute(ZONE_COUNT.format(reason=asked.reason, audience=everybody), params)
        return dict(cursor.fetchall())


@contextmanager
def asking(
    workspace: Workspace, audience: Audience, plan: Plan, standing: Standing, *, with_person: bool
) -> Iterator[tuple[Any, "_Asked", dict[str, Any]]]:
    """An audience that is chosen for a look: the cursor, the question about it and its parameters.

    The look is at `delivery_audience`, by a statement with AUDIENCE and the question's joins.
    """
    asked = _asked(workspace, audience, plan, ("%(due)s::timestamptz", standing))
    params = {**asked.params, "due": plan.due_at, "now": plan.due_at, "send_within": None}
    with transaction.atomic(), connection.cursor() as cursor:
        write_down_chosen(cursor, audience, params, with_person=with_person)
        frequency.write_down_audience(
            cursor,
            workspace_id=workspace.pk,
            channel=audience.channel,
            standing=standing,
            times=(plan.due_at, plan.due_at),
        )
        yield cursor, asked, params


def _due(plan: Plan) -> str:
    """The SQL of when a person's message is due."""
    everybody = "%(due)s::timestamptz"
    return (f"COALESCE(zone.due_at, {everybody})" if plan.by_zone else everybody) + " + arm.delay"


def _plan_values(plan: Plan) -> dict[str, Any]:
    return {
        "due": plan.due_at,
        "variants": [arm.variant for arm in plan.arms],
        "firsts": [arm.first for arm in plan.arms],
        "lasts": [arm.last for arm in plan.arms],
        "senders": [arm.sender.pk for arm in plan.arms],
        "contents": [arm.content_version.pk for arm in plan.arms],
        "delays": [arm.delay for arm in plan.arms],
        "zone_names": list(plan.by_zone),
        "zone_dues": list(plan.by_zone.values()),
        "send_within": plan.send_within,
    }


@dataclass(frozen=True, slots=True)
class _Asked:
    """The question who of delivery_audience may be written to: SQL of the reason, of when else, joins, parameters."""

    reason: str
    free_at: str
    joins: str
    params: dict[str, Any]


def _asked(workspace: Workspace, audience: Audience, plan: Plan, timing: tuple[str, Standing]) -> _Asked:
    """`timing` is the SQL of when a person's message is due, and how it stands beside others."""
    joins = gate.reason_joins(
        purpose=gate.MARKETING,
        address_digest="audience.digest",
        said="audience.said",
        **gate_columns("audience"),
    )
    due, standing = timing
    often = frequency.audience_often(due=due, waits_for=standing.waits_for, send_within="%(send_within)s::interval")
    params = {
        **joins.params,
        **often.joins.params,
        "workspace": workspace.pk,
        "channel": audience.channel,
        "topic": audience.topic.pk if audience.topic else None,
    }
    reasons = [joins.sql, often.joins.sql, *_reasons_of_plan(plan)]
    return _Asked(f"COALESCE({', '.join(reasons)})", often.free_at, f"{joins.joins}\n{often.joins.joins}", params)


def _reasons_of_plan(plan: Plan) -> list[str]:
    """Asked last: only who would get the message can be kept back, else both parts could not be compared."""
    reasons = []
    if plan.by_zone:
        reasons.append(f"CASE WHEN zone.name IS NOT NULL AND zone.due_at IS NULL THEN '{TOO_LATE}' END")
    for hold_out in plan.hold_outs:
        bucket = bucket_sql("audience.bucket_seed", hold_out.salt)
        reasons.append(f"CASE WHEN {bucket} < {int(hold_out.share)} THEN '{HELD_OUT}' END")
    return reasons
