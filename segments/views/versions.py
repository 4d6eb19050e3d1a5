"""What a segment was: its versions, what changed since one of them, and the way back."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import WorkspaceRequest, get_in_workspace, workspace_view
from core.htmx import go_to, render_page
from segments import services
from segments.builder.changes import changes_between
from segments.builder.labels import Labels, labels_of
from segments.builder.reasons import reasons_of
from segments.builder.wording import about
from segments.language.problems import RuleError
from segments.language.registry import Node, Rule
from segments.language.words import VERSION
from segments.models import Segment, SegmentVersion
from segments.views.working import resumed_draft

_SHOWN = 50
_FACES = 3


@require_GET
@workspace_view("viewer")
def history(request: WorkspaceRequest, segment: uuid.UUID) -> HttpResponse:
    """The versions of a segment, the latest first."""
    row = get_in_workspace(Segment, request.workspace, segment)
    labels = labels_of(request.workspace)
    stored = row.versions.select_related("saved_by").order_by("-number")[:_SHOWN]
    versions = [{"version": one, "about": about(one.rule["where"], labels)} for one in stored]
    draft = resumed_draft(request, row)
    return render_page(
        request, "segments/versions.html", {"segment": row, "versions": versions, "has_draft": draft is not None}
    )


@require_GET
@workspace_view("viewer")
def changes(request: WorkspaceRequest, segment: uuid.UUID, number: int) -> HttpResponse:
    """What changed since a version: sentences, and the people who come in and who go.

    With `to=draft` what one's own unsaved work changes, else what is live.
    """
    row, version = _version(request, segment, number)
    labels = labels_of(request.workspace)
    draft = resumed_draft(request, row) if request.GET.get("to") == "draft" else None
    new: Rule = draft.rule if draft else row.rule
    context: dict[str, Any] = {
        "segment": row,
        "version": version,
        "is_draft": draft is not None,
        "is_current": draft is None and number == row.version,
        "sentences": about(version.rule["where"], labels),
        "changes": changes_between(version.rule["where"], new["where"], labels),
        "may_edit": request.membership.may("editor"),
    }
    if request.GET.get("part") == "people":
        context |= _people(request, version.rule, new, labels)
        return render_page(request, "segments/changes.html", context, partial="people")
    return render_page(request, "segments/changes.html", context)


def _version(request: WorkspaceRequest, segment: uuid.UUID, number: int) -> tuple[Segment, SegmentVersion]:
    row = get_in_workspace(Segment, request.workspace, segment)
    version = row.versions.select_related("saved_by").filter(number=number).first()
    if version is None:
        raise Http404
    return row, version


def _people(request: WorkspaceRequest, old: Rule, new: Rule, labels: Labels) -> dict[str, Any]:
    """How many come in and go, and a few of each with why; nothing when a version names something gone."""
    if services.is_broken(old, labels.registry) or services.is_broken(new, labels.registry):
        return {"is_broken": True}
    comes = _both(new["where"], {"not": old["where"]})
    goes = _both(old["where"], {"not": new["where"]})
    nodes = [old["where"], new["where"], comes["where"], goes["where"]]
    counted = services.count_or_estimate(request.workspace, nodes, labels.registry)
    if counted is None:
        return {"is_slow": True}
    (before, after, coming, going, *_total), is_exact = counted
    sides = [("in", coming, comes, new), ("out", going, goes, new)]
    return {
        "before": before,
        "after": after,
        "is_exact": is_exact,
        "sides": [(side, count, _faces(request, among, told, count, labels)) for side, count, among, told in sides],
    }


def _both(one: Node, other: Node) -> Rule:
    return {"version": VERSION, "where": {"all": [one, other]}}


def _faces(
    request: WorkspaceRequest, among: Rule, told: Rule, count: int, labels: Labels
) -> list[tuple[Any, list[str]]]:
    """A few people, each with what the new sentences make of them."""
    if not count:
        return []
    registry = labels.registry
    # Two rules side by side can be deeper or longer than one may be; then there are only numbers.
    if services.is_broken(among, registry):
        return []
    found = services.sample_rule(request.workspace, among, size=_FACES, expected=count, registry=registry)
    return [
        (one.contact, reasons_of(services.explain_contact(request.workspace, told, one.contact), labels))
        for one in found
    ]


@require_POST
@workspace_view("editor")
def restore(request: WorkspaceRequest, segment: uuid.UUID, number: int) -> HttpResponse:
    """Go back to the sentences of an earlier version."""
    row, version = _version(request, segment, number)
    try:
        services.restore_version(segment=row, version=version, actor=request.user)
    except RuleError:
        messages.error(
            request,
            _("Version %(number)s names something that does not exist any more, so nothing was changed.")
            % {"number": number},
        )
        return go_to(request, "segments:changes", request.workspace.slug, row.public_id, number)
    messages.success(request, _("The sentences of version %(number)s are live again.") % {"number": number})
    return go_to(request, "segments:detail", request.workspace.slug, row.public_id)
