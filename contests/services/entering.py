"""Entering: what the flow's engine gives at its end becomes an entry with tickets and a receipt, or a refusal."""

import datetime as dt
import logging
import secrets
from collections.abc import Iterator, Mapping
from typing import Any

from contests import fraud, terms
from contests.identities import Entrant, answers_with, entrant_of
from contests.models import Award, Contest, Entry, Refusal
from contests.services.keeping_out import KEPT_OUT, is_kept_out
from contests.services.ledger import add_tickets, locked
from contests.services.limits import keep_identities, refused_by
from contests.services.verifying import after_verified, credit_friend, send_verification
from core.clock import now
from events.services import record
from flows.effects import Effect, Occasion
from flows.engine.dates import moment_text
from flows.engine.draw import Entry as DrawEntry
from flows.engine.draw import entry_ref, group_ref
from flows.engine.view import View

logger = logging.getLogger(__name__)

REFERRAL_FIELD = "ref"
BY_MAIL = ("email_link", "email_code")


def enter_contest(occasion: Occasion, effect: Effect) -> None:
    """Take the effect `enter_contest`: write the entry, or why there is none. One transaction with the session."""
    found = Contest.objects.filter(flow_id=occasion.session.flow_id).values_list("pk", flat=True).first()
    if found is None:
        logger.warning("contest_not_opened flow=%s", occasion.session.flow_id)
        return
    contest = locked(found)
    settings, moment = terms.settings_of(contest), now().replace(microsecond=0)
    entrant, view = entrant_of(occasion)
    reasons = _reasons_against(contest, settings, entrant, moment)
    if reasons:
        _refuse(contest, occasion, reasons)
        return
    entry = _write_entry(contest, settings, occasion, entrant, moment)
    add_tickets(
        contest=contest, entry=entry, method=str(effect["method"]), delta=int(effect["tickets"]), reason="entered",
        at=moment,
    )  # fmt: skip
    for method, tickets in [*_earned(settings, view, occasion), *_awarded(occasion)]:
        add_tickets(contest=contest, entry=entry, method=method, delta=tickets, reason="entered", at=moment)
    said = {"flow": contest.flow.key, "entry": str(entry.public_id), "status": entry.status}
    record(contest.workspace, "contest.entered", contact_id=entry.contact_id, at=moment, properties=said)
    if entry.status == Entry.Status.VERIFIED:
        after_verified(contest, entry)
    elif entry.status == Entry.Status.PENDING:
        send_verification(contest=contest, entry=entry)
    counts_at_once = not (settings.get("referral") or {}).get("count_only_verified", True)
    if counts_at_once and entry.status != Entry.Status.REJECTED:
        credit_friend(contest, entry)


def note_refusal(occasion: Occasion, effect: Effect) -> None:
    """Take the effect `entry_refused`: keep the reasons, so that the visitor's page can say them."""
    contest = Contest.objects.filter(flow_id=occasion.session.flow_id).first()
    if contest is not None:
        _refuse(contest, occasion, [str(reason) for reason in effect["reasons"]])


def note_award(occasion: Occasion, effect: Effect) -> None:
    """Take the effect `award_entries`: to the session's entry if there is one, else kept until it comes."""
    method, tickets = str(effect["method"]), int(effect["tickets"])
    found = Entry.objects.filter(session=occasion.session).values_list("pk", "contest_id").first()
    if found is None:
        Award.objects.create(session=occasion.session, method=method[:64], tickets=min(tickets, 100_000))
        return
    contest = locked(found[1])
    if contest.phase == Contest.Phase.OPEN:
        entry = Entry.objects.get(pk=found[0])
        add_tickets(contest=contest, entry=entry, method=method, delta=tickets, reason="earned")


def _reasons_against(contest: Contest, settings: terms.Settings, entrant: Entrant, moment: dt.datetime) -> list[str]:
    if contest.phase != Contest.Phase.OPEN or contest.closes_at is None or moment >= contest.closes_at:
        return ["closed"]
    if contest.opens_at is not None and moment < contest.opens_at:
        return ["not_open"]
    limits = settings.get("entry_limits") or ()
    full = refused_by(contest=contest, limits=limits, known=entrant.identities(), at=moment, votes=False)
    return [f"limit_{kind}" for kind in full]


def _refuse(contest: Contest, occasion: Occasion, reasons: list[str]) -> None:
    Refusal.objects.get_or_create(
        session=occasion.session, defaults={"contest": contest, "reasons": reasons, "at": now()}
    )


def _write_entry(
    contest: Contest, settings: terms.Settings, occasion: Occasion, entrant: Entrant, moment: dt.datetime
) -> Entry:
    known = entrant.identities()
    flags = fraud.signs(contest, settings, known, moment)
    contest.entry_count += 1
    contest.save(update_fields=["entry_count"])
    entry = Entry(
        workspace_id=contest.workspace_id, contest=contest, session=occasion.session, contact=entrant.contact,
        seq=contest.entry_count, salt=secrets.token_hex(16), code=secrets.token_urlsafe(9), flags=flags,
        issued_at=moment, score=occasion.session.score, referred_by=_friend(contest, occasion),
    )  # fmt: skip
    who = entrant.who(terms.unique_by(settings), otherwise=str(entry.public_id))
    entry.group_ref = group_ref(terms.draw_terms(contest), who)
    entry.entry_ref = entry_ref(contest.name, draw_entry(entry))
    entry.status, entry.reason = _first_status(settings, entrant, flags)
    if entry.status != Entry.Status.PENDING and is_kept_out(contest, settings, entrant.contact):
        entry.status, entry.reason = Entry.Status.REJECTED, KEPT_OUT
    if entry.status == Entry.Status.VERIFIED:
        entry.verified_at = moment
    entry.picture, entry.display = _picture(settings, occasion)
    entry.save()
    keep_identities(contest=contest, known=known, at=moment, entry=entry)
    return entry


def draw_entry(entry: Entry, *, group: str = "", removed: str = "") -> DrawEntry:
    """The entry as the draw knows it."""
    return DrawEntry(
        str(entry.public_id), entry.salt, entry.tickets, group, entry.seq, moment_text(entry.issued_at), removed
    )


def _first_status(settings: terms.Settings, entrant: Entrant, flags: list[str]) -> tuple[str, str]:
    """Where an entry begins, and why."""
    action = fraud.verdict(settings, flags)
    if action == fraud.REJECT:
        return Entry.Status.REJECTED, flags[0] if len(flags) == 1 else "suspicious"
    if settings.get("verification", "none") in BY_MAIL and not entrant.is_proven:
        has_mailbox = entrant.contact is not None and entrant.contact.email
        return (Entry.Status.PENDING, "") if has_mailbox else (Entry.Status.HELD, "no_address")
    if action == fraud.HOLD:
        return Entry.Status.HELD, flags[0] if len(flags) == 1 else "suspicious"
    return Entry.Status.VERIFIED, ""


def _friend(contest: Contest, occasion: Occasion) -> Entry | None:
    """Whoever's link brought them along."""
    code = occasion.state.hidden.get(REFERRAL_FIELD)
    if not isinstance(code, str) or not code:
        return None
    return Entry.objects.filter(contest=contest, code=code[:16]).first()


def _picture(settings: terms.Settings, occasion: Occasion) -> tuple[dict[str, Any], str]:
    """The file that takes part in a photo contest, and whether people see it before somebody has looked."""
    uploads = [
        answer[0]
        for answer in occasion.session.answers.values()
        if isinstance(answer, list) and answer and isinstance(answer[0], Mapping) and "type" in answer[0]
    ]
    if not uploads:
        return {}, Entry.Display.NONE
    waits = settings.get("moderation", "pre") == "pre"
    return dict(uploads[0]), Entry.Display.WAITING if waits else Entry.Display.SHOWN


def _awarded(occasion: Occasion) -> Iterator[tuple[str, int]]:
    for award in Award.objects.filter(session=occasion.session).order_by("pk"):
        yield award.method, award.tickets


def _earned(settings: terms.Settings, view: View, occasion: Occasion) -> Iterator[tuple[str, int]]:
    """Tickets for what was done on the way: score, pictures, news, and methods whose condition holds."""
    for method in terms.methods_of(settings):
        condition = method.get("condition")
        if condition is None or view.holds(condition):
            times = _times(str(method["type"]), view, occasion, has_condition=condition is not None)
            yield method["key"], int(method["tickets"]) * times


def _times(kind: str, view: View, occasion: Occasion, *, has_condition: bool) -> int:
    """How many times the tickets of a method of this kind were earned."""
    if kind == "quiz_score":
        return max(0, int(occasion.session.score or 0))
    if kind == "upload":
        return int(any(block["type"] == "file_upload" for block, _value in answers_with(view, "type")))
    if kind == "newsletter_optin":
        return int(_asked_for_news(view))
    return int(kind in ("secret_code", "watch_video", "visit_url") and has_condition)


def _asked_for_news(view: View) -> bool:
    marketing = [block for block, given in answers_with(view, "purpose") if given is True]
    return any(block["purpose"] == "marketing" for block in marketing)
