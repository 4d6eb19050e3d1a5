"""Campaigns kept as templates: to begin the next one from, never sent themselves."""

from django.db import transaction

from accounts.models import User
from campaigns.models import Campaign
from campaigns.services.drafts import copy_campaign
from campaigns.services.rows import locked, note, require_state

Status = Campaign.Status


@transaction.atomic
def save_as_template(*, campaign: Campaign, actor: User | None, name: str) -> Campaign:
    """Keep the campaign's audience, message, sender, times and rules under a name; the campaign stays as it is."""
    copy = copy_campaign(campaign=campaign, actor=actor, name=name[:120], status=Status.TEMPLATE)
    note(copy, actor, "template_saved")
    return copy


@transaction.atomic
def start_from_template(*, campaign: Campaign, actor: User | None) -> Campaign:
    """A draft like the template. Raises WrongState for anything that is none."""
    row = locked(campaign)
    require_state(row, Status.TEMPLATE)
    return copy_campaign(campaign=row, actor=actor, name=row.name, status=Status.DRAFT)
