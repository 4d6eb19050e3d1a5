"""What a flow's last page says of somebody's entry and their codes."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contests import terms
from contests.links import friend_url, status_url
from contests.models import Attempt, Entry, Refusal
from contests.services.codes import codes_of
from contests.wording import reason_in_words
from flows.models import FlowSession


def entry_lines(session: FlowSession) -> list[str]:
    """How the session's entry stands, why there is none, and where it can be seen."""
    if session.pk is None:
        return []
    refusal = Refusal.objects.filter(session=session).first()
    if refusal is not None:
        return [f"{reason_in_words(code)}." for code in refusal.reasons]
    entry = Entry.objects.select_related("contest__flow").filter(session=session).first()
    if entry is None:
        return []
    return [_standing(entry), status_url(entry)]


def friend_lines(session: FlowSession) -> list[str]:
    """The link to hand on: who enters through it is credited to this entrant, where the contest thanks for friends."""
    entry = Entry.objects.select_related("contest__flow").filter(session=session).first() if session.pk else None
    if entry is None or not terms.referral_tickets(terms.settings_of(entry.contest)):
        return []
    return [friend_url(entry)]


def code_lines(session: FlowSession) -> list[str]:
    """The codes the session was given."""
    return [str(code.text) for code in codes_of(session.pk)] if session.pk is not None else []


def _standing(entry: Entry) -> str:
    """A sentence that does not tell a cheater that they were noticed: a held entry only waits."""
    won = Attempt.objects.filter(entry=entry).exclude(prize="").exists()
    if won:
        return _("You won! We have mailed you how to claim your prize.")
    if entry.status == Entry.Status.PENDING:
        return _("One more step: we have mailed you. Confirm your entry there, and it counts.")
    if entry.status == Entry.Status.VERIFIED:
        tickets = ngettext("%(n)d ticket", "%(n)d tickets", entry.tickets) % {"n": entry.tickets}
        return _("You are in, with %(tickets)s. This is the page of your entry:") % {"tickets": tickets}
    if entry.status == Entry.Status.HELD:
        return _("We have your entry. A person looks at it before the draw.")
    return _("Your entry does not take part. Its page says why:")
