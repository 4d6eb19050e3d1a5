"""Pages for one entrant, behind links that name nobody: their entry, the confirmation, the prize."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from consent.views.visitors import nowhere
from contests import links, terms
from contests.mail import prize_name, receipt_of
from contests.models import Contest, Entry, Winner
from contests.services import (
    NotNow,
    Sealed,
    Settled,
    TooLate,
    WrongCode,
    claim_prize,
    come_back,
    decline_prize,
    ledger_of,
    send_again,
    verify_by_code,
    verify_entry,
    withdraw_entry,
)
from contests.services.deciding import may_come_back
from contests.services.prizes import attempt_of, prize_code
from contests.views.loading import answer
from contests.wording import method_label, reason_in_words
from core.limits import limited


def _entry_of(purpose: str, flow: uuid.UUID, token: str) -> Entry | None:
    public_id = links.read(purpose, token)
    rows = Entry.objects.select_related("contest__flow__workspace", "contest__version", "contact", "session")
    found: Entry | None = rows.filter(public_id=public_id, contest__flow__public_id=flow).first() if public_id else None
    return found


@csrf_exempt  # the link is the key, and nobody else can know it; mail programs often refuse cookies
@limited("contest-entry", limit=60, seconds=60, methods=("GET", "HEAD", "POST"))
@require_http_methods(["GET", "HEAD", "POST"])
def status(request: HttpRequest, flow: uuid.UUID, token: str) -> HttpResponse:
    """One's own entry: how it stands, its tickets and receipt; POST types a code, comes back, or asks for mail."""
    entry = _entry_of(links.STATUS, flow, token)
    if entry is None:
        return nowhere(request)
    problem = ""
    if request.method == "POST":
        problem = _act(request, entry)
        if not problem:
            return redirect(request.path)
    return _status_page(request, entry, problem)


def _act(request: HttpRequest, entry: Entry) -> str:
    """Do what a button of the page asks; a sentence when it could not be done."""
    action = request.POST.get("action", "")
    try:
        if action == "code":
            verify_by_code(entry=entry, code=request.POST.get("code", ""))
        elif action == "again":
            if not send_again(entry=entry):
                return _("We have sent as many mails as we may. Look into the folder for unwanted mail.")
            messages.success(request, _("Another mail is on its way."))
        elif action == "back":
            tickets = come_back(entry=entry)
            said = ngettext("Welcome back: %(n)d more ticket.", "Welcome back: %(n)d more tickets.", tickets)
            messages.success(request, said % {"n": tickets})
    except WrongCode:
        return _("That is not the code from our newest mail. Check it, or ask for another mail.")
    except (TooLate, Sealed):
        return _("The contest is closed for changes. Your entry stays as it is.")
    except NotNow:
        return _("You have been here already. Come back later.")
    return ""


def _status_page(request: HttpRequest, entry: Entry, problem: str) -> HttpResponse:
    contest, settings = entry.contest, terms.settings_of(entry.contest)
    attempt = attempt_of(entry)
    by_code = settings.get("verification") == "email_code"
    context = {
        "entry": entry,
        "problem": problem,
        "reason": reason_in_words(entry.reason) if entry.reason else "",
        "asks_for_code": by_code and entry.status == Entry.Status.PENDING,
        "receipt": receipt_of(contest, entry),
        "rows": [(row, method_label(settings, row.method)) for row in ledger_of(entry)],
        "friend_url": links.friend_url(entry) if terms.referral_tickets(settings) else "",
        "friend_tickets": terms.referral_tickets(settings),
        "may_come_back": may_come_back(entry),
        "may_withdraw": contest.phase in (Contest.Phase.OPEN, Contest.Phase.CLOSED)
        and entry.status not in (Entry.Status.REJECTED, Entry.Status.WITHDRAWN),
        "withdraw_url": f"{request.path}withdraw/",
        "attempt": attempt,
        "prize": prize_name(contest, attempt.prize) if attempt else "",
    }
    return _private(answer(request, "contests/public/entry.html", contest, context, status=422 if problem else 200))


@csrf_exempt  # the link is the key, and nobody else can know it; mail programs often refuse cookies
@limited("contest-withdraw", limit=20, seconds=60)
@require_POST
def withdraw(request: HttpRequest, flow: uuid.UUID, token: str) -> HttpResponse:
    """Take the entry back."""
    entry = _entry_of(links.STATUS, flow, token)
    if entry is None:
        return nowhere(request)
    try:
        withdraw_entry(entry=entry)
    except Sealed:
        messages.error(request, _("The list is sealed already, so the entry stays. You can decline a prize."))
    return redirect(request.path.removesuffix("withdraw/"))


@csrf_exempt  # the link is the key, and nobody else can know it; mail programs often refuse cookies
@limited("contest-confirm", limit=30, seconds=60, methods=("GET", "HEAD", "POST"))
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, flow: uuid.UUID, token: str) -> HttpResponse:
    """The link of the mail: GET shows what it is about, POST says yes. Scanners of mail only GET."""
    entry = _entry_of(links.VERIFY, flow, token)
    if entry is None:
        return nowhere(request)
    is_late = False
    if request.method == "POST":
        try:
            verify_entry(entry=entry)
        except TooLate:
            is_late = True
        else:
            return redirect(links.status_url(entry))
    if entry.status == Entry.Status.VERIFIED and request.method != "POST":
        return redirect(links.status_url(entry))
    context = {"entry": entry, "is_late": is_late or entry.status != Entry.Status.PENDING}
    return _private(answer(request, "contests/public/confirm.html", entry.contest, context, 409 if is_late else 200))


@csrf_exempt  # the link is the key, and nobody else can know it; mail programs often refuse cookies
@limited("contest-claim", limit=30, seconds=60, methods=("GET", "HEAD", "POST"))
@require_http_methods(["GET", "HEAD", "POST"])
def claim(request: HttpRequest, flow: uuid.UUID, token: str) -> HttpResponse:
    """A winner's page: take the prize and say where to send it, or leave it to somebody else."""
    public_id = links.read(links.CLAIM, token)
    rows = Winner.objects.select_related("contest__flow__workspace", "contest__version", "entry__contact")
    winner = rows.filter(public_id=public_id, contest__flow__public_id=flow).first() if public_id else None
    if winner is None:
        return nowhere(request)
    problem = ""
    if request.method == "POST":
        try:
            if request.POST.get("action") == "decline":
                decline_prize(winner=winner)
            else:
                claim_prize(winner=winner, message=request.POST.get("message", "").replace("\x00", "")[:2000])
        except Settled:
            problem = _("The time to claim this prize is over. It went to the next person in line.")
        else:
            return redirect(request.path)
    context = {
        "winner": winner,
        "problem": problem,
        "prize": prize_name(winner.contest, winner.prize),
        "fulfilment": _fulfilment(winner),
        "code": prize_code(winner) if winner.state == Winner.State.CLAIMED else "",
        "question": (terms.settings_of(winner.contest).get("rules") or {}).get("skill_question", ""),
    }
    page = answer(request, "contests/public/claim.html", winner.contest, context, 409 if problem else 200)
    return _private(page)


def _fulfilment(winner: Winner) -> str:
    prizes = terms.settings_of(winner.contest).get("prizes") or ()
    return next((str(one.get("fulfilment", "manual")) for one in prizes if one["key"] == winner.prize), "manual")


def _private(response: HttpResponse) -> HttpResponse:
    """Nobody keeps the page of one person, and no search engine lists it."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
