"""Working on a flow: every change is saved at once as the draft, which only its makers see; undo takes it back."""

import uuid
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import WorkspaceRequest, get_in_workspace, workspace_view
from core.clock import now
from core.htmx import go_to
from core.ids import uuid_or_none
from flows.answers import FlowProblem
from flows.building.changes import Change, apply_values, joined_choices, operate
from flows.building.contest_changes import Host
from flows.building.operations import BadChange, insert_copy
from flows.building.pointers import NoSuchPlace, at
from flows.building.shapes import is_whole
from flows.documents import read_json
from flows.models import Flow
from flows.services import DraftChanged, draft_of, save_draft, step_draft
from flows.views.balance import balance_of
from flows.views.working import Work, begin_work, mark_of, panel_in, place_of, show_work

LARGEST_NUMBER = 10**9


@workspace_view("viewer")
def detail(request: WorkspaceRequest, flow: uuid.UUID) -> HttpResponse:
    """Look at a flow, or work on it."""
    row = get_in_workspace(Flow, request.workspace, flow)
    work = begin_work(request, row)
    if work is None:
        return render(request, "flows/unreadable.html", {"flow": row, "nav": "flows"}, status=200)
    return _change(request, work) if request.method == "POST" else show_work(request, work)


def _change(request: WorkspaceRequest, work: Work) -> HttpResponse:
    operation = request.POST.get("op", "")
    try:
        if operation in ("undo", "redo"):
            return _step(request, work, -1 if operation == "undo" else 1)
        base = _kept_base(request, work) if operation == "keep" else work.document
        change = _changed(request, work, base, "" if operation == "keep" else operation)
        if change.document != base or operation == "keep":
            expected = None if operation == "keep" else _expected(request)
            work.flow = save_draft(flow=work.flow, actor=request.user, document=change.document, expected=expected)
    except DraftChanged as error:
        return _in_conflict(request, work, error.flow, operation)
    except FlowProblem as problem:
        work.trouble = str(problem)
        return show_work(request, work, status=422)
    return _shown(request, work, change)


def _in_conflict(request: WorkspaceRequest, work: Work, theirs: Flow, operation: str) -> HttpResponse:
    """Show this window's own work, not saved, and let its maker choose."""
    base = _kept_base(request, work)
    change = _changed(request, work, base, "" if operation in ("undo", "redo", "keep") else operation)
    work.conflict, work.document = theirs, change.document
    work.panel = panel_in(work.document, change.panel or request.POST.get("at", ""))
    work.mark, work.expected = request.POST.get("mark", "")[:16], _expected(request)
    return show_work(request, work, status=409)


def _changed(request: WorkspaceRequest, work: Work, base: Any, operation: str) -> Change:
    sent = {name: value for name, value in request.POST.items() if isinstance(value, str)}
    sent |= joined_choices(base, {path: request.POST.getlist(f"m:{path}") for path in request.POST.getlist("m")})
    change = apply_values(base, sent, request.POST.getlist("b"), work.language)
    if not operation:
        return change
    change.host = Host(request.workspace.name, request.workspace.time_zone, now())
    try:
        return operate(change, operation)
    except BadChange as error:
        work.trouble = error.sentence
    except NoSuchPlace:
        work.trouble = _("The page was out of date, so this could not be done. What you typed is kept.")
    return change


def _shown(request: WorkspaceRequest, work: Work, change: Change) -> HttpResponse:
    before, work.document = work.document, change.document
    work.refused, work.said, work.focus = change.refused, change.said, change.focus
    if change.panel:
        work.panel = change.panel
    elif panel_in(work.document, work.panel) != work.panel:  # renamed, or taken away: what stands in its place
        kind = "step" if work.panel.startswith("step:") else "ending"
        members = work.document["steps" if kind == "step" else "endings"]
        member = members[min(place_of(before, work.panel), len(members) - 1)]
        work.panel = panel_in(work.document, f"{kind}:{member['key']}{_version_after(before, work.panel, member)}")
    is_fine = not work.refused and not work.trouble
    if request.headers.get("X-Part") == "1" or not is_fine:
        return show_work(request, work, status=200 if is_fine else 422)
    if work.said:
        messages.success(request, work.said)
    return HttpResponseRedirect(address_of(request, work))


def _version_after(before: Any, panel: str, step: Any) -> str:
    """The version that was shown, also if it was just given another name."""
    key = panel.partition("/")[2]
    variants = before["steps"][place_of(before, panel)].get("variants") or () if panel.startswith("step:") else ()
    place = next((number for number, one in enumerate(variants) if one["key"] == key), None)
    now = step.get("variants") or ()
    return f"/{now[place]['key']}" if place is not None and place < len(now) else ""


def address_of(request: WorkspaceRequest, work: Work) -> str:
    """The page that shows the part that is worked on."""
    here = reverse("flows:detail", args=[request.workspace.slug, work.flow.public_id])
    return f"{here}?{urlencode({'at': work.panel, 'lang': work.language})}"


def _expected(request: WorkspaceRequest) -> int:
    raw = request.POST.get("expected", "")
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < len(str(LARGEST_NUMBER)) else -1


def _kept_base(request: WorkspaceRequest, work: Work) -> Any:
    """The draft as this window knew it, when somebody else saved meanwhile. Undo brings theirs back."""
    wanted = request.POST.get("mark", "")
    for step in work.flow.draft_steps.order_by("-place"):
        if mark_of(Flow(draft=step.document)) == wanted:
            found = read_json(step.document)
            return found if is_whole(found) else work.document
    return work.document


def _step(request: WorkspaceRequest, work: Work, by: int) -> HttpResponse:
    moved = step_draft(flow=work.flow, actor=request.user, by=by, expected=_expected(request))
    document = work.document
    if moved is not None:
        work.flow, document = moved, draft_of(moved)
    words = {-1: _("Undone."), 1: _("Done again.")}[by]
    said = words if moved is not None else _("There is nothing more that way.")
    return _shown(request, work, Change(document, said=said))


@require_POST
@workspace_view("editor")
def copy_step(request: WorkspaceRequest, flow: uuid.UUID) -> HttpResponse:
    """Copy a step into another flow of the workspace, at its end."""
    row = get_in_workspace(Flow, request.workspace, flow)
    target = get_in_workspace(Flow, request.workspace, uuid_or_none(request.POST.get("into")))
    document, there = draft_of(row), draft_of(target)
    if document is None or there is None or not is_whole(document) or not is_whole(there):
        raise Http404
    try:
        step = at(document, f"/steps/{place_of(document, request.POST.get('at', ''))}")
        made, path = insert_copy(there, "/steps", step, len(there["steps"]))
        save_draft(flow=target, actor=request.user, document=made, expected=target.draft_number)
    except (BadChange, DraftChanged, FlowProblem):
        messages.error(request, _("The step could not be copied, because the other flow was just changed. Try again."))
        return go_to(request, "flows:detail", request.workspace.slug, row.public_id)
    messages.success(request, _("The step is copied to “%(name)s”.") % {"name": target.name})
    here = reverse("flows:detail", args=[request.workspace.slug, target.public_id])
    return go_to(request, f"{here}?{urlencode({'at': 'step:' + at(made, path)['key']})}")


@require_GET
@workspace_view("viewer")
def balance(request: WorkspaceRequest, flow: uuid.UUID) -> HttpResponse:
    """What thousands of pretend people come to."""
    row = get_in_workspace(Flow, request.workspace, flow)
    work = begin_work(request, row)
    found = balance_of(row, work.document) if work is not None else None
    return render(request, "flows/balance.html", {"balance": found, "flow": row})
