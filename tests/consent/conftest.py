"""What the tests of consent share."""

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from accounts.models import Workspace
from consent import links
from consent.evidence import Choice, Proof
from consent.models import ConsentRecord, ConsentState, SignupPage, State, Topic
from consent.services import record_consent
from contacts.models import Contact
from tests.cast import make_contact

ADDRESS = "lina@otago.example"


@pytest.fixture(autouse=True)
def _no_limits_left_over() -> None:
    """Rate limits of one test do not reach the next."""
    cache.clear()


@pytest.fixture
def topic(workspace: Workspace) -> Topic:
    return Topic.objects.create(workspace=workspace, key="news", name="Cabin news", description="Twice a month")


@pytest.fixture
def beds(workspace: Workspace) -> Topic:
    return Topic.objects.create(workspace=workspace, key="beds", name="Last-minute beds")


@pytest.fixture
def contact(workspace: Workspace) -> Contact:
    return make_contact(workspace, ADDRESS, first_name="لينا", language="en")


@pytest.fixture
def front_page(workspace: Workspace, topic: Topic, beds: Topic) -> SignupPage:
    page = SignupPage.objects.create(
        workspace=workspace,
        name="Front page",
        title="News from the lake",
        consent_text="Kea Cabins may write to me about what I tick.",
    )
    page.topics.set([topic, beds])
    return page


@pytest.fixture
def visitor() -> Client:
    """A browser that has never been here, with forgery checks as in production."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def url(contact: Contact, topic: Topic) -> str:
    """The own page of `contact`, who agreed to `topic`."""
    record_consent(contact=contact, choice=Choice(State.GRANTED, topic), proof=Proof("api"))
    return links.preferences_url(contact.public_id)


def state_of(contact: Contact, topic: Topic | None, purpose: str = "marketing") -> str | None:
    """The state of a person's topic, or None when nothing is known."""
    row = ConsentState.objects.filter(contact=contact, topic=topic, purpose=purpose, channel="email").first()
    return row.state if row else None


def ledger(contact: Contact) -> list[tuple[Any, ...]]:
    """(topic key, state, source) of every row of a person, as written."""
    rows = ConsentRecord.objects.filter(contact=contact).select_related("topic").order_by("id")
    return [(row.topic.key if row.topic else None, row.state, row.source) for row in rows]
