"""Mails of a flow to an address that somebody typed: a code, or the link to go on by. Nothing else is in them."""

from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Workspace
from channels.models import Sender
from channels.services import page_base
from consent.readers import language_of
from core.contrast import palette
from delivery.models import Purpose
from delivery.services import SendRequest, submit
from flows.models import FlowSession


def send_code(session: FlowSession, address: str, *, code: str, minutes: int) -> None:
    """Mail six digits for somebody to type where they are now."""
    with translation.override(language_of(session.locale, session.flow.workspace)):
        name = session.flow.name
        _send(
            session,
            address,
            subject=_("Your code: %(code)s") % {"code": code},
            title=_("Your code"),
            intro=_("Type this code in “%(flow)s” to show that this address is yours.") % {"flow": name},
            code=code,
            small=[
                ngettext("It works for %(minutes)d minute.", "It works for %(minutes)d minutes.", minutes)
                % {"minutes": minutes},
                _("If you did not ask for it, do nothing. Nobody should ever ask you for it."),
            ],
        )


def send_link(session: FlowSession, address: str, *, secret: str, days: int) -> None:
    """Mail the address by which somebody goes on, on any device."""
    with translation.override(language_of(session.locale, session.flow.workspace)):
        name = session.flow.name
        _send(
            session,
            address,
            subject=_("Go on later: %(flow)s") % {"flow": name},
            title=_("Go on where you were"),
            intro=_("Your answers in “%(flow)s” are kept. This link leads you back to them, on any device.")
            % {"flow": name},
            url=f"{page_base(session.flow.workspace)}{reverse('flow:session', args=[session.flow.public_id, secret])}",
            label=_("Go on"),
            small=[
                ngettext("The link works for %(days)d day.", "The link works for %(days)d days.", days)
                % {"days": days},
                _("Whoever has it sees your answers."),
                _("If you did not ask for it, do nothing."),
            ],
        )


def words_of_mail(workspace: Workspace, *, subject: str, **parts: Any) -> dict[str, str]:
    """The words of one mail in the workspace's colours, as `SendRequest.data` takes them.

    `parts` of the template: title, intro, small (lines), and code, url with label, or receipt.
    """
    context = {"workspace": workspace, "button": palette(workspace.brand_color), **parts}
    return {
        "subject": " ".join(subject.split()),
        "text": render_to_string("flows/mail/message.txt", context).strip() + "\n",
        "html": render_to_string("flows/mail/message.html", context),
        "from_name": workspace.name,
    }


def _send(session: FlowSession, address: str, **words: Any) -> None:
    workspace = session.flow.workspace
    submit(
        SendRequest(
            workspace=workspace,
            purpose=Purpose.TRANSACTIONAL,
            to_email=address,
            sender=Sender.objects.in_workspace(workspace).verified().first(),
            data=words_of_mail(workspace, **words),
            is_sealed=True,
        )
    )
