"""Implied consent that ran out: a line, a state and an event, once."""

import datetime as dt

import pytest

from accounts.models import Workspace
from consent.evidence import Choice, Proof, Source
from consent.models import ConsentRecord, ConsentState, State, Topic
from consent.profiles import add_months
from consent.services import expiry, record_consent, withdraw_topic
from consent.services.expiry import expire_consents
from consent.services.ledger import rebuild_states
from contacts.models import Contact
from core.clock import now
from events.models import Event
from tests.cast import make_contact
from tests.consent.conftest import ledger, state_of
from tests.consent.test_chain import is_whole, lines_of

ASKED = Proof("api", "implied_inquiry", at=add_months(now(), -7))


def expired_events() -> list[tuple[int | None, dict[str, str]]]:
    rows = Event.objects.filter(kind="consent.expired").order_by("id")
    return [(row.contact_id, row.properties) for row in rows]


def test_what_ran_out_is_written_down_once(contact: Contact, topic: Topic) -> None:
    record_consent(contact=contact, choice=Choice(State.GRANTED, topic), proof=ASKED)
    until = ConsentState.objects.get().expires_at
    assert expire_consents() == 1
    assert expire_consents() == 0
    assert ledger(contact) == [("news", "granted", "api"), ("news", "expired", "expiry")]
    row = ConsentRecord.objects.get(state="expired")
    assert (row.at, row.source_detail, row.expires_at) == (until, "implied_inquiry", None)
    state = ConsentState.objects.get()
    assert (state.state, state.changed_at, state.expires_at) == ("expired", until, None)
    properties = {"channel": "email", "purpose": "marketing", "basis": "implied_inquiry", "topic": "news"}
    assert expired_events() == [(contact.pk, properties | {"topic_name": "Cabin news"})]
    assert is_whole(lines_of(contact))


@pytest.mark.parametrize("proof", [Proof("api", "express"), Proof("api", "implied_inquiry")])
def test_what_holds_goes_on(contact: Contact, topic: Topic, proof: Proof) -> None:
    record_consent(contact=contact, choice=Choice(State.GRANTED, topic), proof=proof)
    assert expire_consents() == 0
    assert state_of(contact, topic) == "granted"


def test_who_left_before_is_not_told_again(contact: Contact, topic: Topic) -> None:
    record_consent(contact=contact, choice=Choice(State.GRANTED, topic), proof=ASKED)
    withdraw_topic(contact=contact, topic=topic, proof=Proof(Source.UNSUBSCRIBE))
    assert expire_consents() == 0
    assert state_of(contact, topic) == "withdrawn"


def test_agreeing_again_after_it_ran_out_holds(contact: Contact, topic: Topic) -> None:
    record_consent(contact=contact, choice=Choice(State.GRANTED, topic), proof=ASKED)
    expire_consents()
    record_consent(contact=contact, choice=Choice(State.GRANTED, topic), proof=Proof(Source.PREFERENCES))
    assert expire_consents() == 0
    assert state_of(contact, topic) == "granted"
    assert ConsentState.objects.get().expires_at is None


def test_many_people_are_done_in_batches(
    workspace: Workspace, topic: Topic, beds: Topic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expiry, "PEOPLE_A_BATCH", 2)
    people = [make_contact(workspace, f"{number}@x.example") for number in range(3)]
    for person in people:
        for about in (topic, beds):
            record_consent(contact=person, choice=Choice(State.GRANTED, about), proof=ASKED)
    assert expire_consents() == 6
    kept = set(ConsentState.objects.values_list("contact_id", "topic_id", "state", "changed_at", "expires_at"))
    rebuild_states(workspace=workspace)
    assert set(ConsentState.objects.values_list("contact_id", "topic_id", "state", "changed_at", "expires_at")) == kept
    assert {state for _c, _t, state, _at, _end in kept} == {"expired"}


def test_expiry_is_dated_to_the_day_it_ran_out_and_not_after(contact: Contact, topic: Topic) -> None:
    proof = Proof("api", "express", at=now() - dt.timedelta(days=2), expires_at=now() - dt.timedelta(days=1))
    record_consent(contact=contact, choice=Choice(State.GRANTED, topic), proof=proof)
    expire_consents()
    assert ConsentRecord.objects.get(state="expired").at == proof.expires_at


def test_an_agreement_for_a_time_already_over_ends_too(contact: Contact, topic: Topic) -> None:
    proof = Proof("api", "express", at=now(), expires_at=now() - dt.timedelta(days=1))
    record_consent(contact=contact, choice=Choice(State.GRANTED, topic), proof=proof)
    assert expire_consents() == 1
    assert expire_consents() == 0
    assert state_of(contact, topic) == "expired"
