"""Who leaves in the middle is noted; who does not come back is forgotten."""

import datetime as dt
from typing import Any

import pytest

from core.clock import now
from events.models import Event
from flows.models import Flow, FlowSession
from flows.services import NoSession, Visitor, create_flow, publish_flow, send_event, show_session, start_session
from flows.services.abandoning import forget_left_sessions, note_abandoned
from tests.cast import make_contact

pytestmark = pytest.mark.django_db
DOCUMENT: dict[str, Any] = {
    "schema_version": "1.0", "kind": "form", "name": "Ask", "default_locale": "en",
    "steps": [
        {"key": "one", "blocks": [{"type": "short_text", "key": "a", "label": "A"}]},
        {"key": "two", "blocks": [{"type": "short_text", "key": "b", "label": "B"}]},
    ],
    "endings": [{"key": "done", "type": "screen", "title": "Thank you"}],
}  # fmt: skip


@pytest.fixture
def flow(workspace, owner) -> Flow:
    row = create_flow(workspace=workspace, actor=owner, name="Ask", document=DOCUMENT, key="ask")
    publish_flow(flow=row, actor=owner)
    row.refresh_from_db()
    return row


def begin(flow: Flow, visitor: Visitor, idle: dt.timedelta) -> str:
    secret = start_session(flow=flow, visitor=visitor).secret
    send_event(flow=flow, secret=secret, event={"type": "submit", "step": "one", "answers": {"a": "mine"}})
    FlowSession.objects.with_secret(secret).update(last_at=now() - idle)
    return secret


def test_known_person_who_left_is_an_event_once(flow, workspace):
    person = make_contact(workspace, "ana@example.org")
    begin(flow, Visitor(contact=person), dt.timedelta(minutes=31))
    begin(flow, Visitor(), dt.timedelta(minutes=29))

    assert (note_abandoned(), note_abandoned()) == (1, 0)

    event = Event.objects.get(kind="flow.abandoned")
    assert (event.contact_id, event.properties["step"]) == (person.pk, "two")
    assert sorted(FlowSession.objects.values_list("status", flat=True)) == ["abandoned", "active"]


def test_who_comes_back_goes_on(flow):
    secret = begin(flow, Visitor(), dt.timedelta(minutes=31))
    note_abandoned()

    send_event(flow=flow, secret=secret, event={"type": "submit", "step": "two", "answers": {}})

    assert FlowSession.objects.get().status == "completed"


def test_stranger_who_stays_away_is_forgotten_and_a_known_person_is_not(flow, workspace):
    away = dt.timedelta(days=31)
    stranger = begin(flow, Visitor(referrer="a.example"), away)
    known = begin(flow, Visitor(contact=make_contact(workspace, "ana@example.org")), away)
    note_abandoned()

    assert (forget_left_sessions(), forget_left_sessions()) == (1, 0)

    with pytest.raises(NoSession):
        show_session(flow=flow, secret=stranger)
    assert show_session(flow=flow, secret=known).effect("render")["step"] == "two"
    row = FlowSession.objects.get(contact=None)
    assert (row.state, row.answers, row.referrer, row.status) == ("", {}, "", "expired")
    assert row.visits.count() == 2
