"""The list, deleting, and the segments of one contact."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import WorkspaceRequest, get_in_workspace, workspace_view
from contacts.models import Contact
from core.htmx import go_to, render_page
from segments import services
from segments.builder.labels import Labels, labels_of
from segments.builder.reasons import reasons_of
from segments.builder.wording import about
from segments.language.problems import RuleError
from segments.language.validate import validate_rule
from segments.models import Segment, SegmentDraft, StaticList
from segments.registry import registry_of
from segments.starters import offered_starters, starters_for
from segments.views.building import copy_name
from segments.views.sizing import trends

PER_PAGE = 25
_STARTERS_SHOWN = 4


@require_GET
@workspace_view("viewer")
def index(request: WorkspaceRequest) -> HttpResponse:
    """The segments of the workspace; the counts come in a second request, for they take longer."""
    words = request.GET.get("q", "").strip()[:80]
    segments = Segment.objects.in_workspace(request.workspace)
    page = Paginator(segments.search(words), PER_PAGE).get_page(request.GET.get("page"))
    labels = labels_of(request.workspace)
    broken = {one.pk for one in page.object_list if validate_rule(one.rule, labels.registry)}
    lines = trends(request.workspace, page.object_list)
    rows: list[dict[str, Any]] = [
        {
            "segment": one,
            "is_broken": one.pk in broken,
            "about": about(one.rule["where"], labels),
            "trend": lines.get(one.pk),
        }
        for one in page.object_list
    ]
    context = {
        "drafts": _drafts(request),
        "rows": rows,
        "page": page,
        "words": words,
        "is_empty": not rows and not words,
        "starters": [starter for starter, _rule in starters_for(labels.registry)][:_STARTERS_SHOWN],
        "may_edit": request.membership.may("editor"),
    }
    if request.GET.get("part") == "counts":
        context["counts"] = _counts(request, [row["segment"] for row in rows if not row["is_broken"]], labels)
        return render_page(request, "segments/list.html", context, partial="counts")
    return render_page(request, "segments/list.html", context, partial="rows")


def _drafts(request: WorkspaceRequest) -> list[SegmentDraft]:
    """Unsaved work of whoever looks, on new segments and on stored ones."""
    if not request.membership.may("editor"):
        return []
    own = SegmentDraft.objects.in_workspace(request.workspace).of(request.user)
    return list(own.select_related("segment")[:PER_PAGE])


@require_GET
@workspace_view("editor")
def start(request: WorkspaceRequest) -> HttpResponse:
    """Choose what to begin a segment with; how many people each would hold comes in a second request."""
    registry = registry_of(request.workspace)
    offered = offered_starters(registry)
    context: dict[str, Any] = {"offered": offered}
    if request.GET.get("part") == "counts":
        fitting = [one for one in offered if one.rule]
        nodes = [one.rule["where"] for one in fitting if one.rule]
        counted = services.count_or_estimate(request.workspace, nodes, registry)
        numbers: list[int | None] = [*counted[0][:-1]] if counted else [None] * len(nodes)
        context["counts"] = list(zip(fitting, numbers, strict=True))
        context["is_exact"] = counted is None or counted[1]
        return render_page(request, "segments/start.html", context, partial="counts")
    return render_page(request, "segments/start.html", context)


def _counts(
    request: WorkspaceRequest, segments: list[Segment], labels: Labels
) -> list[tuple[Segment, int | None, int]]:
    """Count a page of segments in one statement; nothing but dashes when that takes too long."""
    found = services.count_many(request.workspace, [one.rule["where"] for one in segments], labels.registry)
    if found is None:
        return [(one, one.last_count, 0) for one in segments]
    return [(one, number, found[-1]) for one, number in zip(segments, found, strict=False)]


@require_POST
@workspace_view("editor")
def delete(request: WorkspaceRequest, segment: uuid.UUID) -> HttpResponse:
    """Delete a segment, unless something still needs it."""
    row = get_in_workspace(Segment, request.workspace, segment)
    try:
        services.delete_segment(segment=row, actor=request.user)
    except services.SegmentInUse as error:
        users = get_text_list([f"“{name}”" for name in error.users[:5]], _("and"))
        messages.error(
            request, _("Nothing was deleted: %(users)s still uses this segment. Change that first.") % {"users": users}
        )
        return go_to(request, "segments:detail", request.workspace.slug, row.public_id)
    messages.success(request, _("“%(name)s” was deleted. Nobody in it was.") % {"name": row.name})
    return go_to(request, "segments:list", request.workspace.slug)


@require_POST
@workspace_view("editor")
def duplicate(request: WorkspaceRequest, segment: uuid.UUID) -> HttpResponse:
    """Make a second segment with the same sentences, and go there."""
    row = get_in_workspace(Segment, request.workspace, segment)
    try:
        made = services.duplicate_segment(segment=row, name=copy_name(row.name), actor=request.user)
    except (RuleError, services.TooManySegments) as error:
        messages.error(request, _why_not(error))
        return go_to(request, "segments:detail", request.workspace.slug, row.public_id)
    messages.success(request, _("This is the copy. “%(name)s” stays as it is.") % {"name": row.name})
    return go_to(request, "segments:detail", request.workspace.slug, made.public_id)


def _why_not(error: Exception) -> str:
    if isinstance(error, RuleError):
        return _("A segment that names something gone cannot be copied. Mend its sentences first.")
    return _("A workspace holds 1,000 segments at most. Delete one that nobody uses.")


@require_POST
@workspace_view("editor")
def discard(request: WorkspaceRequest, draft: uuid.UUID) -> HttpResponse:
    """Throw one's own unsaved work away."""
    row = get_in_workspace(SegmentDraft, request.workspace, draft)
    if row.user_id != request.user.pk:
        raise Http404
    services.discard_draft(workspace=request.workspace, user=request.user, segment=row.segment, draft=row.public_id)
    messages.success(request, _("The draft is gone. What was saved stays as it is."))
    return go_to(request, "segments:list", request.workspace.slug)


@require_GET
@workspace_view("viewer")
def contact_panel(request: WorkspaceRequest, contact: uuid.UUID) -> HttpResponse:
    """The segments a contact is in and why, and the lists they are on, for the contact's page."""
    person = get_in_workspace(Contact, request.workspace, contact)
    found = services.segments_of_contact(request.workspace, person)
    labels = labels_of(request.workspace)
    rows = [(segment, reasons_of(reason, labels)) for segment, reason in found]
    context = {
        "rows": rows,
        "contact": person,
        "lists": StaticList.objects.in_workspace(request.workspace).with_contact(person),
        "may_edit": request.membership.may("editor"),
    }
    return render_page(request, "segments/of_contact.html", context, partial="panel")
