import datetime as dt
import threading

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Workspace
from campaigns import services
from campaigns.models import Campaign
from content.services import pin_version
from core.clock import now
from core.queue import tick_jobs
from delivery.models import Dispatch, Message
from delivery.services import Arm, Audience, Plan, freeze_audience, open_dispatch
from events.models import Event
from segments.services import audience_sql


def make_due(campaign, ago=dt.timedelta(seconds=1)):
    Campaign.objects.filter(pk=campaign.pk).update(status="scheduled", scheduled_at=now() - ago)
    campaign.refresh_from_db()
    return campaign


def outcomes():
    return sorted(Message.objects.values_list("recipient", "status", "reason"))


def test_launch_writes_everybody_once_and_says_who_is_left_out(campaign, people):
    launched = services.launch_campaign(campaign_id=make_due(campaign).pk)
    assert launched.status == "sending"
    assert launched.dispatch.targeted == 4
    assert outcomes() == [
        ("lina@example.com", "pending", ""),
        ("nameless@example.com", "pending", ""),
        ("never@example.com", "skipped", "no_consent"),
        ("wiremu@example.com", "pending", ""),
    ]


def test_launch_pins_the_content_and_records_the_event(campaign, template):
    launched = services.launch_campaign(campaign_id=make_due(campaign).pk)
    template.subject = "Changed after the start"
    template.save()
    assert launched.content_version.subject == "The lake is warm again"
    event = Event.objects.get(kind="campaign.launched")
    assert event.properties == {"campaign": str(campaign.public_id), "name": "Summer at the lake", "targeted": 4}
    assert (event.source_kind, event.source_id) == ("campaign", campaign.pk)


def test_launch_again_does_nothing(campaign):
    make_due(campaign)
    services.launch_campaign(campaign_id=campaign.pk)
    assert services.launch_campaign(campaign_id=campaign.pk) is None
    assert Dispatch.objects.count() == 1
    assert Message.objects.count() == 4


def test_launch_before_its_time_does_nothing(campaign):
    make_due(campaign, ago=dt.timedelta(minutes=-5))
    assert services.launch_campaign(campaign_id=campaign.pk) is None
    assert not Dispatch.objects.exists()


@pytest.mark.parametrize("status", ["draft", "cancelled", "sent", "paused"])
def test_launch_of_anything_but_a_scheduled_campaign_does_nothing(campaign, status):
    make_due(campaign)
    Campaign.objects.filter(pk=campaign.pk).update(status=status)
    assert services.launch_campaign(campaign_id=campaign.pk) is None
    assert not Message.objects.exists()


def test_launch_after_a_crash_between_freezing_and_the_state_writes_nobody_twice(campaign):
    make_due(campaign)
    dispatch, _new = open_dispatch(
        workspace=campaign.workspace,
        source=("campaign", campaign.pk),
        occurrence=campaign.scheduled_at,
        name=campaign.name,
    )
    compiled = audience_sql(campaign.workspace, campaign.segment.rule, now())
    freeze_audience(
        dispatch=dispatch,
        audience=Audience(compiled.sql, compiled.params, campaign.topic),
        plan=Plan(due_at=campaign.scheduled_at, arms=[Arm(campaign.sender, pin_version(campaign.template))]),
    )
    launched = services.launch_campaign(campaign_id=campaign.pk)
    assert launched.dispatch == dispatch
    assert Message.objects.count() == 4


def test_a_start_up_to_six_hours_late_still_goes_out(campaign):
    make_due(campaign, ago=dt.timedelta(hours=5, minutes=59))
    assert services.launch_campaign(campaign_id=campaign.pk).status == "sending"


def test_a_start_later_than_that_is_held_and_says_why(campaign):
    make_due(campaign, ago=dt.timedelta(hours=6, minutes=1))
    held = services.launch_campaign(campaign_id=campaign.pk)
    assert (held.status, held.launch_problem) == ("draft", "late")
    assert not Message.objects.exists()
    assert Event.objects.get(kind="campaign.paused").properties["reason"] == "late"
    assert list(Campaign.objects.held_back()) == [campaign]


def break_sender(campaign):
    campaign.sender.verified_at = None
    campaign.sender.save()


def break_template(campaign):
    campaign.template.mjml = "<mjml><mj-body>{{ contact.shoe_size }}</mj-body></mjml>"
    campaign.template.save()


def break_segment(campaign):
    campaign.segment.rule = {
        "version": 1,
        "where": {"kind": "attribute", "attribute": "gone", "op": "eq", "value": "x"},
    }
    campaign.segment.save()


def empty_segment(campaign):
    campaign.workspace.refresh_from_db()
    from contacts.models import Contact

    Contact.objects.all().delete()


def lose_topic(campaign):
    Campaign.objects.filter(pk=campaign.pk).update(topic=None)


@pytest.mark.parametrize(
    ("breaking", "problem"),
    [
        (break_sender, "sender_unverified"),
        (break_template, "template_broken"),
        (break_segment, "segment_broken"),
        (empty_segment, "nobody"),
        (lose_topic, "incomplete"),
    ],
)
def test_a_campaign_that_breaks_before_its_time_is_kept_as_a_draft(campaign, breaking, problem):
    make_due(campaign)
    breaking(campaign)
    held = services.launch_campaign(campaign_id=campaign.pk)
    assert (held.status, held.launch_problem) == ("draft", problem)
    assert not Dispatch.objects.exists()
    assert not Message.objects.exists()


def test_wake_due_campaigns_wakes_those_whose_time_has_come(campaign, wakeups, django_capture_on_commit_callbacks):
    make_due(campaign)
    services.duplicate_campaign(campaign=campaign, actor=None)
    with django_capture_on_commit_callbacks(execute=True):
        assert services.wake_due_campaigns() == [campaign.pk]
    assert wakeups == [("campaigns.launch", {"campaign_id": campaign.pk})]


def test_the_tick_wakes_due_campaigns(campaign, wakeups, django_capture_on_commit_callbacks):
    make_due(campaign)
    with django_capture_on_commit_callbacks(execute=True):
        tick_jobs()["campaigns.launch_due"]()
    assert wakeups == [("campaigns.launch", {"campaign_id": campaign.pk})]


@pytest.mark.django_db(transaction=True)
def test_two_launches_at_the_same_time_write_one_dispatch(campaign):
    make_due(campaign)
    start = threading.Barrier(4)
    results = []

    def launch():
        try:
            start.wait()
            results.append(services.launch_campaign(campaign_id=campaign.pk))
        finally:
            connection.close()

    threads = [threading.Thread(target=launch) for _each in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [result is not None for result in results].count(True) == 1
    assert Dispatch.objects.count() == 1
    assert Message.objects.count() == 4
    assert Workspace.objects.count() == 1
    assert timezone.now() > Campaign.objects.get().launched_at
