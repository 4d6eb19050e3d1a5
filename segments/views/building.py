"""Building a segment: every edit is a POST that changes nothing but the page and one's own draft, until it is saved."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _

from accounts.access import WorkspaceRequest, get_in_workspace, workspace_view
from core.htmx import go_to, is_fragment_request, render_page
from core.ids import uuid_or_none
from segments import hygiene, services
from segments.builder.page import build_page, suggestions_of
from segments.builder.state import dump_history, dump_root
from segments.builder.tree import BadOperation
from segments.forms import SegmentForm
from segments.language.problems import RuleError
from segments.language.text_printer import print_rule
from segments.models import Segment
from segments.starters import STARTERS, starters_for
from segments.uses import uses_of
from segments.views.looking import people_of
from segments.views.operating import operate
from segments.views.sizing import moves_of, size_pictures
from segments.views.working import Draft, at_draft, autosave, read_draft, resumed_draft, stored_draft

TEMPLATE = "segments/builder.html"
SAVING = ("save", "save_as", "save_over")


@workspace_view("editor")
def create(request: WorkspaceRequest) -> HttpResponse:
    """Build a new segment: from nothing, from a starter, or going on with what was left unsaved."""
    if request.method == "POST":
        return _work(request, None)
    if "draft" in request.GET:
        number = uuid_or_none(request.GET["draft"])
        resumed = resumed_draft(request, None, number) if number else None
        if resumed is None:
            raise Http404
        return _page(request, None, resumed, SegmentForm.of_draft(resumed.name, resumed.description))
    draft = stored_draft(request, None)
    starter = request.GET.get("starter", "")
    for one, rule in starters_for(draft.labels.registry, (*STARTERS, *hygiene.STARTERS)):
        if one.key == starter:
            draft = stored_draft(request, None, rule)
            return _page(request, None, draft, SegmentForm.of_draft(str(one.name), str(one.description)))
    return _page(request, None, draft, SegmentForm())


@workspace_view("viewer")
def detail(request: WorkspaceRequest, segment: uuid.UUID) -> HttpResponse:
    """Look at a segment, or work on it; unsaved work is gone on with."""
    row = get_in_workspace(Segment, request.workspace, segment)
    if request.method == "POST":
        return _work(request, row)
    draft = resumed_draft(request, row) or stored_draft(request, row)
    return _page(request, row, draft, SegmentForm.of_draft(draft.name, draft.description))


def _work(request: WorkspaceRequest, segment: Segment | None) -> HttpResponse:
    form = SegmentForm(request.POST)
    operation = request.POST.get("op", "")
    try:
        draft = read_draft(request, segment)
        if operation in SAVING:
            seen = request.POST.get("seen", "")
            if operation == "save_over" and seen.isdecimal() and len(seen) < 9:
                # Whoever has read that somebody else saved may put theirs on top: of that version, not of a later one.
                draft.base_version = int(seen)
            return _save(request, segment, draft, form, as_new=operation == "save_as")
        if operation == "discard":
            return _discard(request, segment, draft)
        operate(request, draft, operation)
    except BadOperation:
        messages.error(
            request,
            _("The page was out of date, so the last change could not be made. Nothing that was saved is lost."),
        )
        draft = stored_draft(request, segment)
        return _page(request, segment, draft, SegmentForm.of_draft(draft.name, draft.description))
    draft.check()
    autosave(request, segment, draft)
    # Whoever only adds a sentence need not be told yet that the name is missing.
    form.is_bound = True
    form.errors.clear()
    return _page(request, segment, draft, form, with_people=operation == "count")


def _discard(request: WorkspaceRequest, segment: Segment | None, draft: Draft) -> HttpResponse:
    """Throw the draft away; undo on the page brings it back."""
    services.discard_draft(workspace=request.workspace, user=request.user, segment=segment, draft=draft.number)
    if segment is None:
        messages.success(request, _("The draft is gone."))
        return go_to(request, "segments:list", request.workspace.slug)
    fresh = stored_draft(request, segment)
    fresh.history.step(draft.root)
    fresh.said = _("Your changes are gone. Undo brings them back.")
    messages.success(request, fresh.said)
    return _page(request, segment, fresh, SegmentForm.of_draft(fresh.name, fresh.description))


def _save(
    request: WorkspaceRequest, segment: Segment | None, draft: Draft, form: SegmentForm, *, as_new: bool
) -> HttpResponse:
    if not form.is_valid() or draft.problems:
        return _page(request, segment, draft, form, status=422)
    target = None if as_new else segment
    values = {**form.cleaned_data, "rule": draft.rule}
    if as_new and segment and values["name"] == segment.name:
        values["name"] = copy_name(segment.name)
    try:
        saved = services.save_segment(
            workspace=request.workspace,
            actor=request.user,
            values=values,
            segment=target,
            expected_version=draft.base_version if target and draft.base_version else None,
        )
    except RuleError as error:
        draft.problems = list(error.problems)
        return _page(request, segment, draft, form, status=422)
    except services.SegmentChanged:
        if segment:
            segment.refresh_from_db()
        return _page(request, segment, draft, form, status=422)
    except services.TooManySegments:
        form.add_error(None, _("A workspace holds 1,000 segments at most. Delete one that nobody uses."))
        return _page(request, segment, draft, form, status=422)
    services.discard_draft(workspace=request.workspace, user=request.user, segment=segment, draft=draft.number)
    messages.success(request, _("“%(name)s” is saved.") % {"name": saved.name})
    return go_to(request, "segments:detail", request.workspace.slug, saved.public_id)


def copy_name(name: str) -> str:
    """Return the name of a second segment like this one."""
    return _("%(name)s (copy)") % {"name": name[:70]}


def _page(
    request: WorkspaceRequest,
    segment: Segment | None,
    draft: Draft,
    form: SegmentForm,
    *,
    status: int = 200,
    with_people: bool = False,
) -> HttpResponse:
    root = build_page(draft.root, draft.labels, draft.problems)
    context: dict[str, Any] = {
        "segment": segment,
        "form": form,
        "draft": draft,
        "root": root,
        "state": dump_root(draft.root, request.workspace),
        "history": dump_history(draft.history, request.workspace),
        "text": _text_of(draft),
        "text_troubles": draft.text_troubles,
        "may_edit": request.membership.may("editor"),
        "suggestions": suggestions_of(root, draft.labels),
        **_around(request, segment, draft),
    }
    if with_people:
        context["people"] = people_of(request, draft)
    response = render_page(request, TEMPLATE, context, partial="rules", status=status)
    return at_draft(request, response, segment, draft)


def _around(request: WorkspaceRequest, segment: Segment | None, draft: Draft) -> dict[str, Any]:
    """What surrounds the sentences: who saved meanwhile, and on the whole page the sizes and who uses it."""
    if segment is None:
        return {}
    around: dict[str, Any] = {}
    latest = segment.versions.select_related("saved_by").filter(number=segment.version).first()
    if draft.base_version and draft.base_version != segment.version:
        around["theirs"] = {"number": segment.version, "saved_by": latest.saved_by if latest else None}
    if not is_fragment_request(request):
        around["latest"] = latest
        around["before"] = segment.version - 1
        around["uses"] = uses_of(segment)
        around["size_pictures"] = size_pictures(segment)
        around["moves"] = moves_of(segment)
    return around


def _text_of(draft: Draft) -> str:
    if draft.text is not None:
        return draft.text
    # A sentence that is not finished may not be printable; then the text of the finished rule is of no use either.
    return "" if draft.problems else print_rule(draft.rule)
