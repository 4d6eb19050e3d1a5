"""Events from outside: typed, once each, set-wise."""

import datetime as dt
import uuid

import pytest

from contacts.models import Contact
from contacts.services import ContactValues, IncomingEvent, create_contact, ingest_events
from events import registry
from events.models import Event, EventKind, HandlerRun
from events.services import NewEvent, append_events


def statuses(answers):
    return [answer.status for answer in answers]


def test_append_events_keeps_types_and_money(workspace):
    at = dt.datetime(2026, 11, 1, 9, tzinfo=dt.UTC)
    properties = {
        "total": {"amount": "12.5", "currency": "EUR"},
        "items": 3,
        "gift": True,
        "day": "2026-11-05",
        "note": "ÄRGER",
    }
    answers = append_events(workspace, [NewEvent(name="order.placed", at=at, properties=properties)])
    assert statuses(answers) == ["created"]
    event = Event.objects.get()
    assert (event.amount, event.currency, event.at) == (125_000, "EUR", at)
    assert event.folded == {"note": "ärger"}
    assert EventKind.objects.get().properties == {
        "total": "money",
        "items": "number",
        "gift": "boolean",
        "day": "date",
        "note": "text",
    }


def test_append_events_with_another_type_later_is_refused_alone(workspace):
    append_events(workspace, [NewEvent(name="seen", properties={"n": 1})])
    answers = append_events(
        workspace, [NewEvent(name="seen", properties={"n": "many"}), NewEvent(name="seen", properties={"n": 2})]
    )
    assert statuses(answers) == ["refused", "created"]
    assert "number" in answers[0].problem
    assert Event.objects.count() == 2


def test_text_that_looked_like_a_date_widens_to_text(workspace):
    append_events(workspace, [NewEvent(name="seen", properties={"v": "2026-01-01"})])
    answers = append_events(workspace, [NewEvent(name="seen", properties={"v": "spring"})])
    assert statuses(answers) == ["created"]
    assert EventKind.objects.get().properties == {"v": "text"}


@pytest.mark.parametrize("name", ["", "1st", "consent.granted", "message.x", "a b", "x" * 81])
def test_append_events_refuses_names_that_are_ours_or_unreadable(workspace, name):
    assert statuses(append_events(workspace, [NewEvent(name=name)])) == ["refused"]
    assert not Event.objects.exists()


def test_append_events_knows_an_id_again(workspace, other_workspace):
    same = uuid.uuid4()
    first = append_events(workspace, [NewEvent(name="seen", public_id=same), NewEvent(name="seen", public_id=same)])
    again = append_events(workspace, [NewEvent(name="seen", public_id=same)])
    elsewhere = append_events(other_workspace, [NewEvent(name="seen", public_id=same)])
    assert (statuses(first), statuses(again), statuses(elsewhere)) == (
        ["created", "repeated"],
        ["repeated"],
        ["created"],
    )


def test_append_events_wakes_handlers_once_per_event(workspace, monkeypatch):
    monkeypatch.setattr(registry, "_handlers", {"order.placed": {"test.hear_order": lambda event: None}})
    same = uuid.uuid4()
    for _ in range(2):
        append_events(workspace, [NewEvent(name="order.placed", public_id=same)])
    assert list(HandlerRun.objects.values_list("handler", flat=True)) == ["test.hear_order"]


def test_append_events_needs_the_same_queries_for_many(workspace, django_assert_num_queries):
    append_events(workspace, [NewEvent(name="seen")])
    with django_assert_num_queries(4):
        append_events(workspace, [NewEvent(name="seen") for _ in range(100)])


def test_ingest_events_finds_people_in_every_way(workspace):
    contact = create_contact(workspace=workspace, values=ContactValues(email="ada@example.org", external_id="42"))
    answers = ingest_events(
        workspace=workspace,
        batch=[
            IncomingEvent(name="seen", email=" ADA@example.org", id="evt-1"),
            IncomingEvent(name="seen", external_id="42", id="evt-1"),
            IncomingEvent(name="seen", contact=str(contact.public_id)),
            IncomingEvent(name="seen", external_id="nobody"),
            IncomingEvent(name="seen", email="not an address"),
            IncomingEvent(name="seen", email="new@example.org"),
        ],
    )
    assert statuses(answers) == ["created", "repeated", "created", "refused", "refused", "created"]
    assert Event.objects.filter(kind="seen", contact_id=contact.pk).count() == 2
    assert Contact.objects.filter(email="new@example.org").exists()


def test_ingest_events_of_a_stranger_workspace_finds_nobody(workspace, other_workspace):
    contact = create_contact(workspace=workspace, values=ContactValues(email="ada@example.org"))
    batch = [IncomingEvent(name="seen", contact=str(contact.public_id))]
    assert statuses(ingest_events(workspace=other_workspace, batch=batch)) == ["refused"]
    assert not Event.objects.filter(kind="seen").exists()
