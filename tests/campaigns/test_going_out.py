"""What is going out now, what slows it, and when it is over."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Workspace
from campaigns import services
from campaigns.going_out import departures_of
from campaigns.models import Campaign
from core.clock import now
from delivery.models import Dispatch, Message, PaceSlowdown, SenderStop
from delivery.pace.receivers import GMAIL, OTHERS
from delivery.services import Limits, set_limits
from delivery.services.pace import today_of
from tests.api import ApiClient
from tests.campaigns.crowd import make_crowd
from tests.cast import client_of

URL = reverse("campaigns:going-out", args=["kea-cabins"])


@pytest.fixture
def sending(campaign):
    """On its way to three people, none of whom has got it."""
    Campaign.objects.filter(pk=campaign.pk).update(status="scheduled", scheduled_at=now() - dt.timedelta(seconds=1))
    services.launch_campaign(campaign_id=campaign.pk)
    return Campaign.objects.with_parts().get(pk=campaign.pk)


def only(workspace):
    (row,) = departures_of(workspace)
    return row


def codes(workspace):
    return [brake.code for brake in only(workspace).brakes]


def pending():
    return Message.objects.filter(status="pending")


def test_what_waits_is_counted_by_mailbox(sending, workspace, people):
    pending().filter(contact=people[0]).update(receiver=GMAIL)
    row = only(workspace)
    assert (row.campaign.pk, row.state.waiting, row.state.due) == (sending.pk, 3, 3)
    assert [(box.receiver, box.waiting) for box in row.state.mailboxes] == [(OTHERS, 2), (GMAIL, 1)]
    assert (row.brakes, row.stands, row.state.ends_at) == ([], False, None)


def test_its_speed_tells_when_it_is_over(sending, workspace, people):
    Dispatch.objects.update(created_at=now() - dt.timedelta(minutes=5))
    pending().filter(contact=people[0]).update(status="sent", settled_at=now() - dt.timedelta(seconds=30))
    state = only(workspace).state
    assert (state.per_minute, state.waiting) == (1, 2)
    assert abs(state.ends_at - now() - dt.timedelta(minutes=2)) < dt.timedelta(seconds=20)


def test_its_own_limit_is_named_where_it_is_felt(sending, workspace, people):
    Dispatch.objects.update(hourly_limit=60, created_at=now() - dt.timedelta(minutes=5))
    assert codes(workspace) == []
    pending().filter(contact=people[0]).update(status="sent", settled_at=now() - dt.timedelta(seconds=30))
    (brake,) = only(workspace).brakes
    assert (brake.code, brake.text) == ("hourly_limit", "Its own limit: 60 an hour.")
    assert only(workspace).state.ends_at is not None


def test_a_warm_up_says_what_goes_on_the_days_after(sending, workspace, sender):
    limits = Limits(plan_from=today_of(workspace), plan=[1, 50])
    set_limits(workspace=workspace, actor=None, sender=sender, limits=limits)
    row = only(workspace)
    (brake,) = row.brakes
    assert brake.code == "warming_up"
    assert brake.text == "The sender is still becoming known: 1 more today, 2 on the days after."
    assert today_of(workspace) < row.state.ends_at.astimezone(dt.UTC).date() + dt.timedelta(days=1)


def test_a_receiver_that_asked_for_less_counts_only_where_it_is_written_to(sending, workspace, sender, people):
    until = now() + dt.timedelta(minutes=10)
    PaceSlowdown.objects.create(sender=sender, receiver=GMAIL, rate=300, full_rate=6000, paused_until=until)
    assert codes(workspace) == []
    pending().filter(contact=people[0]).update(receiver=GMAIL)
    (brake,) = only(workspace).brakes
    assert (brake.code, brake.until, brake.stands) == ("receiver_paused", until, False)
    assert brake.text.startswith("Gmail asked us to wait until ")
    PaceSlowdown.objects.update(paused_until=now() - dt.timedelta(seconds=1))
    assert codes(workspace) == ["receiver_slow"]


def test_a_refused_sender_and_a_silent_server_mean_that_nothing_leaves(sending, workspace, sender):
    stop = SenderStop.objects.create(sender=sender, words="550 no such account", stopped_at=now())
    assert (codes(workspace), only(workspace).stands) == (["sender_stopped"], True)
    assert "550 no such account" in only(workspace).brakes[0].text
    stop.delete()
    Dispatch.objects.update(trouble_since=now())
    assert (codes(workspace), only(workspace).stands) == (["server_silent"], True)


def test_later_times_and_quiet_hours_say_until_when(sending, workspace):
    later = now() + dt.timedelta(hours=3)
    pending().update(due_at=later)
    row = only(workspace)
    assert (row.state.due, row.stands, row.state.ends_at) == (0, True, later)
    assert [(brake.code, brake.until) for brake in row.brakes] == [("later_times", later)]
    local = now().astimezone(dt.UTC)
    Workspace.objects.update(
        time_zone="UTC",
        quiet_from=(local - dt.timedelta(hours=1)).time().replace(microsecond=0),
        quiet_until=(local + dt.timedelta(hours=2)).time().replace(microsecond=0),
    )
    workspace.refresh_from_db()
    assert codes(workspace) == ["quiet_hours", "later_times"]


def test_a_pause_says_why_and_is_the_only_thing_said(sending, workspace, owner):
    Dispatch.objects.update(hourly_limit=1, trouble_since=now())
    services.pause_campaign(campaign=sending, actor=owner)
    Dispatch.objects.update(pause_reason="The disk is full.")
    row = only(workspace)
    assert [(brake.code, brake.text) for brake in row.brakes] == [("paused", "The disk is full.")]
    assert (row.stands, row.state.ends_at) == (True, None)


def test_turns_are_told_without_naming_other_workspaces(sending, workspace, other_workspace, owner):
    for place, other in ((workspace, "Ours"), (other_workspace, "Theirs")):
        Dispatch.objects.create(
            workspace=place, source_kind="campaign", source_id=90 + place.pk, occurrence=now(), name=other,
            claimed_at=now(),
        )  # fmt: skip
    rows = departures_of(workspace)
    assert [row.state.dispatch.name for row in rows] == ["Ours", "Summer at the lake"]
    assert [brake.code for brake in rows[1].brakes] == ["own_turns", "other_turns"]
    page = client_of(owner).get(URL).content.decode()
    assert "Theirs" not in page
    assert "Summer at the lake" in page


def test_the_page_needs_as_many_statements_for_many_as_for_one(sending, workspace, topic, owner):
    def statements():
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert client.get(URL).status_code == 200
        return len(seen)

    client = client_of(owner)
    statements()
    one = statements()
    make_crowd(workspace, topic, 5)
    for number in range(9):
        Dispatch.objects.create(
            workspace=workspace, source_kind="campaign", source_id=500 + number, occurrence=now(), name=f"More {number}"
        )
    assert statements() == one


def test_with_nothing_on_its_way_the_page_says_what_comes_next(campaign, viewer, workspace):
    Campaign.objects.filter(pk=campaign.pk).update(status="scheduled", scheduled_at=now() + dt.timedelta(hours=2))
    page = client_of(viewer).get(URL)
    assert page.context["rows"] == []
    assert "Summer at the lake" in page.content.decode()
    assert "New campaign" not in page.content.decode()


def test_programs_are_told_the_same(sending, workspace, people):
    until = now() + dt.timedelta(hours=3)
    pending().filter(contact=people[0]).update(receiver=GMAIL, due_at=until)
    told = ApiClient(workspace).get("going_out/")
    assert told["is_working"] is True
    (row,) = told["campaigns"]
    assert (row["campaign"], row["name"], row["status"]) == (str(sending.public_id), "Summer at the lake", "running")
    assert (row["waiting"], row["due"], row["waiting_by_receiver"]) == (3, 2, {"others": 2, "gmail": 1})
    assert (row["sent_last_minute"], row["hourly_limit"], row["ends_at"]) == (0, None, None)
    assert [(brake["code"], brake["stands"]) for brake in row["slowed_by"]] == [("later_times", False)]


def test_a_key_without_the_scope_is_not_told(sending, workspace):
    ApiClient(workspace, scopes=["contacts:read"]).get("going_out/", status=403)
