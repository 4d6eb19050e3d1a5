"""The pictures people sent in, and votes for them."""

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from contests import terms
from contests.leaders import shown_name
from contests.models import Entry
from contests.services.voting import CannotVote, cast_vote, is_voting
from contests.views.loading import answer, contest_or_404
from contests.views.pictures import picture_response
from contests.wording import reason_in_words
from core.limits import client_address, limited

ON_A_PAGE = 24


@limited("contest-pages", limit=300, seconds=60, methods=("GET", "HEAD"))
@require_safe
def gallery(request: HttpRequest, flow: uuid.UUID) -> HttpResponse:
    """Entries whose pictures are shown, those with most votes first."""
    contest = contest_or_404(flow)
    settings = terms.settings_of(contest)
    rows = contest.entries.filter(display=Entry.Display.SHOWN, status=Entry.Status.VERIFIED)
    if not rows.exists() and settings["selection"] != "votes":
        raise Http404
    page = Paginator(rows.select_related("contact").order_by("-votes", "seq"), ON_A_PAGE).get_page(
        request.GET.get("page")
    )
    name_format = str((settings.get("leaderboard") or {}).get("name_format", "masked"))
    context = {
        "page": page,
        "entries": [(entry, shown_name(entry, name_format)) for entry in page],
        "is_voting": is_voting(contest),
    }
    return answer(request, "contests/public/gallery.html", contest, context)


@limited("contest-pictures", limit=600, seconds=60, methods=("GET", "HEAD"))
@require_safe
def picture(request: HttpRequest, flow: uuid.UUID, entry: uuid.UUID) -> HttpResponse:
    """A picture that is in the gallery."""
    contest = contest_or_404(flow)
    shown = contest.entries.filter(display=Entry.Display.SHOWN, status=Entry.Status.VERIFIED)
    return picture_response(get_object_or_404(shown, public_id=entry))


@limited("contest-votes", limit=30, seconds=60)
@require_POST
def vote(request: HttpRequest, flow: uuid.UUID, entry: uuid.UUID) -> HttpResponse:
    """Vote for one entry."""
    contest = contest_or_404(flow)
    found = get_object_or_404(Entry, contest=contest, public_id=entry, display=Entry.Display.SHOWN)
    try:
        cast_vote(entry=found, ip=client_address(request), user_agent=request.headers.get("User-Agent", "")[:300])
    except CannotVote as refusal:
        messages.error(request, _("Your vote was not counted: %(why)s.") % {"why": reason_in_words(refusal.code)})
    else:
        messages.success(request, _("Thank you, your vote counts."))
    return redirect(reverse("contest:gallery", args=[contest.flow.public_id]))
