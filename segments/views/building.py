"""Building a segment: every edit is a POST that changes nothing but the page, until it is saved."""

from __future__ import annotations

import copy
import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _

from accounts.access import WorkspaceRequest, get_in_workspace, workspace_view
from core.htmx import go_to, render_page
from segments import hygiene, services
from segments.builder.labels import Labels
from segments.builder.page import build_page
from segments.builder.state import dump_root, load_root
from segments.builder.subjects import default_leaf, subject_groups
from segments.builder.tree import ROOT, BadOperation, add, edit_rule, find, group_of, open_rule
from segments.builder.wording import problem_text
from segments.forms import SegmentForm
from segments.language.problems import RuleError
from segments.language.registry import Node
from segments.language.text_parser import parse_text
from segments.language.text_printer import print_rule
from segments.models import Segment
from segments.services.saving import storable_rule
from segments.starters import STARTERS, starters_for
from segments.views.looking import people_of
from segments.views.working import Draft, read_draft, stored_draft

TEMPLATE = "segments/builder.html"


@workspace_view("editor")
def create(request: WorkspaceRequest) -> HttpResponse:
    """Build a new segment, from nothing or from a starter."""
    if request.method == "POST":
        return _work(request, None)
    draft = stored_draft(request, None)
    starter = request.GET.get("starter", "")
    for one, rule in starters_for(draft.labels.registry, (*STARTERS, *hygiene.STARTERS)):
        if one.key == starter:
            draft = stored_draft(request, None, rule)
            initial = {"name": str(one.name), "description": str(one.description)}
            return _page(request, None, draft, SegmentForm.of(None, initial))
    return _page(request, None, draft, SegmentForm.of(None))


@workspace_view("viewer")
def detail(request: WorkspaceRequest, segment: uuid.UUID) -> HttpResponse:
    """Look at a segment, or work on it."""
    row = get_in_workspace(Segment, request.workspace, segment)
    if request.method == "POST":
        return _work(request, row)
    return _page(request, row, stored_draft(request, row), SegmentForm.of(row))


def _work(request: WorkspaceRequest, segment: Segment | None) -> HttpResponse:
    form = SegmentForm(request.POST)
    operation = request.POST.get("op", "")
    try:
        draft = read_draft(request, segment)
        if operation == "save":
            return _save(request, segment, draft, form)
        _operate(request, draft, operation)
    except BadOperation:
        messages.error(
            request,
            _("The page was out of date, so the last change could not be made. Nothing that was saved is lost."),
        )
        return _page(request, segment, stored_draft(request, segment), SegmentForm.of(segment))
    draft.check()
    # Whoever only adds a sentence need not be told yet that the name is missing.
    form.is_bound = True
    form.errors.clear()
    return _page(request, segment, draft, form, with_people=operation == "count")


def _operate(request: WorkspaceRequest, draft: Draft, operation: str) -> None:
    """Apply one operation, written `verb path argument`, to the draft."""
    verb, _space, rest = operation.partition(" ")
    path, _space, argument = rest.partition(" ")
    if verb in ("", "count"):
        return
    if verb == "text":
        _read_text(request, draft)
        return
    if verb == "undo":
        draft.root, draft.before = load_root(request.POST.get("before", ""), request.workspace), draft.root
        find(draft.root, ROOT)
        return
    before = draft.root
    if verb in ("add", "group"):
        draft.root = copy.deepcopy(before)
        add(draft.root, path or ROOT, _new_child(draft, verb, path or ROOT))
    else:
        draft.root = edit_rule(before, verb, path, argument)
    draft.before = before


def _new_child(draft: Draft, verb: str, path: str) -> Node:
    subject = subject_groups(draft.labels)[0][1][0][0] if draft.labels.topics else "contact:first_name"
    leaf = default_leaf(subject, draft.labels)
    if verb == "add":
        return leaf
    around = find(draft.root, path)
    return {"any" if group_of(around.get("not", around)) == "all" else "all": [leaf]}


def _read_text(request: WorkspaceRequest, draft: Draft) -> None:
    draft.text = request.POST.get("text", "")
    try:
        rule = storable_rule(parse_text(draft.text))
        # The shape must be right before it can be shown as sentences.
        services.require_valid(rule, draft.labels.registry, saving_as=draft.key)
    except RuleError as error:
        draft.text_problem = error.problems[0]
        return
    draft.before, draft.root, draft.text = draft.root, open_rule(rule), None


def _save(request: WorkspaceRequest, segment: Segment | None, draft: Draft, form: SegmentForm) -> HttpResponse:
    if not form.is_valid() or draft.problems:
        return _page(request, segment, draft, form, status=422)
    version = request.POST.get("version", "")
    try:
        saved = services.save_segment(
            workspace=request.workspace,
            actor=request.user,
            values={**form.cleaned_data, "rule": draft.rule},
            segment=segment,
            expected_version=int(version) if segment and version.isdecimal() else None,
        )
    except RuleError as error:
        draft.problems = list(error.problems)
        return _page(request, segment, draft, form, status=422)
    except services.SegmentChanged:
        form.add_error(
            None,
            _(
                "Somebody else saved this segment meanwhile. Your version is still here; to keep it, "
                "save it under another name, or load the page again to see theirs."
            ),
        )
        return _page(request, segment, draft, form, status=422)
    except services.TooManySegments:
        form.add_error(None, _("A workspace holds 1,000 segments at most. Delete one that nobody uses."))
        return _page(request, segment, draft, form, status=422)
    messages.success(request, _("“%(name)s” is saved.") % {"name": saved.name})
    return go_to(request, "segments:detail", request.workspace.slug, saved.public_id)


def _page(
    request: WorkspaceRequest,
    segment: Segment | None,
    draft: Draft,
    form: SegmentForm,
    *,
    status: int = 200,
    with_people: bool = False,
) -> HttpResponse:
    context: dict[str, Any] = {
        "segment": segment,
        "form": form,
        "root": build_page(draft.root, draft.labels, draft.problems),
        "state": dump_root(draft.root, request.workspace),
        "before": dump_root(draft.before, request.workspace) if draft.before else "",
        "text": _text_of(draft),
        "text_problem": _marked(draft),
        "may_edit": request.membership.may("editor"),
        "zones": _zone_names(draft.root, draft.labels),
    }
    if with_people:
        context["people"] = people_of(request, draft)
    return render_page(request, TEMPLATE, context, partial="rules", status=status)


def _text_of(draft: Draft) -> str:
    if draft.text is not None:
        return draft.text
    # A sentence that is not finished may not be printable; then the text of the finished rule is of no use either.
    return "" if draft.problems else print_rule(draft.rule)


def _marked(draft: Draft) -> dict[str, Any] | None:
    """Return what is wrong with a text and the words before and behind the place."""
    problem = draft.text_problem
    if problem is None or draft.text is None:
        return None
    if problem.offset is None:
        return {"text": problem_text(problem), "path": problem.path}
    near = draft.text[max(problem.offset - 30, 0) : problem.offset]
    return {"text": problem_text(problem), "before": near, "after": draft.text[problem.offset : problem.offset + 30]}


def _zone_names(root: Node, labels: Labels) -> list[str]:
    """Return the zones to offer while typing, where a sentence asks for one."""
    return sorted(labels.registry.zones) if '"zone"' in str(root).replace("'", '"') else []
