"""What each version of a campaign has come to: people, and what they did, counted within the hours that were set."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import connection

from campaigns import verdicts
from campaigns.models import CampaignVariant, Experiment
from campaigns.variants import shares_of
from delivery.models import Message
from experiments.lift import Sample
from experiments.sample_ratio import is_mismatch
from experiments.winner import Standing, stand

Goal = Experiment.Goal

# Only rows of the test count: the rest got the winner and would make it look larger.
PEOPLE = """
SELECT variant,
    count(*) FILTER (WHERE NOT (status = 'skipped' AND settled_at IS NOT DISTINCT FROM created_at)),
    count(*) FILTER (WHERE status = ANY(%(open)s)),
    count(*) FILTER (WHERE status = 'sent'),
    count(*) FILTER (WHERE status = 'sent' AND is_tracked)
FROM delivery_message WHERE dispatch_id = %(dispatch)s AND created_at <= %(frozen)s GROUP BY variant
"""
REACTED = """
SELECT m.variant, count(DISTINCT m.id), 0, 0
FROM delivery_messagefact f JOIN delivery_message m ON m.id = f.message_id
WHERE f.dispatch_id = %(dispatch)s AND f.action = %(action)s AND f.verdict = 'human'
  AND m.created_at <= %(frozen)s AND m.status = 'sent' AND f.at < m.settled_at + %(window)s::interval
GROUP BY 1
"""
DID = """
SELECT each.variant, count(*), sum(each.total), sum(each.total ^ 2) FROM (
    SELECT m.variant, m.id, sum(coalesce(e.amount, 0)) / 10000.0 AS total
    FROM delivery_message m
    JOIN events_event e ON e.workspace_id = m.workspace_id AND e.kind = %(kind)s AND e.contact_id = m.contact_id
        AND e.at >= m.settled_at AND e.at < m.settled_at + %(window)s::interval AND e.at >= %(start)s
    WHERE m.dispatch_id = %(dispatch)s AND m.created_at <= %(frozen)s AND m.status = 'sent'
    GROUP BY 1, 2) each
GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class VersionCounts:
    """One version in the test. `drawn` could have got it, `open` wait; `sample` is what is compared.

    Opens and clicks are out of people who agreed to be counted, everything else out of those it was sent to.
    """

    variant: CampaignVariant
    drawn: int
    open: int
    sent: int
    sample: Sample


@dataclass(frozen=True, slots=True)
class Assessment:
    """What one look says: a code of campaigns.verdicts, and how the versions stand (None while nobody got any)."""

    finding: str
    standing: Standing | None


def measure(experiment: Experiment) -> list[VersionCounts]:
    """The counts of each version as of now, in order; three statements whatever the size. Empty before the start."""
    dispatch = experiment.campaign.dispatch
    if dispatch is None or experiment.frozen_at is None:
        return []
    params: dict[str, Any] = {
        "dispatch": dispatch.pk,
        "frozen": experiment.frozen_at,
        "open": list(Message.OPEN),
        "action": experiment.goal,
        "kind": experiment.event_kind,
        "window": dt.timedelta(hours=experiment.wait_hours),
        "start": dispatch.created_at,
    }
    is_reaction = experiment.goal in (Goal.OPENED, Goal.CLICKED)
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE, params)
        people = {row[0]: row[1:] for row in cursor.fetchall()}
        cursor.execute(REACTED if is_reaction else DID, params)
        deeds = {row[0]: row[1:] for row in cursor.fetchall()}
    found = []
    for variant in experiment.campaign.variants.select_related("sender", "template"):
        drawn, waiting, sent, tracked = people.get(variant.position, (0, 0, 0, 0))
        successes, total, squares = deeds.get(variant.position, (0, 0, 0))
        base = tracked if is_reaction else sent
        amounts = (float(total), float(squares)) if experiment.goal == Goal.REVENUE else (None, 0.0)
        # Somebody erased between the two statements must not make more successes than people.
        found.append(VersionCounts(variant, drawn, waiting, sent, Sample(base, min(successes, base), *amounts)))
    return found


def assess(experiment: Experiment, counts: list[VersionCounts], *, is_ripe: bool) -> Assessment:
    """What these counts say. `is_ripe`: everybody of the test has had the hours that were set.

    Versions that go out at different hours can be compared only then: until then one has had longer than the other.
    """
    if not all(count.sample.people for count in counts):
        return Assessment(verdicts.TOO_EARLY, None)
    standing = stand([count.sample for count in counts])
    shares = shares_of(experiment, len(counts))
    settled = is_ripe or not any(count.open for count in counts)
    uneven = is_mismatch([count.drawn for count in counts], shares) or (
        settled and is_mismatch([count.sample.people for count in counts], shares)
    )
    if uneven:
        return Assessment(verdicts.UNEVEN, standing)
    if is_ripe or not differ_in_time(counts):
        if standing.winner is not None:
            return Assessment(verdicts.WINNER, standing)
        if is_ripe:
            return Assessment(verdicts.CLOSE, standing)
    return Assessment(verdicts.TOO_EARLY, standing)


def differ_in_time(counts: list[VersionCounts]) -> bool:
    """Whether versions go out at different hours."""
    return len({count.variant.delay_minutes for count in counts}) > 1
