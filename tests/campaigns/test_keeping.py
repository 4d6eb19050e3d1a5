"""Campaigns kept as templates."""

import pytest

from campaigns import services
from campaigns.errors import WrongState
from campaigns.models import Campaign
from campaigns.services import save_as_template, start_from_template

Status = Campaign.Status


def test_a_template_keeps_the_parts_and_never_goes_out(campaign, owner):
    services.update_campaign(campaign=campaign, actor=owner, values={"priority": 1, "wait_days": 3})
    campaign.refresh_from_db()
    kept = save_as_template(campaign=campaign, actor=owner, name="Monthly letter")
    assert (kept.name, kept.status, kept.priority, kept.wait_days) == ("Monthly letter", Status.TEMPLATE, 1, 3)
    assert (kept.segment, kept.template, kept.sender) == (campaign.segment, campaign.template, campaign.sender)
    with pytest.raises(WrongState):
        services.send_now(campaign=kept, actor=owner)
    campaign.refresh_from_db()
    assert campaign.status == Status.DRAFT


def test_starting_from_one_makes_a_draft_each_time(campaign, owner):
    kept = save_as_template(campaign=campaign, actor=owner, name="Monthly letter")
    first, second = (start_from_template(campaign=kept, actor=owner) for _number in range(2))
    assert first.pk != second.pk
    assert (first.status, first.name, first.template) == (Status.DRAFT, "Monthly letter", campaign.template)


def test_only_templates_are_started_from(campaign, owner):
    with pytest.raises(WrongState):
        start_from_template(campaign=campaign, actor=owner)
    assert Campaign.objects.count() == 1


def test_a_template_can_be_changed_and_deleted(campaign, owner):
    kept = save_as_template(campaign=campaign, actor=owner, name="Monthly letter")
    services.update_campaign(campaign=kept, actor=owner, values={"name": "Weekly letter"})
    kept.refresh_from_db()
    assert (kept.name, kept.status) == ("Weekly letter", Status.TEMPLATE)
    services.delete_campaign(campaign=kept, actor=owner)
    assert list(Campaign.objects.all()) == [campaign]
