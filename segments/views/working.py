"""What the builder's requests have in common: the rule in the form, its tokens applied, and the draft kept of it."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse

from accounts.access import WorkspaceRequest
from core.htmx import is_fragment_request
from core.ids import uuid7, uuid_or_none
from segments import services
from segments.builder.history import History
from segments.builder.labels import Labels, labels_of
from segments.builder.state import apply_tokens, load_root
from segments.builder.text_troubles import TextTrouble
from segments.builder.tree import close_rule, edit_and_follow, open_rule
from segments.language.problems import Problem
from segments.language.registry import Node, Rule
from segments.language.validate import validate_rule
from segments.language.words import VERSION
from segments.models import Segment, SegmentDraft

EVERYONE: Rule = {"version": VERSION, "where": {"kind": "everyone"}}


@dataclass
class Draft:
    """A rule being worked on. `problems` have paths into the open root.

    `loaded` is the rule the page held before its tokens and drags were applied, `moved_to` the row last moved.
    `number` names the draft of a new segment, `kept` is what is stored of the work.
    """

    root: Node
    labels: Labels
    key: str = ""
    loaded: Node = field(default_factory=dict)
    history: History = field(default_factory=History)
    name: str = ""
    description: str = ""
    base_version: int = 0
    number: UUID = field(default_factory=uuid7)
    kept: SegmentDraft | None = None
    is_resumed: bool = False
    text: str | None = None
    text_troubles: list[TextTrouble] = field(default_factory=list)
    moved_to: str = ""
    said: str = ""
    problems: list[Problem] = field(default_factory=list)

    @property
    def rule(self) -> Rule:
        """Return the rule as it would be saved."""
        return close_rule(self.root)

    @property
    def focus(self) -> str:
        """Return the id of the row to go on from."""
        return self.moved_to.strip("/").replace("/", "-")

    @property
    def has_typed(self) -> bool:
        """Say whether tokens or drags changed the rule the page held."""
        return self.root != self.loaded

    def check(self) -> None:
        """Find what is wrong; a root without sentences is everyone."""
        children = next(iter(self.root.values()))
        self.problems = (
            validate_rule({"version": VERSION, "where": self.root}, self.labels.registry, saving_as=self.key)
            if children
            else []
        )


def read_draft(request: WorkspaceRequest, segment: Segment | None) -> Draft:
    """Return the draft a form of the builder holds; raises BadOperation for one this server did not make."""
    key = segment.key if segment else ""
    labels = labels_of(request.workspace, without=key)
    loaded = load_root(request.POST.get("state", ""), request.workspace)
    root = apply_tokens(copy.deepcopy(loaded), dict(request.POST.lists()), labels)
    version = request.POST.get("version", "")
    draft = Draft(
        root,
        labels,
        key,
        loaded=loaded,
        name=request.POST.get("name", "").strip()[:80],
        description=request.POST.get("description", "").strip()[:300],
        base_version=int(version) if version.isdecimal() and len(version) < 9 else 0,
        number=uuid_or_none(request.POST.get("draft", "")) or uuid7(),
    )
    _apply_drag(request, draft)
    draft.check()
    return draft


def _apply_drag(request: WorkspaceRequest, draft: Draft) -> None:
    """Move the row that was dragged, also when somebody saves before the page has come back from the drag."""
    verb, _space, rest = request.POST.get("dragged", "").partition(" ")
    if verb == "move" and request.POST.get("op", "") in ("", "save", "count"):
        path, _space, argument = rest.partition(" ")
        draft.root, draft.moved_to = edit_and_follow(draft.root, verb, path, argument)


def stored_draft(request: WorkspaceRequest, segment: Segment | None, rule: Rule | None = None) -> Draft:
    """Return the draft of a stored segment, or of a new one beginning with a rule."""
    key = segment.key if segment else ""
    root = open_rule(segment.rule if segment else rule or EVERYONE)
    draft = Draft(root, labels_of(request.workspace, without=key), key, loaded=root)
    if segment:
        draft.name, draft.description, draft.base_version = segment.name, segment.description, segment.version
    draft.check()
    return draft


def resumed_draft(request: WorkspaceRequest, segment: Segment | None, number: UUID | None = None) -> Draft | None:
    """Return the work somebody left unsaved, on a segment or on the new one called `number`; None without any."""
    own = SegmentDraft.objects.in_workspace(request.workspace).of(request.user)
    kept = own.filter(segment=segment).first() if segment else own.filter(segment=None, public_id=number).first()
    if kept is None or not request.membership.may("editor"):
        return None
    key = segment.key if segment else ""
    draft = Draft(
        kept.root, labels_of(request.workspace, without=key), key, loaded=kept.root, kept=kept, is_resumed=True
    )
    draft.name, draft.description, draft.number = kept.name, kept.description, kept.public_id
    draft.base_version = kept.base_version
    draft.check()
    return draft


def autosave(request: WorkspaceRequest, segment: Segment | None, draft: Draft) -> None:
    """Keep what is on the page as the draft of whoever works on it; what is as it was saved needs none."""
    if not request.membership.may("editor"):
        return
    room, user = request.workspace, request.user
    if _is_untouched(segment, draft):
        services.discard_draft(workspace=room, user=user, segment=segment, draft=draft.number)
        draft.kept = None
        return
    draft.kept = services.keep_draft(
        workspace=room,
        user=user,
        work=services.Work(draft.root, draft.name, draft.description),
        segment=segment,
        base_version=draft.base_version,
        draft=draft.number,
    )


def _is_untouched(segment: Segment | None, draft: Draft) -> bool:
    if segment is None:
        return not draft.name and not next(iter(draft.root.values()))
    same_words = (draft.name, draft.description) == (segment.name, segment.description)
    return same_words and draft.base_version == segment.version and draft.root == open_rule(segment.rule)


def at_draft(request: WorkspaceRequest, response: HttpResponse, segment: Segment | None, draft: Draft) -> HttpResponse:
    """Let the address of a new segment name its draft, so that loading the page again loses nothing."""
    if segment is None and draft.kept and is_fragment_request(request):
        address = reverse("segments:create", args=[request.workspace.slug])
        response["HX-Replace-Url"] = f"{address}?draft={draft.kept.public_id}"
    return response
