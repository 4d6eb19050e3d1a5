"""The demo workspace: what it tells must add up."""

import datetime as dt
import json
import stat
from collections import Counter

import pytest

from accounts.models import ApiKey, Workspace
from accounts.services.api_keys import find_api_key
from campaigns.models import Campaign
from consent.models import ConsentState, Suppression
from contacts.models import Address, Contact
from contacts.validity.roles import is_role
from content.compiler import compile_content
from core.clock import now
from dashboard.demo.credentials import credentials_file
from dashboard.demo.letters import LETTERS, mjml_of
from dashboard.demo.loader import load_demo
from dashboard.demo.people import make_people
from delivery.models import Message, MessageFact
from delivery.services.links import links_of
from delivery.services.reports import report_of as campaign_report_of
from flows.models import Flow, FlowSession, Submission
from flows.results.report import report_of

PEOPLE = 200
MOMENT = dt.datetime(2026, 11, 21, 10, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def data_directory(settings, tmp_path):
    settings.DATA_DIR = tmp_path


@pytest.fixture
def demo(db, django_capture_on_commit_callbacks):
    """A small demo, loaded once."""
    with django_capture_on_commit_callbacks(execute=True):
        load_demo(people=PEOPLE)
    return Workspace.objects.get(slug="kea-cabins")


def test_people_are_the_same_every_time():
    assert make_people(MOMENT, 50) == make_people(MOMENT, 50)


def test_people_are_believable():
    people = make_people(MOMENT)
    assert len({person.email for person in people}) == len(people) == 3012
    assert len({person.phone for person in people if person.phone}) == sum(bool(person.phone) for person in people)
    assert len({person.language for person in people}) >= 8
    assert len({person.time_zone for person in people}) >= 20
    assert all(person.joined_at < MOMENT for person in people)
    assert all(person.joined_at <= order.at < MOMENT for person in people for order in person.orders)
    assert all(
        person.email.rpartition("@")[2].rpartition(".")[2] in {"example", "com", "net", "org"} for person in people
    )


def test_some_people_came_twice_and_some_gave_an_offices_address():
    people = make_people(MOMENT)
    emails = {person.email for person in people}
    again = [person for person in people if "+cabins@" in person.email]
    assert len(again) == 7
    assert all(person.email.replace("+cabins", "") in emails and not person.external_id for person in again)
    assert sum(is_role(email) for email in emails) == 4


@pytest.mark.parametrize("letter", LETTERS, ids=lambda letter: letter.key)
def test_letters_have_nothing_to_mend(letter):
    compiled = compile_content(
        subject=letter.subject,
        preheader=letter.preheader,
        mjml=mjml_of(letter, "http://127.0.0.1:8000"),
        language=letter.language,
    )
    assert compiled.problems == []


def test_every_campaign_adds_up(demo):
    campaigns = Campaign.objects.filter(workspace=demo, status="sent")
    assert campaigns.count() == 3
    for campaign in campaigns:
        report = campaign_report_of(campaign.dispatch)
        assert report.targeted == campaign.dispatch.targeted > 50
        settled = report.sent + report.skipped_total + report.failed_total + report.unknown
        assert report.targeted == settled
        assert report.opened["human"] < report.sent
        assert sum(link.people for link in links_of(campaign.dispatch)) >= report.clicked["human"]


def test_facts_follow_sending_and_agreement(demo):
    facts = MessageFact.objects.filter(workspace=demo).select_related("message")
    assert facts.exists()
    for fact in facts:
        assert fact.message.status == "sent"
        assert fact.message.settled_at <= fact.at <= now()
        assert fact.message.is_tracked or fact.action in {"unsubscribed", "complained"}


def test_who_left_is_withdrawn_and_who_bounced_is_suppressed(demo):
    left = MessageFact.objects.filter(workspace=demo, action="unsubscribed").select_related("message")
    for fact in left:
        state = ConsentState.objects.get(contact=fact.contact_id, topic=fact.message.topic_id, purpose="marketing")
        assert state.state == "withdrawn"
    bounced = set(Message.objects.filter(workspace=demo, reason="hard_bounce").values_list("recipient", flat=True))
    dead = set(Address.objects.filter(workspace=demo, status="dead").values_list("value", flat=True))
    suppressed = Suppression.objects.filter(workspace=demo, reason="hard_bounce").values_list("address", flat=True)
    assert bounced == dead == set(suppressed)


def test_two_flows_can_be_answered(demo):
    flows = Flow.objects.in_workspace(demo).order_by("name")
    assert [(flow.name, flow.is_live) for flow in flows] == [
        ("What would your stay cost?", True),
        ("Which cabin suits you?", True),
    ]


def test_answers_of_the_flows_add_up(demo):
    for flow in Flow.objects.in_workspace(demo):
        sessions = FlowSession.objects.filter(flow=flow)
        done = sessions.filter(status="completed")
        assert 0 < done.count() < sessions.count()
        assert done.count() == Submission.objects.filter(flow=flow, status="completed").count()
        assert all(one.submission.contact_id == one.contact_id for one in done.select_related("submission"))
        report = report_of(flow, period="30")
        assert (report.totals.began, report.totals.completed) == (sessions.count(), done.count())
        first, *_rest = report.steps
        assert first.people == sessions.count()
        assert all(one.created_at < one.ended_at < now() for one in done)


def test_one_campaign_starts_within_a_minute(demo):
    soon, later = Campaign.objects.filter(workspace=demo, status="scheduled").order_by("scheduled_at")
    assert soon.name == "Summer at the lake"
    assert dt.timedelta(seconds=30) < soon.scheduled_at - now() <= dt.timedelta(seconds=60)
    assert later.scheduled_at > now() + dt.timedelta(days=1)


def test_credentials_are_private_and_work(demo, client):
    kept = json.loads(credentials_file().read_text())
    assert stat.S_IMODE(credentials_file().stat().st_mode) == 0o600
    assert client.login(email=kept["email"], password=kept["password"]) or client.login(
        username=kept["email"], password=kept["password"]
    )
    assert find_api_key(kept["api_key"]).workspace == demo


def test_loading_again_changes_nothing(demo, django_capture_on_commit_callbacks):
    before = list(Contact.objects.order_by("id").values_list("id", "updated_at"))
    kept = credentials_file().read_text()
    with django_capture_on_commit_callbacks(execute=True):
        load_demo(people=PEOPLE)
    assert list(Contact.objects.order_by("id").values_list("id", "updated_at")) == before
    assert credentials_file().read_text() == kept
    assert ApiKey.objects.count() == 1


def test_lost_credentials_are_made_anew(demo, django_capture_on_commit_callbacks):
    old = json.loads(credentials_file().read_text())
    credentials_file().unlink()
    with django_capture_on_commit_callbacks(execute=True):
        load_demo(people=PEOPLE)
    new = json.loads(credentials_file().read_text())
    assert new["password"] != old["password"]
    assert find_api_key(new["api_key"]) is not None


def test_reset_makes_it_anew_and_leaves_others_alone(demo, other_workspace, django_capture_on_commit_callbacks):
    theirs = Contact.objects.create(workspace=other_workspace, email="keep@example.com")
    Contact.objects.filter(workspace=demo).order_by("id")[0].save()
    oldest = Contact.objects.filter(workspace=demo).order_by("id").first().pk
    kept = credentials_file().read_text()
    with django_capture_on_commit_callbacks(execute=True):
        load_demo(reset=True, people=PEOPLE)
    assert Contact.objects.filter(workspace=demo).count() == PEOPLE
    assert not Contact.objects.filter(pk=oldest).exists()
    assert Contact.objects.filter(pk=theirs.pk).exists()
    assert credentials_file().read_text() == kept
    states = Counter(Campaign.objects.filter(workspace=demo).values_list("status", flat=True))
    assert states == {"sent": 3, "scheduled": 2, "draft": 1}
