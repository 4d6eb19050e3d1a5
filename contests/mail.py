"""Mails of a contest to one person: confirm, the receipt, you won. No marketing in them, nothing counted."""

from typing import Any

from django.utils import formats, translation
from django.utils.translation import gettext as _

from channels.models import Sender
from consent.readers import language_of
from contests import terms
from contests.links import claim_url, contest_url, status_url, verify_url
from contests.models import Contest, Entry, Winner
from delivery.services import SendRequest, submit
from flows.documents import compiled
from flows.engine.dates import moment_text
from flows.engine.draw import Entry as DrawEntry
from flows.engine.draw import receipt
from flows.engine.locales import chosen_text
from flows.mail import words_of_mail


def receipt_of(contest: Contest, entry: Entry) -> str:
    """The receipt, byte for byte as it is a leaf of the published tree."""
    issued = moment_text(entry.issued_at)
    return receipt(contest.name, DrawEntry(str(entry.public_id), entry.salt, 1, "", entry.seq, issued))


def prize_name(contest: Contest, key: str, language: str = "") -> str:
    """What a prize is called."""
    ready = compiled(contest.version) if contest.version else None
    for prize in terms.settings_of(contest).get("prizes") or ():
        if prize["key"] == key and ready is not None:
            return str(chosen_text(prize["name"], language or ready.default_locale, ready.default_locale))
    return key


def send_confirmation(contest: Contest, entry: Entry, *, code: str) -> None:
    """Ask whether it was them, with a link, or the code where the contest asks for one."""
    with translation.override(_language(entry)):
        name = contest.flow.name
        subject = _("Your code: %(code)s") if code else _("Confirm your entry: %(contest)s")
        _send(
            entry,
            key=f"contest-confirm-{entry.pk}-{entry.mails_sent}",
            subject=subject % {"code": code, "contest": name},
            title=_("Is this you?"),
            intro=_("Somebody, we think you, entered “%(contest)s” with this address.") % {"contest": name},
            code=code,
            url=status_url(entry) if code else verify_url(entry),
            label=_("Type the code") if code else _("See and confirm"),
            small=[_("The entry counts once you confirm it. If it was not you, do nothing.")],
        )  # fmt: skip


def send_receipt(contest: Contest, entry: Entry) -> None:
    """The entry counts: where to see it, and the receipt that proves it was taken."""
    with translation.override(_language(entry)):
        _send(
            entry,
            key=f"contest-receipt-{entry.pk}",
            subject=_("You are in: %(contest)s") % {"contest": contest.flow.name},
            title=_("You are in"),
            intro=_("Your entry counts. On its page you see your tickets and your link for friends."),
            url=status_url(entry),
            label=_("My entry"),
            receipt=receipt_of(contest, entry),
            small=[
                _("Keep the receipt. With it you can check after the draw that your entry took part: %(address)s")
                % {"address": contest_url(contest, "draw")},
            ],
        )  # fmt: skip


def send_win(winner: Winner) -> None:
    """They won: where and until when to claim it."""
    contest, entry = winner.contest, winner.entry
    language = _language(entry)
    with translation.override(language):
        prize = prize_name(contest, winner.prize, language)
        until = formats.date_format(winner.claim_until, "DATE_FORMAT") if winner.claim_until else ""
        _send(
            entry,
            key=f"contest-win-{winner.pk}",
            subject=_("You won: %(prize)s") % {"prize": prize},
            title=_("You won: %(prize)s") % {"prize": prize},
            intro=_("You won in “%(contest)s”. Please tell us by %(day)s that you take the prize.")
            % {"contest": contest.flow.name, "day": until},
            url=claim_url(winner),
            label=_("Claim the prize"),
            small=[_("After that day the prize goes to somebody else.")],
        )  # fmt: skip


def _language(entry: Entry) -> str:
    wished = entry.session.locale if entry.session else ""
    if not wished and entry.contact:
        wished = entry.contact.language
    return language_of(wished, entry.contest.flow.workspace)


def _send(entry: Entry, *, key: str, **words: Any) -> None:
    contact, workspace = entry.contact, entry.contest.flow.workspace
    if contact is None or not contact.email:
        return
    submit(
        SendRequest(
            workspace=workspace,
            purpose="service",
            to_email=contact.email,
            contact=contact,
            sender=Sender.objects.in_workspace(workspace).verified().first(),
            data=words_of_mail(workspace, **words),
            idempotency_key=key,
            is_sealed=bool(words.get("code")),
        )
    )
