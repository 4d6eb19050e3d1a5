"""The list, deleting, and the segments of one contact."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import WorkspaceRequest, get_in_workspace, workspace_view
from contacts.models import Contact
from core.htmx import go_to, render_page
from segments import services
from segments.builder.labels import Labels, labels_of
from segments.builder.sentences import words_of
from segments.builder.tree import group_of
from segments.builder.wording import reasons_of
from segments.language.registry import Node
from segments.language.validate import validate_rule
from segments.models import Segment
from segments.starters import starters_for

PER_PAGE = 25
_SENTENCES = 3


@require_GET
@workspace_view("viewer")
def index(request: WorkspaceRequest) -> HttpResponse:
    """The segments of the workspace; the counts come in a second request, for they take longer."""
    words = request.GET.get("q", "").strip()[:80]
    segments = Segment.objects.in_workspace(request.workspace)
    page = Paginator(segments.search(words), PER_PAGE).get_page(request.GET.get("page"))
    labels = labels_of(request.workspace)
    broken = {one.pk for one in page.object_list if validate_rule(one.rule, labels.registry)}
    rows: list[dict[str, Any]] = [
        {"segment": one, "is_broken": one.pk in broken, "about": about(one.rule["where"], labels)}
        for one in page.object_list
    ]
    context = {
        "rows": rows,
        "page": page,
        "words": words,
        "is_empty": not rows and not words,
        "starters": [starter for starter, _rule in starters_for(labels.registry)],
        "may_edit": request.membership.may("editor"),
    }
    if request.GET.get("part") == "counts":
        context["counts"] = _counts(request, [row["segment"] for row in rows if not row["is_broken"]], labels)
        return render_page(request, "segments/list.html", context, partial="counts")
    return render_page(request, "segments/list.html", context, partial="rows")


def _counts(
    request: WorkspaceRequest, segments: list[Segment], labels: Labels
) -> list[tuple[Segment, int | None, int]]:
    """Count a page of segments in one statement; nothing but dashes when that takes too long."""
    found = services.count_many(request.workspace, [one.rule["where"] for one in segments], labels.registry)
    if found is None:
        return [(one, one.last_count, 0) for one in segments]
    return [(one, number, found[-1]) for one, number in zip(segments, found, strict=False)]


def about(where: Node, labels: Labels) -> str:
    """Return the first sentences of a rule in a line of words."""
    group = group_of(where)
    if not group:
        return _sentence(where, labels)
    told = [_sentence(child, labels) for child in where[group][:_SENTENCES]]
    if len(where[group]) > _SENTENCES:
        return "; ".join([*told, "…"])
    return get_text_list(told, _("and") if group == "all" else _("or"))


def _sentence(node: Node, labels: Labels) -> str:
    if "not" in node:
        return _("not: %(sentence)s") % {"sentence": _sentence(node["not"], labels)}
    if group_of(node):
        return f"({about(node, labels)})"
    return words_of(node, labels)


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


@require_GET
@workspace_view("viewer")
def contact_panel(request: WorkspaceRequest, contact: uuid.UUID) -> HttpResponse:
    """The segments a contact is in and why, for the contact's page."""
    person = get_in_workspace(Contact, request.workspace, contact)
    found = services.segments_of_contact(request.workspace, person)
    labels = labels_of(request.workspace)
    rows = [(segment, reasons_of(reason, labels)) for segment, reason in found]
    return render_page(request, "segments/of_contact.html", {"rows": rows, "contact": person}, partial="panel")
