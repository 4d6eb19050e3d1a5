"""Confirming an entry by mail, and what follows from it: a friend's tickets, a try at an instant win."""

import hmac
import unicodedata

from django.db import transaction
from django.db.models import F

from contests import fraud, mail, terms
from contests.models import Contest, Entry, Identity
from contests.services.instant import try_to_win
from contests.services.keeping_out import KEPT_OUT, is_kept_out
from contests.services.ledger import add_tickets, locked
from core.clock import now
from core.crypto import signature
from events.services import record

# Five mails of five tries: a stranger guesses one of a million codes once in a hundred years.
MOST_TRIES, MOST_MAILS = 5, 5
# What makes a friend the same person or household (`block_self`).
SAME_PERSON = ("email", "phone", "device", "likely", "ip_range", "household")


class TooLate(ValueError):
    """The entry can no longer be confirmed: it was turned down or withdrawn, or the list is sealed."""


class WrongCode(ValueError):
    """The code is not the one that was mailed, or was tried too often."""


def code_of(entry: Entry) -> str:
    """The six digits of the newest mail, computed from the row and SECRET_KEY: the database tells nobody."""
    message = entry.public_id.bytes + bytes([entry.mails_sent])
    return f"{int.from_bytes(signature('contest code', message), 'big') % 1_000_000:06d}"


def send_verification(*, contest: Contest, entry: Entry) -> bool:
    """Mail the link or code with the receipt; False when nothing more is mailed. The caller holds the contest's row."""
    if entry.mails_sent >= MOST_MAILS or entry.status != Entry.Status.PENDING:
        return False
    entry.mails_sent, entry.tries = entry.mails_sent + 1, 0
    entry.save(update_fields=["mails_sent", "tries"])
    is_code = terms.settings_of(contest).get("verification") == "email_code"
    mail.send_confirmation(contest, entry, code=code_of(entry) if is_code else "")
    return True


@transaction.atomic
def send_again(*, entry: Entry) -> bool:
    """Mail it once more, at the entrant's wish; False when that was done too often."""
    contest = locked(entry.contest_id)
    return send_verification(contest=contest, entry=_fresh(contest, entry))


@transaction.atomic
def verify_entry(*, entry: Entry) -> Entry:
    """Confirm by the link; once more changes nothing. Raises TooLate."""
    contest = locked(entry.contest_id)
    held = _fresh(contest, entry)
    if held.status in (Entry.Status.VERIFIED, Entry.Status.HELD):
        return held
    if held.status != Entry.Status.PENDING or contest.phase not in (Contest.Phase.OPEN, Contest.Phase.CLOSED):
        raise TooLate
    settings = terms.settings_of(contest)
    held.verified_at = now()
    if is_kept_out(contest, settings, held.contact):
        held.status, held.reason = Entry.Status.REJECTED, KEPT_OUT
        held.save(update_fields=["verified_at", "status", "reason"])
        take_back_credit(contest, held)
        return held
    is_held = fraud.verdict(settings, held.flags) == fraud.HOLD
    held.status = Entry.Status.HELD if is_held else Entry.Status.VERIFIED
    held.reason = "" if not is_held else (held.flags[0] if len(held.flags) == 1 else "suspicious")
    held.save(update_fields=["verified_at", "status", "reason"])
    if not is_held:
        after_verified(contest, held)
    return held


def verify_by_code(*, entry: Entry, code: str) -> Entry:
    """Confirm by the mailed code. Every try counts, at once and for good. Raises WrongCode, TooLate."""
    mine = Entry.objects.filter(pk=entry.pk, status=Entry.Status.PENDING, tries__lt=MOST_TRIES, mails_sent__gt=0)
    if not mine.update(tries=F("tries") + 1):
        raise WrongCode
    entry.refresh_from_db()
    # Arabic keyboards write ٤ for 4.
    digits = "".join(str(unicodedata.decimal(one)) for one in code[:100] if one.isdecimal())
    if not hmac.compare_digest(code_of(entry).encode(), digits.encode()):
        raise WrongCode
    return verify_entry(entry=entry)


def after_verified(contest: Contest, entry: Entry) -> None:
    """What follows when an entry counts. The caller holds the contest's row."""
    said = {"flow": contest.flow.key, "entry": str(entry.public_id)}
    record(contest.workspace, "contest.entry_verified", contact_id=entry.contact_id, properties=said)
    credit_friend(contest, entry)
    try_to_win(contest, entry)
    mail.send_receipt(contest, entry)


def credit_friend(contest: Contest, entry: Entry) -> None:
    """Tickets for whoever brought them along: once for each person brought, and not for bringing oneself."""
    settings = terms.settings_of(contest)
    method = next((one["key"] for one in terms.methods_of(settings) if one["type"] == "referral"), "referral")
    friend, tickets = entry.referred_by, terms.referral_tickets(settings)
    if friend is None or entry.is_credited or not tickets or friend.pk == entry.pk:
        return
    if (settings.get("referral") or {}).get("block_self", True) and _is_same_person(entry, friend):
        return
    if Entry.objects.filter(contest=contest, group_ref=entry.group_ref, is_credited=True).exists():
        return
    entry.is_credited = True
    entry.save(update_fields=["is_credited"])
    add_tickets(contest=contest, entry=friend, method=method, delta=tickets, reason=f"friend:{entry.entry_ref[:16]}")


def take_back_credit(contest: Contest, entry: Entry) -> None:
    """A friend who does not take part gives no tickets: a row against theirs."""
    settings = terms.settings_of(contest)
    method = next((one["key"] for one in terms.methods_of(settings) if one["type"] == "referral"), "referral")
    friend = entry.referred_by
    if friend is None or not entry.is_credited:
        return
    entry.is_credited = False
    entry.save(update_fields=["is_credited"])
    reason = f"taken back:{entry.entry_ref[:16]}"
    add_tickets(contest=contest, entry=friend, method=method, delta=-terms.referral_tickets(settings), reason=reason)


def _is_same_person(entry: Entry, friend: Entry) -> bool:
    mine = Identity.objects.filter(entry=entry, kind__in=SAME_PERSON).values_list("kind", "digest")
    theirs = Identity.objects.filter(entry=friend, kind__in=SAME_PERSON).values_list("kind", "digest")
    same = {(kind, bytes(digest)) for kind, digest in mine} & {(kind, bytes(digest)) for kind, digest in theirs}
    return bool(same) or entry.group_ref == friend.group_ref


def _fresh(contest: Contest, entry: Entry) -> Entry:
    held = Entry.objects.select_related("contact", "referred_by").get(pk=entry.pk)
    held.contest = contest
    return held
