"""The mail that asks whether somebody reads a sender's address. No pictures, nothing counted."""

from __future__ import annotations

from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from channels.models import Sender
from channels.verification import verification_url
from core.contrast import palette


@dataclass(frozen=True, slots=True)
class VerificationMail:
    """A finished mail; `url` is the one link in it."""

    to_email: str
    subject: str
    html: str
    text: str
    url: str


def build(sender: Sender) -> VerificationMail:
    """Return the mail for one sender, in the workspace's language. Reads, writes nothing."""
    workspace = sender.workspace
    with translation.override(workspace.language):
        url = verification_url(sender)
        context = {"workspace": workspace, "sender": sender, "url": url, "button": palette(workspace.brand_color)}
        subject = _("Is this your address? %(workspace)s wants to send from it") % {"workspace": workspace.name}
        return VerificationMail(
            to_email=sender.email,
            subject=" ".join(subject.split()),
            html=render_to_string("channels/mail/verify.html", context),
            text=render_to_string("channels/mail/verify.txt", context).strip() + "\n",
            url=url,
        )
