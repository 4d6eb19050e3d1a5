"""The times of a draft are kept while they are chosen, and a draft with rules can still be sent once."""

import datetime as dt

import pytest
from django.urls import reverse

from campaigns import services
from campaigns.errors import EditConflict, NotReady, WrongState
from campaigns.models import Campaign, Occurrence
from campaigns.timing import Timing
from contacts.models import Attribute
from core.clock import now
from delivery.services import open_dispatch
from tests.cast import client_of

WEEKLY = {"when": "series", "kind": "recurring", "every": "week", "weekdays": ["1"], "clock": "09:00"}
ZONE = {"time_zone": "Asia/Tokyo", "late_after": "6", "when_late": "skip", "if_passed": "at_once"}


def url(name, campaign):
    return reverse(f"campaigns:{name}", args=["kea-cabins", campaign.public_id])


@pytest.fixture
def visitor(owner):
    return client_of(owner)


@pytest.fixture
def weekly(campaign, owner):
    timing = Timing(weekdays=(1,), clock=dt.time(9))
    return services.plan_draft(campaign=campaign, actor=owner, kind="recurring", timing=timing)


def test_plan_keeps_the_rules_of_a_draft_without_starting_it(visitor, campaign):
    answer = visitor.post(url("plan", campaign), {**WEEKLY, **ZONE, "lock_version": 1})
    assert "What you chose is saved." in answer.content.decode()
    campaign.refresh_from_db()
    assert (campaign.status, campaign.kind, campaign.time_zone, campaign.lock_version) == (
        "draft", "recurring", "Asia/Tokyo", 1,
    )  # fmt: skip
    assert campaign.timing == {"weekdays": [1], "when_late": "skip"}
    assert not Occurrence.objects.exists()


def test_plan_keeps_a_chosen_time_and_now_takes_it_away(visitor, campaign):
    day = (now() + dt.timedelta(days=5)).date()
    later = {"when": "later", "day": day.isoformat(), "clock": "10:30", **ZONE, "lock_version": 1}
    visitor.post(url("plan", campaign), later)
    campaign.refresh_from_db()
    assert campaign.scheduled_at == dt.datetime.combine(day, dt.time(1, 30), dt.UTC)
    visitor.post(url("plan", campaign), {**later, "when": "now"})
    campaign.refresh_from_db()
    assert (campaign.status, campaign.scheduled_at) == ("draft", None)


def test_plan_of_something_incomplete_says_what_is_missing_and_keeps_what_was_there(visitor, weekly):
    answer = visitor.post(url("plan", weekly), {**WEEKLY, **ZONE, "kind": "date", "attribute": "", "lock_version": 1})
    assert "The time is not saved yet. Choose the date it is about." in answer.content.decode()
    weekly.refresh_from_db()
    assert (weekly.kind, weekly.timing) == ("recurring", {"weekdays": [1]})


@pytest.mark.parametrize("day", ["9999-12-31", "2300-01-01"])
def test_plan_of_a_day_too_far_away_keeps_nothing(visitor, campaign, day):
    later = {"when": "later", "day": day, "clock": "23:59", **ZONE, "local_time": "on", "lock_version": 1}
    answer = visitor.post(url("plan", campaign), later)
    assert "This day is too far away." in answer.content.decode()
    assert Campaign.objects.get().scheduled_at is None
    assert visitor.get(url("curve", campaign), later).status_code == 200


def test_plan_and_close_goes_to_the_list_or_shows_what_is_wrong(visitor, campaign):
    closed = visitor.post(url("plan", campaign), {**WEEKLY, **ZONE, "close": "1", "lock_version": 1})
    assert closed.url == reverse("campaigns:list", args=["kea-cabins"])
    wrong = visitor.post(url("plan", campaign), {**WEEKLY, **ZONE, "clock": "", "close": "1", "lock_version": 1})
    assert wrong.status_code == 422
    assert "Choose a time." in wrong.content.decode()


def test_plan_from_an_old_tab_changes_nothing(campaign, owner, teammate):
    services.update_campaign(campaign=campaign, actor=teammate, values={"name": "Other"})
    with pytest.raises(EditConflict):
        services.plan_draft(campaign=campaign, actor=owner, kind="once", timing=Timing(), lock_version=1)


def test_plan_of_what_is_scheduled_changes_nothing(visitor, campaign, owner):
    scheduled = services.schedule_campaign(campaign=campaign, actor=owner, at=now() + dt.timedelta(days=2))
    answer = visitor.post(url("plan", campaign), {**WEEKLY, **ZONE, "lock_version": 1})
    assert "The time is not saved yet." in answer.content.decode()
    campaign.refresh_from_db()
    assert (campaign.status, campaign.kind, campaign.scheduled_at) == ("scheduled", "once", scheduled.scheduled_at)


def test_plan_with_rules_that_cannot_be_is_refused(campaign, owner):
    with pytest.raises(NotReady):
        services.plan_draft(campaign=campaign, actor=owner, kind="recurring", timing=Timing())


def test_plan_of_a_template_keeps_its_rules_but_no_day(campaign, owner):
    kept = services.save_as_template(campaign=campaign, actor=owner, name="Digest")
    at = now() + dt.timedelta(days=2)
    planned = services.plan_draft(campaign=kept, actor=owner, kind="once", timing=Timing(local_time=True), at=at)
    assert (planned.status, planned.timing, planned.scheduled_at) == ("template", {"local_time": True}, None)


def test_send_now_of_a_draft_with_rules_sends_it_once(visitor, weekly):
    answer = visitor.post(url("send", weekly), {"lock_version": 1})
    assert answer.url == url("undo", weekly)
    weekly.refresh_from_db()
    assert (weekly.status, weekly.kind, weekly.timing) == ("scheduled", "once", {})


def test_send_now_of_a_draft_for_newcomers_goes_to_everybody_once(visitor, campaign, owner):
    services.plan_draft(campaign=campaign, actor=owner, kind="evergreen", timing=Timing())
    visitor.post(url("send", campaign), {"lock_version": 1})
    campaign.refresh_from_db()
    assert (campaign.status, campaign.kind) == ("scheduled", "once")


def test_send_now_of_a_series_that_runs_leaves_it_running(visitor, weekly, owner):
    row = services.schedule_campaign(campaign=weekly, actor=owner)
    visitor.post(url("send", weekly), {"lock_version": 1})
    weekly.refresh_from_db()
    assert (weekly.status, weekly.kind, weekly.scheduled_at) == ("scheduled", "recurring", row.scheduled_at)


def test_send_now_of_a_series_that_went_out_before_is_refused(weekly, owner):
    at = now()
    begun, _new = open_dispatch(workspace=weekly.workspace, source=("campaign", weekly.pk), occurrence=at, name="Past")
    Occurrence.objects.create(workspace=weekly.workspace, campaign=weekly, at=at, status="done", dispatch=begun)
    with pytest.raises(WrongState) as refusal:
        services.send_now(campaign=weekly, actor=owner, as_once=True)
    assert "Duplicate it" in refusal.value.sentence
    weekly.refresh_from_db()
    assert (weekly.status, weekly.kind) == ("draft", "recurring")


def test_a_change_that_takes_a_campaign_off_the_schedule_says_so(visitor, campaign, owner, workspace):
    services.set_rules(workspace=workspace, actor=owner, values={"approval_from": 1000})
    services.schedule_campaign(campaign=campaign, actor=owner, at=now() + dt.timedelta(days=2))
    fields = {"name": "Kayaks", "segment": campaign.segment.public_id, "topic": campaign.topic.public_id}
    answer = visitor.post(url("who", campaign), {**fields, "lock_version": 1}, follow=True)
    assert "is a draft again and does not go out by itself" in answer.content.decode()
    assert Campaign.objects.get().status == "draft"


def test_a_scheduled_campaign_whose_sender_was_removed_asks_for_somebody_at_once(visitor, campaign, owner, sender):
    services.schedule_campaign(campaign=campaign, actor=owner, at=now() + dt.timedelta(days=2))
    home = reverse("campaigns:home-panel", args=["kea-cabins"])
    assert "cannot go out" not in visitor.get(home, {"part": "needs"}).content.decode()
    sender.is_active = False
    sender.save()
    assert "“Summer at the lake” cannot go out" in visitor.get(home, {"part": "needs"}).content.decode()
    assert "Needs you" in visitor.get(reverse("campaigns:list", args=["kea-cabins"])).content.decode()
    assert "The sender was removed" in visitor.get(url("review", campaign)).content.decode()
    assert 'data-tone="warn"' in visitor.get(reverse("campaigns:calendar", args=["kea-cabins"])).content.decode()


def test_a_draft_is_deleted_only_after_a_second_question(visitor, campaign):
    page = visitor.get(reverse("campaigns:list", args=["kea-cabins"])).content.decode()
    assert f'id="delete-{campaign.public_id}"' in page
    assert "It is gone for good." in page


def test_the_review_says_for_how_many_the_date_is_not_known(visitor, campaign, owner, workspace, people):
    date = Attribute.objects.create(workspace=workspace, key="birthday", label="Birthday", type="date")
    people[0].attributes = {"birthday": "2000-02-29"}
    people[0].save()
    timing = Timing(attribute="birthday", clock=dt.time(9))
    services.plan_draft(campaign=campaign, actor=owner, kind="date", timing=timing)
    text = visitor.get(url("review", campaign)).content.decode()
    assert "3 people have no “Birthday”" in text
    assert "Of 4 in the segment." in text
    date.delete()
    assert "The date it is about no longer exists" in visitor.get(url("review", campaign)).content.decode()
