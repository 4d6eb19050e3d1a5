"""What holds when two contacts with different answers become one."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Workspace
from consent import links
from consent.evidence import Choice, Proof, Source
from consent.merge_hook import STRICTEST_FIRST, Word, strictest
from consent.models import ConsentRecord, ConsentState, ContactPreference, Purpose, State, Suppression, Topic
from consent.services import record_consent, suppress_address, withdraw_everything
from contacts.models import Contact
from contacts.services.merging import merge_contacts
from contacts.services.unmerging import undo_batch
from core.clock import now
from tests.cast import make_contact
from tests.consent.conftest import ledger, state_of

NEVER = dt.datetime(9999, 1, 1, tzinfo=dt.UTC)
WORDS = st.builds(
    Word,
    st.sampled_from([str(state) for state in STRICTEST_FIRST]),
    st.just(""),
    st.none()
    | st.datetimes(min_value=dt.datetime(2020, 1, 1), max_value=dt.datetime(2030, 1, 1), timezones=st.just(dt.UTC)),
)
ANSWERS = st.none() | WORDS


@pytest.fixture
def other(workspace: Workspace) -> Contact:
    return make_contact(workspace, "lina@tui.example")


def say(contact: Contact, state: State, topic: Topic | None, **proof: Any) -> ConsentRecord:
    return record_consent(contact=contact, choice=Choice(state, topic), proof=Proof(Source.API, **proof))


def merge(kept: Contact, merged: Contact) -> Any:
    return merge_contacts(workspace=kept.workspace, keep=kept.public_id, merge=[merged.public_id])


@given(ANSWERS, ANSWERS)
def test_order_does_not_matter(one: Word | None, other: Word | None) -> None:
    assert strictest(one, other) == strictest(other, one)


@given(ANSWERS, ANSWERS, ANSWERS)
def test_many_come_to_the_same_in_any_order(one: Word | None, two: Word | None, three: Word | None) -> None:
    assert strictest(strictest(one, two), three) == strictest(one, strictest(two, three))


@given(ANSWERS, ANSWERS)
def test_agreement_needs_that_nobody_said_otherwise(one: Word | None, other: Word | None) -> None:
    said = [word for word in (one, other) if word]
    result = strictest(one, other)

    is_agreed = bool(said) and all(word.state == State.GRANTED for word in said)
    assert (result is not None and result.state == State.GRANTED) == is_agreed
    if is_agreed and result is not None:
        assert (result.expires_at or NEVER) == min(word.expires_at or NEVER for word in said)


@given(ANSWERS, ANSWERS)
def test_refusal_beats_everything(one: Word | None, other: Word | None) -> None:
    refused = {State.WITHDRAWN, State.DENIED}
    result = strictest(one, other)

    is_refused = any(word and word.state in refused for word in (one, other))
    assert (result is not None and result.state in refused) == is_refused


@pytest.mark.django_db
def test_withdrawal_of_the_merged_holds_for_the_kept(contact: Contact, other: Contact, topic: Topic) -> None:
    say(contact, State.GRANTED, topic)
    say(other, State.GRANTED, topic)
    say(other, State.WITHDRAWN, topic)

    merge(contact, other)

    assert state_of(contact, topic) == "withdrawn"
    assert ledger(contact) == [("news", "granted", "api"), ("news", "withdrawn", "merge")]


@pytest.mark.django_db
def test_agreement_of_one_whose_other_never_answered_is_taken_over(
    contact: Contact, other: Contact, topic: Topic
) -> None:
    ends = now() + dt.timedelta(days=100)
    say(other, State.GRANTED, topic, basis="implied_inquiry", expires_at=ends)

    merge(contact, other)

    row = ConsentState.objects.get()
    assert (row.contact_id, row.state, row.basis, row.expires_at) == (contact.pk, "granted", "implied_inquiry", ends)


@pytest.mark.django_db
def test_what_is_the_same_already_needs_no_line(contact: Contact, other: Contact, topic: Topic) -> None:
    say(contact, State.GRANTED, topic)
    say(other, State.GRANTED, topic)

    merge(contact, other)

    assert ledger(contact) == [("news", "granted", "api")]
    assert ledger(other) == [("news", "granted", "api")]


@pytest.mark.django_db
def test_lines_of_the_merged_are_read_with_those_of_the_kept(contact: Contact, other: Contact, topic: Topic) -> None:
    say(other, State.GRANTED, topic)

    merge(contact, other)

    rows = ConsentRecord.objects.of_person(contact).order_by("id")
    assert [(row.contact_id, row.source) for row in rows] == [(other.pk, "api"), (contact.pk, "merge")]


@pytest.mark.django_db
def test_leaving_everything_reaches_every_address(contact: Contact, other: Contact, topic: Topic) -> None:
    say(contact, State.GRANTED, topic)
    withdraw_everything(contact=other, proof=Proof(Source.UNSUBSCRIBE))

    merge(contact, other)

    assert state_of(contact, None) == "withdrawn"
    assert set(Suppression.objects.values_list("address", "reason")) == {
        ("lina@otago.example", "unsubscribe"),
        ("lina@tui.example", "unsubscribe"),
    }


@pytest.mark.django_db
def test_address_that_does_not_work_says_nothing_about_another(contact: Contact, other: Contact) -> None:
    suppress_address(workspace=contact.workspace, addresses=["lina@tui.example"], reason="hard_bounce")

    merge(contact, other)

    assert Suppression.objects.values_list("address", flat=True).get() == "lina@tui.example"


@pytest.mark.django_db
def test_longer_break_holds(contact: Contact, other: Contact, workspace: Workspace) -> None:
    later = now() + dt.timedelta(days=30)
    ContactPreference.objects.create(workspace=workspace, contact=contact, days_between=2)
    ContactPreference.objects.create(workspace=workspace, contact=other, days_between=7, paused_until=later)

    batch = merge(contact, other).batch

    row = ContactPreference.objects.get()
    assert (row.contact_id, row.days_between, row.paused_until) == (contact.pk, 7, later)
    undo_batch(batch=batch)
    assert set(ContactPreference.objects.values_list("contact", "days_between", "paused_until")) == {
        (contact.pk, 2, None),
        (other.pk, 7, later),
    }


@pytest.mark.django_db
def test_undo_gives_each_their_words_back(contact: Contact, other: Contact, topic: Topic, beds: Topic) -> None:
    say(contact, State.GRANTED, topic)
    say(other, State.WITHDRAWN, topic)
    say(other, State.GRANTED, beds)
    batch = merge(contact, other).batch

    undo_batch(batch=batch)

    assert (state_of(contact, topic), state_of(other, topic)) == ("granted", "withdrawn")
    # The ledger cannot unsay what the merge brought, so it has ended.
    assert (state_of(contact, beds), state_of(other, beds)) == ("expired", "granted")
    assert [line[2] for line in ledger(contact)] == ["api", "merge", "merge", "unmerge", "unmerge"]


@pytest.mark.django_db
def test_refusal_since_the_merge_holds_for_both(contact: Contact, other: Contact, topic: Topic) -> None:
    say(contact, State.GRANTED, topic)
    say(other, State.GRANTED, topic)
    batch = merge(contact, other).batch
    withdraw_everything(contact=contact, proof=Proof(Source.UNSUBSCRIBE))

    undo_batch(batch=batch)

    for person in (contact, other):
        assert (state_of(person, topic), state_of(person, None)) == ("withdrawn", "withdrawn")
    assert Suppression.objects.count() == 2


@pytest.mark.django_db
def test_undo_lifts_only_what_the_merge_suppressed(contact: Contact, other: Contact) -> None:
    suppress_address(workspace=contact.workspace, addresses=["lina@tui.example"], reason="complaint")
    batch = merge(contact, other).batch
    assert Suppression.objects.filter(reason="complaint").count() == 2

    undo_batch(batch=batch)

    assert Suppression.objects.values_list("address", flat=True).get() == "lina@tui.example"


@pytest.mark.django_db
@pytest.mark.parametrize("one_click", [True, False])
def test_old_mail_unsubscribes_the_kept_one(contact: Contact, other: Contact, topic: Topic, one_click: bool) -> None:
    say(contact, State.GRANTED, topic)
    say(other, State.GRANTED, topic)
    address = links.unsubscribe_url(other.public_id, topic.public_id)
    merge(contact, other)

    answer = Client().post(address, {"List-Unsubscribe": "One-Click"} if one_click else {})

    assert answer.status_code == 200
    assert state_of(contact, topic) == "withdrawn"


@pytest.mark.django_db
def test_old_preference_link_shows_the_kept_one(contact: Contact, other: Contact, topic: Topic) -> None:
    say(contact, State.GRANTED, topic)
    address = links.preferences_url(other.public_id)
    merge(contact, other)

    answer = Client().get(address)

    assert answer.status_code == 200
    assert answer.context["choices"][0].is_on


@pytest.mark.django_db
def test_other_purposes_and_channels_are_compared_by_themselves(contact: Contact, other: Contact) -> None:
    record_consent(contact=contact, choice=Choice(State.GRANTED, None, Purpose.TRACKING), proof=Proof(Source.API))
    record_consent(
        contact=other, choice=Choice(State.WITHDRAWN, None, Purpose.TRACKING, "sms"), proof=Proof(Source.API)
    )

    merge(contact, other)

    assert set(ConsentState.objects.filter(contact=contact).values_list("channel", "purpose", "state")) == {
        ("email", "tracking", "granted"),
        ("sms", "tracking", "withdrawn"),
    }
