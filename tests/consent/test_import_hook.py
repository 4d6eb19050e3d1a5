"""What an import may say of consent."""

import datetime as dt
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection

from accounts.models import User, Workspace
from consent.evidence import Choice, Proof, Source
from consent.import_hook import keep_people_who_chose, record_declared_consent
from consent.models import ConsentRecord, ConsentState, State, Suppression, Topic
from consent.services import record_consent, suppress_address, withdraw_everything
from consent.services.ledger import rebuild_states
from contacts.import_hooks import chunk_hooks, protecting_hooks, topics_of
from contacts.models import Contact
from tests.cast import make_contact
from tests.consent.conftest import ADDRESS, state_of
from tests.consent.test_chain import is_whole, lines_of
from tests.contacts.importing import imported

DECLARED = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


@pytest.fixture
def import_(workspace: Workspace, topic: Topic, teammate: User) -> Any:
    """An import that declares where and when its people agreed."""
    options = {"topic": str(topic.public_id), "consent_source": "Paper list, Otago fair", "consent_at": "2026-03-01"}
    return SimpleNamespace(workspace_id=workspace.pk, created_by_id=teammate.pk, options=options)


def bring_in(import_: Any, *contacts: Contact) -> None:
    """Run the hook over a chunk in which each person stands twice."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE chunk (row_number bigint, contact_id bigint, outcome text, agrees boolean,"
            " agreed_on date)"
        )
        for number, contact in enumerate([*contacts, *contacts]):
            cursor.execute("INSERT INTO chunk VALUES (%s, %s, 'updated', true)", [number, contact.pk])
        record_declared_consent(cursor, import_, "chunk")
        cursor.execute("DROP TABLE chunk")


def test_the_hooks_are_registered() -> None:
    assert record_declared_consent in chunk_hooks()
    assert keep_people_who_chose in protecting_hooks()


def test_an_import_offers_the_topics_of_its_workspace(
    workspace: Workspace, topic: Topic, beds: Topic, other_workspace: Workspace
) -> None:
    Topic.objects.create(workspace=other_workspace, key="x", name="Foreign")
    offered = [(str(topic.public_id), "Cabin news"), (str(beds.public_id), "Last-minute beds")]
    assert topics_of(workspace) == offered


def test_declared_consent_is_written_once_per_person(
    import_: Any, contact: Contact, topic: Topic, teammate: User
) -> None:
    other = make_contact(contact.workspace, "b@x.example")
    bring_in(import_, contact, other)
    row = ConsentRecord.objects.get(contact=contact)
    assert (row.state, row.source, row.source_detail, row.basis) == (
        "granted",
        "import",
        "Paper list, Otago fair",
        "express",
    )
    assert (row.actor, row.at) == (teammate, DECLARED)
    assert (state_of(contact, topic), state_of(other, topic)) == ("granted", "granted")
    assert ConsentRecord.objects.count() == 2


@pytest.mark.parametrize("missing", ["topic", "consent_source", "consent_at"])
def test_without_topic_source_and_date_nothing_is_claimed(import_: Any, contact: Contact, missing: str) -> None:
    import_.options[missing] = ""
    bring_in(import_, contact)
    assert not ConsentRecord.objects.exists()


def test_a_topic_of_another_workspace_is_ignored(import_: Any, contact: Contact, other_workspace: Workspace) -> None:
    foreign = Topic.objects.create(workspace=other_workspace, key="x", name="Foreign")
    import_.options["topic"] = str(foreign.public_id)
    bring_in(import_, contact)
    assert not ConsentRecord.objects.exists()


@pytest.mark.parametrize("state", [State.WITHDRAWN, State.DENIED])
def test_an_import_never_overrides_a_no(import_: Any, contact: Contact, topic: Topic, state: State) -> None:
    old = Proof(Source.PREFERENCES, at=DECLARED - dt.timedelta(days=300))
    record_consent(contact=contact, choice=Choice(state, topic), proof=old)
    bring_in(import_, contact)
    assert state_of(contact, topic) == state
    assert ConsentRecord.objects.count() == 1


def test_an_import_never_overrides_leaving_everything(import_: Any, contact: Contact, topic: Topic) -> None:
    withdraw_everything(contact=contact, proof=Proof(Source.ONE_CLICK))
    bring_in(import_, contact)
    assert state_of(contact, topic) is None
    assert Suppression.objects.get().reason == "unsubscribe"


def test_an_import_never_lifts_a_suppression(import_: Any, contact: Contact) -> None:
    suppress_address(workspace=contact.workspace, addresses=[ADDRESS], reason="manual")
    bring_in(import_, contact)
    assert Suppression.objects.get().reason == "manual"


def test_a_newer_answer_stays(import_: Any, contact: Contact, topic: Topic, workspace: Workspace) -> None:
    newer = Proof("api", "contract", at=DECLARED + dt.timedelta(days=30))
    record_consent(contact=contact, choice=Choice(State.GRANTED, topic), proof=newer)
    bring_in(import_, contact)
    assert ConsentState.objects.get().basis == "contract"
    rebuild_states(workspace=workspace)
    assert ConsentState.objects.get().basis == "contract"


def test_taking_an_import_back_keeps_people_who_chose_since(import_: Any, contact: Contact, topic: Topic) -> None:
    other = make_contact(contact.workspace, "b@x.example")
    bring_in(import_, contact, other)
    record_consent(contact=contact, choice=Choice(State.WITHDRAWN, topic), proof=Proof(Source.PREFERENCES))
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE undo (contact_id bigint PRIMARY KEY, kept text)")
        cursor.execute("INSERT INTO undo VALUES (%s), (%s)", [contact.pk, other.pk])
        keep_people_who_chose(cursor, import_, "undo")
        cursor.execute("SELECT contact_id, kept FROM undo ORDER BY contact_id")
        assert cursor.fetchall() == [(contact.pk, "consent"), (other.pk, None)]


def test_a_real_file_brings_its_declared_consent(
    workspace: Workspace, topic: Topic, tmp_path: Path, settings: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    left = make_contact(workspace, "left@x.example")
    withdraw_everything(contact=left, proof=Proof(Source.ONE_CLICK))
    rows = "mail,ok\nada@x.example,yes\nbob@x.example,no\nleft@x.example,yes\n"
    declared = {"topic": str(topic.public_id), "consent_source": "Paper list", "consent_at": "2026-03-01"}
    import_ = imported(workspace, rows, ["email", "consent"], **declared)
    assert import_.status == "done"
    people = {contact.email: state_of(contact, topic) for contact in Contact.objects.all()}
    assert people == {"ada@x.example": "granted", "bob@x.example": None, "left@x.example": None}


def test_a_topic_may_be_named_by_its_key_and_nonsense_is_no_error(import_: Any, contact: Contact, topic: Topic) -> None:
    import_.options["topic"] = "nonsense"
    bring_in(import_, contact)
    assert state_of(contact, topic) is None
    import_.options["topic"] = "news"
    bring_in(import_, contact)
    assert state_of(contact, topic) == "granted"


def test_imported_lines_are_chained_like_all_others(import_: Any, contact: Contact, topic: Topic) -> None:
    record_consent(contact=contact, choice=Choice(State.PENDING, topic), proof=Proof(Source.SIGNUP))
    newcomer = make_contact(contact.workspace, "b@x.example", country="CA")
    bring_in(import_, contact, newcomer)
    bring_in(import_, contact)
    assert [row.state for row in lines_of(contact)] == ["pending", "granted", "granted"]
    assert is_whole(lines_of(contact))
    assert is_whole(lines_of(newcomer))
    assert [row.profile for row in [*lines_of(contact)[1:], *lines_of(newcomer)]] == ["gdpr", "gdpr", "casl"]


def test_implied_consent_ends_by_the_rules_of_the_persons_country(import_: Any, contact: Contact, topic: Topic) -> None:
    import_.options["consent_basis"] = "implied_inquiry"
    canadian = make_contact(contact.workspace, "b@x.example", country="CA")
    german = make_contact(contact.workspace, "c@x.example", country="DE")
    bring_in(import_, canadian, german)
    state = ConsentState.objects.get()
    assert (state.contact, state.basis) == (canadian, "implied_inquiry")
    assert state.expires_at == dt.datetime(2026, 9, 1, tzinfo=dt.UTC)
    assert is_whole(lines_of(canadian))


def days_of(workspace: Workspace) -> dict[str, str]:
    """The day each person agreed, by address."""
    rows = ConsentRecord.objects.filter(workspace=workspace).values_list("contact__email", "at")
    return {email.partition("@")[0]: at.date().isoformat() for email, at in rows}


def test_each_row_says_its_own_day_and_the_declared_one_stands_in(
    workspace: Workspace, topic: Topic, tmp_path: Path, settings: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    rows = "mail,agreed on\nada@x.example,05.02.2025\nbob@x.example,2024-12-31 18:00\ncy@x.example,\n"
    declared = {"topic": str(topic.public_id), "consent_source": "Paper list", "consent_at": "2026-03-01"}
    imported(workspace, rows, ["email", "consent_at"], **declared)
    assert days_of(workspace) == {"ada": "2025-02-05", "bob": "2024-12-31", "cy": "2026-03-01"}
    for contact in Contact.objects.all():
        assert ConsentState.objects.get(contact=contact).changed_at == ConsentRecord.objects.get(contact=contact).at
        assert is_whole(lines_of(contact))


def test_without_a_declared_day_only_rows_with_their_own_agree(
    workspace: Workspace, topic: Topic, tmp_path: Path, settings: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    rows = "mail,agreed on\nada@x.example,2025-02-05\nbob@x.example,\nada@x.example,2025-06-01\n"
    declared = {"topic": str(topic.public_id), "consent_source": "Paper list"}
    imported(workspace, rows, ["email", "consent_at"], **declared)
    assert days_of(workspace) == {"ada": "2025-06-01"}


def test_a_day_to_come_is_refused_and_nobody_agrees(
    workspace: Workspace, topic: Topic, tmp_path: Path, settings: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    rows = "mail,agreed on\nada@x.example,2999-01-01\n"
    declared = {"topic": str(topic.public_id), "consent_source": "Paper list"}
    import_ = imported(workspace, rows, ["email", "consent_at"], **declared)
    assert (import_.created, import_.rejected) == (0, 1)
    assert not ConsentRecord.objects.exists()


def test_what_a_purchase_implies_runs_out_by_each_rows_own_day(
    workspace: Workspace, topic: Topic, tmp_path: Path, settings: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    rows = "mail,country,agreed on\nada@x.example,CA,2025-02-05\nbob@x.example,CA,2025-07-01\n"
    declared = {"topic": str(topic.public_id), "consent_source": "Counter", "consent_basis": "implied_purchase"}
    imported(workspace, rows, ["email", "country", "consent_at"], **declared)
    ends = ConsentState.objects.order_by("contact__email").values_list("expires_at", flat=True)
    assert [end.date().isoformat() for end in ends] == ["2027-02-05", "2027-07-01"]
