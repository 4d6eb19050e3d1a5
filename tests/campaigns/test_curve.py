"""How many leave in which hour, before anything is sent."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from campaigns.curve import draw_curve, send_curve
from campaigns.when_form import WhenForm
from contacts.models import Contact
from core.clock import now
from delivery.models import Message, PaceBucket
from tests.cast import client_of

AUCKLAND = ZoneInfo("Pacific/Auckland")
LATER = {"when": "later", "day": "2031-06-02", "clock": "09:00", "time_zone": "Pacific/Auckland"}


def curve_of(campaign, moment=None, **typed):
    form = WhenForm({**LATER, **typed}, workspace=campaign.workspace)
    assert form.is_valid(), form.errors
    return send_curve(campaign, form, moment or now())


def hours_of(curve):
    return [(hour.isoformat(), people) for hour, people in curve.hours if people]


@pytest.fixture(autouse=True)
def places(people):
    """One in Berlin, one in Auckland, one of whom nobody knows; the fourth never agreed."""
    for person, zone in zip(people, ["Europe/Berlin", "Pacific/Auckland", "", "Asia/Tokyo"], strict=True):
        Contact.objects.filter(pk=person.pk).update(time_zone=zone)


def test_without_rules_all_leave_in_one_hour(campaign):
    assert hours_of(curve_of(campaign)) == [("2031-06-01T21:00:00+00:00", 3)]
    assert not Message.objects.exists()


def test_limits_hold_messages_back(campaign):
    campaign.hourly_limit = 2
    curve = curve_of(campaign)
    assert hours_of(curve) == [("2031-06-01T21:00:00+00:00", 2), ("2031-06-01T22:00:00+00:00", 1)]
    assert (curve.total, curve.later) == (3, 0)
    assert curve.ends_at == dt.datetime(2031, 6, 1, 22, 30, tzinfo=dt.UTC)


def test_a_senders_limit_a_day_reaches_beyond_what_is_drawn(campaign, workspace):
    PaceBucket.objects.create(workspace=workspace, sender=campaign.sender, daily_limit=1)
    curve = curve_of(campaign)
    assert (len(curve.hours), curve.total, curve.later) == (40, 3, 0)
    assert [people for _hour, people in curve.hours if people] == [1, 1, 1]


def test_local_time_spreads_them_over_the_day(campaign):
    curve = curve_of(campaign, local_time="on")
    assert hours_of(curve) == [("2031-06-01T21:00:00+00:00", 2), ("2031-06-02T07:00:00+00:00", 1)]
    assert len(curve.hours) == 11
    drawn = draw_curve(curve)
    assert [bar.people for bar in drawn.bars if bar.people] == [2, 1]
    assert drawn.bars[0].at.hour == 9


def test_those_who_are_passed_by_are_said(campaign):
    moment = dt.datetime(2031, 6, 2, 8, tzinfo=dt.UTC)
    typed = {"time_zone": "America/New_York", "local_time": "on", "if_passed": "skip"}
    curve = curve_of(campaign, moment, **typed)
    assert (curve.left_out, curve.total) == (2, 1)


def test_a_person_s_day_counts_only_those_whose_day_it_is(campaign, workspace, people):
    from contacts.models import Attribute

    Attribute.objects.create(workspace=workspace, key="birthday", type="date", label="Birthday")
    tomorrow = now().astimezone(AUCKLAND).date() + dt.timedelta(days=1)
    Contact.objects.filter(pk=people[0].pk).update(attributes={"birthday": tomorrow.replace(year=2000).isoformat()})
    campaign.workspace.refresh_from_db()
    typed = {"when": "series", "kind": "date", "attribute": "birthday", "yearly": "on", "clock": "00:01"}
    assert curve_of(campaign, **typed).total == 1


@pytest.mark.parametrize("query", ["", "?when=now", "?when=later", "?when=series&kind=evergreen", "?when=nonsense"])
def test_the_part_of_the_page_is_always_an_answer(workspace, viewer, campaign, query):
    answer = client_of(viewer).get(f"/w/{workspace.slug}/campaigns/{campaign.public_id}/curve/{query}")
    assert answer.status_code == 200


def test_the_page_shows_bars_and_numbers(workspace, owner, campaign):
    query = "&".join(f"{name}={value}" for name, value in {**LATER, "local_time": "on"}.items())
    page = client_of(owner).get(f"/w/{workspace.slug}/campaigns/{campaign.public_id}/curve/?{query}").content.decode()
    assert page.count("<rect") == 2
    assert "<td>2</td>" in page
