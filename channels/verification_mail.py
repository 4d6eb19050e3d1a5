"""The mail that asks whoever reads a sender's address to confirm it, and the token in its link."""

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from channels.models import Sender
from core.crypto import read_token, sign_token


@dataclass(frozen=True, slots=True)
class VerificationMail:
    """A finished mail."""

    subject: str
    text: str
    html: str = ""


def verification_url(sender: Sender) -> str:
    """The link that proves the address is read. It names the address too, so that changing it voids the link."""
    token = sign_token("sender", sender.public_id.bytes + sender.email.lower().encode())
    return f"{settings.BASE_URL}/senders/{token}/"


def read_verification(token: str) -> tuple[UUID, str] | None:
    """Sender and address of a verification token, or None."""
    payload = read_token("sender", token)
    if payload is None or len(payload) <= 16:
        return None
    return UUID(bytes=payload[:16]), payload[16:].decode("utf-8", "replace")


def build(sender: Sender) -> VerificationMail:
    """The mail, in the workspace's language. Reads, writes nothing."""
    context = {"sender": sender, "workspace": sender.workspace, "url": verification_url(sender)}
    with translation.override(sender.workspace.language):
        subject = _("Confirm %(email)s as a sender") % {"email": sender.email}
        text = render_to_string("channels/mail/verify.txt", context).strip() + "\n"
    return VerificationMail(" ".join(subject.split()), text)
