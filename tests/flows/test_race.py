"""The same first screen sent several times at one moment, with real transactions."""

import datetime as dt
import threading

import pytest
from django.db import connection

from accounts.models import Workspace
from contacts.models import Contact
from core.clock import now
from events.models import Event
from flows.models import FlowSession, StepVisit, Submission
from flows.services import FirstScreen, Visitor, create_flow, publish_flow
from flows.services.entering import answer_first

DOCUMENT = {
    "schema_version": "1.0",
    "kind": "form",
    "name": "Ask",
    "default_locale": "en",
    "settings": {"spam": {"pow": "off", "min_seconds": 0}},
    "steps": [
        {
            "key": "you",
            "blocks": [
                {"type": "email", "key": "mail", "label": "Your e-mail", "required": True, "contact_field": "email"}
            ],
            "logic": [{"actions": [{"do": "tag", "tag": "Asked"}]}],
        }
    ],
    "endings": [{"key": "done", "type": "screen", "title": "Thank you"}],
}


@pytest.mark.django_db(transaction=True)
def test_first_screen_sent_four_times_at_once_is_one_person_one_session_and_one_submission():
    workspace = Workspace.objects.create(name="Kea Cabins", slug="kea-cabins")
    flow = create_flow(workspace=workspace, actor=None, name="Ask", document=DOCUMENT, key="ask")
    publish_flow(flow=flow, actor=None)
    flow.refresh_from_db()
    shown = now().replace(microsecond=0) - dt.timedelta(seconds=9)
    first = FirstScreen(seed="ab" * 16, at=shown, version=flow.live_version, secret="one-secret")
    event = {"type": "submit", "step": "you", "visit": 1, "answers": {"mail": "ada@example.org"}}
    gate = threading.Barrier(4)
    ends: list[tuple[str, bool]] = []

    def send() -> None:
        try:
            gate.wait()
            answer = answer_first(flow=flow, visitor=Visitor(locale="en"), first=first, event=event)
            ends.append((answer.state.status, any(one["type"] == "error" for one in answer.effects)))
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(ends) == [("completed", False)] + [("completed", True)] * 3
    contact, session = Contact.objects.get(), FlowSession.objects.get()
    assert (contact.email, contact.tags) == ("ada@example.org", ["Asked"])
    assert (session.contact, session.submission) == (contact, Submission.objects.get())
    kinds = list(Event.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["contact.created", "flow.completed", "flow.step_completed"]
    visit = StepVisit.objects.get()
    assert (visit.session, visit.step, visit.left_at) == (session, "you", session.last_at)
