"""Leaving: one press for people, one POST for mail programs, nothing for scanners."""

import datetime as dt
import uuid
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from consent import links
from consent.evidence import Choice, Proof
from consent.models import ConsentRecord, State, Suppression, Topic
from consent.services import record_consent
from contacts.models import Contact
from core.clock import now
from events.models import Event
from tests.cast import client_of
from tests.consent.conftest import ledger, state_of

MESSAGE = uuid.UUID("0190a0a0-0000-7000-8000-000000000001")
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def visitor() -> Client:
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def reader(contact: Contact, topic: Topic, beds: Topic) -> Contact:
    """Somebody who gets both topics."""
    for each in (topic, beds):
        record_consent(contact=contact, choice=Choice(State.GRANTED, each), proof=Proof("api"))
    return contact


@pytest.fixture
def url(reader: Contact, topic: Topic) -> str:
    return links.unsubscribe_url(reader.public_id, topic.public_id, MESSAGE)


@pytest.fixture
def url_of_all(reader: Contact) -> str:
    return links.unsubscribe_url(reader.public_id, None, MESSAGE)


def withdrawals() -> list[dict[str, Any]]:
    return [event.properties for event in Event.objects.filter(kind="consent.withdrawn").order_by("id")]


@pytest.mark.parametrize("method", ["get", "head", "options", "put", "delete"])
def test_nothing_but_a_post_changes_anything(visitor: Client, url: str, reader: Contact, method: str) -> None:
    before = ledger(reader)
    answer = getattr(visitor, method)(url)
    assert answer.status_code == (200 if method in {"get", "head"} else 405)
    assert ledger(reader) == before
    assert not Suppression.objects.exists()


@pytest.mark.parametrize("is_multipart", [True, False])
def test_one_click_ends_the_topic_without_cookie_or_redirect(
    visitor: Client, url: str, reader: Contact, topic: Topic, beds: Topic, is_multipart: bool
) -> None:
    if is_multipart:
        answer = visitor.post(url, ONE_CLICK)
    else:
        answer = visitor.post(url, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")
    assert (answer.status_code, answer.content, dict(answer.cookies)) == (200, b"OK\n", {})
    assert (state_of(reader, topic), state_of(reader, beds)) == ("withdrawn", "granted")
    assert ledger(reader)[-1] == ("news", "withdrawn", "one_click")
    assert withdrawals() == [
        {
            "channel": "email",
            "purpose": "marketing",
            "source": "one_click",
            "topic": "news",
            "topic_name": "Cabin news",
            "message": str(MESSAGE),
        }
    ]


def test_one_click_again_writes_nothing_more(visitor: Client, url: str, reader: Contact) -> None:
    visitor.post(url, ONE_CLICK)
    before = ledger(reader)
    assert visitor.post(url, ONE_CLICK).status_code == 200
    assert ledger(reader) == before


def test_one_click_of_everything_ends_everything_and_suppresses(
    visitor: Client, url_of_all: str, reader: Contact, topic: Topic, beds: Topic
) -> None:
    visitor.post(url_of_all, ONE_CLICK)
    assert [state_of(reader, each) for each in (None, topic, beds)] == ["withdrawn"] * 3
    assert Suppression.objects.get().reason == "unsubscribe"
    assert [properties.get("message") for properties in withdrawals()] == [str(MESSAGE), None, None]
    assert visitor.post(url_of_all, ONE_CLICK).status_code == 200
    assert len(ledger(reader)) == 5


def test_one_click_after_the_topic_is_gone_ends_everything(visitor: Client, reader: Contact, topic: Topic) -> None:
    url = links.unsubscribe_url(reader.public_id, uuid.uuid4(), MESSAGE)
    visitor.post(url, ONE_CLICK)
    assert (state_of(reader, topic), state_of(reader, None)) == ("withdrawn", "withdrawn")


def test_one_click_of_somebody_erased_is_answered_alike(visitor: Client, db: Any) -> None:
    for token_url in (links.unsubscribe_url(uuid.uuid4()), "/u/forged/"):
        answer = visitor.post(token_url, ONE_CLICK)
        assert (answer.status_code, answer.content) == (200, b"OK\n")


def test_a_forged_link_and_an_erased_person_look_the_same(visitor: Client, db: Any) -> None:
    forged, gone = visitor.get("/u/forged/"), visitor.get(links.unsubscribe_url(uuid.uuid4()))
    assert forged.status_code == gone.status_code == 404
    assert forged.content == gone.content


def test_the_link_works_after_years(visitor: Client, url: str, reader: Contact, topic: Topic) -> None:
    with time_machine.travel(now() + dt.timedelta(days=800)):
        assert visitor.post(url, ONE_CLICK).status_code == 200
    assert state_of(reader, topic) == "withdrawn"


def test_the_page_asks_about_the_topic_and_offers_less(visitor: Client, url: str) -> None:
    html = visitor.get(url).content.decode()
    assert "Cabin news" in html
    assert "Last-minute beds" in html
    assert "l•••@otago.example" in html
    assert "/p/" in html


def test_pressing_the_button_ends_the_topic(
    visitor: Client, url: str, reader: Contact, topic: Topic, beds: Topic
) -> None:
    answer = visitor.post(url, {"scope": "topic"})
    assert answer.status_code == 200
    assert "You will get no more “<bdi>Cabin news</bdi>”" in answer.content.decode()
    assert (state_of(reader, topic), state_of(reader, beds)) == ("withdrawn", "granted")


def test_pressing_everything_ends_everything(visitor: Client, url: str, reader: Contact, beds: Topic) -> None:
    answer = visitor.post(url, {"scope": "everything"})
    assert "no more news from us" in answer.content.decode()
    assert (state_of(reader, beds), state_of(reader, None)) == ("withdrawn", "withdrawn")


def test_undo_brings_back_what_was_agreed_and_only_that(
    visitor: Client, url: str, reader: Contact, topic: Topic, beds: Topic
) -> None:
    third = Topic.objects.create(workspace=reader.workspace, key="quiz", name="Quizzes")
    record_consent(contact=reader, choice=Choice(State.PENDING, third), proof=Proof("signup_page"))
    undo = visitor.post(url, {"scope": "everything"}).context["undo"]
    answer = visitor.post(url, {"undo": undo})
    assert answer.status_code == 200
    assert [state_of(reader, each) for each in (topic, beds, third, None)] == [
        "granted",
        "granted",
        "withdrawn",
        "expired",
    ]
    assert not Suppression.objects.exists()
    assert ConsentRecord.objects.filter(topic=topic).latest("id").source == "undo"


def test_undo_keeps_a_newer_choice(visitor: Client, url: str, reader: Contact, topic: Topic) -> None:
    undo = visitor.post(url, {"scope": "topic"}).context["undo"]
    record_consent(contact=reader, choice=Choice(State.DENIED, topic), proof=Proof("api"))
    visitor.post(url, {"undo": undo})
    assert state_of(reader, topic) == "denied"


def test_undo_is_over_after_a_day(visitor: Client, url: str, reader: Contact, topic: Topic) -> None:
    undo = visitor.post(url, {"scope": "topic"}).context["undo"]
    with time_machine.travel(now() + dt.timedelta(days=1, minutes=1)):
        assert "could not be taken back" in visitor.post(url, {"undo": undo}).content.decode()
    assert state_of(reader, topic) == "withdrawn"


def test_undo_of_somebody_else_does_nothing(visitor: Client, url: str, reader: Contact, topic: Topic) -> None:
    visitor.post(url, {"scope": "topic"})
    visitor.post(url, {"undo": links.undo_token(uuid.uuid4(), now())})
    visitor.post(url, {"undo": "nonsense"})
    assert state_of(reader, topic) == "withdrawn"


def test_the_page_speaks_the_persons_language(visitor: Client, url: str, reader: Contact) -> None:
    Contact.objects.filter(pk=reader.pk).update(language="ar-EG")
    assert '<html lang="ar" dir="rtl"' in visitor.get(url, headers={"Accept-Language": "ru"}).content.decode()
    Contact.objects.filter(pk=reader.pk).update(language="")
    assert '<html lang="ru" dir="ltr"' in visitor.get(url, headers={"Accept-Language": "ru"}).content.decode()


def test_saying_why_is_noted_and_the_way_back_stays_open(
    visitor: Client, url: str, reader: Contact, topic: Topic
) -> None:
    undo = visitor.post(url, {"scope": "topic"}).context["undo"]
    answer = visitor.post(url, {"why": ["", "too_many"], "undo_later": undo, "left": "topic"})
    assert (answer.status_code, answer.context["undo"], answer.context["left"]) == (200, undo, topic)
    event = Event.objects.get(kind="consent.reason_given")
    assert event.properties == {"reason": "too_many", "message": str(MESSAGE)}
    assert ledger(reader)[-1] == ("news", "withdrawn", "unsubscribe_page")


@pytest.mark.parametrize("why", ["", "nonsense", "<script>"])
def test_no_reason_is_an_answer_too(visitor: Client, url: str, why: str) -> None:
    assert visitor.post(url, {"why": why, "undo_later": "forged"}).status_code == 200
    assert not Event.objects.filter(kind="consent.reason_given").exists()


def test_reasons_cannot_be_heaped_up(visitor: Client, url: str) -> None:
    for _time in range(6):
        visitor.post(url, {"why": "other"})
    assert Event.objects.filter(kind="consent.reason_given").count() == 3


def test_the_workspace_sees_why_people_left(visitor: Client, url: str, viewer: User) -> None:
    visitor.post(url, {"why": "never_signed_up"})
    shown = dict(client_of(viewer).get("/w/kea-cabins/consent/").context["why_left"])
    assert [count for count in shown.values() if count] == [1]
