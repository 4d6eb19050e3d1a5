"""What becomes known of an address: that it works, or that it does not, told by whom, and kept in its history."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from accounts.models import User, Workspace
from contacts.address_states import OWN_REASONS, changeable, lifts
from contacts.models import Address, AddressState
from core.clock import now

# One statement: rows are locked in the order of their ids, so that two batches of receipts do not wait in a ring.
_MARK = """
WITH fresh AS (
    SELECT id, status AS old_status, status_reason AS old_reason FROM contacts_address
    WHERE workspace_id = %(workspace)s AND {where} AND (status_at IS NULL OR status_at <= %(at)s)
      AND status = ANY(%(from)s) AND (NOT status = ANY(%(lifts)s) OR status_reason = ANY(%(own)s))
    ORDER BY id FOR UPDATE
), changed AS (
    UPDATE contacts_address a SET status = %(status)s, status_reason = %(reason)s, status_at = %(at)s
    FROM fresh WHERE a.id = fresh.id
    RETURNING a.id, (old_status, old_reason) <> (%(status)s, %(reason)s) AS is_news
), told AS (
    INSERT INTO contacts_addressstate (workspace_id, address_id, status, reason, source, actor_id, at)
    SELECT %(workspace)s, id, %(status)s, %(reason)s, %(source)s, %(actor)s, %(at)s FROM changed WHERE is_news
)
SELECT count(*) FROM changed
"""


@dataclass(frozen=True, kw_only=True)
class Mark:
    """News about addresses: their state, why, who says so (AddressState.Source) and since when (default: now)."""

    status: str
    reason: str = ""
    source: str = AddressState.Source.SYSTEM
    at: dt.datetime | None = None
    actor: User | None = None


def mark_address(
    *, workspace: Workspace, channel: str, value: str, status: str, reason: str = "", at: dt.datetime | None = None
) -> bool:
    """Note the state of a normalised address, such as `dead` with reason `bounced`; True when it is known here.

    News older than what is known changes nothing, so receipts may come in any order.
    """
    return mark_addresses(workspace=workspace, channel=channel, values=[value], status=status, reason=reason, at=at)


def mark_addresses(
    *,
    workspace: Workspace,
    channel: str,
    values: Sequence[str],
    status: str,
    reason: str = "",
    at: dt.datetime | None = None,
    source: str = "",
) -> bool:
    """`mark_address` for many values of one channel in one statement; True when any of them is known here.

    `source` says who tells it (AddressState.Source) and with that what it may change (contacts.address_states); a
    bounce and a confirmation are known by their reasons.
    """
    known = {"hard_bounce": AddressState.Source.BOUNCE, "confirmed": AddressState.Source.CONFIRMATION}
    mark = Mark(status=status, reason=reason, source=source or known.get(reason, AddressState.Source.SYSTEM), at=at)
    where = "channel = %(channel)s AND value = ANY(%(values)s)"
    if mark_where(workspace, mark, where, {"channel": str(channel), "values": list(values)}):
        return True
    return Address.objects.filter(workspace=workspace, channel=channel, value__in=values).exists()


@transaction.atomic
def mark_where(workspace: Workspace, mark: Mark, where: str, values: Mapping[str, Any]) -> int:
    """Give the workspace's addresses that fulfil `where`, SQL of our own with named `values`, a state; how many.

    What the source has no say in stays (contacts.address_states), and so does what is newer. A state that only
    repeats itself is no line of the history.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _MARK.format(where=where),
            {
                **values,
                "workspace": workspace.pk,
                "status": str(mark.status),
                "reason": mark.reason[:120],
                "source": str(mark.source),
                "actor": mark.actor.pk if mark.actor else None,
                "at": mark.at or now(),
                "from": sorted(changeable(mark.source, mark.status)),
                "lifts": sorted(lifts(mark.source, mark.status)),
                "own": list(OWN_REASONS.get(mark.source, ())),
            },
        )
        return int(cursor.fetchone()[0])
