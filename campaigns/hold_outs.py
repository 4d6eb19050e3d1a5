"""People kept back at random: who they are, and what a campaign changed compared with them."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import connection

from campaigns.models import Campaign, HoldOutGroup
from core.buckets import BUCKETS, bucket_sql
from delivery.models import Dispatch
from delivery.services import HoldOut
from experiments.lift import Difference, Sample, compare

MOST_PERCENT = 50
MOST_DAYS = 90

# Everybody who could have got it, kept back or not, and what they did after it was due (the intention to treat: who
# was drawn to get it counts as such even if it did not arrive). Who was left out when the audience was frozen settled
# in the moment they were written. People of the workspace's group are on neither side: other campaigns missed them too.
EFFECT = """
SELECT held.out, count(*), count(did.total), coalesce(sum(did.total), 0), coalesce(sum(did.total ^ 2), 0)
FROM delivery_message m
JOIN contacts_contact c ON c.id = m.contact_id
CROSS JOIN LATERAL (SELECT m.reason = 'held_out' AS out) held
LEFT JOIN (
    SELECT own.id, sum(coalesce(e.amount, 0)) / 10000.0 AS total
    FROM delivery_message own
    JOIN events_event e ON e.workspace_id = own.workspace_id AND e.contact_id = own.contact_id
        AND e.kind = %(kind)s AND e.at >= own.due_at AND e.at < own.due_at + %(window)s::interval
        AND e.at >= %(start)s AND e.at < %(now)s
    WHERE own.dispatch_id = %(dispatch)s
    GROUP BY own.id) did ON did.id = m.id
WHERE m.dispatch_id = %(dispatch)s AND m.step = 0 AND NOT ({group})
  AND (held.out OR NOT (m.status = 'skipped' AND m.settled_at IS NOT DISTINCT FROM m.created_at))
GROUP BY 1
"""

# The same for all campaigns of a group's time: each person once, from the first message they could have got.
GROUP_EFFECT = """
WITH person AS (
    SELECT m.contact_id, ({group}) AS is_out, min(m.due_at) AS since
    FROM delivery_dispatch d
    JOIN delivery_message m ON m.dispatch_id = d.id
    JOIN contacts_contact c ON c.id = m.contact_id
    WHERE d.workspace_id = %(workspace)s AND d.occurrence >= %(start)s AND d.occurrence < %(end)s
      AND (m.reason = 'held_out' OR NOT (m.status = 'skipped' AND m.settled_at IS NOT DISTINCT FROM m.created_at))
    GROUP BY 1, 2
), did AS (
    SELECT person.contact_id, sum(coalesce(e.amount, 0)) / 10000.0 AS total
    FROM person JOIN events_event e ON e.workspace_id = %(workspace)s AND e.contact_id = person.contact_id
        AND e.kind = %(kind)s AND e.at >= person.since AND e.at < %(end)s
    GROUP BY 1
)
SELECT person.is_out, count(*), count(did.total), coalesce(sum(did.total), 0), coalesce(sum(did.total ^ 2), 0)
FROM person LEFT JOIN did USING (contact_id) GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class Effect:
    """What those who could get it did, and those kept back, and the difference between them."""

    targeted: Sample
    kept_back: Sample
    difference: Difference


def salt_of(campaign: Campaign) -> str:
    """What picks the people kept back from this campaign; the same people each time that it goes out."""
    return f"hold-out:{campaign.public_id}"


def group_of(campaign: Campaign, at: dt.datetime) -> HoldOutGroup | None:
    """The workspace's group that lasts at that moment."""
    found: HoldOutGroup | None = HoldOutGroup.objects.in_workspace(campaign.workspace).lasting(at).first()
    return found


def hold_outs_of(campaign: Campaign, at: dt.datetime) -> list[HoldOut]:
    """Who is kept back from a campaign that goes out at that moment."""
    found = []
    group = group_of(campaign, at)
    if group is not None:
        found.append(HoldOut(group.salt, buckets_of(group.percent)))
    if campaign.hold_out:
        found.append(HoldOut(salt_of(campaign), buckets_of(campaign.hold_out)))
    return found


def buckets_of(percent: int) -> int:
    """How many buckets so many of a hundred people are."""
    return BUCKETS * percent // 100


def effect_of(
    *, campaign: Campaign, dispatch: Dispatch, kind: str, days: int, with_amounts: bool, now: dt.datetime
) -> Effect | None:
    """What a campaign changed in the `days` after each person's message was due; None while nobody was kept back.

    Counted are people with an event of `kind`, or their amounts per person (`with_amounts`).
    """
    group = group_of(campaign, dispatch.occurrence)
    own = f"{bucket_sql('c.bucket_seed', group.salt)} < {buckets_of(group.percent)}" if group else "false"
    # Where a day begins earlier than with us, people are due before the dispatch's own moment.
    params = {
        "dispatch": dispatch.pk,
        "kind": kind,
        "window": dt.timedelta(days=days),
        "start": dispatch.occurrence - dt.timedelta(days=2),
        "now": now,
    }
    return _effect(EFFECT.format(group=own), params, with_amounts=with_amounts)


def effect_of_group(*, group: HoldOutGroup, kind: str, with_amounts: bool, now: dt.datetime) -> Effect | None:
    """What all campaigns together changed while the group lasted; None while none went out."""
    own = f"{bucket_sql('c.bucket_seed', group.salt)} < {buckets_of(group.percent)}"
    params = {
        "workspace": group.workspace_id,
        "kind": kind,
        "start": group.starts_at,
        "end": min(group.ends_at, now),
    }
    return _effect(GROUP_EFFECT.format(group=own), params, with_amounts=with_amounts)


def _effect(statement: str, params: dict[str, Any], *, with_amounts: bool) -> Effect | None:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        rows = {bool(row[0]): row[1:] for row in cursor.fetchall()}
    if True not in rows or False not in rows:
        return None
    targeted, kept_back = (_sample(*rows[side], with_amounts=with_amounts) for side in (False, True))
    return Effect(targeted, kept_back, compare(targeted, kept_back))


def _sample(people: int, successes: int, total: float, squares: float, *, with_amounts: bool) -> Sample:
    amounts = (float(total), float(squares)) if with_amounts else (None, 0.0)
    return Sample(people, successes, *amounts)
