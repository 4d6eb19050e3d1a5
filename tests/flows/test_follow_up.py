"""What sessions set off outside: messages and signed calls, once, and tried again."""

import datetime as dt
import hashlib
import hmac
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from channels.models import Sender
from content.models import Template
from core.clock import now
from delivery.models import Message
from flows.models import FollowUp
from flows.services import Visitor, create_flow, publish_flow, send_event, start_session
from flows.services.follow_up import call_key, send_follow_ups

pytestmark = pytest.mark.django_db
STEPS: list[dict[str, Any]] = [
    {
        "key": "you",
        "blocks": [
            {"type": "email", "key": "mail", "label": "Your e-mail", "contact_field": "email"},
            {
                "type": "single_choice",
                "key": "view",
                "label": "View",
                "choices": [{"key": "sea", "label": "The sea"}, {"key": "hills", "label": "The hills"}],
            },
        ],
    }
]


@pytest.fixture
def outside(settings):
    """Another system's address: what it was told, and the status it answers."""
    told: list[tuple[dict[str, str], bytes]] = []
    answers = [500]

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(answers[0])
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Keep quiet."""

    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook", told, answers
    server.shutdown()
    server.server_close()
    thread.join()


def flow_with(workspace, owner, *actions: dict[str, Any]):
    document = {
        "schema_version": "1.0", "kind": "form", "name": "Ask", "default_locale": "en",
        "steps": [{**STEPS[0], "logic": [{"actions": list(actions)}]}],
        "endings": [{"key": "done", "type": "screen", "title": "Thank you"}],
    }  # fmt: skip
    row = create_flow(workspace=workspace, actor=owner, name="Ask", document=document, key="ask")
    publish_flow(flow=row, actor=owner)
    row.refresh_from_db()
    return row


def answer(flow, **answers: Any):
    secret = start_session(flow=flow, visitor=Visitor()).secret
    return send_event(flow=flow, secret=secret, event={"type": "submit", "step": "you", "answers": answers}).session


def test_message_goes_to_whoever_just_became_known_with_their_answers(workspace, owner):
    Sender.objects.create(workspace=workspace, name="Kea", email="hi@kea.example", verified_at=now())
    template = Template.objects.create(
        workspace=workspace, name="Result", subject="You like {{ data.answers.view }}",
        mjml="<mjml><mj-body><mj-section><mj-column><mj-text>Hello</mj-text></mj-column></mj-section></mj-body></mjml>",
    )  # fmt: skip
    flow = flow_with(workspace, owner, {"do": "send_message", "template": str(template.public_id)})

    answer(flow, mail="ana@example.org", view="sea")
    assert send_follow_ups() == 1
    assert send_follow_ups() == 0

    message = Message.objects.get(purpose="transactional")
    assert (message.recipient, message.data["answers"]["view"]) == ("ana@example.org", "The sea")
    assert FollowUp.objects.get().status == "done"


def test_message_to_nobody_waits(workspace, owner):
    flow = flow_with(workspace, owner, {"do": "send_message", "template": "Result"})

    answer(flow, view="sea")

    assert send_follow_ups() == 0
    assert FollowUp.objects.get().due_at is None


def test_message_without_its_template_fails_with_a_word(workspace, owner):
    flow = flow_with(workspace, owner, {"do": "send_message", "template": "Gone"})

    answer(flow, mail="ana@example.org")
    send_follow_ups()

    row = FollowUp.objects.get()
    assert (row.status, row.detail) == ("failed", "no_template")
    assert not Message.objects.filter(purpose="transactional").exists()


def test_call_is_signed_and_made_again_where_it_was_not_taken(workspace, owner, outside):
    url, told, answers = outside
    flow = flow_with(workspace, owner, {"do": "webhook", "url": url})
    answer(flow, view="hills")
    assert told == []

    send_follow_ups()
    row = FollowUp.objects.get()
    assert (row.status, row.detail, row.attempts) == ("waiting", "status_500", 1)
    assert row.due_at > now()
    assert send_follow_ups() == 0

    FollowUp.objects.update(due_at=now() - dt.timedelta(seconds=1))
    answers[0] = 204
    send_follow_ups()
    row.refresh_from_db()
    assert (row.status, row.detail) == ("done", "")

    headers, body = told[1]
    said = json.loads(body)
    assert (said["values"], said["answers"], said["flow"]) == ({"view": "hills"}, {"view": "The hills"}, "ask")
    message = b".".join((headers["Rapport-Id"].encode(), headers["Rapport-Timestamp"].encode(), body))
    digest = hmac.new(call_key(workspace.pk), message, hashlib.sha256).hexdigest()
    assert headers["Rapport-Signature"] == f"v1={digest}"


def test_call_that_is_never_taken_ends_after_six_times(workspace, owner):
    flow = flow_with(workspace, owner, {"do": "webhook", "url": "http://127.0.0.1:9/closed"})
    answer(flow, view="hills")

    for _attempt in range(6):
        FollowUp.objects.filter(status="waiting").update(due_at=now() - dt.timedelta(seconds=1))
        send_follow_ups()

    row = FollowUp.objects.get()
    assert (row.status, row.detail, row.attempts) == ("failed", "private", 6)
