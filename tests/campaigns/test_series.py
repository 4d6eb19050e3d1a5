"""Campaigns that go out again and again."""

import datetime as dt
import threading
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from campaigns import services
from campaigns.errors import NotReady, WrongState
from campaigns.models import Campaign, Occurrence
from campaigns.timing import Timing
from channels.models import Sender
from contacts.models import Contact
from core.clock import now
from delivery.models import Dispatch, Message
from delivery.services.dispatches import end_dispatches
from events.models import Event
from tests.campaigns.conftest import agree
from tests.cast import make_contact

AUCKLAND = ZoneInfo("Pacific/Auckland")
DAILY = Timing(every="day", clock=dt.time(9), when_late="skip")


def start(campaign, timing=DAILY, kind="recurring", **values):
    return services.schedule_campaign(
        campaign=campaign, actor=None, kind=kind, timing=timing, time_zone="Pacific/Auckland", **values
    )


def launch(campaign, at=None):
    campaign.refresh_from_db()
    return services.launch_campaign(campaign_id=campaign.pk, at=at or campaign.scheduled_at)


def statuses(campaign):
    return list(campaign.occurrences.order_by("at").values_list("status", "reason"))


@pytest.fixture
def daily(campaign) -> Campaign:
    """Every day at nine in Auckland."""
    return start(campaign)


def test_a_series_is_scheduled_for_its_first_time(daily):
    assert daily.status == "scheduled"
    local = daily.scheduled_at.astimezone(AUCKLAND)
    assert (local.hour, local.minute) == (9, 0)
    assert dt.timedelta() < daily.scheduled_at - now() <= dt.timedelta(days=1, hours=1)
    assert statuses(daily) == [("planned", "")]


def test_each_time_is_an_occurrence_with_a_dispatch_of_its_own(daily):
    first = daily.scheduled_at
    launch(daily)
    second = Campaign.objects.get().scheduled_at
    launch(daily)
    daily.refresh_from_db()
    assert statuses(daily) == [("launched", ""), ("launched", ""), ("planned", "")]
    assert list(Dispatch.objects.order_by("occurrence").values_list("occurrence", flat=True)) == [first, second]
    assert Message.objects.count() == 8
    assert daily.status == "scheduled"
    assert daily.dispatch == Dispatch.objects.get(occurrence=second)
    assert second.astimezone(AUCKLAND).date() - first.astimezone(AUCKLAND).date() == dt.timedelta(days=1)


def test_firing_ten_times_is_one_occurrence(daily):
    moment = daily.scheduled_at
    answers = [services.launch_campaign(campaign_id=daily.pk, at=moment) for _each in range(10)]
    assert [answer is not None for answer in answers].count(True) == 1
    assert Message.objects.count() == 4
    assert statuses(daily) == [("launched", ""), ("planned", "")]


def test_a_later_message_is_as_the_template_is_then(daily, template):
    launch(daily)
    template.subject = "Another week"
    template.save()
    launch(daily)
    subjects = Occurrence.objects.begun().order_by("at").values_list("content_version__subject", flat=True)
    assert list(subjects) == ["The lake is warm again", "Another week"]


def test_an_empty_segment_skips_one_time_and_the_series_goes_on(daily, topic, workspace):
    Contact.objects.all().delete()
    launch(daily)
    assert statuses(daily) == [("skipped", "nobody"), ("planned", "")]
    assert not Dispatch.objects.exists()
    agree(make_contact(workspace, "back@example.com"), topic)
    launch(daily)
    assert statuses(daily) == [("skipped", "nobody"), ("launched", ""), ("planned", "")]


def test_a_sender_revoked_between_two_times_holds_the_series_and_says_why(daily):
    launch(daily)
    Sender.objects.update(verified_at=None)
    launch(daily)
    daily.refresh_from_db()
    assert (daily.status, daily.launch_problem) == ("draft", "sender_unverified")
    assert statuses(daily) == [("launched", ""), ("held", "sender_unverified")]
    assert Message.objects.count() == 4
    assert Event.objects.get(kind="campaign.paused").properties["reason"] == "sender_unverified"


def test_a_held_series_starts_again_from_its_next_time(daily):
    Sender.objects.update(verified_at=None)
    launch(daily)
    Sender.objects.update(verified_at=now())
    again = start(Campaign.objects.get())
    assert again.status == "scheduled"
    assert again.launch_problem == ""
    held, planned = daily.occurrences.order_by("at")
    assert (held.status, planned.status) == ("held", "planned")


def test_times_missed_while_nothing_ran_are_noted_and_not_made_up(daily):
    first = daily.scheduled_at
    moment = first + dt.timedelta(days=3, hours=12)
    services.launch_campaign(campaign_id=daily.pk, at=moment)
    assert statuses(daily) == [("skipped", "late")] * 4 + [("planned", "")]
    assert not Message.objects.exists()
    daily.refresh_from_db()
    assert daily.scheduled_at > moment


def test_the_last_missed_time_still_goes_out_when_it_is_not_too_late(daily):
    moment = daily.scheduled_at + dt.timedelta(days=2, hours=3)
    services.launch_campaign(campaign_id=daily.pk, at=moment)
    assert statuses(daily) == [("skipped", "late"), ("skipped", "late"), ("launched", ""), ("planned", "")]
    assert Message.objects.count() == 4


def test_a_series_that_holds_what_is_late_asks(campaign):
    daily = start(campaign, Timing(every="day", when_late="hold", late_after=2))
    services.launch_campaign(campaign_id=daily.pk, at=daily.scheduled_at + dt.timedelta(hours=3))
    daily.refresh_from_db()
    assert (daily.status, daily.launch_problem) == ("draft", "late")
    assert statuses(daily) == [("held", "late")]


def test_years_of_downtime_are_passed_over_in_one_go(daily):
    moment = daily.scheduled_at + dt.timedelta(days=1000, hours=12)
    services.launch_campaign(campaign_id=daily.pk, at=moment)
    daily.refresh_from_db()
    assert daily.occurrences.filter(status="skipped").count() == 100
    assert daily.scheduled_at > moment - dt.timedelta(days=1)


def test_a_series_of_two_ends_after_the_second_when_all_is_sent(campaign):
    series = start(campaign, Timing(every="day", times=2))
    launch(series)
    launch(series)
    series.refresh_from_db()
    assert (series.status, series.scheduled_at) == ("sending", None)
    Message.objects.filter(status="pending").update(status="sent")
    end_dispatches()
    services.follow_dispatch(campaign_id=series.pk)
    series.refresh_from_db()
    assert series.status == "sent"
    assert statuses(series) == [("done", ""), ("done", "")]


def test_an_occurrence_is_done_when_its_dispatch_is(daily):
    launch(daily)
    Message.objects.filter(status="pending").update(status="sent")
    end_dispatches()
    services.follow_dispatch(campaign_id=daily.pk)
    daily.refresh_from_db()
    assert daily.status == "scheduled"
    assert statuses(daily) == [("done", ""), ("planned", "")]


def test_pausing_holds_what_goes_out_and_starts_nothing(daily, owner):
    launch(daily)
    services.pause_campaign(campaign=daily, actor=owner)
    assert Dispatch.objects.get().status == "paused"
    daily.refresh_from_db()
    assert daily.status == "paused"
    assert services.launch_campaign(campaign_id=daily.pk, at=daily.scheduled_at) is None
    services.resume_campaign(campaign=daily, actor=owner)
    daily.refresh_from_db()
    assert (daily.status, Dispatch.objects.get().status) == ("scheduled", "running")


def test_what_passes_during_a_pause_is_noted_and_not_made_up(daily, owner):
    services.pause_campaign(campaign=daily, actor=owner)
    daily.occurrences.update(at=now() - dt.timedelta(hours=1))
    services.resume_campaign(campaign=daily, actor=owner)
    assert statuses(daily) == [("skipped", "paused"), ("planned", "")]
    assert not Message.objects.exists()


def test_stopping_ends_everything(daily, owner):
    launch(daily)
    services.cancel_campaign(campaign=daily, actor=owner)
    daily.refresh_from_db()
    assert (daily.status, daily.scheduled_at) == ("cancelled", None)
    assert Dispatch.objects.get().status == "cancelled"
    assert statuses(daily) == [("launched", "")]


def test_taking_it_back_leaves_what_went_out(daily, owner):
    launch(daily)
    services.unschedule_campaign(campaign=daily, actor=owner)
    daily.refresh_from_db()
    assert (daily.status, daily.scheduled_at) == ("draft", None)
    assert statuses(daily) == [("launched", "")]
    with pytest.raises(WrongState):
        services.delete_campaign(campaign=daily, actor=owner)


def test_a_series_that_went_out_stays_a_series(daily, owner):
    launch(daily)
    with pytest.raises(WrongState):
        start(Campaign.objects.get(), Timing(), kind="once", at=now() + dt.timedelta(days=1))
    assert Campaign.objects.get().kind == "recurring"


def test_other_days_replace_what_was_planned(daily):
    moved = start(Campaign.objects.get(), Timing(every="week", weekdays=(2,), clock=dt.time(17)))
    assert moved.scheduled_at.astimezone(AUCKLAND).weekday() == 2
    assert list(moved.occurrences.values_list("at", flat=True)) == [moved.scheduled_at]


@pytest.mark.parametrize("timing", [Timing(), Timing(every="day", ends_on=dt.date(2020, 1, 1))])
def test_rules_that_never_come_are_refused_and_nothing_changes(campaign, timing):
    with pytest.raises(NotReady):
        start(campaign, timing)
    campaign.refresh_from_db()
    assert (campaign.status, campaign.kind, campaign.timing) == ("draft", "once", {})
    assert not Occurrence.objects.exists()


def test_a_series_cannot_be_sent_at_once(daily, owner):
    with pytest.raises(WrongState):
        services.send_now(campaign=daily, actor=owner)
    assert not Dispatch.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_start_one_occurrence(campaign):
    series = start(campaign)
    moment = series.scheduled_at
    together = threading.Barrier(3)
    answers = []

    def work():
        try:
            together.wait()
            answers.append(services.launch_campaign(campaign_id=series.pk, at=moment))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _each in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer is not None for answer in answers].count(True) == 1
    assert statuses(series) == [("launched", ""), ("planned", "")]
    assert Message.objects.count() == 4
