"""The ledger: append-only, with the state it leads to in the same transaction."""

import datetime as dt
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Workspace
from consent.evidence import Choice, Proof, Source, Visitor, mask_address, truncate_ip
from consent.models import Basis, ConsentRecord, ConsentState, ConsentText, Purpose, State, Suppression, Topic
from consent.profiles import add_months
from consent.services import record_choices, record_consent, remember_text, suppress_address, withdraw_everything
from consent.services.expiry import expire_consents
from consent.services.ledger import rebuild_states
from consent.services.verification import verify_ledger
from contacts.models import Contact
from core.clock import now
from events.models import Event
from tests.consent.conftest import ADDRESS, ledger, state_of

API = Proof("api", basis=Basis.EXPRESS)
PERSON = Proof(Source.PREFERENCES)
DAY = dt.timedelta(days=1)


def events_of(contact: Contact) -> list[tuple[str, Any]]:
    rows = Event.objects.filter(contact_id=contact.pk).order_by("id")
    return [(row.kind, row.properties.get("topic")) for row in rows]


def test_a_grant_is_written_with_all_its_proof(
    workspace: Workspace, contact: Contact, topic: Topic, teammate: Any
) -> None:
    text = remember_text(workspace=workspace, body="Write to me about cabins.", language="en")
    visitor = Visitor.seen("203.0.113.77", "Firefox\x00")
    proof = Proof("manual", Basis.EXPRESS, "on the phone", text, teammate, visitor)
    record_consent(contact=contact, choice=Choice(State.GRANTED, topic), proof=proof)
    row = ConsentRecord.objects.get()
    assert (row.contact_id, row.topic_id, row.state, row.basis) == (contact.pk, topic.pk, "granted", "express")
    assert (row.source, row.source_detail, row.text_id, row.actor_id) == (
        "manual",
        "on the phone",
        text.pk,
        teammate.pk,
    )
    assert (row.ip_address, row.user_agent) == ("203.0.113.0", "Firefox")
    assert state_of(contact, topic) == "granted"
    assert events_of(contact) == [("consent.granted", "news")]


@pytest.mark.parametrize("change", ["update", "delete"])
def test_a_ledger_row_can_be_neither_changed_nor_removed(contact: Contact, topic: Topic, change: str) -> None:
    row = record_consent(contact=contact, choice=Choice(State.GRANTED, topic), proof=API)
    rows = ConsentRecord.objects.filter(pk=row.pk)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        rows.update(state="withdrawn") if change == "update" else rows.delete()
    assert ConsentRecord.objects.get().state == "granted"


def test_a_text_cannot_be_changed(workspace: Workspace) -> None:
    text = remember_text(workspace=workspace, body="These words.")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        ConsentText.objects.filter(pk=text.pk).update(body="Other words.")


def test_a_text_is_kept_once_for_all_who_saw_it(workspace: Workspace) -> None:
    first = remember_text(workspace=workspace, body="نعم", language="ar")
    assert remember_text(workspace=workspace, body="نعم", language="ar") == first
    assert ConsentText.objects.count() == 1


def test_saying_the_same_again_is_a_row_but_no_news(contact: Contact, topic: Topic) -> None:
    for _time in range(2):
        record_consent(contact=contact, choice=Choice(State.GRANTED, topic), proof=API)
    assert len(ledger(contact)) == 2
    assert events_of(contact) == [("consent.granted", "news")]


def test_an_older_row_arriving_late_changes_nothing(contact: Contact, topic: Topic) -> None:
    record_consent(contact=contact, choice=Choice(State.WITHDRAWN, topic), proof=API)
    late = Proof("api", at=now() - DAY)
    record_consent(contact=contact, choice=Choice(State.GRANTED, topic), proof=late)
    assert state_of(contact, topic) == "withdrawn"
    assert len(ledger(contact)) == 2
    assert [kind for kind, _topic in events_of(contact)] == ["consent.withdrawn"]


def test_consent_in_the_future_is_refused(contact: Contact, topic: Topic) -> None:
    with pytest.raises(ValueError, match="future"):
        record_consent(contact=contact, choice=Choice(State.GRANTED, topic), proof=Proof("api", at=now() + DAY))
    assert ledger(contact) == []


@pytest.mark.parametrize(
    ("basis", "expires"),
    [
        (Basis.IMPLIED_PURCHASE, dt.datetime(2027, 8, 31, 12, tzinfo=dt.UTC)),
        (Basis.IMPLIED_INQUIRY, dt.datetime(2026, 2, 28, 12, tzinfo=dt.UTC)),
        (Basis.EXPRESS, None),
    ],
)
def test_implied_consent_runs_out_as_casl_says(
    contact: Contact, topic: Topic, basis: str, expires: dt.datetime | None
) -> None:
    proof = Proof("api", basis, at=dt.datetime(2025, 8, 31, 12, tzinfo=dt.UTC))
    record_consent(contact=contact, choice=Choice(State.GRANTED, topic), proof=proof)
    assert ConsentState.objects.get().expires_at == expires


@given(start=st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2090, 1, 1)), months=st.integers(0, 60))
def test_adding_months_keeps_the_day_or_takes_the_last(start: dt.datetime, months: int) -> None:
    end = add_months(start, months)
    assert (end.year * 12 + end.month) - (start.year * 12 + start.month) == months
    assert end.time() == start.time()
    assert end.day == start.day or (end + DAY).month != end.month


def test_a_claim_does_not_lift_what_the_person_said(contact: Contact, topic: Topic) -> None:
    withdraw_everything(contact=contact, proof=Proof(Source.ONE_CLICK))
    record_consent(contact=contact, choice=Choice(State.GRANTED, topic), proof=API)
    assert state_of(contact, None) == "withdrawn"
    assert Suppression.objects.get().reason == "unsubscribe"


def test_coming_back_lifts_the_unsubscribing_and_says_so_in_the_ledger(contact: Contact, topic: Topic) -> None:
    withdraw_everything(contact=contact, proof=Proof(Source.ONE_CLICK))
    record_consent(contact=contact, choice=Choice(State.GRANTED, topic), proof=PERSON)
    assert (state_of(contact, topic), state_of(contact, None)) == ("granted", "expired")
    assert not Suppression.objects.exists()
    assert ledger(contact) == [
        (None, "withdrawn", "one_click"),
        ("news", "granted", "preference_page"),
        (None, "expired", "preference_page"),
    ]


@pytest.mark.parametrize("reason", ["complaint", "legal", "hard_bounce", "manual"])
def test_coming_back_never_lifts_other_suppressions(contact: Contact, topic: Topic, reason: str) -> None:
    suppress_address(workspace=contact.workspace, addresses=[ADDRESS], reason=reason)
    record_consent(contact=contact, choice=Choice(State.GRANTED, topic), proof=PERSON)
    assert Suppression.objects.get().reason == reason


steps = st.lists(
    st.tuples(
        st.sampled_from(["news", "beds", None]),
        st.sampled_from(State.values),
        st.sampled_from([Source.PREFERENCES, Source.API]),
        st.integers(0, 400),
        st.sampled_from([Purpose.MARKETING, Purpose.TRACKING]),
        st.sampled_from([Basis.EXPRESS, Basis.IMPLIED_INQUIRY]),
        st.booleans(),
    ),
    max_size=8,
)


@given(history=steps)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_state_can_always_be_derived_from_the_ledger(
    workspace: Workspace, contact: Contact, topic: Topic, beds: Topic, history: list[Any]
) -> None:
    topics = {"news": topic, "beds": beds, None: None}
    start = now() - 410 * DAY
    with transaction.atomic():
        for key, state, source, day, purpose, basis, has_tick in history:
            choice = Choice(State(state), topics[key], purpose)
            record_choices(contact=contact, choices=[choice], proof=Proof(source, basis, at=start + day * DAY))
            if has_tick:
                expire_consents()
        assert verify_ledger(workspace_id=workspace.pk).problems == []
        columns = ("topic_id", "purpose", "state", "basis", "changed_at", "expires_at")
        kept = set(ConsentState.objects.values_list(*columns))
        rebuild_states(workspace=workspace)
        assert set(ConsentState.objects.values_list(*columns)) == kept
        transaction.set_rollback(True)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0"),
        ("2001:db8:1:2:3::4", "2001:db8:1::"),
        ("::ffff:203.0.113.77", "203.0.113.0"),
        ("0.0.0.0", None),
        ("nonsense", None),
        ("", None),
    ],
)
def test_only_the_network_of_an_address_is_kept(address: str, network: str | None) -> None:
    assert truncate_ip(address) == network


@pytest.mark.parametrize(
    ("address", "masked"),
    [("lina@otago.example", "l•••@otago.example"), ("@x.example", "•••@x.example"), ("nobody", "no•••")],
)
def test_an_address_is_shown_masked(address: str, masked: str) -> None:
    assert mask_address(address) == masked


def test_a_workspace_goes_while_its_ledger_stays(workspace: Workspace, contact: Contact, topic: Topic) -> None:
    record_consent(contact=contact, choice=Choice(State.GRANTED, topic), proof=Proof("api"))
    Workspace.objects.get(pk=workspace.pk).delete()
    assert not Contact.objects.exists()
    assert ConsentRecord.objects.get().state == "granted"
