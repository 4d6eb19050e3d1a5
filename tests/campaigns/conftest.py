"""A workspace with everything a campaign needs."""

from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from accounts.models import User, Workspace
from campaigns.models import Campaign
from campaigns.services import create_campaign, set_versions
from channels.models import Sender
from consent.models import ConsentState, Topic
from contacts.models import Contact
from content.models import Template
from core.services import beat
from segments.models import Segment
from tests.campaigns.comparison import SETTINGS, TWO
from tests.campaigns.crowd import make_crowd
from tests.cast import make_contact

MJML = """<mjml><mj-body><mj-section><mj-column>
<mj-text>Kia ora {{ contact.first_name | default: "there" }}, the lake is warm again.</mj-text>
<mj-button href="https://kea.example/nights">See the free nights</mj-button>
<mj-text><a href="{{ unsubscribe_url }}">Unsubscribe</a>, {{ workspace.address }}</mj-text>
</mj-column></mj-section></mj-body></mjml>"""
EVERYONE = {"version": 1, "where": {"kind": "everyone"}}


def agree(contact: Contact, topic: Topic) -> None:
    """Let `contact` have agreed to `topic` by e-mail."""
    ConsentState.objects.create(
        workspace=contact.workspace,
        contact=contact,
        channel="email",
        topic=topic,
        purpose="marketing",
        state="granted",
        basis="express",
        changed_at=timezone.now(),
    )


@pytest.fixture
def topic(workspace: Workspace) -> Topic:
    """What people agreed to."""
    return Topic.objects.create(workspace=workspace, key="news", name="News")


@pytest.fixture
def segment(workspace: Workspace) -> Segment:
    """Everybody."""
    return Segment.objects.create(workspace=workspace, name="Everyone", key="everyone", rule=EVERYONE)


@pytest.fixture
def sender(workspace: Workspace) -> Sender:
    """A verified address."""
    return Sender.objects.create(
        workspace=workspace, name="Kea Cabins", email="kia@kea.example", verified_at=timezone.now()
    )


@pytest.fixture
def template(workspace: Workspace) -> Template:
    """A message without mistakes."""
    return Template.objects.create(workspace=workspace, name="Lake", subject="The lake is warm again", mjml=MJML)


@pytest.fixture
def people(workspace: Workspace, topic: Topic) -> list[Contact]:
    """Three who agreed and one who was never asked."""
    everybody = [
        make_contact(workspace, "lina@example.com", first_name="Lina"),
        make_contact(workspace, "wiremu@example.com", first_name="Wiremu"),
        make_contact(workspace, "nameless@example.com"),
        make_contact(workspace, "never@example.com", first_name="Never"),
    ]
    for contact in everybody[:3]:
        agree(contact, topic)
    return everybody


@pytest.fixture
def campaign(
    workspace: Workspace,
    owner: User,
    topic: Topic,
    segment: Segment,
    sender: Sender,
    template: Template,
    people: list[Contact],
) -> Campaign:
    """A draft that is ready to go to three of four people."""
    beat("worker")
    workspace.postal_address = "1 Lake Road, Wānaka"
    workspace.save()
    return create_campaign(
        workspace=workspace,
        actor=owner,
        name="Summer at the lake",
        topic=topic,
        segment=segment,
        sender=sender,
        template=template,
    )


@pytest.fixture
def tested(campaign: Campaign, owner: User) -> Campaign:
    """The campaign with two subjects, half of the people in the test, the crowd's groups the same in every run."""
    campaign.public_id = UUID(int=7)
    campaign.save(update_fields=["public_id"])
    return set_versions(campaign=campaign, actor=owner, versions=TWO, settings=SETTINGS)


@pytest.fixture
def crowd(workspace: Workspace, topic: Topic, people: list[Contact]) -> list[Contact]:
    """Four hundred more people."""
    return make_crowd(workspace, topic, 400)


@pytest.fixture
def wakeups(monkeypatch: Any) -> list[tuple[str, dict[str, Any]]]:
    """Names and arguments of the tasks that were woken, which stay asleep."""
    import core.queue

    woken: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(core.queue, "_publish", lambda task, kwargs, _expires: woken.append((task.name, kwargs)))
    return woken
