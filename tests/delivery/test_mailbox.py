"""Fetching returned mail over IMAP, and asking providers about what is unknown: both with real servers on loopback."""

import datetime as dt
import logging
from base64 import b64decode
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import pytest

from accounts.models import User
from channels.models import Sender
from channels.providers import ProviderSettings
from contacts.models import Contact
from core.clock import now
from delivery.esp.looking_up import can_look_up
from delivery.headers import message_id
from delivery.models import Dispatch, Message, MessageFact
from delivery.receipts.mailbox import MailboxSettings
from delivery.services import resolving, send_to_unknown
from delivery.services.fetching import fetch_returned_mail
from delivery.services.resolving import resolve_unknown
from tests.api_server import Answer, Call, api_server
from tests.delivery import returned_mail
from tests.imap_server import imap_server


@pytest.fixture
def message(agreed: Any, sender: Sender) -> Message:
    contact: Contact = agreed("lina@lake.example")
    long_ago = now() - dt.timedelta(minutes=10)
    return Message.objects.create(
        workspace=contact.workspace, purpose="marketing", contact=contact, sender=sender, recipient=contact.email,
        status="unknown", created_at=long_ago, due_at=long_ago, settled_at=long_ago,
    )  # fmt: skip


def id_of(message: Message) -> str:
    return message_id(message.public_id, "aroha@kea.example")


def test_returned_mail_is_taken_and_peoples_mail_is_left(message: Message, settings: Any) -> None:
    letter = returned_mail.letter(message_id="<1@elsewhere>")
    with imap_server(returned_mail.bounce(message_id=id_of(message)), letter) as server:
        settings.BOUNCE_MAILBOX_URL = server.url
        assert [fetch_returned_mail(), fetch_returned_mail()] == [2, 0]

    assert [mail.raw for mail in server.mails] == [letter]
    assert server.mails[0].flags == {r"\Seen"}
    assert Message.objects.get().status == "sent"
    assert MessageFact.objects.get().action == "bounced"


@pytest.mark.parametrize("command", ["LOGIN", "SELECT", "UID SEARCH", "UID FETCH", "UID STORE", "EXPUNGE"])
def test_a_break_at_any_moment_costs_only_the_work(message: Message, settings: Any, command: str) -> None:
    with imap_server(returned_mail.bounce(message_id=id_of(message))) as server:
        settings.BOUNCE_MAILBOX_URL = server.url
        server.breaks_at = command
        assert fetch_returned_mail() == 0
        server.breaks_at = ""
        assert fetch_returned_mail() == (1 if command != "EXPUNGE" else 0)

    assert MessageFact.objects.count() == 1
    assert Message.objects.get().status == "sent"


def test_wrong_password_is_told_without_the_password(db: Any, settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    with imap_server() as server, caplog.at_level(logging.WARNING):
        settings.BOUNCE_MAILBOX_URL = server.url.replace("s3cret", "other")
        assert fetch_returned_mail() == 0

    assert "bounce_mailbox_unavailable" in caplog.text
    assert "other" not in caplog.text


@pytest.mark.parametrize("url", ["http://a@b", "imaps://host", "imaps://"])
def test_mailbox_that_cannot_be_meant_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="BOUNCE_MAILBOX_URL"):
        MailboxSettings.from_url(url)


def postmark(call: Call, known: set[str]) -> Answer:
    wanted = call.path.rpartition("metadata_rapport=")[2]
    found = [{"MessageID": "abc", "Metadata": {"rapport": wanted}}] if wanted in known else []
    return Answer(200, {"TotalCount": len(found), "Messages": found})


def mailgun(call: Call, known: set[str]) -> Answer:
    found = [{"event": "accepted", "message": {"headers": {"message-id": one}}} for one in known]
    return Answer(200, {"items": found})


def test_postmark_knows_what_it_took(message: Message, sender: Sender) -> None:
    with api_server(lambda call: postmark(call, {str(message.public_id)})) as server:
        Sender.objects.filter(pk=sender.pk).update(smtp_url=f"postmark://TOKEN@?api={server.address}")
        sender.smtp_url = f"postmark://TOKEN@?api={server.address}"
        sender.save()
        assert resolve_unknown() == 1

    assert Message.objects.values_list("status", "reason").get() == ("sent", "")
    assert server.calls[0].headers["X-Postmark-Server-Token"] == "TOKEN"


@pytest.mark.parametrize(("is_known", "status"), [(True, "sent"), (False, "unknown")])
def test_mailgun_is_asked_by_message_id(message: Message, sender: Sender, is_known: bool, status: str) -> None:
    known = {id_of(message).strip("<>")} if is_known else {"other@kea.example"}
    with api_server(lambda call: mailgun(call, known)) as server:
        sender.smtp_url = f"mailgun://KEY@kea.example?api={server.address}"
        sender.save()
        assert resolve_unknown() == int(is_known)
        assert resolve_unknown() == 0

    assert Message.objects.get().status == status
    [call] = server.calls
    assert call.path.startswith("/kea.example/events?message-id=")


def mailjet(call: Call, known: set[str]) -> Answer:
    wanted = parse_qs(urlsplit(call.path).query)["CustomID"][0]
    found = [{"ID": 1, "Status": "sent", "CustomID": wanted}] if wanted in known else []
    return Answer(200, {"Count": len(found), "Data": found, "Total": len(found)})


def sendgrid(call: Call, known: dict[str, str]) -> Answer:
    wanted = parse_qs(urlsplit(call.path).query)["query"][0].partition('"')[2].rstrip('")')
    found = [{"msg_id": "x", "to_email": known[wanted], "status": "delivered"}] if wanted in known else []
    return Answer(200, {"messages": found})


@pytest.mark.parametrize(("is_known", "status"), [(True, "sent"), (False, "unknown")])
def test_mailjet_is_asked_by_an_id_of_ours(message: Message, sender: Sender, is_known: bool, status: str) -> None:
    with api_server(lambda call: mailjet(call, {str(message.public_id)} if is_known else set())) as server:
        sender.smtp_url = f"mailjet://KEY:SECRET@?api={server.address}v3.1/"
        sender.save()
        assert resolve_unknown() == int(is_known)

    assert Message.objects.get().status == status
    [call] = server.calls
    assert call.path.startswith(f"/v3/REST/message?CustomID={message.public_id}&")
    assert b64decode(call.headers["Authorization"].removeprefix("Basic ")) == b"KEY:SECRET"


@pytest.mark.parametrize(("to", "status"), [("", "unknown"), ("other@x.nz", "unknown"), ("own", "sent")])
def test_sendgrid_is_asked_by_an_argument_of_ours(message: Message, sender: Sender, to: str, status: str) -> None:
    known = {str(message.public_id): message.recipient.upper() if to == "own" else to} if to else {}
    with api_server(lambda call: sendgrid(call, known)) as server:
        sender.smtp_url = f"sendgrid://KEY@?api={server.address}v3/"
        sender.save()
        resolve_unknown()

    assert Message.objects.get().status == status
    [call] = server.calls
    query = parse_qs(urlsplit(call.path).query)["query"]
    assert query == [f"(unique_args['rapport']=\"{message.public_id}\")"]
    assert call.headers["Authorization"] == "Bearer KEY"


def copies(message: Message, number: int) -> None:
    """More messages like it, of unknown fate too."""
    for place in range(number):
        one = Message.objects.get(pk=message.pk)
        one.pk, one.public_id, one.contact = None, UUID(int=place + 100), None
        one.save()


def test_sendgrid_is_asked_a_few_times_a_minute(message: Message, sender: Sender) -> None:
    copies(message, 7)
    with api_server(lambda call: sendgrid(call, {})) as server:
        sender.smtp_url = f"sendgrid://{uuid4().hex}@?api={server.address}v3/"
        sender.save()
        resolve_unknown()
        resolve_unknown()

    assert len(server.calls) == 5


def test_an_account_that_may_not_ask_is_left_alone(message: Message, sender: Sender) -> None:
    copies(message, 3)
    with api_server(lambda _call: Answer(403, {"errors": [{"message": "authorization required"}]})) as server:
        sender.smtp_url = f"sendgrid://{uuid4().hex}@?api={server.address}v3/"
        sender.save()
        assert resolve_unknown() == 0
        assert resolve_unknown() == 0

    assert len(server.calls) == 1
    assert set(Message.objects.values_list("status", flat=True)) == {"unknown"}


@pytest.mark.parametrize("url", ["sendgrid://K@?region=eu", "brevo://K@", "ses://K:S@"])
def test_who_has_no_answer_is_not_asked(message: Message, sender: Sender, url: str) -> None:
    sender.smtp_url = url
    sender.save()

    assert resolve_unknown() == 0
    assert not can_look_up(ProviderSettings.from_url(url))


@pytest.mark.parametrize("answer", [Answer(401, {}), Answer(500, b"x"), Answer(200, b"no json"), Answer(200, [1]),
                                    Answer(silence="reset")])  # fmt: skip
def test_an_odd_answer_proves_nothing(message: Message, sender: Sender, answer: Answer) -> None:
    with api_server(lambda _call: answer) as server:
        sender.smtp_url = f"postmark://TOKEN@?api={server.address}"
        sender.save()
        assert resolve_unknown() == 0

    assert Message.objects.get().status == "unknown"


def test_messages_of_providers_that_cannot_be_asked_stand_in_nobodys_way(
    message: Message, sender: Sender, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resolving, "MOST_LOOKED_AT", 1)
    other = Sender.objects.create(
        workspace=message.workspace, name="X", email="x@x.nz", smtp_url="ses://K:S@", verified_at=now()
    )
    first = Message.objects.get()
    first.pk, first.public_id, first.sender, first.settled_at = None, UUID(int=5), other, now() - dt.timedelta(hours=1)
    first.contact = None
    first.save()
    with api_server(lambda call: postmark(call, {str(message.public_id)})) as server:
        sender.smtp_url = f"postmark://TOKEN@?api={server.address}"
        sender.save()
        assert resolve_unknown() == 1

    assert Message.objects.get(pk=first.pk).status == "unknown"


def test_smtp_servers_are_not_asked(message: Message) -> None:
    assert resolve_unknown() == 0
    assert Message.objects.get().status == "unknown"


def test_what_was_found_out_is_not_sent_again(message: Message, owner: User, settings: Any) -> None:
    dispatch = Dispatch.objects.create(
        workspace=message.workspace, source_kind="campaign", source_id=1, occurrence=now(), name="Lake"
    )
    other = Message.objects.get()
    other.pk, other.public_id, other.contact, other.dispatch = None, type(message.public_id)(int=5), None, dispatch
    other.save()
    Message.objects.filter(pk=message.pk).update(dispatch=dispatch)
    with imap_server(returned_mail.answer(message_id=id_of(message))) as server:
        settings.BOUNCE_MAILBOX_URL = server.url
        fetch_returned_mail()

    assert send_to_unknown(dispatch=dispatch, actor=owner) == 1

    message.refresh_from_db()
    other.refresh_from_db()
    assert (message.status, other.status) == ("sent", "pending")
