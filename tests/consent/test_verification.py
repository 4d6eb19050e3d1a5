"""Tampering with the ledger, past every trigger, is found and told."""

import datetime as dt
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from accounts.models import Workspace
from consent.check_wording import problem_sentence
from consent.evidence import Choice, Proof, Source, Visitor
from consent.models import ConsentRecord, ConsentSeal, LedgerCheck, State, Topic
from consent.services import record_consent, redact_evidence, remember_text, sealing
from consent.services.sealing import seal_ledger, settled_id
from consent.services.verification import (
    Findings,
    check_due_ledgers,
    read_by_hand,
    run_check,
    start_check,
    verify_ledger,
)
from contacts.models import Contact
from core import clock
from core.clock import now
from tests.cast import make_contact

DAY = dt.timedelta(days=1)


def say(contact: Contact, topic: Topic, *states: State) -> None:
    text = remember_text(workspace=contact.workspace, body="Write to me about cabins.")
    for days, state in enumerate(states):
        proof = Proof(Source.SIGNUP, text=text, visitor=Visitor("203.0.113.9", "Firefox"), at=now() - (9 - days) * DAY)
        record_consent(contact=contact, choice=Choice(state, topic), proof=proof)


@pytest.fixture
def history(contact: Contact, topic: Topic) -> list[ConsentRecord]:
    """Two people's lines, of which the first has three."""
    say(contact, topic, State.PENDING, State.GRANTED, State.WITHDRAWN)
    say(make_contact(contact.workspace, "b@x.example"), topic, State.GRANTED)
    return list(ConsentRecord.objects.order_by("id"))


@pytest.fixture
def sealed(history: list[ConsentRecord], workspace: Workspace) -> list[ConsentRecord]:
    seal(workspace)
    return history


def seal(workspace: Workspace) -> None:
    until = settled_id()
    assert until is not None
    seal_ledger(workspace_id=workspace.pk, until=until)


def tamper(sql: str, *values: Any) -> None:
    """Change the tables as somebody who owns the database can."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql, values)
        cursor.execute("SET LOCAL session_replication_role = origin")


def found(workspace: Workspace) -> Findings:
    return verify_ledger(workspace_id=workspace.pk)


def kinds(workspace: Workspace) -> set[str]:
    return {problem["kind"] for problem in found(workspace).problems}


def test_a_ledger_nobody_touched_is_whole(workspace: Workspace, sealed: list[ConsentRecord]) -> None:
    findings = found(workspace)
    assert findings.problems == []
    assert (findings.records, findings.people, findings.seals, findings.unchained) == (4, 2, 1, 0)
    assert list(read_by_hand(workspace_id=workspace.pk)) == []


def change(rows: list[ConsentRecord]) -> None:
    tamper("UPDATE consent_consentrecord SET state = 'granted' WHERE id = %s", rows[2].pk)


def change_evidence(rows: list[ConsentRecord]) -> None:
    tamper("UPDATE consent_consentrecord SET user_agent = 'Opera' WHERE id = %s", rows[1].pk)


def delete_from_the_middle(rows: list[ConsentRecord]) -> None:
    tamper("DELETE FROM consent_consentrecord WHERE id = %s", rows[1].pk)


def delete_the_last(rows: list[ConsentRecord]) -> None:
    tamper("DELETE FROM consent_consentrecord WHERE id = %s", rows[2].pk)


def delete_a_person(rows: list[ConsentRecord]) -> None:
    tamper("DELETE FROM consent_consentrecord WHERE contact_id = %s", rows[3].contact_id)


COPY = """INSERT INTO consent_consentrecord (id, public_id, created_at, workspace_id, contact_id, channel, topic_id,
    purpose, state, basis, source, source_detail, user_agent, at, sequence, previous_hash, hash)
SELECT %s, gen_random_uuid(), created_at, workspace_id, contact_id, channel, topic_id, purpose, 'granted', basis,
    source, '', '', at, {} FROM consent_consentrecord WHERE id = %s"""


def insert_in_the_middle(rows: list[ConsentRecord]) -> None:
    tamper(
        "UPDATE consent_consentrecord SET sequence = sequence + 1 WHERE contact_id = %s AND sequence = 3",
        rows[0].contact_id,
    )
    tamper(COPY.format("3, previous_hash, hash"), rows[3].pk + 50, rows[1].pk)


def insert_without_a_chain(rows: list[ConsentRecord]) -> None:
    tamper(COPY.format("NULL, NULL, NULL"), rows[3].pk + 50, rows[1].pk)


def reorder(rows: list[ConsentRecord]) -> None:
    tamper("UPDATE consent_consentrecord SET sequence = 9 WHERE id = %s", rows[1].pk)
    tamper("UPDATE consent_consentrecord SET sequence = 2 WHERE id = %s", rows[2].pk)
    tamper("UPDATE consent_consentrecord SET sequence = 3 WHERE id = %s", rows[1].pk)


def change_the_words(_rows: list[ConsentRecord]) -> None:
    tamper("UPDATE consent_consenttext SET body = 'You may sell my data.'")


def change_the_words_and_their_digest(_rows: list[ConsentRecord]) -> None:
    change_the_words(_rows)
    tamper("UPDATE consent_consenttext SET sha256 = sha256(convert_to(body, 'UTF8'))")


def change_what_was_derived(rows: list[ConsentRecord]) -> None:
    tamper("UPDATE consent_consentstate SET state = 'granted' WHERE contact_id = %s", rows[0].contact_id)


def change_a_seal(_rows: list[ConsentRecord]) -> None:
    tamper("UPDATE consent_consentseal SET count = 3")


@pytest.mark.parametrize(
    ("tampering", "kind"),
    [
        (change, "changed"),
        (change_evidence, "changed"),
        (delete_from_the_middle, "missing"),
        (delete_the_last, "sealed"),
        (delete_a_person, "sealed"),
        (insert_in_the_middle, "moved"),
        (insert_without_a_chain, "unchained"),
        (reorder, "moved"),
        (change_the_words, "words"),
        (change_the_words_and_their_digest, "changed"),
        (change_what_was_derived, "state"),
        (change_a_seal, "seal"),
    ],
)
def test_each_kind_of_tampering_is_found(
    workspace: Workspace, sealed: list[ConsentRecord], tampering: Callable[[Any], None], kind: str
) -> None:
    tampering(sealed)
    assert kind in kinds(workspace)
    assert all(problem_sentence(problem) != problem["kind"] for problem in found(workspace).problems)


@pytest.mark.parametrize(
    ("tampering", "line"),
    [(change, 2), (change_evidence, 1), (delete_from_the_middle, 2), (reorder, 1)],
)
def test_reading_by_hand_finds_the_line_without_the_databases_functions(
    workspace: Workspace, sealed: list[ConsentRecord], tampering: Callable[[Any], None], line: int
) -> None:
    tampering(sealed)
    assert sealed[line].pk in {row.pk for row, _kind in read_by_hand(workspace_id=workspace.pk)}


def test_the_line_that_breaks_is_named(workspace: Workspace, sealed: list[ConsentRecord]) -> None:
    change(sealed)
    problem = next(one for one in found(workspace).problems if one["kind"] == "changed")
    assert problem["record"] == str(sealed[2].public_id)


def test_lines_that_are_gone_are_counted(workspace: Workspace, sealed: list[ConsentRecord]) -> None:
    delete_the_last(sealed)
    delete_a_person(sealed)
    problem = next(one for one in found(workspace).problems if one["kind"] == "sealed")
    assert problem["missing"] == 2
    assert problem_sentence(problem).startswith("2 lines that were sealed on")


def test_a_redaction_is_no_tampering(workspace: Workspace, sealed: list[ConsentRecord]) -> None:
    redact_evidence(contact_ids=[sealed[0].contact_id])
    assert found(workspace).is_whole
    assert list(read_by_hand(workspace_id=workspace.pk)) == []


def test_seals_follow_each_other_and_cover_each_line_once(
    workspace: Workspace, sealed: list[ConsentRecord], contact: Contact, topic: Topic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "LINES_A_SEAL", 2)
    say(contact, topic, State.GRANTED, State.WITHDRAWN, State.GRANTED)
    seal(workspace)
    seal(workspace)
    seals = list(ConsentSeal.objects.order_by("number"))
    assert [(one.number, one.count) for one in seals] == [(1, 4), (2, 2), (3, 1)]
    assert [one.after_id for one in seals] == [0, *(one.last_id for one in seals[:-1])]
    assert found(workspace).is_whole


def test_a_lost_seal_shows(workspace: Workspace, sealed: list[ConsentRecord], contact: Contact, topic: Topic) -> None:
    say(contact, topic, State.GRANTED)
    seal(workspace)
    tamper("DELETE FROM consent_consentseal WHERE number = 1")
    assert "seal" in kinds(workspace)


def test_lines_from_before_the_chain_are_sealed_too(workspace: Workspace, history: list[ConsentRecord]) -> None:
    tamper("UPDATE consent_consentrecord SET hash = NULL, previous_hash = NULL, sequence = NULL")
    seal(workspace)
    assert found(workspace).unchained == 4
    assert found(workspace).is_whole
    change(history)
    assert "sealed" in kinds(workspace)


@pytest.mark.parametrize("statement", ["UPDATE consent_consentseal SET count = 0", "DELETE FROM consent_consentseal"])
def test_a_seal_can_be_neither_changed_nor_removed(sealed: list[ConsentRecord], statement: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert ConsentSeal.objects.get().count == 4


def test_no_seal_is_taken_while_somebody_writes(
    transactional_db: Any, second_connection: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "SETTLE", ("SET LOCAL lock_timeout = '20ms'", sealing.SETTLE[1]))
    second_connection.execute("LOCK TABLE consent_consentrecord IN ROW EXCLUSIVE MODE")
    assert settled_id() is None
    second_connection.rollback()
    assert settled_id() == 0


@pytest.fixture
def second_connection(transactional_db: Any) -> Iterator[Any]:
    """Another writer, in a transaction of its own."""
    import psycopg

    other = psycopg.connect(
        **{
            k: v
            for k, v in connection.get_connection_params().items()
            if k in {"dbname", "host", "port", "user", "password"}
        }
    )
    yield other
    other.close()


def test_a_check_seals_reads_and_says_what_it_found(workspace: Workspace, history: list[ConsentRecord]) -> None:
    check = start_check(workspace=workspace)
    assert start_check(workspace=workspace) == check
    run_check(check_id=check.pk)
    check.refresh_from_db()
    assert (check.status, check.records, check.people, check.seals, check.problem_count) == ("done", 4, 2, 1, 0)
    change(history)
    check = start_check(workspace=workspace)
    run_check(check_id=check.pk)
    check.refresh_from_db()
    assert check.problem_count == len(check.problems) == 2
    assert {problem["kind"] for problem in check.problems} == {"changed", "state"}


def test_each_ledger_is_checked_once_a_day(workspace: Workspace, history: list[ConsentRecord]) -> None:
    check_due_ledgers()
    check_due_ledgers()
    assert LedgerCheck.objects.count() == 1
    LedgerCheck.objects.update(created_at=now() - DAY)
    check_due_ledgers()
    assert LedgerCheck.objects.count() == 2


def test_ledger_is_checked_once_although_this_machine_lives_in_another_week(history: list[ConsentRecord]) -> None:
    clock.follow(now() + 7 * DAY)
    try:
        check_due_ledgers()
        check_due_ledgers()
    finally:
        clock.follow_nobody()

    assert LedgerCheck.objects.count() == 1


def test_the_command_says_whether_all_is_intact(workspace: Workspace, sealed: list[ConsentRecord]) -> None:
    out = StringIO()
    call_command("verify_consent", "kea-cabins", "--independent", stdout=out)
    assert "kea-cabins: 4 lines, 2 people, 1 seals, all intact" in out.getvalue()
    change(sealed)
    with pytest.raises(CommandError, match="not intact"):
        call_command("verify_consent", stdout=out)
    assert str(sealed[2].public_id) in out.getvalue()
    with pytest.raises(CommandError, match="no workspace called nowhere"):
        call_command("verify_consent", "nowhere")
