import datetime as dt

import pytest

from campaigns.forms import MessageForm, WhoForm, zone_choices
from campaigns.when_form import WhenForm
from channels.models import Sender
from core.clock import now
from segments.models import Segment

LATER = {"when": "later", "day": "2031-11-23", "clock": "09:00", "time_zone": "Pacific/Auckland"}


def test_when_form_turns_a_local_time_into_an_instant():
    form = WhenForm(LATER)
    assert form.is_valid(), form.errors
    assert form.moment.at == dt.datetime(2031, 11, 22, 20, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"day": ""}, "day", "Choose a day."),
        ({"clock": ""}, "clock", "Choose a time."),
        ({"time_zone": ""}, "time_zone", "Choose whose time it is."),
        ({"day": "2020-01-01"}, "clock", "This time has passed. Choose one that is still to come."),
    ],
)
def test_when_form_says_what_is_missing(change, field, sentence):
    form = WhenForm({**LATER, **change})
    assert not form.is_valid()
    assert form.errors[field] == [sentence]


@pytest.mark.parametrize("change", [{"day": "tomorrow"}, {"clock": "25:00"}, {"time_zone": "Mars/Olympus"}])
def test_when_form_refuses_nonsense(change):
    assert not WhenForm({**LATER, **change}).is_valid()


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_when_form_survives_the_ends_of_the_calendar(day):
    form = WhenForm({**LATER, "day": day, "clock": "23:59", "time_zone": "America/New_York"})
    assert not form.is_valid()
    assert form.errors


def test_when_form_for_a_skipped_hour_says_so():
    form = WhenForm({**LATER, "day": "2031-09-28", "clock": "02:30"})
    assert not form.is_valid()
    assert "go forward that night" in form.errors["clock"][0]


def test_when_form_now_needs_nothing_else():
    form = WhenForm({"when": "now"})
    assert form.is_valid()
    assert form.moment is None


def test_zone_choices_have_the_places_people_live_in():
    names = {name for _region, places in zone_choices()[1:] for name, _label in places}
    assert {"Pacific/Auckland", "Europe/Berlin", "America/Argentina/Buenos_Aires"} <= names


def test_who_form_offers_only_segments_of_the_workspace(workspace, other_workspace, segment):
    foreign = Segment.objects.create(workspace=other_workspace, name="Theirs", key="theirs", rule={})
    form = WhoForm({"name": "x", "segment": str(foreign.public_id)}, workspace=workspace)
    assert not form.is_valid()
    assert "segment" in form.errors


def test_who_form_chooses_the_only_topic(workspace, topic):
    assert WhoForm(workspace=workspace).initial["topic"] == topic.public_id


def test_message_form_chooses_the_only_sender(workspace, sender):
    assert MessageForm(workspace=workspace).initial["sender"] == sender.public_id


def test_message_form_offers_the_sender_that_was_used_last(workspace, campaign, sender):
    other = Sender.objects.create(workspace=workspace, name="Bea", email="bea@kea.example", verified_at=now())
    campaign.sender = None
    assert MessageForm.of(campaign).initial["sender"] == sender.public_id
    sender.is_active = False
    sender.save()
    assert MessageForm.of(campaign).initial["sender"] == other.public_id
