"""How often people get campaigns: what they asked for themselves, and what the workspace allows.

Both are asked for a whole audience at launch, and once more for each batch before it is sent. Only messages of
dispatches count: they are all the campaign messages there are. A person's earlier ones are looked up by dispatch and
contact, in the few dispatches that may have written within the longest span asked about, so that how much somebody
got over the years costs nothing.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from consent.gate import SqlJoins
from delivery.arrays import number_array
from delivery.models import FrequencyRule

CHOSEN, CAPPED, OUTRANKED = "frequency_chosen", "frequency_capped", "frequency_outranked"
REASONS = (CHOSEN, CAPPED, OUTRANKED)
# A weekly letter that leaves at 9:01 after one that left at 9:03 has kept the week. The workspace's rule is exact.
GRACE = dt.timedelta(hours=12)
# What was in flight when a campaign was stopped is settled a little later; a week covers a long weekend without power.
SLACK = dt.timedelta(days=7)
# Local times spread an audience over so much.
DRIFT = dt.timedelta(hours=26)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a message stands beside others to the same person.

    Of two, the one with the higher `priority` goes; `waits_for` is how long it may wait for its turn, None: not.
    """

    priority: int = 0
    waits_for: dt.timedelta | None = None


UNIMPORTANT = Standing()

# Everything in flight counts, what perhaps has left too, and what more important dispatches are going to send. For
# each limit the person is free again one span after the n-th latest of these: at that moment at most n - 1 are left
# in the span before it. `own` is who is asked about: id, contact_id, workspace_id, channel, priority.
QUESTION = """
WITH own AS MATERIALIZED ({own}),
wish AS MATERIALIZED (
    SELECT own.id, make_interval(days => often.days_between) - %(frequency_grace)s::interval AS span
    FROM own JOIN consent_contactpreference often ON often.contact_id = own.contact_id AND often.days_between > 0),
rule AS MATERIALIZED (
    SELECT r.workspace_id, r.channel, r.messages, make_interval(days => r.days) AS span
    FROM delivery_frequencyrule r WHERE r.workspace_id = ANY(%(workspaces)s)),
reach AS MATERIALIZED (SELECT greatest((SELECT max(span) FROM rule), (SELECT max(span) FROM wish)) AS span),
recent AS MATERIALIZED (
    SELECT d.id, d.workspace_id, d.priority, d.status = 'running' AS is_running FROM delivery_dispatch d, reach
    WHERE d.workspace_id = ANY(%(workspaces)s)
      AND (d.finished_at IS NULL OR d.finished_at > %(at)s - reach.span - %(frequency_slack)s)),
event AS MATERIALIZED (
    SELECT own.id, own.workspace_id, own.channel AS wanted, prior.channel,
        prior.status IN ('pending', 'claimed') AS is_planned,
        CASE WHEN prior.status IN ('sent', 'unknown') THEN prior.settled_at
             WHEN prior.status = 'sending' THEN %(now)s ELSE greatest(prior.due_at, %(now)s) END AS moment
    FROM own JOIN recent ON recent.workspace_id = own.workspace_id
    JOIN delivery_message prior ON prior.dispatch_id = recent.id AND prior.contact_id = own.contact_id, reach
    WHERE {other} AND prior.purpose = 'marketing'
      AND (prior.status = 'sending'
        OR (prior.status IN ('sent', 'unknown') AND prior.settled_at > %(at)s - reach.span - %(frequency_drift)s)
        OR (prior.status IN ('pending', 'claimed') AND recent.is_running AND recent.priority > own.priority
            AND prior.due_at < %(at)s + reach.span))
    {besides}),
blocked AS (
    SELECT event.id, (array_agg(event.moment ORDER BY event.moment DESC))[rule.messages] + rule.span AS free_at,
        CASE WHEN count(*) FILTER (WHERE NOT event.is_planned) >= rule.messages THEN '{capped}' ELSE '{outranked}' END
            AS reason
    FROM event JOIN rule ON rule.workspace_id = event.workspace_id AND rule.channel IN ('', event.wanted)
        AND (rule.channel = '' OR rule.channel = event.channel)
        AND event.moment > %(at)s - rule.span - %(frequency_drift)s AND event.moment < %(at)s + rule.span
    GROUP BY event.id, rule.workspace_id, rule.channel, rule.messages, rule.span
    HAVING count(*) >= rule.messages
    UNION ALL
    SELECT event.id, max(event.moment) + wish.span,
        CASE WHEN bool_and(event.is_planned) THEN '{outranked}' ELSE '{chosen}' END
    FROM event JOIN wish ON wish.id = event.id
    WHERE event.moment > %(at)s - wish.span - %(frequency_drift)s AND event.moment < %(at)s + wish.span
    GROUP BY event.id, wish.span),
verdict AS MATERIALIZED (
    SELECT id, max(free_at) AS free_at, (array_agg(reason ORDER BY free_at DESC, reason))[1] AS reason
    FROM blocked GROUP BY id)
"""

# Who chose for themselves, where the workspace has no rule; everybody where it has one.
ONLY_WISHES = "JOIN consent_contactpreference chose ON chose.contact_id = {contact} AND chose.days_between > 0"
AUDIENCE = """
SELECT audience.contact_id AS id, audience.contact_id, %(workspace)s::bigint AS workspace_id,
    %(channel)s::text AS channel, %(priority)s::smallint AS priority
FROM delivery_audience audience {only}
"""
WRITE_DOWN = """
CREATE TEMPORARY TABLE delivery_often ON COMMIT DROP AS
{question} SELECT id AS contact_id, free_at, reason FROM verdict
"""

# A workspace with a rule holds one batch at a time; elsewhere the same 64 locks are for everybody who chose: enough
# that two batches seldom meet, and few enough for any number of them.
LOCK_SPACE, RULE_LOCK_SPACE = 7_203, 7_204
LOCK = """
WITH asked AS MATERIALIZED (
    SELECT m.contact_id, m.workspace_id FROM delivery_message m
    WHERE m.id = ANY(%(ids)s::bigint[]) AND m.purpose = 'marketing')
SELECT pg_advisory_xact_lock(space, bucket), workspace_id, space = {rules} FROM (
    SELECT DISTINCT space, bucket, workspace_id FROM (
        SELECT {wishes} AS space, (often.contact_id %% 64)::int AS bucket, asked.workspace_id
        FROM asked JOIN consent_contactpreference often ON often.contact_id = asked.contact_id
        WHERE often.days_between > 0
        UNION ALL
        SELECT {rules}, (asked.workspace_id %% 2147483647)::int, asked.workspace_id
        FROM asked JOIN delivery_frequencyrule r ON r.workspace_id = asked.workspace_id) AS wanted
    ORDER BY space DESC, bucket) AS locks
"""
BATCH = """
SELECT m.id, m.contact_id, m.workspace_id, m.channel, COALESCE(d.priority, 0) AS priority,
    LEAST(m.created_at + d.waits_for, m.send_by) AS last_moment, d.waits_for IS NOT NULL AS may_wait
FROM delivery_message m LEFT JOIN delivery_dispatch d ON d.id = m.dispatch_id {only}
WHERE m.id = ANY(%(ids)s::bigint[]) AND m.purpose = 'marketing' AND m.status = 'pending'
"""
# Two messages of one batch for one person: the older goes first, as if it had gone already.
SAME_BATCH = """
    UNION ALL SELECT own.id, own.workspace_id, own.channel, older.channel, false, %(now)s
    FROM own JOIN own older ON older.contact_id = own.contact_id AND older.id < own.id
"""
# The deadline counts from when the row was written, so that nobody is put off for ever.
PUT_OFF = """
{question}
UPDATE delivery_message m SET
    status = CASE WHEN found.waits THEN 'pending' ELSE 'skipped' END, reason = found.reason,
    due_at = CASE WHEN found.waits THEN found.free_at ELSE m.due_at END,
    settled_at = CASE WHEN found.waits THEN NULL ELSE %(now)s END
FROM (SELECT verdict.id, verdict.free_at, verdict.reason, own.may_wait AND verdict.free_at <= own.last_moment AS waits
      FROM verdict JOIN own ON own.id = verdict.id WHERE verdict.free_at > %(now)s) AS found
WHERE m.id = found.id AND m.id = ANY(%(ids)s::bigint[]) AND m.status = 'pending'
"""


@dataclass(frozen=True, slots=True)
class Often:
    """For the statement that freezes: `joins.sql` is NULL or why somebody is refused, `free_at` NULL or when instead.

    Who has a `free_at` waits: the message is due then.
    """

    joins: SqlJoins
    free_at: str


def write_down_audience(
    cursor: Any, *, workspace_id: int, channel: str, standing: Standing, times: tuple[dt.datetime, dt.datetime],
    dispatch_id: int | None = None,
) -> None:  # fmt: skip
    """Fill the temporary table delivery_often with who of delivery_audience had enough, and until when.

    `times` are when the messages are due and what time it is now; `dispatch_id` is whose own messages do not count.
    """
    has_rules = FrequencyRule.objects.filter(workspace_id=workspace_id).exists()
    own = AUDIENCE.format(only="" if has_rules else ONLY_WISHES.format(contact="audience.contact_id"))
    other = "recent.id IS DISTINCT FROM %(dispatch)s::bigint"
    values = {
        **_constants([workspace_id], *times, DRIFT),
        "workspace": workspace_id,
        "channel": channel,
        "priority": standing.priority,
        "dispatch": dispatch_id,
    }
    cursor.execute("DROP TABLE IF EXISTS delivery_often")
    cursor.execute(WRITE_DOWN.format(question=_question(own, other)), values)


def audience_often(*, due: str, waits_for: dt.timedelta | None, send_within: str) -> Often:
    """For an audience that `write_down_audience` looked at: who is refused, and who waits until when.

    `due` is the SQL of when a person's message is due, `send_within` that of how long after it may leave.
    """
    waits = "false"
    if waits_for is not None:
        waits = f"often.free_at <= LEAST(%(now)s + %(waits_for)s::interval, {due} + {send_within})"
    joins = "LEFT JOIN delivery_often often ON often.contact_id = audience.contact_id"
    refused = f"CASE WHEN often.free_at > {due} AND NOT ({waits}) THEN often.reason END"
    free_at = f"CASE WHEN often.free_at > {due} AND {waits} THEN often.free_at END"
    return Often(SqlJoins(joins, refused, {"waits_for": waits_for}), free_at)


def skip_too_soon(cursor: Any, *, ids: Sequence[int], at: dt.datetime) -> int:
    """Skip claimed messages to people who had enough lately, or make them due later; returns how many were.

    Call it in the transaction that marks the rest as sending. Of two processes with a message each for one person,
    the second waits here until the first has committed `sending`, and its next statement, with a snapshot of its
    own under READ COMMITTED, sees that row. Claimed messages need not count then, and two can never skip each
    other. These locks are taken in order and last of all: rows that a claim locks nobody waits for, and buckets are
    locked before, so nobody waits in a circle. A rule made after the locks were taken counts from the next batch on.
    """
    if not ids:
        return 0
    values: dict[str, Any] = {"ids": number_array(ids)}
    cursor.execute(LOCK.format(wishes=LOCK_SPACE, rules=RULE_LOCK_SPACE), values)
    locks = cursor.fetchall()
    if not locks:
        return 0
    has_rules = any(is_rule for _lock, _workspace, is_rule in locks)
    own = BATCH.format(only="" if has_rules else ONLY_WISHES.format(contact="m.contact_id"))
    question = _question(own, "prior.id <> own.id", SAME_BATCH)
    values.update(_constants(sorted({workspace for _lock, workspace, _is_rule in locks}), at, at))
    cursor.execute(PUT_OFF.format(question=question), values)
    return int(cursor.rowcount)


def _question(own: str, other: str, besides: str = "") -> str:
    return QUESTION.format(own=own, other=other, besides=besides, chosen=CHOSEN, capped=CAPPED, outranked=OUTRANKED)


def _constants(
    workspaces: Sequence[int], at: dt.datetime, now: dt.datetime, drift: dt.timedelta = dt.timedelta()
) -> dict[str, Any]:
    return {
        "workspaces": list(workspaces),
        "at": at,
        "now": now,
        "frequency_grace": GRACE,
        "frequency_slack": SLACK,
        "frequency_drift": drift,
    }
