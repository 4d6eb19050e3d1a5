"""What becomes known of an address: that it works, or that it does not."""

import datetime as dt
from collections.abc import Sequence

from accounts.models import Workspace
from contacts.models import Address
from core.clock import now


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
) -> bool:
    """`mark_address` for many values of one channel in one statement; True when any of them is known here."""
    moment = at or now()
    rows = Address.objects.filter(workspace=workspace, channel=channel, value__in=values)
    fresh = rows.filter(status_at__isnull=True) | rows.filter(status_at__lte=moment)
    return bool(fresh.update(status=status, status_reason=reason[:120], status_at=moment)) or rows.exists()
