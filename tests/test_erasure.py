"""After an erasure nothing in any table says who the person was, whichever app had it and whatever the column."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import connection

from accounts.models import AuditEntry, User, Workspace
from accounts.services import record_audit
from catcher.models import CaughtMessage
from channels.models import Sender
from consent.evidence import Choice, Proof, Visitor
from consent.models import Confirmation, ConsentRecord, ContactPreference, SignupPage, State, Topic
from consent.services import record_consent, suppress_address
from contacts.models import (
    Address,
    AddressChange,
    AddressState,
    Attribute,
    AttributeChange,
    AttributeOriginal,
    Contact,
    ContactAlias,
    Export,
    Import,
    ImportReject,
    LookUp,
    Merge,
    MergeBatch,
    Tombstone,
)
from contacts.services import (
    ContactValues,
    create_contact,
    erase_contact,
    record_request,
    restrict_contact,
    update_contact,
)
from contacts.services.erasing import erase_rows
from content.models import ContentVersion
from core.clock import now
from core.crypto import address_hash
from delivery.models import Message, MessageFact
from events.services import run_due_handlers
from flows.services import define_flow, record_submission
from tests.api import ApiClient
from tests.cast import client_of, make_contact
from tests.contacts.importing import imported

CANARY = "qzcanary"
PHONE = "+64215550199"
EMAIL = "qzcanary@otago.example"

# Where something about an erased person stays, and why; docs/personal-data.md says the same in words.
STAYS = {
    "contacts_tombstone": "a keyed digest, so that no import brings them back",
    "consent_consentrecord": "the proof of consent, by a number that names nobody any more",
    "delivery_message": "that a message was sent counts in its campaign's report",
}


def tables_saying(words: list[str]) -> dict[str, list[str]]:
    """Every table with a row in which one of the words stands, in any column, and those rows."""
    found = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT quote_ident(table_schema) || '.' || quote_ident(table_name) FROM information_schema.tables"
            " WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')"
        )
        for (table,) in cursor.fetchall():
            # Bytes are shown as hexadecimal digits, so mail that was caught is looked at as text too.
            cursor.execute(
                f"SELECT left(t::text, 300) FROM {table} t WHERE t::text ILIKE ANY(%s) LIMIT 3",
                [[f"%{shape}%" for word in words for shape in (word, word.encode().hex())]],
            )
            rows = [row for (row,) in cursor.fetchall()]
            if rows:
                found[table] = rows
    return found


@pytest.fixture(autouse=True)
def _own_media(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def canary(workspace: Workspace, owner: User) -> Contact:
    """A person of whom every app keeps something, each with a word that stands nowhere else."""
    for key, kind in (("boat", "text"), ("seen_on", "date")):
        Attribute.objects.create(workspace=workspace, key=key, type=kind, label=key)
    api = ApiClient(workspace)
    body = {
        "email": EMAIL,
        "phone": PHONE,
        "external_id": "qzcanary-7",
        "first_name": "Qzcanaryna",
        "last_name": "Qzcanaryson",
        "attributes": {"boat": "qzcanary boat"},
        "tags": ["qzcanary tag"],
        "time_zone": "Pacific/Auckland",
    }
    api.post("contacts/", body, **{"Idempotency-Key": f"new {EMAIL}"})
    contact = Contact.objects.get(email=EMAIL)
    event = {"contact": {"email": EMAIL}, "name": "order.placed", "properties": {"ship": "qzcanary ship"}}
    api.post("events/", event, **{"Idempotency-Key": "order-1"})
    update_contact(contact=contact, values=ContactValues(first_name="Qzcanaryna-Li"), actor=owner)
    contact.refresh_from_db()
    _files(workspace, contact)
    _contacts_own(workspace, contact, owner)
    _consent(workspace, contact)
    _messages(workspace, contact)
    flow = define_flow(workspace=workspace, key="quiz", name="Quiz", answers={"note": {"type": "text"}})
    record_submission(flow=flow, contact=contact, answers={"note": "qzcanary answer"}, is_completed=True)
    return contact


def _files(workspace: Workspace, contact: Contact) -> None:
    rows = f"email,boat,phone\n{EMAIL},qzcanary raft,\nQzcanaryna-Li Qzcanaryson,x,021\nbad@,{PHONE},\n"
    imported(workspace, rows, ["email", "attribute:boat", "phone"])
    assert ImportReject.objects.filter(cells__len__gt=0).count() == 2
    record_audit(workspace=workspace, actor=None, action="contact.tagged", target=EMAIL, detail={"who": [EMAIL]})
    Export.objects.create(workspace=workspace, query="?search=qzcanary%40otago.example", columns=["email"])


def _contacts_own(workspace: Workspace, contact: Contact, owner: User) -> None:
    restrict_contact(contact=contact, note="qzcanary says so", actor=owner)
    record_request(contact=contact, kind="access", note="qzcanary wants to know", actor=owner)
    soon = now() + dt.timedelta(days=1)
    AddressChange.objects.create(workspace=workspace, contact=contact, value="new-qzcanary@x.example", expires_at=soon)
    attribute = Attribute.objects.get(key="boat")
    change = AttributeChange.objects.create(workspace=workspace, attribute=attribute, kind="type", status="done")
    AttributeOriginal.objects.create(change=change, contact=contact, value="qzcanary boat", became=None)
    address = Address.objects.get(contact=contact, channel="email")
    AddressState.objects.create(
        workspace=workspace, address=address, status="dead", reason="qzcanary bounced", source="bounce", at=now()
    )
    LookUp.objects.create(address=address, provider="test", answer="live", raw="qzcanary", asked_at=now())
    merge = Merge.objects.create(
        workspace=workspace,
        batch=MergeBatch.objects.create(workspace=workspace),
        kept=contact,
        merged_id=10**9,
        merged_public_id="0192f0c1-0000-7000-8000-000000000001",
        before={"email": "old-qzcanary@x.example"},
        parts={"contacts": {"note": "qzcanary"}},
        changes={"first_name": "Qzcanary"},
    )
    ContactAlias.objects.create(
        workspace=workspace, contact=contact, merge=merge, former_id=10**9, external_id="qzcanary-old"
    )


def _consent(workspace: Workspace, contact: Contact) -> None:
    topic = Topic.objects.create(workspace=workspace, key="news", name="News")
    visitor = Visitor.seen("198.51.100.77", "qzcanary browser")
    proof = Proof("manual", detail="qzcanary rang us", visitor=visitor)
    record_consent(contact=contact, choice=Choice(State.GRANTED, topic), proof=proof)
    former = Contact(pk=10**9, workspace=workspace)
    ConsentRecord.objects.create(
        workspace=workspace, contact=former, channel="email", purpose="marketing", state="granted", source="api",
        user_agent="qzcanary old browser", at=now(),
    )  # fmt: skip
    page = SignupPage.objects.create(workspace=workspace, name="Front", title="News", consent_text="Yes")
    Confirmation.objects.create(workspace=workspace, contact=contact, page=page, expires_at=now())
    ContactPreference.objects.create(workspace=workspace, contact=contact, days_between=7)
    suppress_address(workspace=workspace, addresses=[EMAIL], reason="manual", note="qzcanary asked")


def _messages(workspace: Workspace, contact: Contact) -> None:
    sender = Sender.objects.create(workspace=workspace, name="Kea", email="kea@kea.example")
    version = ContentVersion.objects.create(
        workspace=workspace, sha256=b"1" * 32, subject="Kia ora", html="<p>Hi</p>", text="Hi", links=[]
    )
    common: dict[str, Any] = {"workspace": workspace, "sender": sender, "created_at": now(), "due_at": now()}
    sent = Message.objects.create(
        **common, contact=contact, recipient=EMAIL, purpose="marketing", content_version=version, status="sent",
        detail="250 qzcanary queued", provider_id="qzcanary-1", idempotency_key="qzcanary-key",
    )  # fmt: skip
    Message.objects.create(**common, contact=contact, recipient=EMAIL, purpose="service", data={"text": "qzcanary"})
    Message.objects.create(**common, contact=None, recipient=EMAIL, purpose="transactional", data={"a": "qzcanary"})
    MessageFact.objects.create(
        workspace=workspace, message=sent, contact=contact, action="bounced", at=now(), last_at=now(), detail="qzcanary"
    )
    CaughtMessage.objects.create(recipients=[EMAIL], subject="For qzcanary", size=9, source=b"To: qzcanary\r\n")


def test_the_canary_is_everywhere_before(canary: Contact) -> None:
    """The other tests prove nothing unless the words were there."""
    said = {table.removeprefix("public.") for table in tables_saying([CANARY])}

    assert said >= {
        "accounts_auditentry", "accounts_idempotencyrecord", "catcher_caughtmessage", "consent_consentrecord",
        "consent_suppression", "contacts_address", "contacts_addresschange", "contacts_addressstate",
        "contacts_attributeoriginal", "contacts_contact", "contacts_contactalias", "contacts_export",
        "contacts_importedchange", "contacts_importreject", "contacts_lookup", "contacts_merge",
        "contacts_restriction", "contacts_rightsrequest", "delivery_message", "delivery_messagefact", "events_event",
        "flows_submission",
    }  # fmt: skip


def test_nothing_in_any_table_names_an_erased_person(canary: Contact, owner: User) -> None:
    erase_contact(contact=canary, actor=owner)
    run_due_handlers()

    assert tables_saying([CANARY, PHONE.removeprefix("+"), "198.51.100", "former qz"]) == {}


def test_erasing_on_the_page_leaves_nothing_in_sessions_either(canary: Contact, owner: User) -> None:
    client_of(owner).post(f"/w/kea-cabins/contacts/{canary.public_id}/erase/", {"confirm": "on"})
    run_due_handlers()

    assert tables_saying([CANARY]) == {}


def test_the_file_of_an_import_goes_with_the_person(canary: Contact) -> None:
    import_ = Import.objects.get()
    storage, name = import_.file.storage, import_.file.name
    assert storage.exists(name)

    with _commits():
        erase_contact(contact=canary)

    assert Import.objects.get().file.name == ""
    assert not storage.exists(name)


def test_an_import_that_was_running_loses_its_file_afterwards(workspace: Workspace) -> None:
    from contacts.services.erasing import drop_files_of_the_erased

    import_ = Import.objects.create(workspace=workspace, file_name="people.csv", status="running")
    import_.file.save("people.csv", ContentFile(b"email\nqzcanary@otago.example\n"))
    erase_contact(contact=make_contact(workspace, EMAIL))
    assert Import.objects.get().file.name
    Import.objects.update(status="done", finished_at=now())

    drop_files_of_the_erased()

    assert Import.objects.get().file.name == ""


def test_a_rejected_row_of_an_erased_person_is_not_kept(workspace: Workspace) -> None:
    erase_contact(contact=make_contact(workspace, EMAIL))

    imported(workspace, f"email,first name\n{EMAIL},Qzcanaryna\n", ["email", "first_name"])

    assert list(ImportReject.objects.values_list("reason", "value", "cells")) == [("erased", "", [])]


def test_what_stays_of_an_erased_person_counts_and_proves_but_names_nobody(canary: Contact) -> None:
    erase_contact(contact=canary)

    assert set(STAYS) == {"contacts_tombstone", "consent_consentrecord", "delivery_message"}
    assert {bytes(row) for row in Tombstone.objects.values_list("address_hash", flat=True)} == {
        address_hash(EMAIL),
        address_hash(PHONE),
    }
    assert ConsentRecord.objects.filter(contact_id=canary.pk, state="granted").exists()
    messages = Message.objects.order_by("id").values_list("status", "recipient", "contact_id", "data")
    assert list(messages) == [("sent", "", None, None), ("skipped", "", None, None), ("skipped", "", None, None)]


def test_the_receipt_says_what_went_and_names_nobody(canary: Contact, owner: User) -> None:
    receipt = erase_contact(contact=canary, actor=owner)

    assert receipt["contacts.contact"] == 1
    assert receipt["contacts.address"] == 2
    assert receipt["messages"] == 3
    assert receipt["rejected_rows"] == 2
    entry = AuditEntry.objects.filter(action="contact.erased").get()
    assert entry.detail == {"people": 1, "removed": receipt}
    assert CANARY not in json.dumps(entry.detail)


def test_others_keep_everything(canary: Contact, workspace: Workspace, other_workspace: Workspace) -> None:
    make_contact(workspace, "ada@example.org", first_name="Ada")
    twin = make_contact(other_workspace, EMAIL, first_name="Qzcanaryna")
    suppress_address(workspace=other_workspace, addresses=[EMAIL], reason="manual", note="theirs")

    erase_contact(contact=canary)

    assert list(Contact.objects.order_by("id").values_list("first_name", flat=True)) == ["Ada", "Qzcanaryna"]
    assert Address.objects.filter(contact=twin).count() == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT workspace_id, address, note FROM consent_suppression ORDER BY workspace_id")
        kept = {row[0]: row[1:] for row in cursor.fetchall()}
    assert kept == {workspace.pk: ("", ""), other_workspace.pk: (EMAIL, "theirs")}


def test_many_are_erased_with_as_many_statements_as_a_few(
    workspace: Workspace, django_assert_max_num_queries: Any
) -> None:
    counts = []
    for size in (3, 60):
        people = [make_contact(workspace, f"p{size}-{number}@example.org") for number in range(size)]
        with django_assert_max_num_queries(200) as queries:
            receipt = erase_rows(workspace, [person.pk for person in people])
        assert receipt["contacts.contact"] == size
        counts.append(len(queries.captured_queries))
    assert counts[0] == counts[1]


def test_an_app_that_cannot_erase_keeps_everybody_as_they_were(canary: Contact, monkeypatch: Any) -> None:
    from contacts.services import erasing

    def broken(_leaving: Any) -> dict[str, int]:
        raise RuntimeError("no")

    monkeypatch.setattr(erasing, "erasers", lambda: [broken])
    with pytest.raises(RuntimeError):
        erase_contact(contact=canary)

    assert Contact.objects.filter(pk=canary.pk).exists()
    assert not Tombstone.objects.exists()


def test_whoever_was_erased_is_not_created_again(canary: Contact, workspace: Workspace) -> None:
    erase_contact(contact=canary)

    import_ = imported(workspace, f"email\n{EMAIL}\n", ["email"])

    assert (import_.created, import_.rejected) == (0, 1)
    with pytest.raises(Exception, match="asked to be erased"):
        create_contact(workspace=workspace, values=ContactValues(email=EMAIL))


def _commits() -> Any:
    from django.test import TestCase

    return TestCase.captureOnCommitCallbacks(execute=True)
