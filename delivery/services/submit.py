"""One message at a time: transactional mail, tests, and what Django itself wants to mail."""

import datetime as dt
from dataclasses import dataclass, field
from email.utils import parseaddr
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.db import transaction

from accounts.models import Workspace
from channels.models import Sender
from contacts.models import Contact, MailDomain
from content.models import ContentVersion
from core.clock import now
from core.queue import enqueue
from delivery.models import Message
from delivery.pace.receivers import KEPT_BY, OTHERS, receiver_of
from delivery.sealing import seal_words


@dataclass(frozen=True, slots=True)
class SendRequest:
    """What somebody wants sent to one person.

    Either `content_version`, or `data` with `subject`, `text`, `html`, `from_name` and `from_email` for Rapport's
    own mail. `idempotency_key` makes a repeated request return the first message. `is_sealed`: the words of own mail
    are encrypted in the queue and after it, because they open something.
    """

    workspace: Workspace
    purpose: str
    to_email: str
    contact: Contact | None = None
    sender: Sender | None = None
    content_version: ContentVersion | None = None
    data: dict[str, Any] | None = field(default=None)
    idempotency_key: str | None = None
    send_at: dt.datetime | None = None
    is_sealed: bool = False


@transaction.atomic
def submit(request: SendRequest) -> Message:
    """Put one message into the queue and wake a sender after the commit. Nothing is sent here."""
    values = {
        "purpose": request.purpose,
        "contact": request.contact,
        "recipient": request.to_email.strip(),
        "receiver": _receiver_of(request.to_email.strip()),
        "sender": request.sender,
        "content_version": request.content_version,
        "data": seal_words(request.data or {}) if request.is_sealed else request.data,
        "created_at": now(),
        "due_at": request.send_at or now(),
    }
    if request.idempotency_key:
        message, _created = Message.objects.get_or_create(
            workspace=request.workspace, idempotency_key=request.idempotency_key, defaults=values
        )
    else:
        message = Message.objects.create(workspace=request.workspace, **values)
    enqueue("delivery.send_transactional")
    return message


def _receiver_of(address: str) -> int:
    """Who runs the mailbox, by the domain's name or else by what is known of its mail servers; never asks DNS."""
    by_name = receiver_of(address)
    if by_name != OTHERS:
        return by_name
    known = MailDomain.objects.named(address.rpartition("@")[2].lower())
    return KEPT_BY.get(known.keeper or "", OTHERS) if known else OTHERS


def submit_test(
    *,
    workspace: Workspace,
    content_version: ContentVersion,
    sender: Sender,
    to_email: str,
    contact: Contact | None = None,
) -> Message:
    """A copy for its author, written as `contact` would get it. Counts nowhere."""
    return submit(
        SendRequest(
            workspace=workspace,
            purpose="test",
            to_email=to_email,
            contact=contact,
            sender=sender,
            content_version=content_version,
        )
    )


def submit_django_mail(message: Any) -> int:
    """Queue one of Django's own mails (password resets and such) for each of its recipients; returns 1.

    They belong to no workspace.
    """
    html = ""
    if isinstance(message, EmailMultiAlternatives):
        html = next((str(body) for body, kind in message.alternatives if kind == "text/html"), "")
    name, address = parseaddr(message.from_email)
    data = {
        "subject": str(message.subject),
        "text": str(message.body),
        "html": html,
        "from_name": name or "Rapport",
        "from_email": address,
    }
    with transaction.atomic():
        for recipient in message.recipients():
            Message.objects.create(
                workspace=None,
                purpose="system",
                recipient=parseaddr(recipient)[1],
                data=data,
                created_at=now(),
                due_at=now(),
            )
        enqueue("delivery.send_transactional")
    return 1
