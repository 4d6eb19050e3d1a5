"""The chain of a person's lines: computed by the database, computable by anybody."""

import datetime as dt
import hashlib
import threading
import uuid
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User, Workspace
from consent import chain
from consent.evidence import Choice, Proof, Source, Visitor
from consent.models import Basis, ConsentRecord, Purpose, State, Topic
from consent.profiles import all_profiles
from consent.services import record_choices, record_consent, redact_evidence, remember_text
from contacts.models import Contact
from core.clock import now

REVIEWED = all_profiles()["gdpr"].reviewed
PLACE = Visitor("203.0.113.0", "Firefox")


def hash_of(row: ConsentRecord, previous: bytes) -> bytes:
    """The line's hash as an outsider computes it."""
    text = bytes(row.text.sha256) if row.text else None
    page = bytes(row.page_version.sha256) if row.page_version else None
    return chain.line_hash(previous, chain.line_values(row, text, page))


def lines_of(contact: Contact) -> list[ConsentRecord]:
    return list(ConsentRecord.objects.filter(contact=contact).order_by("sequence"))


def is_whole(lines: list[ConsentRecord]) -> bool:
    """True when each line follows from the one before."""
    previous = chain.START
    for number, row in enumerate(lines, 1):
        if row.sequence != number or bytes(row.previous_hash or b"") != previous:
            return False
        previous = hash_of(row, previous)
        if bytes(row.hash or b"") != previous:
            return False
    return True


def test_the_first_line_of_a_person_can_be_computed_by_hand(contact: Contact, topic: Topic) -> None:
    at = dt.datetime(2026, 3, 1, 9, 30, 0, 123456, tzinfo=dt.UTC)
    row = record_consent(contact=contact, choice=Choice(State.GRANTED, topic), proof=Proof("api", "express", at=at))
    row.refresh_from_db()
    created = (row.created_at - chain.EPOCH) // dt.timedelta(microseconds=1)
    values = ("1", row.pk, 1, row.public_id, contact.pk, contact.workspace_id, "email", topic.pk, "marketing")
    values += (
        "granted",
        "express",
        "api",
        "",
        None,
        None,
        None,
        None,
        "gdpr",
        REVIEWED,
        1772357400123456,
        None,
        created,
    )
    line = "".join(":," if value is None else f"{len(str(value))}:{value}," for value in values)
    assert row.previous_hash == bytes(32)
    assert row.hash == hashlib.sha256(bytes(32) + line.encode()).digest()


def test_the_lines_of_one_statement_follow_each_other(contact: Contact, topic: Topic, beds: Topic) -> None:
    choices = [Choice(State.GRANTED, topic), Choice(State.GRANTED, beds), Choice(State.GRANTED, None, Purpose.TRACKING)]
    record_choices(contact=contact, choices=choices, proof=Proof("api"))
    lines = lines_of(contact)
    assert [row.sequence for row in lines] == [1, 2, 3]
    assert is_whole(lines)


words = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00"), max_size=20)


@given(
    detail=words,
    browser=words,
    source=st.sampled_from(["manual", "api", "signup_page"]),
    body=st.none() | words.filter(bool),
    ip=st.none() | st.sampled_from(["203.0.113.0", "2001:db8::", "10.0.0.0"]),
    micro=st.integers(0, 10**14),
    basis=st.sampled_from(Basis.values),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_database_and_python_agree_on_every_line(
    contact: Contact, topic: Topic, detail: str, browser: str, source: str, body: Any, ip: Any, micro: int, basis: str
) -> None:
    text = remember_text(workspace=contact.workspace, body=body) if body else None
    at = chain.EPOCH + dt.timedelta(microseconds=micro)
    proof = Proof(source, basis, detail, text, visitor=Visitor(ip, browser), at=at)
    record_consent(contact=contact, choice=Choice(State.GRANTED, topic), proof=proof)
    lines = lines_of(contact)
    assert is_whole(lines)
    row = lines[-1]
    note = detail if source == "manual" else None
    if ip or browser or note:
        assert row.evidence_digest == chain.evidence_digest(bytes(row.evidence_salt), ip, browser, note)
    else:
        assert (row.evidence_salt, row.evidence_digest) == (None, None)


def test_forgetting_where_somebody_sat_leaves_the_chain_whole(contact: Contact, topic: Topic, teammate: User) -> None:
    by_hand = Proof(Source.MANUAL, "express", "Lina told me", actor=teammate)
    for proof in (Proof(Source.SIGNUP, "express", "Front page", visitor=PLACE), by_hand, Proof("api")):
        record_consent(contact=contact, choice=Choice(State.GRANTED, topic), proof=proof)
    before = [bytes(row.hash) for row in lines_of(contact)]
    assert redact_evidence(contact_ids=[contact.pk]) == 2
    lines = lines_of(contact)
    assert is_whole(lines)
    assert [bytes(row.hash) for row in lines] == before
    assert [(row.ip_address, row.user_agent, row.evidence_salt) for row in lines] == [(None, "", None)] * 3
    assert [row.source_detail for row in lines] == ["Front page", "", ""]
    assert redact_evidence(contact_ids=[contact.pk]) == 0


@pytest.mark.parametrize(
    "change",
    [
        {"ip_address": "203.0.113.1"},
        {"ip_address": None},
        {"ip_address": None, "user_agent": "", "evidence_salt": None, "state": "withdrawn"},
        {"ip_address": None, "user_agent": "", "evidence_salt": None, "evidence_digest": None},
        {"ip_address": None, "user_agent": "", "evidence_salt": None, "source_detail": ""},
        {"hash": b"x" * 32},
    ],
)
def test_no_other_change_passes_as_forgetting(contact: Contact, topic: Topic, change: dict[str, Any]) -> None:
    proof = Proof(Source.SIGNUP, "express", "Front page", visitor=PLACE)
    row = record_consent(contact=contact, choice=Choice(State.GRANTED, topic), proof=proof)
    before = ConsentRecord.objects.values().get()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        ConsentRecord.objects.filter(pk=row.pk).update(**change)
    assert ConsentRecord.objects.values().get() == before


def test_two_lines_cannot_have_the_same_place(contact: Contact, topic: Topic) -> None:
    first = record_consent(contact=contact, choice=Choice(State.GRANTED, topic), proof=Proof("api"))
    first.refresh_from_db()
    copy = ConsentRecord.objects.get()
    copy.pk, copy.public_id = None, uuid.uuid4()
    with pytest.raises(DatabaseError, match="consent_record_sequence_once"), transaction.atomic():
        copy.save(force_insert=True)
    assert ConsentRecord.objects.count() == 1


@pytest.fixture
def committed(transactional_db: Any) -> tuple[Contact, Topic]:
    """A person and a topic that other connections see."""
    workspace = Workspace.objects.create(name="Race", slug="race")
    topic = Topic.objects.create(workspace=workspace, key="news", name="News")
    return Contact.objects.create(workspace=workspace), topic


def test_two_writers_of_one_person_take_turns(committed: tuple[Contact, Topic]) -> None:
    contact, topic = committed
    start = threading.Barrier(4)
    failed: list[Exception] = []

    def write(day: int) -> None:
        try:
            start.wait()
            at = now() - dt.timedelta(days=day)
            record_consent(contact=contact, choice=Choice(State.GRANTED, topic), proof=Proof("api", at=at))
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(day,)) for day in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    lines = lines_of(contact)
    assert len(lines) == 4
    assert is_whole(lines)
