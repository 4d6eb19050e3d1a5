"""Joining: the same answer for everybody, one mail, and nothing counts before the button in it."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import translation

from consent import confirmation_mail, links
from consent.evidence import Choice, Proof, Source, Visitor
from consent.models import Confirmation, ConsentRecord, ConsentState, SignupPage, State, Suppression, Topic
from consent.services import record_consent, withdraw_everything
from consent.services.signup import ConfirmationExpired, SignupAnswers, confirm_signup, request_signup
from contacts.models import Contact, Tombstone
from contacts.services import erase_contact
from core.clock import now
from events.models import Event
from tests.cast import make_contact
from tests.consent.conftest import ledger, state_of

NEW = "wiremu@otago.example"
AGENT = {"HTTP_USER_AGENT": "Firefox", "REMOTE_ADDR": "203.0.113.77"}


@pytest.fixture
def visitor() -> Client:
    """A browser that has never been here, with forgery checks as in production."""
    return Client(enforce_csrf_checks=True)


def url_of(front_page: SignupPage) -> str:
    return f"/f/{front_page.public_id}/"


def sign_up(visitor: Client, front_page: SignupPage, topic: Topic, **others: Any) -> Any:
    data = {"email": NEW, "first_name": "ويريمو", "topics": [str(topic.public_id)], **others}
    return visitor.post(url_of(front_page), data, **AGENT)


def requested() -> list[Event]:
    return list(Event.objects.filter(kind="consent.requested").order_by("id"))


def confirm(visitor: Client, confirmation: Confirmation) -> Any:
    return visitor.post(links.confirmation_url(confirmation.public_id), **AGENT)


def test_page_shows_its_words_and_empty_boxes(visitor: Client, front_page: SignupPage) -> None:
    answer = visitor.get(url_of(front_page))
    html = answer.content.decode()
    assert answer.status_code == 200
    assert front_page.title in html
    assert front_page.consent_text in html
    assert "Cabin news" in html
    assert " checked" not in html
    assert not answer.cookies


def test_unknown_page_is_not_found(visitor: Client, db: Any) -> None:
    assert visitor.get("/f/01890000-0000-7000-8000-000000000000/").status_code == 404


def test_closed_page_takes_nobody(visitor: Client, front_page: SignupPage, topic: Topic) -> None:
    front_page.is_open = False
    front_page.save()
    assert "closed" in sign_up(visitor, front_page, topic).content.decode()
    assert not Contact.objects.exists()


def test_signing_up_waits_for_the_mailbox(visitor: Client, front_page: SignupPage, topic: Topic, beds: Topic) -> None:
    answer = sign_up(visitor, front_page, topic)
    assert (answer.status_code, answer["Location"]) == (302, f"/f/{front_page.public_id}/sent/")
    contact = Contact.objects.get()
    assert (contact.email, contact.first_name, contact.language) == (NEW, "ويريمو", "en")
    assert (state_of(contact, topic), state_of(contact, beds)) == ("pending", None)
    confirmation = Confirmation.objects.get()
    assert (confirmation.topics, confirmation.tracking, confirmation.sent_count) == ([topic.pk], False, 1)
    assert [event.properties["confirmation"] for event in requested()] == [str(confirmation.public_id)]


def test_confirming_grants_what_was_ticked_with_the_words(
    visitor: Client, front_page: SignupPage, topic: Topic, beds: Topic
) -> None:
    sign_up(visitor, front_page, topic, tracking="on")
    assert confirm(visitor, Confirmation.objects.get()).status_code == 200
    contact = Contact.objects.get()
    assert (state_of(contact, topic), state_of(contact, beds)) == ("granted", None)
    assert state_of(contact, None, "tracking") == "granted"
    row = ConsentRecord.objects.get(topic=topic, state="granted")
    assert (row.source, row.source_detail, row.basis) == ("signup_page", "Front page", "express")
    assert (row.ip_address, row.user_agent) == ("203.0.113.0", "Firefox")
    assert front_page.consent_text in row.text.body
    assert "☐ Cabin news. Twice a month" in row.text.body
    assert contact.addresses.get().status == "valid"


def test_opening_the_mailed_link_changes_nothing(visitor: Client, front_page: SignupPage, topic: Topic) -> None:
    sign_up(visitor, front_page, topic)
    contact, before = Contact.objects.get(), ConsentRecord.objects.count()
    url = links.confirmation_url(Confirmation.objects.get().public_id)
    assert visitor.get(url).status_code == visitor.head(url).status_code == 200
    assert visitor.options(url).status_code == 405
    assert (state_of(contact, topic), ConsentRecord.objects.count()) == ("pending", before)


def test_an_old_mail_cannot_undo_a_later_unsubscribing(visitor: Client, front_page: SignupPage, topic: Topic) -> None:
    sign_up(visitor, front_page, topic)
    confirmation = Confirmation.objects.get()
    confirm(visitor, confirmation)
    contact = Contact.objects.get()
    withdraw_everything(contact=contact, proof=Proof(Source.ONE_CLICK))
    assert confirm(visitor, confirmation).status_code == 200
    assert (state_of(contact, topic), state_of(contact, None)) == ("withdrawn", "withdrawn")


def test_a_link_runs_out_after_seven_days(visitor: Client, front_page: SignupPage, topic: Topic) -> None:
    sign_up(visitor, front_page, topic)
    confirmation = Confirmation.objects.get()
    with time_machine.travel(now() + dt.timedelta(days=7, minutes=1)):
        assert "ran out" in visitor.get(links.confirmation_url(confirmation.public_id)).content.decode()
        assert "ran out" in confirm(visitor, confirmation).content.decode()
        with pytest.raises(ConfirmationExpired):
            confirm_signup(confirmation=confirmation, visitor=Visitor())
    assert state_of(Contact.objects.get(), topic) == "pending"


def test_a_known_and_an_unknown_address_get_the_same_answer(
    visitor: Client, front_page: SignupPage, topic: Topic, contact: Contact
) -> None:
    known = sign_up(visitor, front_page, topic, email=contact.email)
    unknown = sign_up(visitor, front_page, topic)
    assert (known.status_code, known["Location"], known.content) == (302, unknown["Location"], unknown.content)


def test_a_stranger_typing_an_address_takes_nothing_from_its_owner(
    visitor: Client, front_page: SignupPage, topic: Topic, beds: Topic, contact: Contact
) -> None:
    record_consent(contact=contact, choice=Choice(State.GRANTED, topic), proof=Proof("api"))
    record_consent(contact=contact, choice=Choice(State.WITHDRAWN, beds), proof=Proof("api"))
    sign_up(visitor, front_page, topic, email=contact.email.upper(), topics=[topic.public_id, beds.public_id])
    contact.refresh_from_db()
    assert contact.first_name == "لينا"
    assert (state_of(contact, topic), state_of(contact, beds)) == ("granted", "withdrawn")
    assert len(ledger(contact)) == 2


def test_coming_back_after_unsubscribing_lifts_it(
    visitor: Client, front_page: SignupPage, topic: Topic, contact: Contact
) -> None:
    withdraw_everything(contact=contact, proof=Proof(Source.ONE_CLICK))
    sign_up(visitor, front_page, topic, email=contact.email)
    assert Suppression.objects.get().reason == "unsubscribe"
    confirm(visitor, Confirmation.objects.get())
    assert not Suppression.objects.exists()
    assert (state_of(contact, topic), state_of(contact, None)) == ("granted", "expired")


def test_only_the_mailbox_brings_an_erased_person_back(
    visitor: Client, front_page: SignupPage, topic: Topic, contact: Contact
) -> None:
    erase_contact(contact=contact)
    sign_up(visitor, front_page, topic, email=contact.email)
    assert len(requested()) == 1
    assert Tombstone.objects.count() == 1
    confirm(visitor, Confirmation.objects.get())
    assert not Tombstone.objects.exists()
    assert state_of(Contact.objects.get(), topic) == "granted"


def test_a_second_mail_comes_only_when_asked_later_and_no_third(front_page: SignupPage, topic: Topic) -> None:
    answers = SignupAnswers(email=NEW, topics=[topic])
    start = now()
    for minutes, mails in [(0, 1), (1, 1), (3, 2), (10, 2)]:
        with time_machine.travel(start + dt.timedelta(minutes=minutes)):
            request_signup(page=front_page, answers=answers)
        assert len(requested()) == mails
    assert Confirmation.objects.get().sent_count == 2


def test_an_address_is_asked_at_most_four_times_a_day(front_page: SignupPage, topic: Topic) -> None:
    answers = SignupAnswers(email=NEW, topics=[topic])
    assert [request_signup(page=front_page, answers=answers) is None for _time in range(5)] == [False] * 4 + [True]


def test_a_visitor_who_sends_too_often_is_slowed(visitor: Client, front_page: SignupPage, topic: Topic) -> None:
    codes = {
        visitor.post(url_of(front_page), {"email": "x"}, REMOTE_ADDR="198.51.100.9").status_code for _time in range(30)
    }
    answer = visitor.post(url_of(front_page), {"email": "x"}, REMOTE_ADDR="198.51.100.9")
    assert (codes, answer.status_code, answer["Retry-After"]) == ({422}, 429, "3600")


def test_a_program_that_fills_everything_in_is_thanked_and_forgotten(
    visitor: Client, front_page: SignupPage, topic: Topic
) -> None:
    answer = sign_up(visitor, front_page, topic, website="https://spam.example")
    assert (answer.status_code, Contact.objects.count(), len(requested())) == (302, 0, 0)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"email": ""}, "We need an address to write to."),
        ({"email": "wiremu"}, "The @ is missing."),
        ({"email": "a\x00b@c.example"}, "Null characters are not allowed."),
        ({"topics": []}, "Choose at least one"),
        ({"topics": ["nonsense"]}, "no longer offered"),
        ({"topics": ["01890000-0000-7000-8000-000000000000"]}, "no longer offered"),
        ({"first_name": "x" * 121}, "at most 120"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(
    visitor: Client, front_page: SignupPage, topic: Topic, data: dict[str, Any], sentence: str
) -> None:
    answer = sign_up(visitor, front_page, topic, **data)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in html
    if "first_name" not in data:
        assert "ويريمو" in html
    assert not Contact.objects.exists()


def test_a_page_offers_only_its_own_topics(visitor: Client, front_page: SignupPage, topic: Topic) -> None:
    other = Topic.objects.create(workspace=front_page.workspace, key="secret", name="Secret")
    assert sign_up(visitor, front_page, other).status_code == 422


@pytest.mark.parametrize("token", ["nonsense", "AAAA", "é"])
def test_a_forged_confirmation_leads_nowhere(visitor: Client, db: Any, token: str) -> None:
    for answer in (visitor.get(f"/confirm/{token}/"), visitor.post(f"/confirm/{token}/")):
        assert (answer.status_code, "leads nowhere" in answer.content.decode()) == (404, True)


def test_the_mail_asks_in_the_persons_language_and_carries_nothing_else(front_page: SignupPage, topic: Topic) -> None:
    front_page.workspace.language = "ar"
    front_page.workspace.save()
    contact = make_contact(front_page.workspace, NEW, first_name="ويريمو", language="ar")
    confirmation = Confirmation.objects.create(
        workspace=front_page.workspace,
        contact=contact,
        page=front_page,
        topics=[topic.pk],
        expires_at=now(),
        language="ar",
    )
    with translation.override("en"):
        mail = confirmation_mail.build(confirmation)
    assert mail.to_email == NEW
    assert mail.url in mail.html
    assert mail.url in mail.text
    assert 'dir="rtl"' in mail.html
    assert "<img" not in mail.html
    assert mail.html.count("href=") == 1
    assert "Cabin news" in mail.text
    assert "\n" not in mail.subject


def test_a_name_in_the_mail_cannot_be_markup(front_page: SignupPage, topic: Topic) -> None:
    contact = make_contact(front_page.workspace, NEW, first_name="<b>O'Brien</b>")
    confirmation = Confirmation.objects.create(
        workspace=front_page.workspace, contact=contact, page=front_page, topics=[topic.pk], expires_at=now()
    )
    mail = confirmation_mail.build(confirmation)
    assert "<b>O" not in mail.html
    assert "Hello <b>O'Brien</b>," in mail.text


def test_states_follow_the_newest_signup_of_somebody_whose_consent_ran_out(
    front_page: SignupPage, topic: Topic, contact: Contact
) -> None:
    past = now() - dt.timedelta(days=900)
    proof = Proof("api", "implied_purchase", at=past)
    record_consent(contact=contact, choice=Choice(State.GRANTED, topic), proof=proof)
    request_signup(page=front_page, answers=SignupAnswers(email=contact.email, topics=[topic]))
    assert ConsentState.objects.get(contact=contact, topic=topic).state == "pending"
