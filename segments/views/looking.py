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
from contacts.text_search import TextSearch
from core.htmx import render_page
from core.ids import uuid_or_none
from segments import services
from segments.builder.page import Row, build_page
from segments.builder.reasons import reasons_of
from segments.builder.tree import BadOperation
from segments.language.registry import Node
from segments.models import Segment
from segments.views.working import Draft, at_draft, autosave, read_draft

_FOUND = 3
_MAX_COUNTED_ROWS = 40
_TOP_OVERLAPS = 5
_COMPARED = 12
# Somebody watches an estimate turn exact; nobody holds a connection longer than this for it.
PATIENCE_MILLISECONDS = 20_000


@dataclass
class People:
    """Who a rule holds for: the count, parts of it, counts per row, a few people with reasons."""

    count: services.Count = field(default_factory=lambda: services.Count(None))
    total: int | None = None
    reach: list[tuple[str, services.Count]] = field(default_factory=list)
    rows: list[tuple[Row, services.Count | None]] = field(default_factory=list)
    sample: list[tuple[Contact, list[str]]] = field(default_factory=list)
    unfinished: int = 0

    @property
    def bars(self) -> list[tuple[int, str]]:
        """Return the part of a meter."""
        return [(self.count.number or 0, "c1")]

    @property
    def has_rough_lines(self) -> bool:
        """Say whether a line or a part is only known about."""
        counts = [count for _row, count in self.rows] + [count for _label, count in self.reach]
        return any(count is not None and not count.is_exact for count in counts)


@require_POST
@workspace_view("viewer", write_role="viewer")
def preview(request: WorkspaceRequest) -> HttpResponse:
    """Count and show a few. Changes no segment: it travels as a POST because rules are long, and keeps the draft.

    With `part=exact` only the count comes back, after more patience than a key press has; with `part=lines` that
    of every line, too.
    """
    try:
        segment = segment_on_page(request)
        draft = read_draft(request, segment)
    except BadOperation:
        return render(request, "segments/_people.html", {"people": None})
    if request.GET.get("part") in ("exact", "lines"):
        return _exact(request, draft, with_lines=request.GET["part"] == "lines")
    if request.POST.get("touched"):
        autosave(request, segment, draft)
    context = {"people": people_of(request, draft), "draft": draft, "segment": segment}
    return at_draft(request, render(request, "segments/_people.html", context), segment, draft)


def _exact(request: WorkspaceRequest, draft: Draft, *, with_lines: bool) -> HttpResponse:
    if draft.problems:
        return HttpResponse(status=204)
    people = _lines_of(request, draft) if with_lines else _whole_of(request, draft)
    if people is None:
        return HttpResponse(status=204)
    return render(request, "segments/_exact.html", {"people": people})


def _whole_of(request: WorkspaceRequest, draft: Draft) -> People | None:
    count = services.count_patiently(request.workspace, draft.rule, PATIENCE_MILLISECONDS, draft.labels.registry)
    return People(count, Contact.objects.in_workspace(request.workspace).count()) if count else None


def _lines_of(request: WorkspaceRequest, draft: Draft) -> People | None:
    rows, reach = _counted_rows(draft), _reach(draft.rule["where"])
    nodes = [draft.rule["where"], *(row.node for row in rows), *(node for _label, node in reach)]
    registry = draft.labels.registry
    numbers = services.count_many(request.workspace, nodes, registry, patience=PATIENCE_MILLISECONDS)
    if numbers is None:
        return None
    whole, *lines = [services.Count(number) for number in numbers[:-1]]
    return People(
        count=whole,
        total=numbers[-1],
        reach=[(label, one) for (label, _node), one in zip(reach, lines[len(rows) :], strict=True)],
        rows=list(zip(rows, lines, strict=False)),
    )


def _counted_rows(draft: Draft) -> list[Row]:
    root = build_page(draft.root, draft.labels, draft.problems)
    return [row for row in root.walk() if row is not root][:_MAX_COUNTED_ROWS]


def segment_on_page(request: WorkspaceRequest) -> Segment | None:
    """Return the segment a form of the builder is about; None for a new one."""
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
    counted, labels = rows[:_MAX_COUNTED_ROWS], draft.labels
    reach = _reach(draft.rule["where"])
    parts = [row.node for row in counted] + [node for _label, node in reach]
    look = services.look_at(request.workspace, draft.rule, parts, labels.registry)
    numbers: list[services.Count | None] = [*look.parts[: len(counted)]]
    numbers += [None] * (len(rows) - len(numbers))
    return People(
        count=look.count,
        total=look.total.number,
        reach=[(label, one) for (label, _node), one in zip(reach, look.parts[len(counted) :], strict=False)],
        rows=list(zip(rows, numbers, strict=True)),
        sample=[(one.contact, reasons_of(one.reason, labels)) for one in look.examples],
    )


def _reach(where: Node) -> list[tuple[str, Node]]:
    """Return whom messages of the usual channels would reach, as nodes to be counted."""
    usable = [str(status) for status in Address.USABLE]
    channels = [(_("Have a working e-mail address"), "email"), (_("Have a working phone number"), "sms")]
    return [
        (label, {"all": [where, {"kind": "address", "channel": channel, "status": usable}]})
        for label, channel in channels
    ]


@dataclass(frozen=True)
class Overlap:
    """How the people of a rule and those of another segment lie: in both, only in one."""

    other: Segment
    own: int
    both: int
    theirs: int
    is_exact: bool

    @property
    def only_own(self) -> int:
        """People of the rule who are not in the other."""
        return self.own - self.both

    @property
    def only_theirs(self) -> int:
        """People of the other who are not in the rule."""
        return self.theirs - self.both

    @property
    def whole(self) -> int:
        """Everybody in either."""
        return self.own + self.only_theirs

    @property
    def bars(self) -> list[tuple[int, str]]:
        """Return the parts of a meter."""
        return [(self.only_own, "csoft"), (self.both, "c1"), (self.only_theirs, "c3")]


@require_POST
@workspace_view("viewer", write_role="viewer")
def overlap(request: WorkspaceRequest) -> HttpResponse:
    """Compare the rule on the page with other segments: one that is chosen, or the five that share most."""
    try:
        segment = segment_on_page(request)
        draft = read_draft(request, segment)
    except BadOperation:
        return render_page(request, "segments/overlap.html", {"is_stale": True}, partial="overlap")
    others = list(Segment.objects.in_workspace(request.workspace).filter(key__in=draft.labels.segments))
    context: dict[str, Any] = {"others": others, "is_unfinished": bool(draft.problems)}
    wanted = uuid_or_none(request.POST.get("other", ""))
    context["chosen"] = next((one for one in others if one.public_id == wanted), None)
    if not draft.problems:
        among = [context["chosen"]] if context["chosen"] else _likely(others)
        found = _compare(request, draft, among)
        context["is_slow"] = found is None
        ranked = sorted(found or (), key=lambda one: -one.both)
        context["found"] = ranked[:_TOP_OVERLAPS]
    return render_page(request, "segments/overlap.html", context, partial="overlap")


def _likely(others: list[Segment]) -> list[Segment]:
    """The largest ones, as far as that is known: comparing with all of a thousand would take too long."""
    return sorted(others, key=lambda one: -(one.last_count or 0))[:_COMPARED]


def _compare(request: WorkspaceRequest, draft: Draft, others: list[Segment]) -> list[Overlap] | None:
    registry = draft.labels.registry
    usable = [one for one in others if not services.is_broken(one.rule, registry)]
    where = draft.rule["where"]
    nodes: list[Node] = [where]
    for one in usable:
        nodes += [one.rule["where"], {"all": [where, one.rule["where"]]}]
    counted = services.count_or_estimate(request.workspace, nodes, registry)
    if counted is None:
        return None
    numbers, is_exact = counted
    pairs = zip(usable, numbers[1::2], numbers[2::2], strict=False)
    return [Overlap(one, numbers[0], both, theirs, is_exact) for one, theirs, both in pairs]


@require_POST
@workspace_view("viewer", write_role="viewer")
def check(request: WorkspaceRequest) -> HttpResponse:
    """Say whether somebody is in the segment as it stands on the page, and why."""
    words = request.POST.get("who", "").strip()[:120]
    context: dict[str, Any] = {"words": words, "found": []}
    try:
        draft = read_draft(request, segment_on_page(request))
    except BadOperation:
        context["is_stale"] = True
        return render_page(request, "segments/check.html", context, partial="answer")
    context["is_unfinished"] = bool(draft.problems)
    if words and not draft.problems:
        context["found"] = [_answer(request, draft, one) for one in _find(request, words)]
    return render_page(request, "segments/check.html", context, partial="answer")


def _find(request: WorkspaceRequest, words: str) -> list[Contact]:
    """Return the few people whose name or address begins with the words."""
    search = TextSearch.of(words)
    if not search:
        return []
    matching = Contact.objects.in_workspace(request.workspace).found_by(request.workspace, search)
    return list(matching.order_by("-id")[:_FOUND])


def _answer(request: WorkspaceRequest, draft: Draft, contact: Contact) -> dict[str, Any]:
    reason = services.explain_contact(request.workspace, draft.rule, contact)
    return {"contact": contact, "is_in": reason.result, "reasons": reasons_of(reason, draft.labels)}
