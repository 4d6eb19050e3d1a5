"""One button from “running out” to a draft that asks again."""

import datetime as dt
import uuid

import pytest
from django.test import Client

from accounts.models import User, Workspace
from campaigns.models import Campaign
from campaigns.services import ask_again
from consent.evidence import Choice, Proof
from consent.models import State, Topic
from consent.services import record_consent
from content.models import Template
from content.preview import compile_template
from core.clock import now
from segments.models import Segment
from segments.services.evaluation import count_rule
from tests.cast import client_of, make_contact


@pytest.fixture
def topic(workspace: Workspace) -> Topic:
    return Topic.objects.create(workspace=workspace, key="cabin-news", name="Cabin news")


def test_the_draft_is_for_those_whose_consent_runs_out(workspace: Workspace, topic: Topic, teammate: User) -> None:
    for number, days in enumerate((700, 10, None)):
        proof = Proof("api", "implied_purchase" if days else "express", at=now() - dt.timedelta(days=days or 1))
        person = make_contact(workspace, f"{number}@x.example")
        record_consent(contact=person, choice=Choice(State.GRANTED, topic), proof=proof)
    campaign = ask_again(workspace=workspace, topic=topic, actor=teammate)
    assert (campaign.status, campaign.topic, campaign.name) == ("draft", topic, "Stay in touch? Cabin news")
    assert campaign.segment is not None
    assert count_rule(workspace, campaign.segment.rule).number == 1
    assert campaign.template is not None
    assert "{{ renewal_url }}" in campaign.template.mjml
    assert compile_template(campaign.template).problems == []


def test_the_segment_is_made_once(workspace: Workspace, topic: Topic, teammate: User) -> None:
    first = ask_again(workspace=workspace, topic=topic, actor=teammate)
    second = ask_again(workspace=workspace, topic=topic, actor=teammate)
    assert first.segment == second.segment
    assert Segment.objects.count() == 1
    assert Template.objects.count() == 2


def test_the_button_leads_to_the_draft(workspace: Workspace, topic: Topic, teammate: User, viewer: User) -> None:
    address = "/w/kea-cabins/campaigns/ask-again/"
    client: Client = client_of(teammate)
    answer = client.post(address, {"topic": str(topic.public_id)})
    campaign = Campaign.objects.get()
    assert answer["Location"].endswith(f"/campaigns/{campaign.public_id}/message/")
    assert client_of(viewer).post(address, {"topic": str(topic.public_id)}).status_code == 403
    assert client.get(address).status_code == 405
    for unknown in ("", "nonsense", str(uuid.uuid4())):
        assert client.post(address, {"topic": unknown}).status_code == 404
    assert Campaign.objects.count() == 1
