"""Entries with what is suspicious about them, and a person's decision."""

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import WorkspaceRequest, workspace_view
from contests import terms
from contests.forms import PlaceForm, RejectForm
from contests.models import Entry
from contests.services import (
    NotNow,
    Sealed,
    accept_entry,
    hold_entry,
    judge_entry,
    reject_entry,
    show_entry,
)
from contests.services.deciding import OPEN_PHASES
from contests.views.panel import contest_in
from contests.views.pictures import picture_response
from contests.wording import reason_in_words
from core.htmx import go_to, render_page

ON_A_PAGE = 50
FILTERS = {
    "flagged": Q(status__in=["pending", "verified", "held"]) & ~Q(flags=[]),
    "pictures": Q(display="waiting"),
}


@workspace_view()
@require_safe
def entries(request: WorkspaceRequest, flow: uuid.UUID) -> HttpResponse:
    """Entries by state; those that wait for a look first of all."""
    contest = contest_in(request, flow)
    rows = contest.entries.all()
    counts = rows.counts()
    state = request.GET.get("state", "")
    if state in Entry.Status.values:
        rows = rows.filter(status=state)
    elif state in FILTERS:
        rows = rows.filter(FILTERS[state])
    else:
        state = ""
    rows = rows.select_related("contact", "decided_by").order_by("-seq")
    page = Paginator(rows, ON_A_PAGE).get_page(request.GET.get("page"))
    for entry in page:
        entry.signs = [reason_in_words(code) for code in dict.fromkeys([*entry.flags, *filter(None, [entry.reason])])]
    context = {
        "contest": contest,
        "nav": "flows",
        "page": page,
        "state": state,
        "total": sum(counts.values()),
        "chips": [(value, label, counts[value]) for value, label in Entry.Status.choices if value in counts],
        "flagged": contest.entries.filter(FILTERS["flagged"]).count(),
        "waiting": contest.entries.filter(FILTERS["pictures"]).count(),
        "may_decide": contest.phase in OPEN_PHASES,
        "is_judged": terms.settings_of(contest).get("selection") == "judged",
        "reject_form": RejectForm(),
    }
    return render_page(request, "contests/entries.html", context, partial="rows")


@workspace_view()
@require_POST
def decide(request: WorkspaceRequest, flow: uuid.UUID, entry: uuid.UUID) -> HttpResponse:
    """Accept, hold, turn down, show or hide one entry, or give it a jury's place."""
    contest = contest_in(request, flow)
    found = Entry.objects.select_related("contest").filter(contest=contest, public_id=entry).first()
    if found is None:
        raise Http404
    try:
        said = _decide(request, found, request.POST.get("action", ""))
    except Sealed:
        messages.error(request, _("The list is sealed: nothing about an entry can change any more."))
    except NotNow:
        messages.error(request, _("Somebody has decided about this entry meanwhile."))
    else:
        (messages.success if said else messages.error)(request, said or _("Choose what to do."))
    state = request.POST.get("state", "")
    response = go_to(request, "contests:entries", request.workspace.slug, flow)
    if state.isalpha():
        where = "HX-Redirect" if "HX-Redirect" in response.headers else "Location"
        response.headers[where] += f"?state={state}"
    return response


@workspace_view()
@require_safe
def picture(request: WorkspaceRequest, flow: uuid.UUID, entry: uuid.UUID) -> HttpResponse:
    """The picture of an entry, shown or not, for whoever decides."""
    contest = contest_in(request, flow)
    found = contest.entries.filter(public_id=entry).first()
    if found is None:
        raise Http404
    return picture_response(found)


def _decide(request: WorkspaceRequest, entry: Entry, action: str) -> str:
    """Do it; the sentence that says so, "" for a choice that is none."""
    actor = request.user
    if action == "accept":
        accept_entry(entry=entry, actor=actor)
        return _("The entry takes part.")
    if action == "hold":
        hold_entry(entry=entry, actor=actor)
        return _("The entry waits for a look.")
    if action in ("show", "hide"):
        show_entry(entry=entry, is_shown=action == "show", actor=actor)
        return _("The picture is in the gallery.") if action == "show" else _("The picture is not shown.")
    reject, place = RejectForm(request.POST), PlaceForm(request.POST)
    if action == "reject" and reject.is_valid():
        reject_entry(entry=entry, reason=reject.cleaned_data["reason"], actor=actor)
        return _("The entry is turned down. The reason will be published with its number.")
    if action == "judge" and place.is_valid():
        judge_entry(entry=entry, place=place.cleaned_data["place"], actor=actor)
        return _("The place is written down.")
    return ""
