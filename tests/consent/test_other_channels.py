"""What people agreed to on other channels than e-mail stands on their own page, and ends there as easily."""

import re
from typing import Any

from django.test import Client

from consent import links
from consent.evidence import Choice, Proof
from consent.models import ConsentRecord, ConsentState, Purpose, State, Topic
from consent.services import record_consent, withdraw_everything
from contacts.models import Contact


def agree(contact: Contact, topic: Topic | None, state: State = State.GRANTED, channel: str = "sms") -> None:
    record_consent(contact=contact, choice=Choice(state, topic, channel=channel), proof=Proof("api"))


def key(topic: Topic | None, channel: str = "sms") -> str:
    return f"{channel}:{topic.public_id if topic else ''}"


def save(visitor: Client, url: str, contact: Contact, **others: Any) -> int:
    data = {"page": links.page_key(contact.public_id), "language": "en"} | others
    return visitor.post(url, data).status_code


def word(contact: Contact, topic: Topic | None, channel: str = "sms") -> str | None:
    row = ConsentState.objects.filter(contact=contact, topic=topic, channel=channel, purpose=Purpose.MARKETING).first()
    return row.state if row else None


def read(visitor: Client, url: str) -> str:
    return re.sub(r"[\u2068\u2069]", "", visitor.get(url).content.decode())


def test_page_is_silent_about_channels_nobody_asked_for(visitor: Client, url: str) -> None:
    assert "Other ways to reach you" not in read(visitor, url)


def test_agreement_by_text_message_is_shown_and_promised(
    visitor: Client, url: str, contact: Contact, topic: Topic
) -> None:
    agree(contact, topic)
    html = read(visitor, url)
    assert f'name="others" value="{key(topic)}"' in html
    assert "Text message: you get messages about Cabin news." in html
    assert "<dt>By</dt><dd>Text message</dd>" in read(visitor, f"{url}why/")


def test_switch_ends_it_and_brings_it_back_with_its_words(
    visitor: Client, url: str, contact: Contact, topic: Topic
) -> None:
    agree(contact, topic)
    assert save(visitor, url, contact, others_shown=key(topic)) == 302
    assert (word(contact, topic), word(contact, topic, "email")) == ("withdrawn", "granted")
    assert save(visitor, url, contact, others_shown=key(topic), others=key(topic)) == 302
    assert word(contact, topic) == "granted"
    row = ConsentRecord.objects.filter(contact=contact, channel="sms").latest("id")
    assert (row.source, row.basis) == ("preference_page", "express")
    assert "☐ Cabin news (Text message)" in row.text.body


def test_saving_unchanged_writes_nothing(visitor: Client, url: str, contact: Contact, topic: Topic) -> None:
    agree(contact, topic)
    before = ConsentRecord.objects.count()
    save(visitor, url, contact, others_shown=key(topic), others=key(topic))
    assert ConsentRecord.objects.count() == before


def test_page_that_did_not_show_a_channel_leaves_it_alone(
    visitor: Client, url: str, contact: Contact, topic: Topic
) -> None:
    agree(contact, topic)
    assert save(visitor, url, contact) == 302
    assert word(contact, topic) == "granted"


def test_what_was_never_agreed_to_cannot_be_made_up(
    visitor: Client, url: str, contact: Contact, topic: Topic, beds: Topic
) -> None:
    agree(contact, topic)
    for made_up in (key(beds), "sms:", "carrier_pigeon:", "sms:nonsense", "\x00"):
        assert save(visitor, url, contact, others_shown=[key(topic), made_up], others=[made_up]) == 422
    assert (word(contact, topic), word(contact, beds)) == ("granted", None)


def test_yes_to_everything_is_one_switch(visitor: Client, url: str, contact: Contact) -> None:
    agree(contact, None)
    assert "Text message: you get messages about Everything." in read(visitor, url)
    assert save(visitor, url, contact, others_shown=key(None)) == 302
    assert word(contact, None) == "withdrawn"


def test_coming_back_after_nothing_more(visitor: Client, url: str, contact: Contact, topic: Topic) -> None:
    agree(contact, topic)
    withdraw_everything(contact=contact, proof=Proof("api"), channel="sms")
    html = read(visitor, url)
    assert f'value="{key(topic)}" id="o1" aria-describedby="o1d">' in html
    assert save(visitor, url, contact, others_shown=key(topic), others=key(topic)) == 302
    assert (word(contact, topic), word(contact, None)) == ("granted", "expired")


def test_other_purposes_are_not_messages(visitor: Client, url: str, contact: Contact) -> None:
    record_consent(
        contact=contact, choice=Choice(State.GRANTED, None, Purpose.TRACKING, channel="sms"), proof=Proof("api")
    )
    assert "Other ways to reach you" not in read(visitor, url)
