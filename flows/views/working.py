"""The builder's page: which part of the flow is shown, and everything around it."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from accounts.access import WorkspaceRequest
from consent.models import Topic
from flows.building.catalogue import GROUPS, KINDS, READY_MADE
from flows.building.contest_sheet import contest_sheet
from flows.building.controls import Maker, Offers
from flows.building.outline import outline, step_of
from flows.building.panels import ending_panel, step_panel, way_on
from flows.building.picture import draw
from flows.building.problem_words import complaints
from flows.building.sentences import field_id
from flows.building.shapes import is_whole
from flows.building.sheets import numbers_sheet, results_sheet, settings_sheet
from flows.checking import check_flow
from flows.engine.documents import version_of
from flows.engine.flow import INPUT_TYPES
from flows.models import Flow
from flows.services import draft_of
from flows.views.balance import known_balance
from flows.views.languages import languages_of
from segments.models import Segment

MOST_OFFERED = 200
TEMPLATE = "flows/builder.html"
SHEETS = {"results": results_sheet, "numbers": numbers_sheet, "settings": settings_sheet, "contest": contest_sheet}


@dataclass
class Work:
    """What the page shows: the flow, its document, the part in the middle, and what came of the last change."""

    flow: Flow
    document: Any
    panel: str = ""
    language: str = ""
    refused: dict[str, str] = field(default_factory=dict)
    said: str = ""
    trouble: str = ""
    focus: str = ""
    conflict: Flow | None = None
    mark: str = ""
    expected: int | None = None


def begin_work(request: WorkspaceRequest, flow: Flow) -> Work | None:
    """The page as the address asks for it; None where the draft cannot be worked on here."""
    document = draft_of(flow)
    if document is None or not is_whole(document):
        return None
    sent = request.POST if request.method == "POST" else request.GET
    language = str(sent.get("lang") or "")
    language = language if language in dict(languages_of(document)) else document["default_locale"]
    return Work(flow, document, panel_in(document, str(sent.get("at") or "")), language)


def panel_in(document: Any, wanted: str) -> str:
    """A part of the flow that there is: the one that is asked for, else the first step."""
    kind, _colon, key = wanted.partition(":")
    if kind in SHEETS:
        return kind
    if wanted == "picture":
        return wanted
    members = {"step": document["steps"], "ending": document["endings"]}.get(kind, ())
    key, _slash, version = key.partition("/")
    member = next((one for one in members if one["key"] == key), None)
    if member is not None:
        versions = member.get("variants") or () if kind == "step" else ()
        return wanted if any(one["key"] == version for one in versions) else f"{kind}:{key}"
    return f"step:{document['steps'][0]['key']}"


def place_of(document: Any, panel: str) -> int:
    """The number of the step or ending that a panel shows; 0 for another."""
    kind, _colon, key = step_of(panel).partition(":")
    members = document["steps" if kind == "step" else "endings"]
    return next((place for place, one in enumerate(members) if one["key"] == key), 0)


def mark_of(flow: Flow) -> str:
    """What a page knows its draft by, to find it again after somebody else saved."""
    return hashlib.sha256(flow.draft.encode()).hexdigest()[:16]


def show_work(request: WorkspaceRequest, work: Work, *, status: int = 200) -> HttpResponse:
    """The whole page, or its parts when the page's script asks."""
    is_part = request.headers.get("X-Part") == "1"
    context = {**_context(request, work), "is_part": is_part}
    return render(request, f"{TEMPLATE}#parts" if is_part else TEMPLATE, context, status=status)


def _context(request: WorkspaceRequest, work: Work) -> dict[str, Any]:
    document, make = work.document, Maker(work.document, work.language, _offers(request, work))
    found = complaints(document, check_flow(document, runs=0))
    steps, endings = outline(document, found)
    kind = work.panel.partition(":")[0]
    context: dict[str, Any] = {
        "work": work, "flow": work.flow, "document": document, "kind": kind, "steps": steps, "endings": endings,
        "problems": found, "errors": [one for one in found if one.is_error],
        "warnings": [one for one in found if not one.is_error],
        "may_edit": request.membership.may("editor"), "mark": work.mark or mark_of(work.flow),
        "expected": work.flow.draft_number if work.expected is None else work.expected,
        "focus_id": field_id(work.focus),
        "languages": languages_of(document), "groups": groups(), "display_groups": groups(asking=False),
        "can_undo": work.flow.draft_steps.filter(place=work.flow.draft_place - 1).exists(),
        "can_redo": work.flow.draft_steps.filter(place=work.flow.draft_place + 1).exists(),
        "nav": "flows", "part": step_of(work.panel), "is_changed": is_changed(work.flow, document),
    }  # fmt: skip
    place = place_of(document, work.panel)
    if kind == "step":
        panel = step_panel(make, place, work.panel.partition("/")[2])
        context |= {"panel": panel, "way_on": way_on(make, place), "place": place}
        context["others"] = _others(request, work.flow)
    elif kind == "ending":
        context["panel"] = ending_panel(make, place)
    elif kind == "picture":
        context["picture"] = draw(document)
    else:
        context["sections"] = SHEETS[kind](make)
        context["balance"] = known_balance(work.flow, document) if kind == "results" else None
    return context


def is_changed(flow: Flow, document: Any) -> bool:
    """Whether publishing would change what people get: not while the draft is what is live."""
    return not flow.is_live or flow.live_version is None or flow.live_version.digest != version_of(document)


def _offers(request: WorkspaceRequest, work: Work) -> Offers:
    """What the workspace has that the part on the page can name."""
    rows: Any = {"topics": Topic.objects} if work.panel.startswith("step:") else {}
    if work.panel == "contest":
        rows = {"segments": Segment.objects}
    return Offers(**{
        name: list(found.in_workspace(request.workspace).order_by("name").values_list("key", "name")[:MOST_OFFERED])
        for name, found in rows.items()
    })  # fmt: skip


def groups(*, asking: bool = True) -> list[tuple[Any, list[Any]]]:
    """The kinds of blocks to add, by group; without the asking ones for an ending."""
    return [
        (heading, kinds)
        for group, heading in GROUPS.items()
        if (
            kinds := [
                one for one in KINDS if one.group == group and (asking or one.type not in INPUT_TYPES | READY_MADE)
            ]
        )
    ]


def _others(request: WorkspaceRequest, flow: Flow) -> list[Flow]:
    """The flows that a step can be copied into."""
    rows = Flow.objects.in_workspace(request.workspace).exclude(pk=flow.pk).exclude(draft="")
    return list(rows.filter(archived_at=None).order_by("name").only("public_id", "name")[:50])
