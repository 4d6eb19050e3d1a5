"""Providers' webhooks, as they call them."""

import base64
import hashlib
import hmac
import json
from typing import Any
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, Workspace
from channels.hooks import hook_url
from channels.models import Sender
from consent.models import Suppression
from contacts.models import Contact
from core.clock import now
from delivery.headers import message_id
from delivery.models import Message, MessageFact
from tests.cast import client_of

ID = "lina@lake.example"


@pytest.fixture
def contact(agreed: Any) -> Contact:
    person: Contact = agreed(ID)
    return person


@pytest.fixture
def message(contact: Contact, sender: Sender) -> Message:
    return Message.objects.create(
        workspace=contact.workspace, purpose="marketing", contact=contact, sender=sender, recipient=ID,
        status="unknown", created_at=now(), due_at=now(), settled_at=now(),
    )  # fmt: skip


def use(sender: Sender, url: str) -> None:
    sender.smtp_url = url
    sender.save()


def path_of(kind: str, sender: Sender | None) -> str:
    return "/hooks/" + hook_url(kind, sender).partition("/hooks/")[2]


def call(kind: str, sender: Sender | None, body: Any) -> int:
    return Client().post(path_of(kind, sender), json.dumps(body), content_type="application/json").status_code


def facts() -> list[tuple[str, str]]:
    return list(MessageFact.objects.order_by("action").values_list("action", "detail"))


def blocked() -> set[tuple[str, str]]:
    return set(Suppression.objects.values_list("address", "reason"))


def postmark(message: Message, **fields: Any) -> dict[str, Any]:
    return {"MessageID": "abc", "Metadata": {"rapport": str(message.public_id)}, "Recipient": ID, **fields}


BOUNCED = {
    "RecordType": "Bounce", "Type": "HardBounce", "ID": 42, "Email": ID, "Description": "No mailbox",
    "Details": "smtp;550 5.1.1 The email account does not exist", "BouncedAt": "2026-11-22T08:00:00Z",
}  # fmt: skip
DELIVERED = {"RecordType": "Delivery", "DeliveredAt": "2026-11-22T08:00:00Z", "Details": "smtp;250 OK"}
COMPLAINED = {
    "RecordType": "SpamComplaint", "Type": "SpamComplaint", "ID": 43, "Email": ID, "BouncedAt": "2026-11-22T08:00:00Z",
}  # fmt: skip


def test_a_changed_address_alone_is_answered(sender: Sender, owner: Any) -> None:
    use(sender, "postmark://TOKEN@")
    first = path_of("postmark", sender)
    assert Client().get(first).status_code == 200
    renewed = reverse("channels:hook", args=[sender.workspace.slug, sender.public_id])
    assert client_of(owner).post(renewed).status_code == 302
    sender.refresh_from_db()
    second = path_of("postmark", sender)
    assert (sender.hook_number, Client().get(first).status_code, Client().get(second).status_code) == (1, 404, 200)
    assert AuditEntry.objects.filter(action="sender.hook_renewed").count() == 1


def test_delivery_settles_what_was_unknown(message: Message, sender: Sender) -> None:
    use(sender, "postmark://TOKEN@")

    assert call("postmark", sender, postmark(message, **DELIVERED)) == 200

    assert (Message.objects.get().status, facts()) == ("sent", [("delivered", "")])


@pytest.mark.parametrize("order", [(DELIVERED, BOUNCED), (BOUNCED, DELIVERED), (BOUNCED, BOUNCED, DELIVERED)])
def test_order_and_repetition_do_not_matter(message: Message, sender: Sender, order: Any) -> None:
    use(sender, "postmark://TOKEN@")

    assert [call("postmark", sender, postmark(message, **event)) for event in order] == [200] * len(order)

    assert [action for action, _detail in facts()] == ["bounced", "delivered"]
    assert blocked() == {(ID, "hard_bounce")}


def test_hard_bounce_without_a_code_is_believed_in_the_providers_word(message: Message, sender: Sender) -> None:
    use(sender, "postmark://TOKEN@")

    call("postmark", sender, postmark(message, **{**BOUNCED, "Details": "", "Type": "SoftBounce"}))
    assert (blocked(), facts()[0][1][:4]) == (set(), "soft")
    call("postmark", sender, postmark(message, **{**BOUNCED, "Details": ""}))

    assert blocked() == {(ID, "hard_bounce")}


def test_complaint_blocks(message: Message, sender: Sender) -> None:
    use(sender, "postmark://TOKEN@")

    call("postmark", sender, postmark(message, **COMPLAINED))

    assert blocked() == {(ID, "complaint")}


def mailgun(message: Message, key: str, event: str, **fields: Any) -> dict[str, Any]:
    stamp, token = "1795334400", "t" * 50
    signed = hmac.new(key.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest()
    identifier = message_id(message.public_id, "aroha@kea.example").strip("<>")
    data = {
        "event": event,
        "timestamp": 1795334400.5,
        "recipient": ID,
        "message": {"headers": {"message-id": identifier}},
    }
    return {"signature": {"timestamp": stamp, "token": token, "signature": signed}, "event-data": {**data, **fields}}


REFUSED = {
    "severity": "permanent",
    "reason": "bounce",
    "delivery-status": {"code": 550, "message": "5.1.1 No such user"},
}


def test_mailgun_is_believed_by_its_signature(message: Message, sender: Sender) -> None:
    use(sender, "mailgun://KEY@kea.example?hook_key=HOOK")

    assert call("mailgun", sender, mailgun(message, "OTHER", "failed", **REFUSED)) == 403
    assert (facts(), Message.objects.get().status) == ([], "unknown")
    assert call("mailgun", sender, mailgun(message, "HOOK", "failed", **REFUSED)) == 200

    assert blocked() == {(ID, "hard_bounce")}


def test_mailgun_without_its_key_is_refused(message: Message, sender: Sender) -> None:
    use(sender, "mailgun://KEY@kea.example")

    assert call("mailgun", sender, mailgun(message, "", "delivered")) == 403
    assert facts() == []


SENDGRID_KEY = ec.generate_private_key(ec.SECP256R1())


def sendgrid_url() -> str:
    der = SENDGRID_KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return "sendgrid://KEY@?" + urlencode({"hook_key": base64.b64encode(der).decode()})


def sendgrid(sender: Sender, *events: dict[str, Any], altered: bytes = b"", stamp: str = "1795334400") -> int:
    """A call of SendGrid's Event Webhook, signed over its time and its very bytes."""
    body = json.dumps(list(events)).encode()
    signed = SENDGRID_KEY.sign(stamp.encode() + body, ec.ECDSA(hashes.SHA256()))
    headers = {
        "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signed).decode(),
        "X-Twilio-Email-Event-Webhook-Timestamp": "1795334400",
    }
    path = path_of("sendgrid", sender)
    return Client().post(path, body + altered, content_type="application/json", headers=headers).status_code


def about(message: Message, event: str, **fields: Any) -> dict[str, Any]:
    return {
        "email": ID, "event": event, "timestamp": 1795334400, "sg_event_id": "e1", "sg_message_id": "m1.filter",
        "rapport": str(message.public_id), **fields,
    }  # fmt: skip


def test_sendgrid_is_believed_by_its_signature(message: Message, sender: Sender) -> None:
    use(sender, sendgrid_url())
    event = about(message, "delivered", response="250 OK")

    assert sendgrid(sender, event, altered=b" ") == 403
    assert sendgrid(sender, event, stamp="1795334401") == 403
    assert call("sendgrid", sender, [event]) == 403
    assert (facts(), Message.objects.get().status) == ([], "unknown")

    assert sendgrid(sender, about(message, "processed"), event) == 200
    assert (facts(), Message.objects.get().status) == ([("delivered", "")], "sent")


@pytest.mark.parametrize("url", ["sendgrid://KEY@", "sendgrid://KEY@?hook_key=nonsense"])
def test_sendgrid_without_its_key_is_refused(message: Message, sender: Sender, url: str) -> None:
    use(sender, url)

    assert sendgrid(sender, about(message, "delivered")) == 403
    assert facts() == []


@pytest.mark.parametrize(
    ("fields", "detail", "is_buried"),
    [
        ({"type": "bounce", "reason": "550 5.1.1 no such user", "status": "5.1.1"}, "hard 550 5.1.1", True),
        ({"type": "bounce", "reason": "unknown", "bounce_classification": "Invalid Address"}, "hard 550", True),
        ({"type": "bounce", "reason": "The mailbox is gone", "status": "5.1.1"}, "hard 5.1.1", True),
        ({"type": "blocked", "reason": "550 5.7.1 poor reputation", "status": "5.7.1"}, "sender 550", False),
        (
            {"type": "blocked", "reason": "unable to get mx info", "bounce_classification": "Unclassified"},
            "soft",
            False,
        ),
        ({"type": "bounce", "status": 7}, "soft", False),
    ],
)
def test_sendgrids_bounces(
    message: Message, sender: Sender, fields: dict[str, Any], detail: str, is_buried: bool
) -> None:
    use(sender, sendgrid_url())

    assert sendgrid(sender, about(message, "bounce", **fields)) == 200

    assert facts()[0][1].startswith(detail)
    assert blocked() == ({(ID, "hard_bounce")} if is_buried else set())


def test_what_sendgrid_does_not_even_try_blocks_nobody(message: Message, sender: Sender) -> None:
    use(sender, sendgrid_url())
    assert sendgrid(sender, about(message, "dropped", reason="Bounced Address")) == 200
    assert (facts(), blocked()) == ([("bounced", "soft Bounced Address")], set())

    sendgrid(sender, about(message, "spamreport"))
    assert blocked() == {(ID, "complaint")}


def test_message_is_known_by_its_own_message_id_too(message: Message, sender: Sender) -> None:
    use(sender, sendgrid_url())
    event = about(message, "delivered", **{"smtp-id": message_id(message.public_id, sender.email)})
    del event["rapport"]

    assert sendgrid(sender, event) == 200
    assert Message.objects.get().status == "sent"


def test_another_workspaces_account_has_no_say(message: Message, sender: Sender, other_workspace: Workspace) -> None:
    other = Sender.objects.create(
        workspace=other_workspace, name="X", email="x@x.nz", smtp_url="postmark://T@", verified_at=now()
    )

    assert call("postmark", other, postmark(message, **BOUNCED)) == 200

    assert (facts(), blocked(), Message.objects.get().status) == ([], set(), "unknown")


def test_servers_own_account_speaks_for_all(message: Message, settings: Any) -> None:
    settings.SMTP_URL = "postmark://TOKEN@"

    assert call("postmark", None, postmark(message, **DELIVERED)) == 200
    assert facts() == [("delivered", "")]


def test_operator_is_told_the_address(settings: Any, capsys: pytest.CaptureFixture[str]) -> None:
    settings.SMTP_URL = "postmark://TOKEN@"
    call_command("hook_address")
    assert capsys.readouterr().out.strip() == hook_url("postmark", None)
    settings.SMTP_URL = "smtp://127.0.0.1"
    with pytest.raises(CommandError):
        call_command("hook_address")


@pytest.mark.parametrize("body", ["", "[]", "null", '"x"', "{", '{"RecordType": 7}', '{"Metadata": 3}', "\x00"])
def test_any_body_is_answered(message: Message, sender: Sender, body: str) -> None:
    use(sender, "postmark://TOKEN@")

    answer = Client().post(path_of("postmark", sender), body, content_type="application/json")

    assert answer.status_code in {200, 403}
    assert facts() == []


def test_nobody_answers_at_a_made_up_address(message: Message, sender: Sender) -> None:
    path = path_of("postmark", sender)
    assert Client().post(path).status_code == 404  # the sender uses no provider
    use(sender, "postmark://TOKEN@")

    paths = [path.replace("postmark", "brevo"), path[:-3] + "xx/", "/hooks/nobody/abc/"]
    assert [Client().post(path).status_code for path in paths] == [404, 404, 404]
    assert Client().get(path).status_code == 200
