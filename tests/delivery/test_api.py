import datetime as dt
from typing import Any

import pytest

from accounts.models import Workspace
from channels.models import Sender
from content.models import Template
from delivery.models import Message, MessageFact
from tests.api import ApiClient
from tests.cast import make_contact


@pytest.fixture
def api(workspace: Workspace) -> ApiClient:
    return ApiClient(workspace)


@pytest.fixture
def sender(workspace: Workspace) -> Sender:
    return Sender.objects.create(
        workspace=workspace, name="Kea", email="hello@kea.example", verified_at=dt.datetime.now(dt.UTC)
    )


RECEIPT = {"to": {"email": "Aroha@Example.org"}, "subject": "Your receipt", "text": "Thank you, {{ data.name }}."}


def test_a_message_is_taken_and_waits(api: ApiClient, sender: Sender) -> None:
    made = api.post("messages/", {**RECEIPT, "data": {"name": "Aroha"}}, 202)
    message = Message.objects.get()
    assert made == {
        "id": str(message.public_id),
        "status": "pending",
        "reason": "",
        "detail": "",
        "purpose": "transactional",
        "channel": "email",
        "contact": None,
        "email": "aroha@example.org",
        "created_at": made["created_at"],
        "send_at": made["send_at"],
        "settled_at": None,
    }
    assert (message.sender, message.data) == (sender, {"name": "Aroha"})
    assert message.content_version is not None
    assert message.content_version.subject == "Your receipt"
    assert api.get(f"messages/{made['id']}/") == {**made, "history": []}


def test_a_message_finds_its_contact_and_template(api: ApiClient, workspace: Workspace, sender: Sender) -> None:
    contact = make_contact(workspace, "aroha@example.org")
    template = Template.objects.create(
        workspace=workspace,
        name="Receipt",
        subject="Receipt",
        mjml="<mjml><mj-body><mj-section><mj-column><mj-text>Hi</mj-text></mj-column></mj-section></mj-body></mjml>",
    )
    by_id = api.post("messages/", {"to": {"contact": str(contact.public_id)}, "template": str(template.public_id)}, 202)
    by_email = api.post("messages/", RECEIPT, 202)
    assert by_id["contact"] == by_email["contact"] == str(contact.public_id)
    assert [one["id"] for one in api.get(f"contacts/{contact.public_id}/messages/")["results"]] == [
        by_email["id"],
        by_id["id"],
    ]


def test_a_message_tells_its_history(api: ApiClient, workspace: Workspace, sender: Sender) -> None:
    made = api.post("messages/", RECEIPT, 202)
    message = Message.objects.get()
    at = dt.datetime(2026, 3, 2, 10, tzinfo=dt.UTC)
    MessageFact.objects.create(
        workspace=workspace, message=message, action="clicked", verdict="human", link=0, at=at, last_at=at
    )
    assert api.get(f"messages/{made['id']}/")["history"] == [
        {
            "action": "clicked",
            "verdict": "human",
            "link": 0,
            "at": "2026-03-02T10:00:00Z",
            "last_at": "2026-03-02T10:00:00Z",
            "times": 1,
        }
    ]


def test_a_message_can_wait_for_its_time(api: ApiClient, sender: Sender) -> None:
    at = dt.datetime.now(dt.UTC).replace(microsecond=0) + dt.timedelta(days=2)
    made = api.post("messages/", {**RECEIPT, "send_at": at.isoformat()}, 202)
    assert made["send_at"] == at.isoformat().replace("+00:00", "Z")


def test_the_same_key_sends_once(api: ApiClient, sender: Sender) -> None:
    first = api.post("messages/", RECEIPT, 202, **{"Idempotency-Key": "order-17"})
    assert api.post("messages/", RECEIPT, 202, **{"Idempotency-Key": "order-17"}) == first
    assert Message.objects.count() == 1


@pytest.mark.parametrize(
    "change",
    [
        {"to": {}},
        {"to": {"email": "nobody"}},
        {"to": {"email": "a@example.org", "contact": "00000000-0000-7000-8000-000000000000"}},
        {"to": {"contact": "00000000-0000-7000-8000-000000000000"}},
        {"purpose": "marketing"},
        {"template": "00000000-0000-7000-8000-000000000000"},
        {"subject": ""},
        {"text": ""},
        {"data": []},
        {"send_at": "2999-01-01T00:00:00Z"},
        {"send_at": "tomorrow"},
        {"bcc": "x@example.org"},
    ],
)
def test_a_message_that_cannot_be_is_refused(api: ApiClient, sender: Sender, change: dict[str, Any]) -> None:
    api.post("messages/", {**RECEIPT, **change}, 400)
    assert not Message.objects.exists()


def test_without_a_verified_sender_nothing_is_taken(api: ApiClient, workspace: Workspace) -> None:
    assert api.post("messages/", RECEIPT, 422)["error"]["code"] == "no_sender"
    unverified = Sender.objects.create(workspace=workspace, name="Kea", email="hello@kea.example")
    body = {**RECEIPT, "sender": str(unverified.public_id)}
    assert api.post("messages/", body, 422)["error"]["code"] == "sender_unverified"
    assert not Message.objects.exists()


def test_words_that_cannot_be_compiled_are_refused(api: ApiClient, sender: Sender) -> None:
    error = api.post("messages/", {**RECEIPT, "text": "{% if %}"}, 422)["error"]
    assert error["code"].startswith("liquid_")
    assert not Message.objects.exists()


def test_strangers_messages_do_not_exist(api: ApiClient, sender: Sender, other_workspace: Workspace) -> None:
    made = api.post("messages/", RECEIPT, 202)
    ApiClient(other_workspace).get(f"messages/{made['id']}/", 404)
    theirs = make_contact(other_workspace, "x@example.org")
    api.get(f"contacts/{theirs.public_id}/messages/", 404)
    api.get("messages/", 405)
