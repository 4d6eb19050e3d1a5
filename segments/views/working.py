"""What the builder's requests have in common: the rule in the form, with its tokens applied."""

from __future__ import annotations

from dataclasses import dataclass, field

from accounts.access import WorkspaceRequest
from segments.builder.labels import Labels, labels_of
from segments.builder.state import apply_tokens, load_root
from segments.builder.tree import close_rule, edit_rule, open_rule
from segments.language.problems import Problem
from segments.language.registry import Node, Rule
from segments.language.validate import validate_rule
from segments.language.words import VERSION
from segments.models import Segment


@dataclass
class Draft:
    """A rule being worked on. `problems` have paths into the open root."""

    root: Node
    labels: Labels
    key: str = ""
    text: str | None = None
    text_problem: Problem | None = None
    before: Node | None = None
    problems: list[Problem] = field(default_factory=list)

    @property
    def rule(self) -> Rule:
        """Return the rule as it would be saved."""
        return close_rule(self.root)

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
    root = load_root(request.POST.get("state", ""), request.workspace)
    draft = Draft(apply_tokens(root, dict(request.POST.lists()), labels), labels, key)
    _apply_drag(request, draft)
    draft.check()
    return draft


def _apply_drag(request: WorkspaceRequest, draft: Draft) -> None:
    """Move the row that was dragged, also when somebody saves before the page has come back from the drag."""
    verb, _space, rest = request.POST.get("dragged", "").partition(" ")
    if verb == "move" and request.POST.get("op", "") in ("", "save", "count"):
        path, _space, argument = rest.partition(" ")
        draft.before = draft.root
        draft.root = edit_rule(draft.root, verb, path, argument)


def stored_draft(request: WorkspaceRequest, segment: Segment | None, rule: Rule | None = None) -> Draft:
    """Return the draft of a stored segment, or of a new one beginning with a rule."""
    key = segment.key if segment else ""
    start = segment.rule if segment else rule or {"version": VERSION, "where": {"kind": "everyone"}}
    draft = Draft(open_rule(start), labels_of(request.workspace, without=key), key)
    draft.check()
    return draft
