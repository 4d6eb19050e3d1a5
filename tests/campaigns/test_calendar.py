"""What goes out when, and moving it."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.contrib.messages import get_messages

from campaigns import services
from campaigns.calendar import days_of, loose_drafts, span_of
from campaigns.errors import WrongState
from campaigns.models import Campaign
from campaigns.timing import Timing
from core.clock import now
from tests.cast import client_of

AUCKLAND = ZoneInfo("Pacific/Auckland")


@pytest.fixture(autouse=True)
def in_auckland(workspace):
    """Where the workspace is."""
    workspace.time_zone = "Pacific/Auckland"
    workspace.save()


def local(day, clock=dt.time(9)):
    return dt.datetime.combine(day, clock, tzinfo=AUCKLAND).astimezone(dt.UTC)


def in_days(days):
    return now().astimezone(AUCKLAND).date() + dt.timedelta(days=days)


def put(campaign, **values):
    Campaign.objects.filter(pk=campaign.pk).update(**values)
    campaign.refresh_from_db()
    return campaign


def entries(workspace, day, view="month"):
    days = days_of(workspace, span_of(view, day, 0), AUCKLAND, now())
    return {one.date: [(entry.campaign.name, entry.tone) for entry in one.entries] for one in days if one.entries}


@pytest.mark.parametrize(
    ("view", "day", "first_weekday", "expected"),
    [
        ("month", dt.date(2026, 11, 22), 0, (dt.date(2026, 10, 26), dt.date(2026, 12, 6))),
        ("month", dt.date(2026, 11, 22), 6, (dt.date(2026, 11, 1), dt.date(2026, 12, 5))),
        ("month", dt.date(2027, 2, 1), 0, (dt.date(2027, 2, 1), dt.date(2027, 2, 28))),
        ("week", dt.date(2026, 11, 22), 0, (dt.date(2026, 11, 16), dt.date(2026, 11, 22))),
        ("week", dt.date(2026, 11, 22), 6, (dt.date(2026, 11, 22), dt.date(2026, 11, 28))),
    ],
)
def test_a_page_is_whole_weeks(view, day, first_weekday, expected):
    span = span_of(view, day, first_weekday)
    assert (span.first, span.last) == expected
    assert span.before < span.title_day < span.after


def test_a_campaign_stands_on_its_day_in_the_workspaces_zone(campaign):
    put(campaign, status="scheduled", scheduled_at=local(dt.date(2031, 9, 28), dt.time(0, 30)))
    assert entries(campaign.workspace, dt.date(2031, 9, 1)) == {dt.date(2031, 9, 28): [("Summer at the lake", "brand")]}


def test_a_series_stands_on_every_day_it_will_go_out(campaign):
    timing = Timing(every="week", weekdays=(0, 3), clock=dt.time(8))
    services.schedule_campaign(
        campaign=campaign, actor=None, kind="recurring", timing=timing, time_zone="Pacific/Auckland"
    )
    ahead = in_days(60)
    found = entries(campaign.workspace, ahead)
    span = span_of("month", ahead, 0)
    length = (span.last - span.first).days + 1
    assert list(found) == [
        span.first + dt.timedelta(days=number)
        for number in range(length)
        if (span.first + dt.timedelta(days=number)).weekday() in (0, 3)
    ]
    assert {tone for day in found.values() for _name, tone in day} == {"plum"}


def test_what_has_gone_out_stands_where_it_did(campaign):
    services.schedule_campaign(campaign=campaign, actor=None, kind="recurring", timing=Timing(every="day"))
    campaign.refresh_from_db()
    first = campaign.scheduled_at
    services.launch_campaign(campaign_id=campaign.pk, at=first)
    day = first.astimezone(AUCKLAND).date()
    assert entries(campaign.workspace, day, "week")[day] == [("Summer at the lake", "brand")]


def test_drafts_without_a_day_are_kept_apart(campaign):
    assert [entry.campaign for entry in loose_drafts(campaign.workspace)] == [campaign]
    assert entries(campaign.workspace, in_days(0)) == {}


def press(workspace, user, campaign, day, **values):
    body = {"day": day.isoformat() if isinstance(day, dt.date) else day, "view": "month", "at": "2031-09-01", **values}
    answer = client_of(user).post(f"/w/{workspace.slug}/campaigns/{campaign.public_id}/move/", body)
    return answer, [str(message) for message in get_messages(answer.wsgi_request)]


def test_a_draft_is_planned_for_a_day_and_stays_a_draft(workspace, owner, campaign):
    answer, (said,) = press(workspace, owner, campaign, in_days(3))
    campaign.refresh_from_db()
    assert (campaign.status, campaign.scheduled_at) == ("draft", local(in_days(3)))
    assert answer.url == f"/w/{workspace.slug}/campaigns/calendar/?view=month&at=2031-09-01"
    assert "It is a draft" in said


def test_a_scheduled_one_keeps_its_hour(workspace, owner, campaign):
    put(campaign, status="scheduled", scheduled_at=local(in_days(2), dt.time(17, 30)))
    press(workspace, owner, campaign, in_days(5))
    campaign.refresh_from_db()
    assert (campaign.status, campaign.scheduled_at) == ("scheduled", local(in_days(5), dt.time(17, 30)))


def test_an_hour_may_be_chosen_too(workspace, owner, campaign):
    press(workspace, owner, campaign, in_days(5), clock="06:15")
    campaign.refresh_from_db()
    assert campaign.scheduled_at == local(in_days(5), dt.time(6, 15))


def test_moving_into_an_hour_that_clocks_skip_is_the_first_after_it(workspace, owner, campaign):
    put(campaign, status="scheduled", scheduled_at=local(in_days(2), dt.time(2, 30)))
    press(workspace, owner, campaign, dt.date(2031, 9, 28))
    campaign.refresh_from_db()
    assert campaign.scheduled_at == dt.datetime(2031, 9, 27, 14, tzinfo=dt.UTC)


@pytest.mark.parametrize("day", ["2020-01-01", "soon", "", "9999-12-31"])
def test_a_day_that_cannot_be_is_refused_with_a_sentence(workspace, owner, campaign, day):
    put(campaign, status="scheduled", scheduled_at=local(in_days(2)))
    _answer, (said,) = press(workspace, owner, campaign, day)
    before = campaign.scheduled_at
    campaign.refresh_from_db()
    if day != "9999-12-31":
        assert campaign.scheduled_at == before
    assert said


@pytest.mark.parametrize("status", ["sending", "paused", "sent", "cancelled"])
def test_what_has_begun_stays(workspace, owner, campaign, status):
    put(campaign, status=status, launched_at=now())
    _answer, (said,) = press(workspace, owner, campaign, in_days(3))
    assert "stays where it is" in said
    campaign.refresh_from_db()
    assert campaign.scheduled_at is None


def test_one_that_repeats_stays_on_its_days(workspace, owner, campaign):
    services.schedule_campaign(campaign=campaign, actor=None, kind="recurring", timing=Timing(every="day"))
    campaign.refresh_from_db()
    _answer, (said,) = press(workspace, owner, campaign, in_days(9))
    assert "days of its own" in said
    assert Campaign.objects.get().scheduled_at == campaign.scheduled_at


def test_a_viewer_looks_and_moves_nothing(workspace, viewer, campaign):
    page = client_of(viewer).get(f"/w/{workspace.slug}/campaigns/calendar/")
    assert page.status_code == 200
    assert "draggable" not in page.content.decode()
    answer, _said = press(workspace, viewer, campaign, in_days(3))
    assert answer.status_code == 403
    campaign.refresh_from_db()
    assert campaign.scheduled_at is None


@pytest.mark.parametrize(
    "query", ["", "?view=week", "?at=2031-09-28", "?at=nonsense", "?at=0001-01-01", "?at=9999-12-31", "?view=x&at="]
)
def test_every_address_of_the_calendar_is_a_page(workspace, owner, campaign, query):
    put(campaign, status="scheduled", scheduled_at=local(in_days(0), dt.time(23, 59)))
    assert client_of(owner).get(f"/w/{workspace.slug}/campaigns/calendar/{query}").status_code == 200


def test_the_calendar_asks_as_often_for_twenty_campaigns_as_for_one(workspace, owner, campaign):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client, url = client_of(owner), f"/w/{workspace.slug}/campaigns/calendar/"
    put(campaign, status="scheduled", scheduled_at=local(in_days(1)))
    client.get(url)
    with CaptureQueriesContext(connection) as once:
        client.get(url)
    for number in range(20):
        Campaign.objects.create(
            workspace=workspace, name=f"Number {number}", status="scheduled", scheduled_at=local(in_days(1)),
            kind="recurring" if number % 2 else "once", timing=Timing(every="day").as_data(),
        )  # fmt: skip
    with CaptureQueriesContext(connection) as often:
        client.get(url)
    assert len(often) == len(once)


@pytest.mark.parametrize("day", [dt.date.max, dt.date.min])
def test_nothing_is_moved_to_where_no_clock_reaches(campaign, owner, day):
    with pytest.raises(WrongState):
        services.move_campaign(campaign=campaign, actor=owner, day=day)
    assert Campaign.objects.get().scheduled_at is None
