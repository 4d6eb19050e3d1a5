"""Asking again before implied consent runs out."""

import datetime as dt

import pytest
from django.test import Client

from consent import links
from consent.evidence import Choice, Proof, Source
from consent.models import ConsentRecord, ConsentState, State, Topic
from consent.profiles import add_months
from consent.services import record_consent, withdraw_everything, withdraw_topic
from consent.services.expiry import expire_consents
from contacts.models import Contact
from core.clock import now
from tests.consent.conftest import ledger, state_of

BOUGHT = Proof("api", "implied_purchase", at=now() - dt.timedelta(days=700))


@pytest.fixture
def page(contact: Contact, topic: Topic, beds: Topic) -> str:
    """The page of somebody who bought two years ago, and agreed to something else by themselves."""
    record_consent(contact=contact, choice=Choice(State.GRANTED, topic), proof=BOUGHT)
    record_consent(contact=contact, choice=Choice(State.GRANTED, beds), proof=Proof(Source.PREFERENCES))
    return links.renewal_url(contact.public_id)


def test_the_page_shows_what_would_end_and_changes_nothing(client: Client, page: str, contact: Contact) -> None:
    before = ledger(contact)
    for answer in (client.get(page), client.head(page)):
        assert answer.status_code == 200
        assert answer["X-Robots-Tag"] == "noindex, nofollow"
    text = client.get(page).content.decode()
    assert "Cabin news" in text
    assert "Last-minute beds" not in text
    assert ledger(contact) == before


def test_the_button_makes_it_express(client: Client, page: str, contact: Contact, topic: Topic) -> None:
    for _time in range(2):
        answer = client.post(page, {"topic": str(topic.public_id)}, headers={"User-Agent": "Firefox"})
        assert answer.status_code == 200
    row = ConsentRecord.objects.filter(topic=topic).latest("id")
    assert (row.state, row.basis, row.source, row.expires_at) == ("granted", "express", "renewal_page", None)
    assert row.user_agent == "Firefox"
    assert "Kea Cabins may go on writing to me by e-mail" in row.text.body
    assert len(ledger(contact)) == 3
    assert ConsentState.objects.get(topic=topic).expires_at is None


def test_what_ran_out_already_can_come_back(client: Client, contact: Contact, topic: Topic) -> None:
    record_consent(
        contact=contact,
        choice=Choice(State.GRANTED, topic),
        proof=Proof("api", "implied_inquiry", at=add_months(now(), -8)),
    )
    expire_consents()
    client.post(links.renewal_url(contact.public_id), {"topic": str(topic.public_id)})
    assert state_of(contact, topic) == "granted"


@pytest.mark.parametrize("sent", [{}, {"topic": "nonsense"}, {"topic": ["\x00", "beds"]}])
def test_what_was_not_shown_is_not_agreed_to(
    client: Client, page: str, contact: Contact, sent: dict[str, object]
) -> None:
    before = ledger(contact)
    answer = client.post(page, sent)
    assert answer.status_code == 200
    assert "Nothing to do" in answer.content.decode()
    assert ledger(contact) == before


def test_nobody_who_left_is_asked_again(client: Client, page: str, contact: Contact, topic: Topic) -> None:
    withdraw_topic(contact=contact, topic=topic, proof=Proof(Source.UNSUBSCRIBE))
    assert "Nothing ends by itself" in client.get(page).content.decode()
    client.post(page, {"topic": str(topic.public_id)})
    assert state_of(contact, topic) == "withdrawn"


def test_leaving_everything_asks_about_nothing(client: Client, page: str, contact: Contact) -> None:
    withdraw_everything(contact=contact, proof=Proof(Source.ONE_CLICK))
    assert "Nothing ends by itself" in client.get(page).content.decode()


def test_a_link_nobody_made_is_like_one_of_somebody_gone(client: Client, page: str, contact: Contact) -> None:
    unknown = client.get("/p/nonsense/stay/")
    contact.delete()
    gone = client.get(page)
    assert (unknown.status_code, gone.status_code) == (404, 404)
    assert unknown.content == gone.content
    assert client.post(page, {}).status_code == 404


def test_the_page_speaks_the_persons_language(client: Client, page: str, contact: Contact) -> None:
    Contact.objects.filter(pk=contact.pk).update(language="ar")
    assert 'dir="rtl"' in client.get(page).content.decode()
