"""The dashboard of a contest: where it stands, what is to be done, who won."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import WorkspaceRequest, get_in_workspace, workspace_view
from contests import terms
from contests.forms import ValueForm
from contests.links import claim_url, contest_url
from contests.mail import prize_name
from contests.models import Contest, Document, Entry, Winner
from contests.services import (
    NotDrawable,
    NothingToSeal,
    Settled,
    disprove_winner,
    draw_with_value,
    has_undecided,
    needs_value,
    seal_moments,
    seal_now,
)
from contests.services.closing import commits_at
from contests.views.loading import documents_of
from contests.wording import trouble_in_words
from core.clock import now
from core.htmx import go_to, render_page
from flows.models import Flow

ON_A_PAGE = 50


def contest_in(request: WorkspaceRequest, flow: uuid.UUID) -> Contest:
    """The contest of one of the workspace's flows, or Http404."""
    rows = Contest.objects.in_workspace(request.workspace).select_related("flow__workspace", "version")
    found: Contest | None = rows.filter(flow__public_id=flow).first()
    if found is None:
        raise Http404
    return found


@workspace_view()
@require_safe
def contest_list(request: WorkspaceRequest) -> HttpResponse:
    """All contests, the newest first."""
    rows = Contest.objects.in_workspace(request.workspace).newest_first()[:ON_A_PAGE]
    return render_page(request, "contests/list.html", {"rows": rows, "nav": "flows"})


@workspace_view()
@require_safe
def panel(request: WorkspaceRequest, flow: uuid.UUID) -> HttpResponse:
    """One contest."""
    contest = contest_in(request, flow)
    return render_page(request, "contests/panel.html", _context(request, contest))


@workspace_view()
@require_safe
def counter(request: WorkspaceRequest, flow: uuid.UUID) -> HttpResponse:
    """The numbers alone, asked for again and again while the contest runs."""
    contest = contest_in(request, flow)
    return render_page(request, "contests/panel.html", _numbers(contest), partial="counter")


@workspace_view()
@require_POST
def seal(request: WorkspaceRequest, flow: uuid.UUID) -> HttpResponse:
    """Publish the list of who takes part before its time."""
    contest = seal_now(contest=contest_in(request, flow), actor=request.user)
    if contest.phase == Contest.Phase.COMMITTED:
        messages.success(request, _("The list is sealed and published."))
    else:
        messages.error(request, _("The list cannot be sealed yet: some entries are still undecided."))
    return go_to(request, "contests:panel", request.workspace.slug, flow)


@workspace_view()
@require_POST
def draw(request: WorkspaceRequest, flow: uuid.UUID) -> HttpResponse:
    """Draw with the public value that somebody read."""
    contest = contest_in(request, flow)
    form = ValueForm(request.POST)
    if form.is_valid():
        try:
            draw_with_value(contest=contest, value=form.cleaned_data["value"], actor=request.user)
        except NotDrawable as problem:
            form.add_error("value", trouble_in_words(problem.code))
        else:
            messages.success(request, _("The winners are drawn and have been told by e-mail."))
            return go_to(request, "contests:panel", request.workspace.slug, flow)
    return render_page(request, "contests/panel.html", _context(request, contest) | {"form": form}, status=422)


@workspace_view()
@require_POST
def moments(request: WorkspaceRequest, flow: uuid.UUID) -> HttpResponse:
    """Seal the winning moments of a flow that is being worked on."""
    row = get_in_workspace(Flow, request.workspace, flow)
    try:
        seal_moments(flow=row, actor=request.user)
    except NothingToSeal:
        messages.error(request, _("Say first when the contest runs and what can be won."))
    else:
        messages.success(request, _("The winning moments are sealed. If dates or prizes change, seal them again."))
    return go_to(request, "flows:publish", request.workspace.slug, flow)


@workspace_view()
@require_POST
def disprove(request: WorkspaceRequest, flow: uuid.UUID, winner: uuid.UUID) -> HttpResponse:
    """A winner turns out not to fulfil the rules: the next alternate gets the prize."""
    contest = contest_in(request, flow)
    found = contest.winners.filter(public_id=winner).first()
    if found is None:
        raise Http404
    try:
        disprove_winner(winner=found, actor=request.user)
    except Settled:
        messages.error(request, _("This prize has gone to somebody else already."))
    else:
        messages.success(request, _("The prize goes to the next in line, if there is one. Both are published."))
    return go_to(request, "contests:panel", request.workspace.slug, flow)


def _numbers(contest: Contest) -> dict[str, Any]:
    counts = contest.entries.counts()
    tiles = [(Entry.Status(status).label, counts.get(status, 0), status) for status in Entry.Status.values]
    return {
        "contest": contest,
        "tiles": tiles,
        "entered": sum(counts.values()),
        "held": counts.get(Entry.Status.HELD, 0),
        "refused": contest.refusals.count(),
        "is_running": contest.phase == Contest.Phase.OPEN,
    }


def _context(request: WorkspaceRequest, contest: Contest) -> dict[str, Any]:
    settings = terms.settings_of(contest)
    waiting = contest.entries.filter(display=Entry.Display.WAITING).count()
    return {
        **_numbers(contest),
        "nav": "flows",
        "steps": _steps(contest) if settings else [],
        "trouble": trouble_in_words(contest.trouble) if contest.trouble else "",
        "undecided": contest.phase == Contest.Phase.CLOSED and has_undecided(contest),
        "pictures": waiting,
        "winners": _winners(contest),
        "documents": documents_of(contest),
        "may_seal": contest.phase == Contest.Phase.CLOSED,
        "asks_value": contest.phase == Contest.Phase.COMMITTED and needs_value(contest) and _is_time(contest),
        "beacon": terms.beacon_of(settings) if settings else {},
        "form": ValueForm(),
        "is_instant": settings.get("selection") == terms.INSTANT,
        "public": {page: contest_url(contest, page) for page in ("", "rules", "draw", "leaders", "gallery")},
        "has_leaders": bool((settings.get("leaderboard") or {}).get("enabled")),
        "result": contest.document(Document.Kind.RESULT),
    }


def _is_time(contest: Contest) -> bool:
    return contest.draws_at is not None and contest.draws_at <= now()


def _steps(contest: Contest) -> list[tuple[Any, ...]]:
    """(label, when, done) of the phases."""
    order = [Contest.Phase.OPEN, Contest.Phase.CLOSED, Contest.Phase.COMMITTED, Contest.Phase.DRAWN]
    at = order.index(Contest.Phase(contest.phase)) if contest.phase in order else -1
    whens = (contest.opens_at, contest.closes_at, commits_at(contest), contest.draws_at)
    labels = (_("Opens"), _("Closes"), _("List sealed"), _("Winners found"))
    has_begun = contest.opens_at is not None and contest.opens_at <= now()
    return [
        (label, when, number <= at and (number > 0 or has_begun))
        for number, (label, when) in enumerate(zip(labels, whens, strict=True))
    ]


def _winners(contest: Contest) -> list[dict[str, Any]]:
    rows = contest.winners.select_related("entry__contact", "contest__flow").order_by("place")
    return [
        {
            "row": row,
            "prize": prize_name(contest, row.prize) if row.prize else "",
            "contact": row.entry.contact,
            "may_disprove": row.state in (Winner.State.NOTIFIED, Winner.State.DRAWN, Winner.State.CLAIMED),
            "claim_url": claim_url(row) if row.prize else "",
        }
        for row in rows
    ]
