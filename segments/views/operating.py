"""One step of building: what a button, a key or a drag asks for, and what is said about it."""

from __future__ import annotations

import copy

from django.utils.translation import gettext as _

from accounts.access import WorkspaceRequest
from core.formatting import number
from segments import services
from segments.builder.state import load_history
from segments.builder.subjects import default_leaf, subject_groups
from segments.builder.text_troubles import troubles_of
from segments.builder.tree import (
    ROOT,
    BadOperation,
    add,
    edit_and_follow,
    find,
    group_above,
    group_of,
    open_rule,
    rows_of,
)
from segments.language.problems import RuleError
from segments.language.registry import Node, Rule
from segments.language.text_parser import parse_text
from segments.services.saving import storable_rule
from segments.views.working import Draft

_MOVES = ("up", "down", "in", "out", "move")


def operate(request: WorkspaceRequest, draft: Draft, operation: str) -> None:
    """Apply one operation, written `verb path argument`, and note the step. Raises BadOperation."""
    draft.history = load_history(request.POST.get("history", ""), request.workspace)
    verb, _space, rest = operation.partition(" ")
    path, _space, argument = rest.partition(" ")
    if verb in ("undo", "redo"):
        _walk(draft, verb)
        return
    if verb == "text":
        _read_text(request, draft)
    elif verb in ("add", "group"):
        _add(draft, verb, path or ROOT)
    elif verb not in ("", "count"):
        draft.root, draft.moved_to = edit_and_follow(draft.root, verb, path, argument)
    if draft.has_typed:
        draft.history.step(draft.loaded)
    draft.said = _said(draft, "move" if draft.moved_to and not verb else verb)


def _walk(draft: Draft, verb: str) -> None:
    """Take the last step back, or a step that was taken back again; what was only just typed is a step of its own."""
    if draft.has_typed:
        draft.history.step(draft.loaded)
    before = draft.root
    draft.root = draft.history.back(before) if verb == "undo" else draft.history.forward(before)
    if draft.root is before:
        draft.said = _("There is nothing to take back.") if verb == "undo" else _("There is nothing to do again.")
    else:
        draft.said = _("The last step is taken back.") if verb == "undo" else _("The step is done again.")
    find(draft.root, ROOT)


def _add(draft: Draft, verb: str, path: str) -> None:
    root = copy.deepcopy(draft.root)
    child = _new_child(draft, verb, path)
    add(root, path, child)
    draft.root = root
    draft.moved_to = rows_of(root, path)[-1][0]
    if verb == "group":
        draft.moved_to = rows_of(root, draft.moved_to)[0][0]


def _new_child(draft: Draft, verb: str, path: str) -> Node:
    subject = subject_groups(draft.labels)[0][1][0][0] if draft.labels.topics else "contact:first_name"
    leaf = default_leaf(subject, draft.labels)
    if verb == "add":
        return leaf
    around = find(draft.root, path)
    return {"any" if group_of(around.get("not", around)) == "all" else "all": [leaf]}


def _read_text(request: WorkspaceRequest, draft: Draft) -> None:
    draft.text = request.POST.get("text", "")
    rule: Rule = {}
    try:
        rule = storable_rule(parse_text(draft.text))
        # The shape must be right before it can be shown as sentences.
        services.require_valid(rule, draft.labels.registry, saving_as=draft.key)
    except RuleError as error:
        draft.text_troubles = troubles_of(draft.text, rule, error.problems, draft.labels.registry)
        return
    draft.root, draft.text = open_rule(rule), None


def _said(draft: Draft, verb: str) -> str:
    """Return what happened, for those who do not see it."""
    if verb in _MOVES:
        return _place_of(draft) if draft.has_typed else _("It cannot be moved any further that way.")
    return {
        "add": _("A sentence was added. Choose what it is about."),
        "group": _("A group with one sentence was added."),
        "remove": _("Removed. Undo brings it back."),
        "duplicate": _("Repeated below."),
        "turn": _("It now says the opposite."),
        "wrap": _("Put into a group of its own."),
        "unwrap": _("The group was taken apart."),
    }.get(verb, "")


def _place_of(draft: Draft) -> str:
    above = group_above(draft.moved_to)
    try:
        count = len(rows_of(draft.root, above))
    except BadOperation:
        return ""
    place = int(draft.moved_to.rpartition("/")[2]) + 1
    told = {"place": number(place), "count": number(count)}
    if above == ROOT:
        return _("Moved. It is now number %(place)s of %(count)s.") % told
    return _("Moved. It is now number %(place)s of %(count)s in its group.") % told
