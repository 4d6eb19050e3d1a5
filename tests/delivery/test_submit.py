"""Single messages: Django's own mail and double opt-in take the one way too."""

from typing import Any

from django.core.mail import EmailMultiAlternatives, send_mail

from accounts.models import Workspace
from channels.models import Sender
from content.models import ContentVersion
from delivery.models import Message
from delivery.sender_process import SenderProcess
from delivery.services import SendRequest, submit, submit_test
from tests.smtp_server import running_smtp_server


def test_django_mail_goes_through_the_queue(process: SenderProcess, settings: Any) -> None:
    settings.EMAIL_BACKEND = "delivery.email_backend.DeliveryBackend"
    assert send_mail("Reset your password", "Follow the link", "Rapport <no-reply@kea.example>", ["a@x.example"]) == 1

    with running_smtp_server() as server:
        settings.SMTP_URL = server.url
        process.run("transactional", 3)

    assert server.recipients == ["a@x.example"]
    assert b"Subject: Reset your password" in server.acceptances[0].data
    assert b"Auto-Submitted: auto-generated" in server.acceptances[0].data
    assert b"List-Unsubscribe" not in server.acceptances[0].data


def test_html_alternative_is_kept(db: Any, settings: Any) -> None:
    settings.EMAIL_BACKEND = "delivery.email_backend.DeliveryBackend"
    mail = EmailMultiAlternatives("Hi", "text", "no-reply@kea.example", ["a@x.example"])
    mail.attach_alternative("<p>html</p>", "text/html")
    mail.send()

    assert Message.objects.get().data["html"] == "<p>html</p>"


def test_repeated_request_is_one_message(workspace: Workspace, sender: Sender, version: ContentVersion) -> None:
    request = SendRequest(
        workspace=workspace, purpose="transactional", to_email="a@x.example", sender=sender, content_version=version,
        idempotency_key="order-1",
    )  # fmt: skip

    assert submit(request).pk == submit(request).pk
    assert Message.objects.count() == 1


def test_test_message_goes_to_its_author_whatever_anybody_agreed_to(
    workspace: Workspace, sender: Sender, version: ContentVersion, process: SenderProcess, settings: Any
) -> None:
    submit_test(workspace=workspace, content_version=version, sender=sender, to_email="me@kea.example")
    with running_smtp_server() as server:
        settings.SMTP_URL = server.url
        process.run("transactional", 3)

    assert server.recipients == ["me@kea.example"]
    assert Message.objects.get().status == "sent"
