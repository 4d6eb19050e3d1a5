"""Campaigns that everybody gets once, when they join the segment."""

import datetime as dt

import pytest

from campaigns import services
from campaigns.models import Campaign, Occurrence
from campaigns.timing import Timing
from channels.models import Sender
from core.clock import now
from core.queue import tick_jobs
from delivery.models import Dispatch, Message
from delivery.services.dispatches import end_dispatches
from segments.models import MemberChange, SegmentMember
from tests.campaigns.conftest import agree
from tests.cast import make_contact


def enter(segment, contact, cause="data", at=None):
    """As segments note it when somebody joins."""
    moment = at or now()
    SegmentMember.objects.get_or_create(
        workspace=segment.workspace, segment=segment, contact=contact, defaults={"since": moment}
    )
    MemberChange.objects.create(
        workspace=segment.workspace, segment=segment, contact=contact, change="entered", cause=cause, at=moment
    )


def begin(campaign, **rules):
    services.schedule_campaign(campaign=campaign, actor=None, kind="evergreen", timing=Timing(**rules))
    return services.launch_campaign(campaign_id=campaign.pk, at=now() + dt.timedelta(minutes=2))


def fill(campaign, later=dt.timedelta()):
    return services.fill_evergreen(campaign_id=campaign.pk, at=now() + later)


def recipients():
    return sorted(Message.objects.values_list("recipient", flat=True))


@pytest.fixture
def newcomer(workspace, topic):
    """Somebody who agreed."""
    person = make_contact(workspace, "new@example.com")
    agree(person, topic)
    return person


def test_it_starts_open_and_empty_and_follows_its_segment(campaign, segment):
    running = begin(campaign)
    assert running.status == "sending"
    assert running.dispatch.is_open
    assert not Message.objects.exists()
    segment.refresh_from_db()
    assert segment.is_followed
    end_dispatches()
    assert Dispatch.objects.get().status == "running"


def test_whoever_joins_gets_it_once_ever(campaign, segment, newcomer):
    begin(campaign)
    at = now() + dt.timedelta(minutes=3)
    enter(segment, newcomer, at=at)
    assert fill(campaign) == 1
    SegmentMember.objects.all().delete()
    enter(segment, newcomer, at=at + dt.timedelta(minutes=5))
    fill(campaign, dt.timedelta(minutes=10))
    fill(campaign, dt.timedelta(minutes=11))
    assert recipients() == ["new@example.com"]
    assert Dispatch.objects.get().targeted == 1


def test_those_who_were_there_before_do_not_get_it(campaign, segment, people):
    for person in people:
        enter(segment, person, at=now() - dt.timedelta(days=1))
    begin(campaign)
    for person in people:
        enter(segment, person, cause="rule", at=now() + dt.timedelta(minutes=3))
    fill(campaign)
    assert recipients() == []


def test_they_do_where_that_is_wanted(campaign, segment, people):
    for person in people:
        enter(segment, person, at=now() - dt.timedelta(days=1))
    begin(campaign, with_present=True)
    assert fill(campaign) == 4
    assert fill(campaign, dt.timedelta(minutes=2)) == 4
    assert len(recipients()) == 4


def test_whoever_left_again_is_not_written_to(campaign, segment, newcomer):
    begin(campaign)
    enter(segment, newcomer, at=now() + dt.timedelta(minutes=3))
    SegmentMember.objects.all().delete()
    fill(campaign)
    assert recipients() == []


def test_nobody_is_added_during_a_pause_and_whoever_joined_is_found_after_it(campaign, segment, newcomer, owner):
    begin(campaign)
    services.pause_campaign(campaign=campaign, actor=owner)
    enter(segment, newcomer, at=now() + dt.timedelta(minutes=3))
    assert fill(campaign) == 0
    services.resume_campaign(campaign=campaign, actor=owner)
    assert fill(campaign, dt.timedelta(hours=5)) == 1


def test_a_sender_revoked_meanwhile_pauses_it_before_anybody_is_begun(campaign, segment, newcomer):
    begin(campaign)
    enter(segment, newcomer, at=now() + dt.timedelta(minutes=3))
    Sender.objects.update(verified_at=None)
    fill(campaign)
    assert recipients() == []
    held = Dispatch.objects.get()
    assert (held.status, "newcomers get nothing yet" in held.pause_reason) == ("paused", True)
    services.follow_dispatch(campaign_id=campaign.pk)
    assert Campaign.objects.get().status == "paused"


def test_after_its_last_day_it_is_done(campaign, segment, newcomer):
    begin(campaign, ends_on=now().date())
    fill(campaign, dt.timedelta(days=2))
    assert not Dispatch.objects.get().is_open
    end_dispatches()
    services.follow_dispatch(campaign_id=campaign.pk)
    assert Campaign.objects.get().status == "sent"
    assert Occurrence.objects.get().status == "done"


def test_the_tick_looks_once_a_minute(campaign, wakeups, django_capture_on_commit_callbacks):
    begin(campaign)
    for expected in (1, 1):
        with django_capture_on_commit_callbacks(execute=True):
            tick_jobs()["campaigns.fill_evergreen"]()
        assert [name for name, _arguments in wakeups].count("campaigns.fill") == expected
        Occurrence.objects.update(looked_at=now())
