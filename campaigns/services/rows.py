"""Locking a campaign's row, and noting who did what to it."""

from typing import Any

from django.utils.translation import gettext

from accounts.models import User
from accounts.services import record_audit
from campaigns.errors import EditConflict, WrongState
from campaigns.models import Campaign
from events.services import record


def locked(campaign: Campaign) -> Campaign:
    """The campaign as it is now, its row locked until the transaction ends. Raises WrongState when it is gone.

    Whoever decides on a campaign's state reads it through here: two people pressing buttons act one after
    the other, and the second sees what the first did.
    """
    row: Campaign | None = Campaign.objects.with_parts().select_for_update(of=("self",)).filter(pk=campaign.pk).first()
    if row is None:
        raise WrongState(gettext("This campaign was deleted in the meantime. Nothing was sent."))
    return row


def require_version(campaign: Campaign, lock_version: int | None) -> None:
    """Raise EditConflict when somebody changed the locked `campaign` since `lock_version` was read."""
    if lock_version is None or lock_version == campaign.lock_version:
        return
    who = campaign.updated_by
    if who is None:
        sentence = gettext("This campaign was changed while you had it open.")
    else:
        sentence = gettext("%(name)s changed this campaign while you had it open.") % {"name": who}
    raise EditConflict(sentence)


def require_state(campaign: Campaign, *states: str) -> None:
    """Raise WrongState with a sentence unless the locked `campaign` is in one of `states`."""
    if campaign.status not in states:
        raise WrongState(
            gettext("This is not possible any more: the campaign is now in the state “%(state)s”.")
            % {"state": campaign.get_status_display()}
        )


def note(campaign: Campaign, actor: User | None, action: str, **detail: Any) -> None:
    """Write `campaign.<action>` into the workspace's audit log."""
    record_audit(
        workspace=campaign.workspace,
        actor=actor,
        action=f"campaign.{action}",
        target=campaign.name,
        detail={"campaign": str(campaign.public_id), **detail},
    )


def tell(campaign: Campaign, kind: str, **properties: Any) -> None:
    """Record an event of the campaign, for webhooks and for other parts of Rapport."""
    record(
        campaign.workspace,
        kind,
        properties={"campaign": str(campaign.public_id), "name": campaign.name, **properties},
        source=("campaign", campaign.pk),
    )
