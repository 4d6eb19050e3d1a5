"""What is done with a flow as a whole: publishing, closing, naming, copying, putting away, deleting, versions."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import WorkspaceRequest, get_in_workspace, workspace_view
from core.htmx import go_to, render_page
from flows.answers import FlowProblem
from flows.building.differences import differences
from flows.building.problem_words import complaints
from flows.building.shapes import is_whole
from flows.checking import check_flow
from flows.documents import read_json
from flows.forms import NameForm
from flows.models import Flow, FlowVersion
from flows.services import NotPublishable, close_flow, draft_of, publish_flow
from flows.services.managing import (
    NotDeletable,
    archive_flow,
    delete_flow,
    duplicate_flow,
    rename_flow,
    restore_version,
    unarchive_flow,
)
from flows.views.working import is_changed

SHOWN = 50


@workspace_view("editor")
def publish(request: WorkspaceRequest, flow: uuid.UUID) -> HttpResponse:
    """What publishing changes, and what stands in its way; a press of the button does it."""
    row = get_in_workspace(Flow, request.workspace, flow)
    document = draft_of(row)
    if document is None or not is_whole(document):
        raise Http404
    trouble = ""
    if request.method == "POST":
        try:
            publish_flow(flow=row, actor=request.user)
        except NotPublishable:
            trouble = _("There is something to mend first. Nothing was published.")
        except FlowProblem as problem:
            trouble = str(problem)
        else:
            messages.success(request, _("“%(name)s” is live.") % {"name": row.name})
            return go_to(request, "flows:published", request.workspace.slug, row.public_id)
    context = {"flow": row, "trouble": trouble, **_state(row, document)}
    return render_page(request, "flows/publish.html", context, status=422 if trouble else 200)


def _state(row: Flow, document: Any) -> dict[str, Any]:
    found = complaints(document, check_flow(document, runs=0))
    live = row.live_version
    return {
        "errors": [one for one in found if one.is_error],
        "warnings": [one for one in found if not one.is_error],
        "live": live,
        "is_changed": is_changed(row, document),
        "changes": differences(read_json(live.document), document) if live is not None else [],
        "has_moments": (document.get("contest") or {}).get("selection") == "instant_win",
    }


@require_GET
@workspace_view("viewer")
def published(request: WorkspaceRequest, flow: uuid.UUID) -> HttpResponse:
    """Where a flow that was just published can be found, and what to do with it."""
    row = get_in_workspace(Flow, request.workspace, flow)
    return render_page(request, "flows/published.html", {"flow": row, "may_edit": request.membership.may("editor")})


@workspace_view("editor")
def settle(request: WorkspaceRequest, flow: uuid.UUID) -> HttpResponse:
    """Rename a flow; close it, put it away, or delete it."""
    row = get_in_workspace(Flow, request.workspace, flow)
    form = NameForm(request.POST if request.method == "POST" else None, initial={"name": row.name})
    if form.is_valid():
        try:
            rename_flow(flow=row, actor=request.user, name=form.cleaned_data["name"])
        except FlowProblem as problem:
            form.add_error("name", str(problem))
        else:
            messages.success(request, _("The new name is saved."))
            return go_to(request, "flows:detail", request.workspace.slug, row.public_id)
    context = {"flow": row, "form": form, "is_new": row.published_at is None and bool(row.draft)}
    return render_page(request, "flows/settle.html", context, status=422 if form.is_bound else 200)


@require_POST
@workspace_view("editor")
def close(request: WorkspaceRequest, flow: uuid.UUID) -> HttpResponse:
    """Let nobody begin any more."""
    row = close_flow(flow=get_in_workspace(Flow, request.workspace, flow))
    messages.success(request, _("“%(name)s” is closed. Who is on the way may finish.") % {"name": row.name})
    return go_to(request, "flows:detail", request.workspace.slug, row.public_id)


@require_POST
@workspace_view("editor")
def archive(request: WorkspaceRequest, flow: uuid.UUID) -> HttpResponse:
    """Put a flow away, or bring it back (`back`)."""
    row = get_in_workspace(Flow, request.workspace, flow)
    if request.POST.get("back"):
        row = unarchive_flow(flow=row)
        messages.success(request, _("“%(name)s” is back in the list.") % {"name": row.name})
    else:
        row = archive_flow(flow=row)
        messages.success(request, _("“%(name)s” is put away, and closed. Nothing of it is lost.") % {"name": row.name})
    return go_to(request, "flows:list", request.workspace.slug)


@require_POST
@workspace_view("editor")
def delete(request: WorkspaceRequest, flow: uuid.UUID) -> HttpResponse:
    """Delete a draft that was never published."""
    row = get_in_workspace(Flow, request.workspace, flow)
    try:
        delete_flow(flow=row)
    except NotDeletable:
        messages.error(request, _("People have seen this flow, so it is kept. You can put it away instead."))
        return go_to(request, "flows:settle", request.workspace.slug, row.public_id)
    messages.success(request, _("“%(name)s” is deleted.") % {"name": row.name})
    return go_to(request, "flows:list", request.workspace.slug)


@require_POST
@workspace_view("editor")
def duplicate(request: WorkspaceRequest, flow: uuid.UUID) -> HttpResponse:
    """Begin a new draft as a copy of this one."""
    row = get_in_workspace(Flow, request.workspace, flow)
    try:
        made = duplicate_flow(flow=row, actor=request.user)
    except FlowProblem as problem:
        messages.error(request, str(problem))
        return go_to(request, "flows:list", request.workspace.slug)
    messages.success(request, _("This is the copy."))
    return go_to(request, "flows:detail", request.workspace.slug, made.public_id)


@require_GET
@workspace_view("viewer")
def document(request: WorkspaceRequest, flow: uuid.UUID) -> HttpResponse:
    """The draft as a JSON file, to keep or to bring elsewhere."""
    row = get_in_workspace(Flow, request.workspace, flow)
    if not row.draft:
        raise Http404
    response = HttpResponse(row.draft, content_type="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="{row.key}.json"'
    return response


@require_GET
@workspace_view("viewer")
def versions(request: WorkspaceRequest, flow: uuid.UUID) -> HttpResponse:
    """What was published, the latest first, each with what it changed."""
    row = get_in_workspace(Flow, request.workspace, flow)
    stored = list(row.versions.select_related("created_by").order_by("-number")[: SHOWN + 1])
    older: dict[int, FlowVersion] = {one.number: one for one in stored}
    rows = [
        {"version": one, "changes": _between(older.get(one.number - 1), one), "is_live": one.pk == row.live_version_id}
        for one in stored[:SHOWN]
    ]
    context = {"flow": row, "rows": rows, "may_edit": request.membership.may("editor"), "nav": "flows"}
    return render_page(request, "flows/versions.html", context)


def _between(before: FlowVersion | None, after: FlowVersion) -> list[str]:
    return differences(read_json(before.document), read_json(after.document)) if before is not None else []


@require_POST
@workspace_view("editor")
def restore(request: WorkspaceRequest, flow: uuid.UUID, number: int) -> HttpResponse:
    """Make a published version the draft again."""
    row = get_in_workspace(Flow, request.workspace, flow)
    version = get_object_or_404(FlowVersion, flow=row, number=number)
    restore_version(flow=row, actor=request.user, version=version)
    words = _("The draft is version %(number)d again. Undo brings back what was there; people see it once you publish.")
    messages.success(request, words % {"number": number})
    return go_to(request, "flows:detail", request.workspace.slug, row.public_id)
