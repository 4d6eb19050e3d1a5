"""Looking at the people of a rule while it is built: how many, who, and whether somebody is among them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import WorkspaceRequest, get_in_workspace, workspace_view
from contacts.models import Address, Contact
from contacts.search_words import search_query
from core.htmx import render_page
from core.ids import uuid_or_none
from segments import services
from segments.builder.labels import Labels
from segments.builder.page import Row, build_page
from segments.builder.tree import BadOperation
from segments.builder.wording import reasons_of
from segments.language.registry import Node
from segments.models import Segment
from segments.views.working import Draft, read_draft

_OTHERS = 5
_FOUND = 3
_MAX_COUNTED_ROWS = 40


@dataclass
class People:
    """Who a rule holds for: the count, parts of it, counts per row, a few people with reasons."""

    count: services.Count = field(default_factory=lambda: services.Count(None))
    total: int | None = None
    reach: list[tuple[str, int]] = field(default_factory=list)
    overlap: list[tuple[Segment, int]] = field(default_factory=list)
    rows: list[tuple[Row, int | None]] = field(default_factory=list)
    sample: list[tuple[Contact, list[str]]] = field(default_factory=list)
    unfinished: int = 0

    @property
    def bars(self) -> list[tuple[int, str]]:
        """Return the part of a meter."""
        return [(self.count.number or 0, "c1")]


@require_POST
@workspace_view("viewer", write_role="viewer")
def preview(request: WorkspaceRequest) -> HttpResponse:
    """Count and show a few; changes nothing, it only travels as a POST because rules are long."""
    try:
        draft = read_draft(request, _segment(request))
    except BadOperation:
        return render(request, "segments/_people.html", {"people": None})
    return render(request, "segments/_people.html", {"people": people_of(request, draft)})


def _segment(request: WorkspaceRequest) -> Segment | None:
    public_id = request.POST.get("segment", "")
    if not public_id:
        return None
    wanted = uuid_or_none(public_id)
    if wanted is None:
        raise BadOperation("segment")
    return get_in_workspace(Segment, request.workspace, wanted)


def people_of(request: WorkspaceRequest, draft: Draft) -> People:
    """Return what the page shows about the people of a draft; of an unfinished one only what is missing."""
    root = build_page(draft.root, draft.labels, draft.problems)
    rows = [row for row in root.walk() if row is not root]
    if draft.problems:
        return People(unfinished=len(draft.problems), rows=[(row, None) for row in rows])
    rule, registry = draft.rule, draft.labels.registry
    count = services.count_rule(request.workspace, rule, registry=registry)
    people = People(count=count, rows=[(row, None) for row in rows])
    _add_parts(request, draft, people, rows[:_MAX_COUNTED_ROWS])
    examples = services.sample_rule(request.workspace, rule, expected=count.number, registry=registry)
    people.sample = [(one.contact, reasons_of(one.reason, draft.labels)) for one in examples]
    return people


def _add_parts(request: WorkspaceRequest, draft: Draft, people: People, rows: list[Row]) -> None:
    """Count in one statement: every row, who can be reached, what other segments share, and everyone."""
    where = draft.rule["where"]
    usable = [str(status) for status in Address.USABLE]
    reach = [
        (_("Have a working e-mail address"), {"kind": "address", "channel": "email", "status": usable}),
        (_("Have a working phone number"), {"kind": "address", "channel": "sms", "status": usable}),
    ]
    others = [
        one
        for one in Segment.objects.in_workspace(request.workspace).filter(key__in=draft.labels.segments)[:_OTHERS]
        if not services.is_broken(one.rule, draft.labels.registry)
    ]
    nodes: list[Node] = [row.node for row in rows]
    nodes += [{"all": [where, node]} for _label, node in reach]
    nodes += [{"all": [where, one.rule["where"]]} for one in others]
    numbers = services.count_many(request.workspace, nodes, draft.labels.registry)
    if numbers is None:
        return
    people.total = numbers.pop()
    people.rows = [*zip(rows, numbers, strict=False), *people.rows[len(rows) :]]
    rest = numbers[len(rows) :]
    people.reach = [(label, number) for (label, _node), number in zip(reach, rest, strict=False)]
    people.overlap = list(zip(others, rest[len(reach) :], strict=True))


@require_POST
@workspace_view("viewer", write_role="viewer")
def check(request: WorkspaceRequest) -> HttpResponse:
    """Say whether somebody is in the segment as it stands on the page, and why."""
    words = request.POST.get("who", "").strip()[:120]
    context: dict[str, Any] = {"words": words, "found": []}
    try:
        draft = read_draft(request, _segment(request))
    except BadOperation:
        context["is_stale"] = True
        return render_page(request, "segments/check.html", context, partial="answer")
    context["is_unfinished"] = bool(draft.problems)
    if words and not draft.problems:
        context["found"] = [_answer(request, draft, one) for one in _find(request, words)]
    return render_page(request, "segments/check.html", context, partial="answer")


def _find(request: WorkspaceRequest, words: str) -> list[Contact]:
    """Return the few people whose name or address begins with the words."""
    query = search_query(words)
    if not query:
        return []
    matching = Contact.objects.in_workspace(request.workspace)
    return list(matching.extra(where=["search @@ %s::tsquery"], params=[query]).order_by("-id")[:_FOUND])


def _answer(request: WorkspaceRequest, draft: Draft, contact: Contact) -> dict[str, Any]:
    reason = services.explain_contact(request.workspace, draft.rule, contact)
    labels: Labels = draft.labels
    return {"contact": contact, "is_in": reason.result, "reasons": reasons_of(reason, labels)}
