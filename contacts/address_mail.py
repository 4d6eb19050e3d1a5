"""The mail that asks whether a new address is somebody's own: no marketing in it, no pictures, nothing counted."""

import uuid
from dataclasses import dataclass

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from contacts.models import AddressChange
from contacts.rights.export import language_for
from core.contrast import palette
from core.crypto import read_token, sign_token

PURPOSE = "address"


@dataclass(frozen=True, slots=True)
class AddressMail:
    """A finished mail; `url` is the one link in it."""

    to_email: str
    subject: str
    html: str
    text: str
    url: str


def address_url(change: uuid.UUID) -> str:
    """The link by which a new address is confirmed."""
    return f"{settings.BASE_URL}/address/{sign_token(PURPOSE, change.bytes)}/"


def read_address_token(token: str) -> uuid.UUID | None:
    """The change named by `address_url`, or None."""
    payload = read_token(PURPOSE, token)
    return uuid.UUID(bytes=payload) if payload is not None and len(payload) == 16 else None


def build(change: AddressChange) -> AddressMail:
    """The mail to the new address, in the person's language. Reads, writes nothing."""
    workspace = change.workspace
    with translation.override(language_for(change.contact)):
        url = address_url(change.public_id)
        context = {
            "workspace": workspace,
            "contact": change.contact,
            "value": change.value,
            "url": url,
            "expires_at": change.expires_at,
            "button": palette(workspace.brand_color),
        }
        subject = _("Is this your new address? %(sender)s") % {"sender": workspace.name}
        return AddressMail(
            to_email=change.value,
            subject=" ".join(subject.split()),
            html=render_to_string("contacts/mail/address.html", context),
            text=render_to_string("contacts/mail/address.txt", context).strip() + "\n",
            url=url,
        )
