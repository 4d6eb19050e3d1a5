"""What Amazon SES tells through SNS: only our topic, only what SNS signed, over https from its own name."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from channels.hooks import hook_url
from channels.models import Sender
from consent.models import Suppression
from contacts.models import Contact
from core.clock import now
from delivery.headers import message_id
from delivery.models import Message, MessageFact
from tests.amazon_server import CERTIFICATE, HOST, SUBSCRIBE, TOPIC, Amazon, amazon_sns

ID = "lina@lake.example"


@pytest.fixture
def amazon(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Any) -> Iterator[Amazon]:
    cache.clear()
    with amazon_sns(monkeypatch, tmp_path, settings) as server:
        yield server
    cache.clear()


@pytest.fixture
def message(agreed: Any, sender: Sender) -> Message:
    contact: Contact = agreed(ID)
    use(sender, TOPIC)
    return Message.objects.create(
        workspace=contact.workspace, purpose="marketing", contact=contact, sender=sender, recipient=ID,
        status="unknown", created_at=now(), due_at=now(), settled_at=now(),
    )  # fmt: skip


def use(sender: Sender, topic: str) -> None:
    sender.smtp_url = f"ses://AKID:SECRET@?region=eu-west-1&topic={topic}"
    sender.save()


def call(sender: Sender, notice: Any, **headers: str) -> int:
    path = "/hooks/" + hook_url("ses", sender).partition("/hooks/")[2]
    told = {"x-amz-sns-message-type": notice["Type"], "x-amz-sns-message-id": notice["MessageId"], **headers}
    answer = Client().post(path, json.dumps(notice), content_type="text/plain; charset=UTF-8", headers=told)
    return answer.status_code


def event(message: Message, kind: str, **fields: Any) -> dict[str, Any]:
    """As a configuration set publishes it: the tag names our message."""
    mail = {"messageId": "0102018abc-000000", "destination": [ID], "tags": {"rapport": [str(message.public_id)]}}
    return {"eventType": kind, "mail": mail, **fields}


def bounce(kind: str = "Permanent", sub: str = "General", **recipient: str) -> dict[str, Any]:
    recipients = [{"emailAddress": ID, "action": "failed", **recipient}]
    return {"bounce": {"bounceType": kind, "bounceSubType": sub, "bouncedRecipients": recipients}}


def state() -> tuple[str, list[tuple[str, str]], set[tuple[str, str]]]:
    facts = list(MessageFact.objects.order_by("action").values_list("action", "detail"))
    return Message.objects.get().status, facts, set(Suppression.objects.values_list("address", "reason"))


DELIVERY = {"delivery": {"recipients": [ID], "smtpResponse": "250 OK"}}


@pytest.mark.parametrize("version", ["1", "2"])
def test_delivery_settles_what_was_unknown(amazon: Amazon, message: Message, sender: Sender, version: str) -> None:
    notice = amazon.notice(event(message, "Delivery", **DELIVERY), version=version)

    assert [call(sender, notice), call(sender, notice)] == [200, 200]

    assert state() == ("sent", [("delivered", "")], set())
    assert amazon.site.asked == [CERTIFICATE]  # kept after the first time


def test_notification_without_a_configuration_set_names_the_message_by_its_headers(
    amazon: Amazon, message: Message, sender: Sender
) -> None:
    original = message_id(message.public_id, sender.email)
    mail = {"messageId": "0102", "destination": [ID], "commonHeaders": {"messageId": original}}

    assert call(sender, amazon.notice({"notificationType": "Delivery", "mail": mail, **DELIVERY})) == 200
    assert state()[0] == "sent"

    header = {"name": "X-Metadata", "value": json.dumps({"rapport": str(message.public_id)})}
    mail = {"messageId": "0102", "destination": [ID], "headers": [header]}
    complaint = {"complaint": {"complainedRecipients": [{"emailAddress": ID}], "complaintFeedbackType": "abuse"}}
    call(sender, amazon.notice({"notificationType": "Complaint", "mail": mail, **complaint}))
    assert state()[2] == {(ID, "complaint")}


BOUNCES = [
    (bounce(status="5.1.1", diagnosticCode="smtp; 550 5.1.1 user unknown"), "hard 550 5.1.1", True),
    (bounce(status="5.1.1"), "hard 5.1.1", True),
    (bounce(), "hard 550 5.1.1", True),
    (bounce(sub="NoEmail"), "hard 550 5.1.1", True),
    (bounce(status="5.7.1", diagnosticCode="smtp; 550 5.7.1 message blocked due to reputation"), "sender 550", False),
    (bounce("Transient", "MailboxFull", status="5.2.2"), "soft 5.2.2", False),
    (bounce("Transient", "General"), "soft", False),
    (bounce("Undetermined", "Undetermined"), "soft", False),
    (bounce(sub="Suppressed", status="5.1.1", diagnosticCode="Amazon SES has suppressed sending"), "soft", False),
    (bounce(sub="OnAccountSuppressionList", status="5.1.1"), "soft", False),
]  # fmt: skip


@pytest.mark.parametrize(("told", "detail", "is_buried"), BOUNCES)
def test_only_a_dead_mailbox_is_blocked(
    amazon: Amazon, message: Message, sender: Sender, told: dict[str, Any], detail: str, is_buried: bool
) -> None:
    assert call(sender, amazon.notice(event(message, "Bounce", **told))) == 200

    status, facts, blocked = state()
    assert (status, blocked) == ("sent", {(ID, "hard_bounce")} if is_buried else set())
    assert [action for action, _detail in facts] == ["bounced"]
    assert facts[0][1].startswith(detail)


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ({"eventType": "DeliveryDelay", "deliveryDelay": {"delayType": "MailboxFull"}}, "sent"),
        ({"eventType": "Send", "send": {}}, "sent"),
        ({"eventType": "Complaint", "complaint": {
            "complainedRecipients": [{"emailAddress": ID}], "complaintFeedbackType": "not-spam"}}, "sent"),
        ({"eventType": "Subscription", "subscription": {}}, "unknown"),
    ],
)  # fmt: skip
def test_what_blames_nobody_leaves_no_mark(
    amazon: Amazon, message: Message, sender: Sender, told: dict[str, Any], status: str
) -> None:
    assert call(sender, amazon.notice({**event(message, ""), **told})) == 200
    assert state() == (status, [], set())


def test_subscription_to_our_topic_is_confirmed(amazon: Amazon, message: Message, sender: Sender) -> None:
    assert call(sender, amazon.question()) == 200
    assert amazon.site.asked == [CERTIFICATE, SUBSCRIBE]
    first = amazon.notice("Successfully validated SNS topic for Amazon SES event publishing.")
    assert call(sender, first) == 200


def test_subscription_that_amazon_does_not_take_is_asked_again(
    amazon: Amazon, message: Message, sender: Sender
) -> None:
    amazon.site.pages[SUBSCRIBE] = (500, {}, b"")
    assert call(sender, amazon.question()) == 503


OTHER = "arn:aws:sns:eu-west-1:999999999999:theirs"
ELSEWHERE = [
    {"TopicArn": OTHER},
    {"SubscribeURL": f"https://evil.example{SUBSCRIBE}"},
    {"SubscribeURL": f"http://{HOST}{SUBSCRIBE}"},
    {"SubscribeURL": f"https://{HOST}:444{SUBSCRIBE}"},
    {"SubscribeURL": f"https://{HOST}@evil.example{SUBSCRIBE}"},
    {"SubscribeURL": f"https://{HOST}/?Action=ConfirmSubscription&TopicArn={OTHER}&Token=abc"},
    {"SubscribeURL": f"https://{HOST}/?Action=Publish&TopicArn={TOPIC}"},
    {"SubscribeURL": f"https://sns.us-east-1.amazonaws.com{SUBSCRIBE}"},
]


@pytest.mark.parametrize("changed", ELSEWHERE)
def test_nothing_else_is_ever_confirmed(
    amazon: Amazon, message: Message, sender: Sender, changed: dict[str, str]
) -> None:
    assert call(sender, amazon.question(**changed)) == 403
    assert [path for path in amazon.site.asked if path != CERTIFICATE] == []


FORGED = [
    {"Message": "{}"},
    {"Signature": "AAAA"},
    {"Signature": "no base64"},
    {"SignatureVersion": "3"},
    {"Subject": "added later"},
    {"TopicArn": OTHER},
    {"SigningCertURL": f"https://evil.example{CERTIFICATE}"},
    {"SigningCertURL": f"http://{HOST}{CERTIFICATE}"},
    {"SigningCertURL": f"https://{HOST}/other.pem"},
    {"SigningCertURL": "https://[broken"},
    {"Timestamp": 7},
    {"Type": "Hello"},
]


@pytest.mark.parametrize("changed", FORGED)
def test_what_sns_did_not_sign_is_refused(
    amazon: Amazon, message: Message, sender: Sender, changed: dict[str, Any]
) -> None:
    notice = amazon.notice(event(message, "Bounce", **bounce()))

    assert call(sender, {**notice, **changed}) == 403

    assert state() == ("unknown", [], set())
    assert amazon.site.asked in ([], [CERTIFICATE])


def test_a_certificate_behind_a_redirect_is_not_taken(amazon: Amazon, message: Message, sender: Sender) -> None:
    amazon.site.pages["/other.pem"] = amazon.site.pages[CERTIFICATE]
    amazon.site.pages[CERTIFICATE] = (302, {"Location": "/other.pem"}, b"")

    assert call(sender, amazon.notice(event(message, "Delivery", **DELIVERY))) == 503
    assert state()[0] == "unknown"


def test_without_amazon_the_call_shall_come_again(amazon: Amazon, message: Message, sender: Sender) -> None:
    amazon.site.pages[CERTIFICATE] = (200, {}, b"no certificate")
    assert call(sender, amazon.notice(event(message, "Delivery", **DELIVERY))) == 503

    del amazon.site.pages[CERTIFICATE]
    assert call(sender, amazon.notice(event(message, "Delivery", **DELIVERY))) == 503
    assert state()[0] == "unknown"


def test_without_a_topic_nobody_is_believed(amazon: Amazon, message: Message, sender: Sender) -> None:
    use(sender, "")
    assert call(sender, amazon.notice(event(message, "Delivery", **DELIVERY))) == 403
    assert (state()[0], amazon.site.asked) == ("unknown", [])


@pytest.mark.parametrize("body", ["", "[]", "null", "{", '{"TopicArn": 3}', pytest.param("[" * 100_000, id="deep")])
def test_any_body_is_answered(sender: Sender, body: str) -> None:
    use(sender, TOPIC)
    path = "/hooks/" + hook_url("ses", sender).partition("/hooks/")[2]
    assert Client().post(path, body, content_type="text/plain").status_code == 403


@pytest.mark.parametrize(
    "told", ["no json", "[]", '{"eventType": "Bounce"}', '{"mail": 3}', '{"eventType": 3, "mail": {}}']
)
def test_any_signed_content_is_answered(amazon: Amazon, message: Message, sender: Sender, told: str) -> None:
    assert call(sender, amazon.notice(told)) in {200, 403}
    assert state() == ("unknown", [], set())
