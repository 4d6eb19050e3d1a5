"""One step from a campaign that was sent to a draft for those who did not open it."""

import datetime as dt

import pytest
from django.urls import reverse

from campaigns import services
from campaigns.errors import WrongState
from campaigns.models import Campaign
from core.clock import now
from delivery.models import Message, MessageFact
from segments.models import Segment
from segments.services.evaluation import count_rule
from tests.campaigns.comparison import start
from tests.cast import client_of


@pytest.fixture
def sent(campaign) -> Campaign:
    """Went out to three, of whom one opened it and one clicked in it."""
    # A moment ago: rules are asked at whole seconds, and what came later in this one has not happened for them.
    started, moment = start(campaign), now() - dt.timedelta(minutes=1)
    messages = Message.objects.filter(dispatch=started.dispatch, status="pending")
    messages.update(status="sent", settled_at=moment)
    first, second = Message.objects.filter(dispatch=started.dispatch, status="sent").order_by("id")[:2]
    for message, action in ((first, "opened"), (second, "clicked")):
        MessageFact.objects.create(
            workspace=campaign.workspace,
            message=message,
            dispatch=started.dispatch,
            contact_id=message.contact_id,
            action=action,
            at=moment,
            last_at=moment,
        )
    Campaign.objects.filter(pk=campaign.pk).update(status="sent", finished_at=moment)
    campaign.refresh_from_db()
    return campaign


def press(person, campaign):
    address = reverse("campaigns:write-again", args=["kea-cabins", campaign.public_id])
    return client_of(person).post(address, follow=True)


def test_the_draft_is_for_those_who_did_not_react(sent, owner, workspace):
    assert "Give it another subject. Nothing has been sent." in press(owner, sent).content.decode()
    draft = Campaign.objects.get(status="draft")
    assert (draft.name, draft.template, draft.sender, draft.topic, draft.kind) == (
        "Summer at the lake, once more", sent.template, sent.sender, sent.topic, "once",
    )  # fmt: skip
    assert count_rule(workspace, draft.segment.rule).number == 1


def test_the_segment_is_made_once(sent, owner):
    first = services.write_again(campaign=sent, actor=owner)
    second = services.write_again(campaign=sent, actor=owner)
    assert first.segment == second.segment
    assert Segment.objects.filter(name="Did not open: Summer at the lake").count() == 1


def test_a_draft_has_nobody_to_write_to_again(campaign, owner):
    with pytest.raises(WrongState):
        services.write_again(campaign=campaign, actor=owner)
    assert Campaign.objects.count() == 1


def test_two_campaigns_of_one_name_are_not_mixed_up(sent, owner):
    later = services.duplicate_campaign(campaign=sent, actor=owner)
    Campaign.objects.filter(pk=later.pk).update(name=sent.name, status="scheduled", scheduled_at=now())
    services.launch_campaign(campaign_id=later.pk)
    assert "a later campaign has the same name" in press(owner, sent).content.decode()
    assert not Segment.objects.filter(name__startswith="Did not open").exists()


def test_the_list_offers_it_for_what_was_sent_only(sent, campaign, owner, viewer):
    services.duplicate_campaign(campaign=sent, actor=owner)
    page = reverse("campaigns:list", args=["kea-cabins"])
    assert client_of(owner).get(page).content.decode().count("Write again to who did not open") == 1
    assert "Write again" not in client_of(viewer).get(page).content.decode()


def test_a_test_goes_to_several_addresses_once_each(campaign, owner):
    address = reverse("campaigns:test", args=["kea-cabins", campaign.public_id])
    client = client_of(owner)
    client.post(address, {"to_email": "a@example.com, b@example.com; a@example.com"})
    assert sorted(Message.objects.values_list("recipient", flat=True)) == ["a@example.com", "b@example.com"]
    many = ",".join(f"{number}@example.com" for number in range(6))
    answer = client.post(address, {"to_email": many}, follow=True)
    assert "Type one to five addresses." in answer.content.decode()
    assert Message.objects.count() == 2
