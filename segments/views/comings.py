"""Who came into a segment and who left it, and whether that is noted."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import WorkspaceRequest, get_in_workspace, workspace_view
from core.htmx import go_to, render_page
from segments import services
from segments.models import Following, MemberChange, Segment

PER_PAGE = 50
OWN, RULE, EVERYTHING = "own", "rule", "all"


@require_http_methods(["GET", "HEAD", "POST"])
@workspace_view("viewer")
def comings(request: WorkspaceRequest, segment: uuid.UUID) -> HttpResponse:
    """The record of a segment, newest first; a POST switches the noting on or off.

    Who moved by themselves comes first: one saved rule can move a million people, among whom they would not be seen.
    """
    row = get_in_workspace(Segment, request.workspace, segment)
    if request.method == "POST":
        is_followed = request.POST.get("follow") == "on"
        services.follow_segment(segment=row, is_followed=is_followed, actor=request.user)
        text = _("Who comes and who goes is noted from now on.") if is_followed else _("Nothing is noted any more.")
        messages.success(request, text)
        return go_to(request, "segments:comings", request.workspace.slug, row.public_id)
    views = {OWN: _("By themselves"), RULE: _("When the segment was saved"), EVERYTHING: _("Everything")}
    shown = request.GET.get("show", OWN)
    shown = shown if shown in views else OWN
    record = MemberChange.objects.in_workspace(request.workspace)
    record = {OWN: record.own, RULE: record.by_rule, EVERYTHING: record.all}[shown]()
    changes = record.filter(segment=row).select_related("contact")
    page = Paginator(changes.order_by("-at", "-id"), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "segment": row,
        "page": page,
        "views": views.items(),
        "shown": shown,
        "state": Following.objects.in_workspace(request.workspace).of_segment(row),
        "may_edit": request.membership.may("editor"),
    }
    return render_page(request, "segments/comings.html", context, partial="rows")
