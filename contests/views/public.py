"""Pages for everybody: the rules, how the draw works with its documents, the leaders."""

import io
import uuid
import zipfile
from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from contests import official_rules, terms
from contests.leaders import leaders_of
from contests.mail import prize_name
from contests.models import Contest, Document
from contests.views.loading import answer, contest_or_404, documents_of
from contests.wording import selection_in_words
from core.limits import limited

SCRIPT = (Path(__file__).resolve().parent.parent / "verify_draw.py").read_bytes()
STEPS = (Contest.Phase.OPEN, Contest.Phase.CLOSED, Contest.Phase.COMMITTED, Contest.Phase.DRAWN)


@limited("contest-pages", limit=300, seconds=60, methods=("GET", "HEAD"))
@require_safe
def rules(request: HttpRequest, flow: uuid.UUID) -> HttpResponse:
    """The official rules, as they were published with the opening."""
    contest = contest_or_404(flow)
    found = contest.document(Document.Kind.RULES)
    if found is None:
        raise Http404
    context = {"sections": official_rules.sections(found.body), "document": found}
    return answer(request, "contests/public/rules.html", contest, context)


@limited("contest-pages", limit=300, seconds=60, methods=("GET", "HEAD"))
@require_safe
def draw(request: HttpRequest, flow: uuid.UUID) -> HttpResponse:
    """How winners are found, in plain words; everything to check it with."""
    contest = contest_or_404(flow)
    settings = terms.settings_of(contest)
    result = contest.document(Document.Kind.RESULT)
    context = {
        "documents": documents_of(contest),
        "phase": contest.phase,
        "reached": STEPS.index(Contest.Phase(contest.phase)),
        "selection": selection_in_words(settings),
        "is_random": terms.is_random(settings),
        "beacon": terms.beacon_of(settings),
        "seats": _seats(contest, result.body) if result else [],
    }
    return answer(request, "contests/public/draw.html", contest, context)


@limited("contest-files", limit=120, seconds=60, methods=("GET", "HEAD"))
@require_safe
def document(request: HttpRequest, flow: uuid.UUID, name: str) -> HttpResponse:
    """One document, byte for byte."""
    contest = contest_or_404(flow)
    found = next((one for one in documents_of(contest) if one.file_name == f"{name}.txt"), None)
    if found is None:
        raise Http404
    # Its text is read only here.
    response = HttpResponse(found.body.encode(), content_type="text/plain; charset=utf-8")
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@limited("contest-archives", limit=30, seconds=60, methods=("GET", "HEAD"))
@require_safe
def archive(request: HttpRequest, flow: uuid.UUID) -> HttpResponse:
    """All documents in one file, with the script that checks them."""
    contest = contest_or_404(flow)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as files:
        for one in documents_of(contest):
            files.writestr(zipfile.ZipInfo(one.file_name, one.published_at.timetuple()[:6]), one.body.encode())
        files.writestr("verify_draw.py", SCRIPT)
    response = HttpResponse(packed.getvalue(), content_type="application/zip")
    response.headers["Content-Disposition"] = 'attachment; filename="documents.zip"'
    return response


@limited("contest-files", limit=120, seconds=60, methods=("GET", "HEAD"))
@require_safe
def script(request: HttpRequest, flow: uuid.UUID) -> HttpResponse:
    """The script that checks a draw by itself."""
    contest_or_404(flow)
    response = HttpResponse(SCRIPT, content_type="text/x-python; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="verify_draw.py"'
    return response


@limited("contest-pages", limit=300, seconds=60, methods=("GET", "HEAD"))
@require_safe
def leaders(request: HttpRequest, flow: uuid.UUID) -> HttpResponse:
    """Who is ahead, under names that give nobody away; only where the contest says so."""
    contest = contest_or_404(flow)
    board = terms.settings_of(contest).get("leaderboard") or {}
    if not board.get("enabled"):
        raise Http404
    context = {"rows": leaders_of(contest), "metric": board.get("metric", "tickets")}
    return answer(request, "contests/public/leaders.html", contest, context)


def _seats(contest: Contest, result: str) -> list[tuple[str, str, str]]:
    """(place, name of the prize, entry_ref) of the winners in a result."""
    rows = [line.split(":") for line in result.splitlines() if line.startswith("winner:")]
    language = get_language() or ""
    return [(row[1], prize_name(contest, row[2], language), row[3]) for row in rows]
