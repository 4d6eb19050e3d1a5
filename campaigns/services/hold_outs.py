"""The people of a workspace who get no campaigns for a while, and who comes after them."""

import calendar
import datetime as dt
import uuid

from django.db import transaction

from accounts.models import User, Workspace
from accounts.services import record_audit
from campaigns.hold_outs import MOST_PERCENT
from campaigns.models import HoldOutGroup
from core.clock import now

MONTHS = (1, 3, 6, 12)


@transaction.atomic
def set_hold_out_group(
    *, workspace: Workspace, actor: User | None, percent: int, months: int = 3
) -> HoldOutGroup | None:
    """Keep `percent` of all people back from campaigns, others after so many months each; 0 keeps nobody back.

    A group never changes while it lasts: another size ends it now and begins one with other people. The same numbers
    change nothing. Raises ValueError for a size or a length that is not offered.
    """
    if not 0 <= percent <= MOST_PERCENT or months not in MONTHS:
        raise ValueError("this group is not possible")
    Workspace.objects.select_for_update(of=("self",)).get(pk=workspace.pk)
    moment = now()
    present = HoldOutGroup.objects.in_workspace(workspace).lasting(moment).first()
    if present is not None and percent == present.percent and months == present.months and present.is_renewed:
        return present
    HoldOutGroup.objects.in_workspace(workspace).filter(ends_at__gt=moment).update(ends_at=moment, is_renewed=False)
    HoldOutGroup.objects.in_workspace(workspace).update(is_renewed=False)
    record_audit(
        workspace=workspace,
        actor=actor,
        action="hold_out.set",
        target=workspace.name,
        detail={"percent": percent, "months": months},
    )
    return _begin(workspace, percent, months, moment) if percent else None


def renew_hold_out_groups() -> int:
    """Begin the next group, of other people, where one has ended and is renewed; returns how many began."""
    begun = 0
    for old in HoldOutGroup.objects.filter(is_renewed=True, ends_at__lte=now()).order_by("pk")[:200]:
        begun += _follow(old.pk)
    return begun


@transaction.atomic
def _follow(group_id: int) -> bool:
    old = HoldOutGroup.objects.select_for_update(of=("self",)).select_related("workspace").get(pk=group_id)
    if not old.is_renewed:
        return False
    old.is_renewed = False
    old.save(update_fields=["is_renewed"])
    # After a long silence the next one begins now, not in a time that has passed.
    starts_at = old.ends_at if months_later(old.ends_at, old.months) > now() else now()
    _begin(old.workspace, old.percent, old.months, starts_at)
    return True


def _begin(workspace: Workspace, percent: int, months: int, starts_at: dt.datetime) -> HoldOutGroup:
    group: HoldOutGroup = HoldOutGroup.objects.create(
        workspace=workspace,
        percent=percent,
        months=months,
        salt=uuid.uuid4().hex,
        starts_at=starts_at,
        ends_at=months_later(starts_at, months),
    )
    return group


def months_later(start: dt.datetime, months: int) -> dt.datetime:
    """The same day and time so many months later; the last day of a shorter month."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    day = min(start.day, calendar.monthrange(year, month + 1)[1])
    return start.replace(year=year, month=month + 1, day=day)
