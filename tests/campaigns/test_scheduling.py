import datetime as dt
import threading

import pytest
from django.db import connection

from accounts.models import AuditEntry
from campaigns import services
from campaigns.errors import EditConflict, NotReady, WrongState
from campaigns.models import Campaign
from core.clock import now


def in_hours(hours):
    return now() + dt.timedelta(hours=hours)


def test_schedule_campaign_sets_the_time_and_who_chose_it(campaign, teammate):
    at = in_hours(5)
    scheduled = services.schedule_campaign(campaign=campaign, actor=teammate, at=at, time_zone="Asia/Tokyo")
    assert (scheduled.status, scheduled.scheduled_at, scheduled.time_zone, scheduled.scheduled_by) == (
        "scheduled",
        at,
        "Asia/Tokyo",
        teammate,
    )


def test_schedule_campaign_in_the_past_is_refused(campaign, owner):
    with pytest.raises(NotReady) as refusal:
        services.schedule_campaign(campaign=campaign, actor=owner, at=in_hours(-1))
    assert [check.code for check in refusal.value.checks] == ["past"]
    campaign.refresh_from_db()
    assert campaign.status == "draft"


def test_schedule_campaign_with_a_mistake_is_refused_and_says_which(campaign, owner, sender):
    sender.verified_at = None
    sender.save()
    with pytest.raises(NotReady) as refusal:
        services.schedule_campaign(campaign=campaign, actor=owner, at=in_hours(1))
    assert refusal.value.sentence == "Nothing was sent. Mend this first: The sender’s address is not verified"


def test_send_now_leaves_time_to_take_it_back(campaign, owner):
    before = now()
    sent = services.send_now(campaign=campaign, actor=owner, lock_version=1)
    assert sent.status == "scheduled"
    assert dt.timedelta(seconds=9) < sent.scheduled_at - before <= dt.timedelta(seconds=11)


def test_send_now_pressed_twice_keeps_the_first_start(campaign, owner, teammate):
    first = services.send_now(campaign=campaign, actor=owner)
    second = services.send_now(campaign=campaign, actor=teammate)
    assert second.scheduled_at == first.scheduled_at
    assert second.scheduled_by == owner


@pytest.mark.django_db(transaction=True)
def test_two_people_pressing_send_in_the_same_moment_send_once(campaign, owner, teammate):
    start, answers = threading.Barrier(2), []

    def press(person):
        try:
            start.wait()
            answers.append(services.send_now(campaign=campaign, actor=person, lock_version=1))
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=(person,)) for person in (owner, teammate)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 2
    assert {answer.scheduled_at for answer in answers} == {Campaign.objects.get().scheduled_at}
    assert AuditEntry.objects.filter(action="campaign.scheduled").count() == 1


def test_send_now_of_what_somebody_else_changed_is_refused(campaign, owner, teammate):
    services.update_campaign(campaign=campaign, actor=teammate, values={"name": "Other"})
    with pytest.raises(EditConflict):
        services.send_now(campaign=campaign, actor=owner, lock_version=1)
    campaign.refresh_from_db()
    assert campaign.status == "draft"


def test_unschedule_campaign_makes_it_a_draft_again(campaign, owner):
    services.send_now(campaign=campaign, actor=owner)
    taken = services.unschedule_campaign(campaign=campaign, actor=owner)
    assert (taken.status, taken.scheduled_at) == ("draft", None)


def test_unschedule_campaign_after_the_start_says_it_was_too_late(campaign, owner):
    Campaign.objects.filter(pk=campaign.pk).update(status="sending")
    with pytest.raises(WrongState) as refusal:
        services.unschedule_campaign(campaign=campaign, actor=owner)
    assert refusal.value.sentence == ("It was too late to take this back: sending has begun. You can pause or stop it.")


def test_launch_at_once_wakes_the_launch_after_the_commit(campaign, owner, wakeups, django_capture_on_commit_callbacks):
    services.send_now(campaign=campaign, actor=owner)
    with django_capture_on_commit_callbacks(execute=True):
        row = services.launch_at_once(campaign=campaign, actor=owner)
    assert row.scheduled_at <= now()
    assert wakeups == [("campaigns.launch", {"campaign_id": campaign.pk})]


def test_launch_at_once_does_not_bring_forward_what_is_planned_for_later(campaign, owner):
    services.schedule_campaign(campaign=campaign, actor=owner, at=in_hours(3))
    with pytest.raises(WrongState):
        services.launch_at_once(campaign=campaign, actor=owner)
