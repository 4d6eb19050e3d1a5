import datetime as dt

import pytest

from campaigns import services
from campaigns.errors import WrongState
from campaigns.models import Campaign
from core.clock import now
from delivery.models import Dispatch, Message
from delivery.services import pause_dispatch
from events.models import Event
from events.services import run_due_handlers


@pytest.fixture
def sending(campaign):
    Campaign.objects.filter(pk=campaign.pk).update(status="scheduled", scheduled_at=now() - dt.timedelta(seconds=1))
    return services.launch_campaign(campaign_id=campaign.pk)


def dispatch_status():
    return Dispatch.objects.get().status


def test_pause_holds_the_dispatch_too(sending, owner):
    assert services.pause_campaign(campaign=sending, actor=owner).status == "paused"
    assert dispatch_status() == "paused"
    assert Dispatch.objects.get().pause_reason == "Paused by Alice."


def test_pause_twice_is_the_same_as_once(sending, owner):
    services.pause_campaign(campaign=sending, actor=owner)
    services.pause_campaign(campaign=sending, actor=owner)
    assert Event.objects.filter(kind="campaign.paused").count() == 1


def test_pause_of_a_draft_is_refused(campaign, owner):
    with pytest.raises(WrongState) as refusal:
        services.pause_campaign(campaign=campaign, actor=owner)
    assert refusal.value.sentence == "This is not possible any more: the campaign is now in the state “Draft”."


def test_resume_goes_on(sending, owner):
    services.pause_campaign(campaign=sending, actor=owner)
    assert services.resume_campaign(campaign=sending, actor=owner).status == "sending"
    assert dispatch_status() == "running"


def test_cancel_ends_it_for_good(sending, owner):
    stopped = services.cancel_campaign(campaign=sending, actor=owner)
    assert stopped.status == "cancelled"
    assert stopped.finished_at is not None
    assert dispatch_status() == "cancelled"
    with pytest.raises(WrongState):
        services.resume_campaign(campaign=sending, actor=owner)


def test_cancel_of_a_scheduled_campaign_never_starts_it(campaign, owner):
    services.send_now(campaign=campaign, actor=owner)
    services.cancel_campaign(campaign=campaign, actor=owner)
    assert services.launch_campaign(campaign_id=campaign.pk, at=now() + dt.timedelta(minutes=1)) is None
    assert not Message.objects.exists()


def test_a_dispatch_that_holds_itself_pauses_the_campaign_and_says_why(sending):
    pause_dispatch(dispatch=sending.dispatch, reason="The mail server refuses our password.")
    run_due_handlers()
    sending.refresh_from_db()
    assert sending.status == "paused"
    event = Event.objects.get(kind="campaign.paused")
    assert event.properties["reason"] == "The mail server refuses our password."


def test_a_late_pause_event_does_not_hold_a_campaign_that_goes_on_again(sending, owner):
    pause_dispatch(dispatch=sending.dispatch, reason="Trouble")
    services.follow_dispatch(campaign_id=sending.pk)
    services.resume_campaign(campaign=sending, actor=owner)
    run_due_handlers()
    sending.refresh_from_db()
    assert sending.status == "sending"


def test_a_finished_dispatch_makes_the_campaign_sent_once(sending):
    Message.objects.filter(status="pending").update(status="sent", settled_at=now())
    from delivery.services.dispatches import end_dispatches

    end_dispatches()
    run_due_handlers()
    services.follow_dispatch(campaign_id=sending.pk)
    sending.refresh_from_db()
    assert sending.status == "sent"
    assert sending.finished_at is not None
    assert Event.objects.filter(kind="campaign.finished").count() == 1


def test_nothing_of_a_stopped_campaign_is_sent_again(sending, owner):
    Message.objects.filter(status="pending").update(status="unknown", settled_at=now())
    services.cancel_campaign(campaign=sending, actor=owner)

    with pytest.raises(WrongState):
        services.send_to_unknown(campaign=sending, actor=owner)

    assert Message.objects.filter(status="unknown").count() == 3


def test_send_to_unknown_goes_on_with_those_only(sending, owner):
    Message.objects.filter(status="pending").update(status="unknown", settled_at=now())
    Dispatch.objects.update(status="finished", finished_at=now())
    services.follow_dispatch(campaign_id=sending.pk)
    assert services.send_to_unknown(campaign=sending, actor=owner) == 3
    sending.refresh_from_db()
    assert sending.status == "sending"
    assert Message.objects.filter(status="pending").count() == 3
