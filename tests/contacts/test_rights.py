"""What people may ask of their own data: to see it, to have it corrected, left alone or removed."""

import datetime as dt
import json
import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, User, Workspace
from consent.evidence import Choice, Proof
from consent.models import State, Topic
from consent.services import record_consent, remember_text
from contacts import rights
from contacts.address_mail import address_url
from contacts.models import AddressChange, Attribute, Contact, Restriction, RightsRequest, Tombstone
from contacts.services import (
    AddressChangeExpired,
    ContactValues,
    DuplicateContact,
    InvalidContact,
    confirm_address_change,
    create_contact,
    erase_contact,
    finish_request,
    lift_restriction,
    note_copy,
    record_request,
    request_address_change,
    request_erasure,
    restrict_contact,
)
from core.clock import now
from core.crypto import address_hash
from delivery.models import Message
from events.models import Event
from events.services import run_due_handlers
from tests.api import ApiClient
from tests.cast import client_of, make_contact


@pytest.fixture
def lina(workspace: Workspace) -> Contact:
    """Somebody of whom several apps know something."""
    Attribute.objects.create(workspace=workspace, key="spent", type="money", label="Spent")
    values = ContactValues(
        email="lina@otago.example", first_name="Lina", last_name="<b>Haddad</b>", language="ar", tags=["guest"],
        attributes={"spent": "12.50 EUR"},
    )  # fmt: skip
    contact = create_contact(workspace=workspace, values=values)
    topic = Topic.objects.create(workspace=workspace, key="news", name="Cabin news")
    words = remember_text(workspace=workspace, body="Yes, write to me.", language="en")
    record_consent(contact=contact, choice=Choice(State.GRANTED, topic), proof=Proof("signup_page", text=words))
    return contact


def document(contact: Contact) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(b"".join(rights.as_json(contact)))
    return parsed


def section(contact: Contact, key: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = {part["key"]: part["rows"] for part in document(contact)["sections"]}[key]
    return rows


def url(name: str, *ids: Any) -> str:
    return reverse(f"contacts:{name}", args=["kea-cabins", *ids])


def test_the_document_is_versioned_and_in_the_persons_language(lina):
    head = document(lina)

    assert (head["format"], head["version"], head["language"]) == ("rapport.person", 1, "ar")
    assert head["kept_by"]["name"] == "Kea Cabins"
    keys = [part["key"] for part in head["sections"]]
    assert keys[:2] == ["profile", "addresses"]
    assert {"consents", "consent_history", "messages", "reactions", "events", "segments", "suppressions"} <= set(keys)
    assert len(keys) == len(set(keys))


def test_it_holds_details_and_the_exact_words_of_consent(lina):
    assert section(lina, "profile")[0]["last_name"] == "<b>Haddad</b>"
    assert section(lina, "details") == [
        {"key": "spent", "label": "Spent", "description": "", "value": {"amount": "12.50", "currency": "EUR"},
         "shown": section(lina, "details")[0]["shown"]}
    ]  # fmt: skip
    (line,) = section(lina, "consent_history")
    assert (line["state"], line["topic_key"], line["words"]) == ("granted", "news", "Yes, write to me.")
    assert {row["kind"] for row in section(lina, "events")} == {"contact.created", "consent.granted"}


def test_the_page_is_whole_escaped_and_without_scripts(lina):
    page = "".join(rights.as_html(lina))

    assert page.startswith("<!doctype html>")
    assert page.rstrip().endswith("</html>")
    assert 'dir="rtl"' in page
    assert "&lt;b&gt;Haddad" in page
    assert "<b>Haddad" not in page
    assert not re.search(r"<script|javascript:|src=|<link|url\(", page)
    assert page.count("<section") == page.count("</section>") == len(document(lina)["sections"])


def test_a_language_leaks_neither_out_nor_in(lina):
    from django.utils import translation

    with translation.override("ru"):
        pieces = rights.as_html(lina)
        next(pieces)
        assert translation.get_language() == "ru"


def test_a_hundred_thousand_events_are_never_held_at_once(lina, django_assert_max_num_queries):
    Event.objects.bulk_create(
        [Event(workspace=lina.workspace, kind="page.viewed", contact_id=lina.pk, at=now()) for _number in range(6000)]
    )
    largest = count = 0
    with django_assert_max_num_queries(60):
        for piece in rights.as_json(lina):
            largest, count = max(largest, len(piece)), count + 1
    assert count > 6000
    assert largest < 20_000


def test_a_copy_is_handed_out_by_post_and_written_down(lina, owner):
    desk = client_of(owner)

    answer = desk.post(url("rights-copy", lina.public_id), {"format": "json"})

    assert json.loads(answer.getvalue())["format"] == "rapport.person"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    request = RightsRequest.objects.get()
    assert (request.kind, request.outcome, request.done_by) == ("access", "done", owner)
    assert AuditEntry.objects.filter(action="contact.copied", actor=owner).count() == 1
    assert desk.get(url("rights-copy", lina.public_id)).status_code == 405


def test_a_request_is_due_in_thirty_days_and_asked_once(lina, owner):
    first = record_request(contact=lina, kind="access", note="by letter", actor=owner)
    again = record_request(contact=lina, kind="access", actor=owner)

    assert first == again
    assert dt.timedelta(days=29) < first.due_at - now() < dt.timedelta(days=31)
    assert Event.objects.filter(kind="contact.asked_for_rights").count() == 1
    assert finish_request(request=first, actor=owner, declined=True).outcome == "declined"
    assert finish_request(request=first, actor=owner).outcome == "declined"
    assert record_request(contact=lina, kind="access").pk != first.pk


def test_asking_for_erasure_stops_the_use_at_once_and_erasing_ends_the_request(lina, owner):
    request = request_erasure(contact=lina, note="I had enough")
    assert Restriction.objects.filter(contact=lina).exists()

    erase_contact(contact=lina, actor=owner)

    request.refresh_from_db()
    assert (request.outcome, request.contact, request.note, request.done_by) == ("done", None, "", owner)


def test_restricting_and_lifting_are_told_once(lina, owner):
    restrict_contact(contact=lina, note="disputed", actor=owner)
    restrict_contact(contact=lina, actor=owner)
    assert lift_restriction(contact=lina, actor=owner) is True
    assert lift_restriction(contact=lina, actor=owner) is False

    kinds = list(
        Event.objects.filter(kind__startswith="contact.restrict").order_by("id").values_list("kind", flat=True)
    )
    assert kinds == ["contact.restricted", "contact.restriction_lifted"]


def test_programs_change_nothing_of_a_restricted_person_and_learn_why(lina, workspace):
    api = ApiClient(workspace)
    restrict_contact(contact=lina)
    about = {"contact": {"email": lina.email}, "name": "order.placed"}

    assert api.patch(f"contacts/{lina.public_id}/", {"first_name": "Eve"}, 409)["error"]["code"] == "restricted"
    assert api.put("contacts/upsert/", {"email": lina.email, "first_name": "Eve"}, 409)["error"]["code"] == "restricted"
    assert api.post("events/", about, 409)["error"]["code"] == "restricted"
    answer = api.post("events/", {"events": [about, {**about, "contact": {"email": "new@x.example"}}]}, 200)
    assert [(row["status"], row.get("code")) for row in answer["results"]] == [
        ("refused", "restricted"),
        ("created", None),
    ]
    lina.refresh_from_db()
    assert lina.first_name == "Lina"
    assert not Event.objects.filter(kind="order.placed", contact_id=lina.pk).exists()


def test_a_new_address_replaces_the_old_one_once_its_mailbox_says_yes(lina, workspace):
    change = request_address_change(contact=lina, email=" Lina@New.example ")
    lina.refresh_from_db()
    assert lina.email == "lina@otago.example"
    run_due_handlers()
    message = Message.objects.get()
    assert (message.recipient, message.purpose) == ("lina@new.example", "system")
    assert address_url(change.public_id) in message.data["text"]
    assert mail.outbox == []
    path = address_url(change.public_id).partition("/address/")[2]

    visitor = Client()
    assert "lina@new.example" in visitor.get(f"/address/{path}").content.decode()
    lina.refresh_from_db()
    assert lina.email == "lina@otago.example"
    assert visitor.post(f"/address/{path}").status_code == 200
    assert visitor.post(f"/address/{path}").status_code == 200

    lina.refresh_from_db()
    assert lina.email == "lina@new.example"
    assert RightsRequest.objects.get(kind="correction").outcome == "done"


def test_an_address_somebody_else_has_is_not_told_before_it_is_confirmed(lina, workspace):
    make_contact(workspace, "taken@x.example")
    change = request_address_change(contact=lina, email="taken@x.example")

    with pytest.raises(DuplicateContact):
        confirm_address_change(change=change)

    lina.refresh_from_db()
    assert lina.email == "lina@otago.example"


def test_an_old_link_and_a_bad_address_change_nothing(lina):
    with pytest.raises(InvalidContact):
        request_address_change(contact=lina, email="nobody@")
    with pytest.raises(InvalidContact):
        request_address_change(contact=lina, email=lina.email)
    change = request_address_change(contact=lina, email="lina@new.example")
    AddressChange.objects.update(expires_at=now())

    with pytest.raises(AddressChangeExpired):
        confirm_address_change(change=change)

    lina.refresh_from_db()
    assert lina.email == "lina@otago.example"


def test_confirming_an_address_that_was_erased_lets_its_owner_back(lina, workspace):
    Tombstone.objects.create(workspace=workspace, channel="email", address_hash=address_hash("lina@new.example"))

    confirm_address_change(change=request_address_change(contact=lina, email="lina@new.example"))

    lina.refresh_from_db()
    assert lina.email == "lina@new.example"
    assert not Tombstone.objects.exists()


def test_a_forged_link_leads_nowhere(db):
    assert Client().get("/address/abc/").status_code == 404


def test_pages_show_requests_restrictions_and_receipts(lina, owner):
    desk = client_of(owner)
    assert "Nobody waits for an answer" in desk.get(url("rights-requests")).content.decode()
    desk.post(url("rights-ask", lina.public_id), {"kind": "erasure", "note": "rang us"})
    desk.post(url("rights-restrict", lina.public_id), {"why": "disputed"})

    page = desk.get(url("rights", lina.public_id)).content.decode()
    assert "rang us" in page
    assert "Their data is kept but not used." in page
    assert "Their data is kept but not used." in desk.get(url("detail", lina.public_id)).content.decode()
    assert "rang us" in desk.get(url("rights-requests")).content.decode()
    desk.post(url("rights-lift", lina.public_id))
    assert not Restriction.objects.exists()
    assert desk.post(url("rights-ask", lina.public_id), {"kind": "tea"}).status_code == 422
    desk.post(url("rights-finish", RightsRequest.objects.get().public_id), {"outcome": "declined"})
    assert "Declined" in desk.get(url("rights-requests") + "?show=over").content.decode()
    desk.post(url("erase", lina.public_id))
    assert "Somebody who was erased" in desk.get(url("rights-requests") + "?show=over").content.decode()


def test_viewers_see_no_requests(lina, viewer: User):
    looking = client_of(viewer)

    assert looking.get(url("rights-requests")).status_code == 403
    assert looking.get(url("rights", lina.public_id)).status_code == 403
    assert looking.post(url("rights-copy", lina.public_id)).status_code == 403


def test_a_copy_handed_out_on_their_own_page_closes_what_they_asked(lina):
    request = record_request(contact=lina, kind="access", source="preferences")

    note_copy(contact=lina, source="preferences")

    request.refresh_from_db()
    assert request.outcome == "done"
    assert RightsRequest.objects.count() == 1
