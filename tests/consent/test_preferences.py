"""The preference page: GET shows, POST saves what changed, nobody learns who exists."""

import uuid
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from consent import links
from consent.evidence import Choice, Proof, Source
from consent.models import ConsentRecord, ConsentSettings, State, Suppression, Topic
from consent.services import record_consent, withdraw_everything
from contacts.models import Contact
from tests.consent.conftest import ADDRESS, ledger, state_of


@pytest.fixture
def visitor() -> Client:
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def url(contact: Contact, topic: Topic, beds: Topic) -> str:
    record_consent(contact=contact, choice=Choice(State.GRANTED, topic), proof=Proof("api"))
    return links.preferences_url(contact.public_id)


def save(visitor: Client, url: str, shown: list[Topic], on: list[Topic], /, **others: Any) -> Any:
    page = links.page_key(links.read_preferences(url.rstrip("/").rpartition("/")[2]).contact)  # type: ignore[union-attr]
    named = {"shown": [t.public_id for t in shown], "topics": [t.public_id for t in on]}
    data = {"page": page, "language": "en"} | named | others
    return visitor.post(url, data, REMOTE_ADDR="203.0.113.77")


def test_page_shows_what_is_on_and_hides_the_address(visitor: Client, url: str) -> None:
    answer = visitor.get(url)
    html = answer.content.decode()
    assert answer.status_code == 200
    assert "لينا" in html
    assert "l•••@otago.example" in html
    assert ADDRESS not in html
    assert html.count(" checked") == 1
    assert not answer.cookies
    assert "no-store" in answer["Cache-Control"]


def test_looking_changes_nothing(visitor: Client, url: str, contact: Contact) -> None:
    before = ledger(contact)
    visitor.get(url)
    visitor.get(url + "?saved=1")
    visitor.head(url)
    assert ledger(contact) == before


def test_saving_writes_only_what_changed(
    visitor: Client, url: str, contact: Contact, topic: Topic, beds: Topic
) -> None:
    answer = save(visitor, url, [topic, beds], [beds])
    assert (answer.status_code, answer["Location"]) == (302, url.removeprefix("http://127.0.0.1:8000") + "?saved=1")
    assert (state_of(contact, topic), state_of(contact, beds)) == ("withdrawn", "granted")
    row = ConsentRecord.objects.filter(topic=beds).get()
    assert (row.source, row.basis, row.ip_address) == ("preference_page", "express", "203.0.113.0")
    assert "☐ Last-minute beds" in row.text.body
    save(visitor, url, [topic, beds], [beds])
    assert len(ledger(contact)) == 3


def test_a_topic_the_page_did_not_show_is_left_alone(
    visitor: Client, url: str, contact: Contact, topic: Topic, beds: Topic
) -> None:
    save(visitor, url, [beds], [])
    assert state_of(contact, topic) == "granted"


def test_hidden_topics_show_only_to_those_who_have_them(
    visitor: Client, url: str, contact: Contact, topic: Topic, beds: Topic
) -> None:
    Topic.objects.update(public=False)
    html = visitor.get(url).content.decode()
    assert topic.name in html
    assert beds.name not in html


def test_coming_back_here_ends_the_unsubscribing(visitor: Client, url: str, contact: Contact, topic: Topic) -> None:
    withdraw_everything(contact=contact, proof=Proof(Source.ONE_CLICK))
    save(visitor, url, [topic], [topic])
    assert (state_of(contact, topic), state_of(contact, None)) == ("granted", "expired")
    assert not Suppression.objects.exists()


def test_counting_is_off_until_asked_and_can_be_turned_on_and_off(visitor: Client, url: str, contact: Contact) -> None:
    save(visitor, url, [], [], tracking="on")
    assert state_of(contact, None, "tracking") == "granted"
    save(visitor, url, [], [])
    assert state_of(contact, None, "tracking") == "withdrawn"


def test_counting_without_asking_shows_as_on_and_can_be_refused(visitor: Client, url: str, contact: Contact) -> None:
    ConsentSettings.objects.create(workspace=contact.workspace, tracking_needs_consent=False)
    assert visitor.get(url).content.decode().count(" checked") == 2
    save(visitor, url, [], [])
    assert state_of(contact, None, "tracking") == "withdrawn"


def test_language_is_kept_and_used(visitor: Client, url: str, contact: Contact) -> None:
    save(visitor, url, [], [], language="ar")
    contact.refresh_from_db()
    assert contact.language == "ar"
    assert '<html lang="ar" dir="rtl"' in visitor.get(url).content.decode()


@pytest.mark.parametrize("change", [{"topics": ["x"]}, {"language": "tlh"}, {"shown": ["x"]}])
def test_a_broken_form_changes_nothing_and_says_so(
    visitor: Client, url: str, contact: Contact, change: dict[str, Any]
) -> None:
    answer = save(visitor, url, [], [], **change)
    assert (answer.status_code, "Nothing was changed." in answer.content.decode()) == (422, True)
    assert len(ledger(contact)) == 1


def test_another_workspaces_topic_is_refused(visitor: Client, url: str, contact: Contact, other_workspace: Any) -> None:
    foreign = Topic.objects.create(workspace=other_workspace, key="x", name="Foreign")
    assert save(visitor, url, [foreign], [foreign]).status_code == 422
    assert state_of(contact, foreign) is None


def test_an_unknown_link_and_an_erased_person_look_the_same(visitor: Client, url: str, contact: Contact) -> None:
    token = url.rstrip("/").rpartition("/")[2]
    forged = visitor.get(f"/p/{token[:-4]}AAAA/")
    gone = visitor.get(links.preferences_url(uuid.uuid4()))
    assert forged.status_code == gone.status_code == 404
    assert forged.content == gone.content
    assert visitor.post(links.preferences_url(uuid.uuid4())).content == gone.content


def test_a_region_of_the_language_is_kept(visitor: Client, url: str, contact: Contact) -> None:
    Contact.objects.filter(pk=contact.pk).update(language="ar-EG")
    assert 'value="ar" selected' in visitor.get(url).content.decode()
    save(visitor, url, [], [], language="ar")
    contact.refresh_from_db()
    assert contact.language == "ar-EG"


def test_one_place_cannot_fill_the_ledger_by_turning_a_switch(
    visitor: Client, url: str, contact: Contact, topic: Topic
) -> None:
    cache.set("limit:preferences:203.0.113.77", 60, 600)
    before = ledger(contact)

    assert save(visitor, url, [topic], []).status_code == 429
    assert ledger(contact) == before
    assert visitor.get(url, REMOTE_ADDR="203.0.113.77").status_code == 200
    cache.clear()
