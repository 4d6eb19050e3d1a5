"""Who clicked where, as a list and on the message."""

import datetime as dt

import pytest
from django.urls import reverse

from campaigns import services
from campaigns.models import Campaign
from content.models import Template
from core.clock import now
from delivery.models import Message, MessageFact
from delivery.services.links import links_of
from tests.cast import client_of

MJML = """<mjml><mj-body><mj-section><mj-column>
<mj-image src="https://kea.example/lake.png" alt="Lake" href="https://kea.example/nights" />
<mj-text><a href="https://kea.example/hut">The hut</a> and <a href="https://kea.example/hut">The hut</a></mj-text>
<mj-button href="https://kea.example/nights">Book now</mj-button>
<mj-text><a href="{{ unsubscribe_url }}">Unsubscribe</a>, {{ workspace.address }}</mj-text>
</mj-column></mj-section></mj-body></mjml>"""


@pytest.fixture
def sent(campaign):
    Template.objects.update(mjml=MJML)
    Campaign.objects.filter(pk=campaign.pk).update(status="scheduled", scheduled_at=now() - dt.timedelta(seconds=1))
    services.launch_campaign(campaign_id=campaign.pk)
    Message.objects.filter(status="pending").update(status="sent", settled_at=now(), is_tracked=True)
    return Campaign.objects.with_parts().get(pk=campaign.pk)


def click(contact, *links, verdict="human"):
    message = Message.objects.get(contact=contact)
    for link in links:
        MessageFact.objects.create(
            workspace=message.workspace, message=message, dispatch=message.dispatch, contact=contact,
            action="clicked", verdict=verdict, link=link, at=now(), last_at=now(),
        )  # fmt: skip


def url(name, campaign, **query):
    return reverse(f"campaigns:{name}", args=["kea-cabins", campaign.public_id], query=query)


def test_places_of_one_address_are_told_apart(sent, people):
    click(people[0], 0, 1, 2, 3)
    click(people[1], 3)
    click(people[2], 0, 3, verdict="machine")
    click(people[2], 1, verdict="uncertain")
    assert [(one.label, one.turn, one.target, one.people) for one in links_of(sent.dispatch)] == [
        ("Button “Book now”", 0, "https://kea.example/nights", 2),
        ("Picture “Lake”", 0, "https://kea.example/nights", 1),
        ("The hut", 0, "https://kea.example/hut", 1),
        ("The hut", 1, "https://kea.example/hut", 1),
    ]


def test_the_message_carries_the_numbers(sent, people, viewer):
    click(people[0], 3)
    click(people[1], 3)
    answer = client_of(viewer).get(url("link-map", sent))
    shown = answer.content.decode()
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert shown.count("position:absolute;z-index:9") == 4
    assert shown.count(">2</span>") == 1
    assert shown.count(">0</span>") == 3
    assert "{{" not in shown


def test_report_and_list_name_the_places(sent, people, owner):
    click(people[0], 3)
    client = client_of(owner)
    report = client.get(url("report", sent)).content.decode()
    assert "Book now" in report
    assert "3 other links were not clicked." in report
    page = client.get(url("links", sent))
    assert [one.people for one in page.context["links"]] == [1, 0, 0, 0]
    assert (page.context["tracked"], page.context["version"], page.context["several"]) == (3, 1, False)


def test_nonsense_shows_the_first_version_and_before_the_start_there_is_none(sent, campaign, owner):
    client = client_of(owner)
    assert client.get(url("links", sent, version="9")).context["version"] == 1
    assert client.get(url("link-map", sent, version="\0")).status_code == 200
    Campaign.objects.filter(pk=sent.pk).update(dispatch=None, status="draft")
    assert client.get(url("links", sent)).status_code == 302
    assert "nothing to show" in client.get(url("link-map", sent)).content.decode()
