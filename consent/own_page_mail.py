"""Two short mails: a code that opens somebody's own data, and the link to their page. Nothing counted, no pictures."""

from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from consent.links import preferences_url
from consent.models import AccessCode
from consent.readers import language_of
from consent.services.access import VALID_FOR, code_of
from contacts.models import Contact
from core.contrast import palette


@dataclass(frozen=True, slots=True)
class OwnPageMail:
    """A finished mail."""

    subject: str
    html: str
    text: str


def build_code(access: AccessCode) -> OwnPageMail:
    """The mail with the code, in the person's language. Reads, writes nothing."""
    contact = access.contact
    minutes = int(VALID_FOR.total_seconds() // 60)
    with translation.override(language_of(contact.language, contact.workspace)):
        code = code_of(access)
        return _mail(
            contact,
            subject=_("Your code: %(code)s") % {"code": code},
            title=_("Your code"),
            intro=_("Type this code on the page you came from. It opens the data we keep about you."),
            code=code,
            small=[
                _("The code works for %(minutes)d minutes.") % {"minutes": minutes},
                _("If you did not ask for it, do nothing, and give it to nobody. Without the code nothing opens."),
            ],
        )


def build_link(contact: Contact, language: str = "") -> OwnPageMail:
    """The mail with the link to the person's page, in their language, else the one they asked in."""
    with translation.override(language_of(contact.language or language, contact.workspace)):
        return _mail(
            contact,
            subject=_("Your page at %(sender)s") % {"sender": contact.workspace.name},
            title=_("Here is your page"),
            intro=_("On it you choose what we write about and how often, and you see, change or erase your data."),
            url=preferences_url(contact.public_id),
            label=_("Open my page"),
            small=[_("Somebody typed your address to get this mail. If it was not you, do nothing.")],
        )


def _mail(contact: Contact, *, subject: str, **parts: Any) -> OwnPageMail:
    workspace = contact.workspace
    context = {"contact": contact, "workspace": workspace, "button": palette(workspace.brand_color), **parts}
    return OwnPageMail(
        subject=" ".join(subject.split()),
        html=render_to_string("consent/mail/own_page.html", context),
        text=render_to_string("consent/mail/own_page.txt", context).strip() + "\n",
    )
