"""The mail that asks for confirmation: no marketing in it, no pictures, nothing counted."""

from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from consent.links import confirmation_url
from consent.models import Confirmation, Topic
from consent.promise import frequency_in_words
from consent.readers import language_of
from core.contrast import palette


@dataclass(frozen=True, slots=True)
class ConfirmationMail:
    """A finished mail; `url` is the one link in it."""

    to_email: str
    subject: str
    html: str
    text: str
    url: str


def build(confirmation: Confirmation) -> ConfirmationMail:
    """The mail for a double opt-in, in the language the person signed up in. Reads, writes nothing."""
    workspace = confirmation.workspace
    topics = Topic.objects.in_workspace(workspace).filter(pk__in=confirmation.topics).by_name()
    with translation.override(language_of(confirmation.language or confirmation.contact.language, workspace)):
        url = confirmation_url(confirmation.public_id)
        context = {
            "workspace": workspace,
            "contact": confirmation.contact,
            "topics": list(topics),
            "words": confirmation.text.body if confirmation.text else "",
            "url": url,
            "frequency": frequency_in_words(confirmation.days_between) if confirmation.days_between else "",
            "expires_at": confirmation.expires_at,
            "button": palette(workspace.brand_color),
        }
        subject = _("One tap to confirm: %(sender)s") % {"sender": workspace.name}
        return ConfirmationMail(
            to_email=confirmation.contact.email,
            subject=" ".join(subject.split()),
            html=render_to_string("consent/mail/confirm.html", context),
            text=render_to_string("consent/mail/confirm.txt", context).strip() + "\n",
            url=url,
        )
