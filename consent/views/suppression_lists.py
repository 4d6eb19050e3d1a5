"""Bringing a list of suppressions from elsewhere: look at what it is, take it in, take it back; and the way out."""

import uuid

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import WorkspaceRequest, get_in_workspace, workspace_view
from accounts.models import Role
from consent.forms import SuppressionListForm
from consent.models import Suppression, SuppressionList
from consent.services.suppression_lists import (
    discard_list,
    lift_list,
    lines_of,
    start_list,
    suppression_csv,
    upload_list,
)
from consent.suppression_file import TooManyLines
from core.htmx import go_to, render_page

RECENT = 20


@require_http_methods(["GET", "HEAD", "POST"])
@workspace_view("editor")
def upload(request: WorkspaceRequest) -> HttpResponse:
    """Choose a file or paste; below are the lists of before."""
    is_post = request.method == "POST"
    form = SuppressionListForm(request.POST, request.FILES) if is_post else SuppressionListForm()
    if is_post and form.is_valid():
        file = form.cleaned_data["file"] or form.cleaned_data["text"]
        name = getattr(file, "name", "") or _("Pasted list")
        reason, note = form.cleaned_data["reason"], form.cleaned_data["note"]
        try:
            row = upload_list(
                workspace=request.workspace, file=file, name=name, reason=reason, note=note, actor=request.user
            )
        except TooManyLines:
            form.add_error("file", _("This list has more than a million lines. Split it and bring one after another."))
        else:
            return go_to(request, "consent:suppression-list", request.workspace.slug, row.public_id)
    lists = SuppressionList.objects.in_workspace(request.workspace).newest_first().exclude(status="draft")
    context = {"form": form, "lists": lists.select_related("created_by")[:RECENT]}
    return render_page(request, "consent/suppression_lists.html", context, status=422 if form.is_bound else 200)


@require_GET
@workspace_view("editor")
def detail(request: WorkspaceRequest, list_id: uuid.UUID) -> HttpResponse:
    """What is in a list, in numbers, and what became of it."""
    row = get_in_workspace(SuppressionList, request.workspace, list_id)
    context = {
        "list": row,
        "reason": Suppression.Reason(row.reason).label,
        "lines": lines_of(row),
        "left": Suppression.objects.in_workspace(request.workspace).filter(source_list=row).exists(),
    }
    return render_page(request, "consent/suppression_list.html", context, partial="state")


@require_POST
@workspace_view("editor")
def start(request: WorkspaceRequest, list_id: uuid.UUID) -> HttpResponse:
    """Take it in."""
    row = get_in_workspace(SuppressionList, request.workspace, list_id)
    start_list(row=row, actor=request.user)
    return go_to(request, "consent:suppression-list", request.workspace.slug, row.public_id)


@require_POST
@workspace_view("editor")
def discard(request: WorkspaceRequest, list_id: uuid.UUID) -> HttpResponse:
    """Forget a list that was not taken in."""
    discard_list(row=get_in_workspace(SuppressionList, request.workspace, list_id))
    return go_to(request, "consent:suppression-lists", request.workspace.slug)


@require_POST
@workspace_view("editor")
def lift(request: WorkspaceRequest, list_id: uuid.UUID) -> HttpResponse:
    """Take it back, as far as this person may."""
    row = get_in_workspace(SuppressionList, request.workspace, list_id)
    lifted, kept = lift_list(row=row, actor=request.user, is_owner=request.membership.may(Role.OWNER))
    text = ngettext("%(count)s entry was taken off.", "%(count)s entries were taken off.", lifted) % {"count": lifted}
    messages.success(request, text)
    if kept:
        messages.warning(
            request, _("Some stay: what people said themselves, and legal reasons unless an owner lifts them.")
        )
    return go_to(request, "consent:suppression-list", request.workspace.slug, row.public_id)


@require_GET
@workspace_view("editor")
def download(request: WorkspaceRequest) -> HttpResponse:
    """The whole list as CSV."""
    response = StreamingHttpResponse(suppression_csv(request.workspace), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="suppressions.csv"'
    return response  # type: ignore[return-value]
