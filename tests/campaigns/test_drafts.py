import pytest

from accounts.models import AuditEntry
from campaigns import services
from campaigns.errors import EditConflict, WrongState
from campaigns.models import Campaign
from segments.models import Segment


def test_create_campaign_makes_a_draft(campaign, owner):
    assert campaign.status == "draft"
    assert campaign.created_by == owner
    assert campaign.lock_version == 1


def test_create_campaign_refuses_parts_of_another_workspace(workspace, other_workspace, owner):
    foreign = Segment.objects.create(workspace=other_workspace, name="Theirs", key="theirs", rule={})
    with pytest.raises(ValueError, match="segment belongs to another workspace"):
        services.create_campaign(workspace=workspace, actor=owner, name="Mine", segment=foreign)
    assert not Campaign.objects.exists()


def test_update_campaign_stores_values_and_counts_the_edit(campaign, teammate):
    changed = services.update_campaign(
        campaign=campaign, actor=teammate, values={"name": "Kayak week", "status": "sent"}, lock_version=1
    )
    assert (changed.name, changed.status, changed.lock_version, changed.updated_by) == (
        "Kayak week",
        "draft",
        2,
        teammate,
    )


def test_update_campaign_in_a_second_tab_is_a_conflict_that_changes_nothing(campaign, owner, teammate):
    services.update_campaign(campaign=campaign, actor=teammate, values={"name": "Theirs"}, lock_version=1)
    with pytest.raises(EditConflict) as conflict:
        services.update_campaign(campaign=campaign, actor=owner, values={"name": "Mine"}, lock_version=1)
    assert conflict.value.sentence == "Bob changed this campaign while you had it open."
    campaign.refresh_from_db()
    assert campaign.name == "Theirs"


@pytest.mark.parametrize("status", ["sending", "paused", "sent", "cancelled"])
def test_update_campaign_is_refused_once_it_has_started(campaign, owner, status):
    Campaign.objects.filter(pk=campaign.pk).update(status=status)
    with pytest.raises(WrongState):
        services.update_campaign(campaign=campaign, actor=owner, values={"name": "Late"})
    campaign.refresh_from_db()
    assert campaign.name == "Summer at the lake"


def test_duplicate_campaign_copies_the_parts_and_not_the_time(campaign, teammate):
    copy = services.duplicate_campaign(campaign=campaign, actor=teammate)
    assert copy.name == "Summer at the lake (copy)"
    assert (copy.segment, copy.topic, copy.template, copy.sender) == (
        campaign.segment,
        campaign.topic,
        campaign.template,
        campaign.sender,
    )
    assert (copy.status, copy.scheduled_at, copy.dispatch) == ("draft", None, None)


def test_delete_campaign_removes_a_draft_and_notes_it(campaign, owner):
    services.delete_campaign(campaign=campaign, actor=owner)
    assert not Campaign.objects.exists()
    assert AuditEntry.objects.get().action == "campaign.deleted"


@pytest.mark.parametrize("status", ["scheduled", "sending", "sent"])
def test_delete_campaign_keeps_everything_else(campaign, owner, status):
    Campaign.objects.filter(pk=campaign.pk).update(status=status)
    with pytest.raises(WrongState):
        services.delete_campaign(campaign=campaign, actor=owner)
    assert Campaign.objects.filter(pk=campaign.pk).exists()
