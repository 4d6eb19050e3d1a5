"""Opening, filling, pausing and ending dispatches: set-based, whatever the size of the audience."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from accounts.models import User, Workspace
from channels.models import Sender
from consent import gate
from consent.models import Topic
from contacts.models import Contact
from content.models import ContentVersion
from core.clock import now
from core.queue import enqueue
from delivery import frequency
from delivery.models import Dispatch, Message
from events.services import record

# The audience is written down first with what the gate asks about each address, so that the planner knows how many
# people, domains and digests it joins: a segment's size is anybody's guess, and with a wrong one a hundred thousand
# index look-ups take the place of one hash. Both look-ups here go by index whatever the guess is (LATERAL, LIMIT):
# left to itself the planner reads every address of the workspace for a tenth of them. Who was erased meanwhile is
# not there any more; only people without an address need asking for, the others' addresses went with them.
CHOOSE = "CREATE TEMPORARY TABLE delivery_chosen (contact_id) ON COMMIT DROP AS {audience}"
ADDRESS = """
CREATE TEMPORARY TABLE delivery_audience ON COMMIT DROP AS
SELECT chosen.contact_id, a.value, a.domain, a.status, {digest} AS digest
FROM delivery_chosen chosen
LEFT JOIN LATERAL (
    SELECT own.contact_id, own.value, own.domain, own.status FROM contacts_address own
    WHERE own.contact_id = chosen.contact_id AND own.workspace_id = %(workspace)s AND own.channel = %(channel)s
      AND own.is_primary LIMIT 1) a ON true
LEFT JOIN LATERAL (
    SELECT c.id FROM contacts_contact c
    WHERE a.contact_id IS NULL AND c.id = chosen.contact_id AND c.workspace_id = %(workspace)s LIMIT 1) alone ON true
WHERE a.contact_id IS NOT NULL OR alone.id IS NOT NULL
"""
AUDIENCE = """
FROM delivery_audience audience
{joins}
"""
FREEZE = """
INSERT INTO delivery_message (
    public_id, workspace_id, dispatch_id, purpose, channel, contact_id, step, recipient, sender_id, topic_id,
    content_version_id, status, reason, detail, created_at, due_at, attempts, is_tracked, settled_at, provider_id)
SELECT rapport_uuid7(), %(workspace)s, %(dispatch)s, 'marketing', %(channel)s, target.contact_id, 0,
    target.recipient, %(sender)s, %(topic)s, %(content)s,
    CASE WHEN target.reason IS NULL THEN 'pending' ELSE 'skipped' END, COALESCE(target.reason, ''), '',
    %(now)s, %(due)s, 0, false, CASE WHEN target.reason IS NOT NULL THEN %(now)s END, ''
FROM (SELECT audience.contact_id, COALESCE(audience.value, '') AS recipient, {reason} AS reason {audience}) AS target
ON CONFLICT DO NOTHING
"""
COUNT = "SELECT {reason} AS reason, count(*) {audience} GROUP BY 1"
SAMPLE = "SELECT audience.contact_id {audience} WHERE ({reason}) IS NULL ORDER BY 1 DESC LIMIT %(sample)s"
CANCEL = """
UPDATE delivery_message SET status = 'cancelled', reason = 'cancelled', settled_at = %(now)s
WHERE id IN (SELECT id FROM delivery_message WHERE dispatch_id = %(dispatch)s AND status = 'pending'
             LIMIT 20000 FOR UPDATE SKIP LOCKED)
"""
FINISHED = """
UPDATE delivery_dispatch d SET status = 'finished', finished_at = %(now)s
WHERE d.status = 'running' AND NOT EXISTS (
    SELECT FROM delivery_message m WHERE m.dispatch_id = d.id AND m.status IN ('pending', 'claimed', 'sending'))
RETURNING d.id
"""


@dataclass(frozen=True, slots=True)
class AudiencePreview:
    """Who would get a message now: people matched, people left, people left out by reason, a few of those left."""

    matched: int
    will_get: int
    excluded: dict[str, int]
    sample: list[Contact]


@transaction.atomic
def open_dispatch(
    *, workspace: Workspace, source_kind: str, source_id: int, occurrence: dt.datetime, name: str
) -> tuple[Dispatch, bool]:
    """The dispatch of this occurrence, and whether it is new. Firing an occurrence twice gives the same one."""
    return Dispatch.objects.get_or_create(
        source_kind=source_kind,
        source_id=source_id,
        occurrence=occurrence,
        defaults={"workspace": workspace, "name": name},
    )


@transaction.atomic
def freeze_audience(
    *,
    dispatch: Dispatch,
    audience_sql: str,
    audience_params: Sequence[Any] | Mapping[str, Any],
    topic: Topic | None,
    sender: Sender,
    content_version: ContentVersion,
    due_at: dt.datetime,
) -> int:
    """Write one message per contact that the audience's SQL selects; returns how many are targeted.

    Those who may not be written to get their row at once, as skipped with the reason. Running it again adds only
    who is missing.
    """
    reason, audience, params = _asked(dispatch.workspace, topic, "email", due_at)
    values = {
        **params,
        "dispatch": dispatch.pk,
        "sender": sender.pk,
        "topic": topic.pk if topic else None,
        "content": content_version.pk,
        "now": now(),
    }
    with connection.cursor() as cursor:
        _choose(cursor, (audience_sql, audience_params), params)
        cursor.execute(FREEZE.format(reason=reason, audience=audience), values)
    targeted = Message.objects.filter(dispatch=dispatch).count()
    Dispatch.objects.filter(pk=dispatch.pk).update(targeted=targeted)
    enqueue("delivery.send_bulk")
    enqueue("delivery.send_bulk")
    return targeted


def preview_audience(
    *,
    workspace: Workspace,
    audience_sql: str,
    audience_params: Sequence[Any] | Mapping[str, Any],
    topic: Topic | None,
    channel: str = "email",
    sample: int = 5,
) -> AudiencePreview:
    """What `freeze_audience` would do now, without doing it."""
    reason, audience, params = _asked(workspace, topic, channel, now())
    with transaction.atomic(), connection.cursor() as cursor:
        _choose(cursor, (audience_sql, audience_params), params)
        cursor.execute(COUNT.format(reason=reason, audience=audience), params)
        counts = dict(cursor.fetchall())
        cursor.execute(SAMPLE.format(reason=reason, audience=audience), {**params, "sample": sample})
        keys = [row[0] for row in cursor.fetchall()]
    will_get = counts.pop(None, 0)
    excluded = dict(sorted(counts.items(), key=lambda item: -item[1]))
    people = Contact.objects.in_bulk(keys)
    return AudiencePreview(will_get + sum(excluded.values()), will_get, excluded, [people[key] for key in keys])


def _choose(cursor: Any, audience: tuple[str, Sequence[Any] | Mapping[str, Any]], params: dict[str, Any]) -> None:
    """Fill delivery_audience from the audience's SQL and its parameters; it lives as long as the transaction."""
    sql, values = audience
    digest = gate.address_digest(address_value="a.value")
    cursor.execute("SET LOCAL jit = off")
    cursor.execute("DROP TABLE IF EXISTS delivery_chosen, delivery_audience")
    cursor.execute(CHOOSE.format(audience=sql), values)
    cursor.execute(ADDRESS.format(digest=digest.sql), {**params, **digest.params})
    # A sample of 6,000 is enough to tell "each once" from "a few thousand domains".
    cursor.execute("SET LOCAL default_statistics_target = 20")
    cursor.execute("ANALYZE delivery_audience (contact_id, domain, digest)")


def _asked(
    workspace: Workspace, topic: Topic | None, channel: str, due_at: dt.datetime
) -> tuple[str, str, dict[str, Any]]:
    """Reason expression, FROM clause and parameters of the question who of delivery_audience may be written to."""
    joins = gate.reason_joins(
        purpose=gate.MARKETING,
        address_digest="audience.digest",
        contact="audience.contact_id",
        address_value="audience.value",
        address_domain="audience.domain",
        address_status="audience.status",
        workspace="%(workspace)s::bigint",
        channel="%(channel)s",
        topic="%(topic)s::bigint",
    )
    often = frequency.audience_joins(contact="audience.contact_id", at="%(due)s::timestamptz")
    params = {
        **joins.params,
        **often.params,
        "workspace": workspace.pk,
        "channel": channel,
        "topic": topic.pk if topic else None,
        "due": due_at,
    }
    reason = f"COALESCE({joins.sql}, {often.sql})"
    return reason, AUDIENCE.format(joins=f"{joins.joins}\n{often.joins}"), params


@transaction.atomic
def pause_dispatch(*, dispatch: Dispatch, reason: str = "") -> bool:
    """Stop claiming; at most what is in flight still goes. False when it was not running."""
    changed = Dispatch.objects.filter(pk=dispatch.pk, status="running").update(
        status="paused", pause_reason=reason[:300]
    )
    if changed:
        _tell(dispatch, "dispatch.paused", reason)
    return bool(changed)


@transaction.atomic
def resume_dispatch(*, dispatch: Dispatch) -> bool:
    """Go on after a pause. False when it was not paused."""
    changed = Dispatch.objects.filter(pk=dispatch.pk, status="paused").update(
        status="running", pause_reason="", trouble_since=None
    )
    if changed:
        Message.objects.filter(dispatch=dispatch, status="pending", reason="sender_fault").update(
            reason="", due_at=now()
        )
        enqueue("delivery.send_bulk")
    return bool(changed)


@transaction.atomic
def cancel_dispatch(*, dispatch: Dispatch) -> bool:
    """End it for good: nothing more is claimed, and what waits becomes cancelled. False when it had ended."""
    changed = Dispatch.objects.filter(pk=dispatch.pk, status__in=["running", "paused"]).update(
        status="cancelled", finished_at=now()
    )
    if changed:
        enqueue("delivery.end_dispatches")
    return bool(changed)


def end_dispatches() -> list[int]:
    """Turn what waits in cancelled dispatches into cancelled, and finish those with nothing left to do.

    Returns the ids of the dispatches finished now; each is announced once.
    """
    cancelled = Message.objects.filter(status="pending", dispatch__status="cancelled")
    for dispatch_id in set(cancelled.order_by("dispatch").values_list("dispatch", flat=True).distinct()[:50]):
        _cancel_pending(dispatch_id)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(FINISHED, {"now": now()})
            finished = [row[0] for row in cursor.fetchall()]
        for dispatch in Dispatch.objects.select_related("workspace").filter(id__in=finished):
            _tell(dispatch, "dispatch.finished", "")
    return finished


def _cancel_pending(dispatch_id: int) -> None:
    """In chunks, so that a million rows are no single long transaction."""
    changed = 1
    while changed:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(CANCEL, {"dispatch": dispatch_id, "now": now()})
            changed = cursor.rowcount


@transaction.atomic
def send_to_unknown(*, dispatch: Dispatch, actor: User | None) -> int:
    """A person's decision to risk a second copy: unknown messages become pending once more; returns how many."""
    changed = Message.objects.filter(dispatch=dispatch, status="unknown").update(
        status="pending", reason="", owner=None, lease_until=None, settled_at=None, due_at=now()
    )
    if changed:
        Dispatch.objects.filter(pk=dispatch.pk, status="finished").update(status="running", finished_at=None)
        properties = {"messages": changed, "actor": str(actor.public_id) if actor else ""}
        record(dispatch.workspace, "dispatch.resent_unknown", properties=properties, source=("dispatch", dispatch.pk))
        enqueue("delivery.send_bulk")
    return changed


def _tell(dispatch: Dispatch, kind: str, reason: str) -> None:
    properties = {"source_kind": dispatch.source_kind, "source_id": dispatch.source_id, "reason": reason}
    record(dispatch.workspace, kind, properties=properties, source=("dispatch", dispatch.pk))
