"""The rule on its way through the browser: signed, so that only what this server made comes back."""

from __future__ import annotations

import json
from typing import Any

from django.core import signing

from accounts.models import Workspace
from segments.builder.history import History
from segments.builder.labels import Labels
from segments.builder.sentences import read_sentence
from segments.builder.tree import BadOperation, find, group_of, inner_path, join_of, rows_of, set_join
from segments.language.registry import Node
from segments.services.saving import plain_json

_SALT = "segments.builder"
MAX_STATE = 400_000


class _Json:
    """Rules as JSON; numbers typed with decimals are exact until now."""

    def dumps(self, value: Any) -> bytes:
        return json.dumps(value, separators=(",", ":"), default=plain_json).encode("latin-1")

    def loads(self, text: bytes) -> Any:
        return json.loads(text.decode("latin-1"))


def _dump(value: Any, workspace: Workspace) -> str:
    return signing.dumps(value, salt=f"{_SALT}.{workspace.pk}", serializer=_Json, compress=True)


def _load(text: str, workspace: Workspace) -> Any:
    if len(text) > MAX_STATE:
        raise BadOperation("state")
    try:
        return signing.loads(text, salt=f"{_SALT}.{workspace.pk}", serializer=_Json)
    except signing.BadSignature as error:
        raise BadOperation("state") from error


def dump_root(root: Node, workspace: Workspace) -> str:
    """Return the root group as text for a hidden field."""
    return _dump(root, workspace)


def load_root(text: str, workspace: Workspace) -> Node:
    """Return the root group a hidden field holds; raises BadOperation for one this server did not make."""
    root = _load(text, workspace)
    if not isinstance(root, dict) or not group_of(root):
        raise BadOperation("state")
    return root


def dump_history(history: History, workspace: Workspace) -> str:
    """Return the steps as text for a hidden field; the oldest are forgotten where they would be too long."""
    undo, redo = history.undo, history.redo
    while undo or redo:
        text = _dump({"undo": undo, "redo": redo}, workspace)
        if len(text) <= MAX_STATE // 2:
            return text
        # A half at a time, so that even huge rules are packed a few times only.
        undo, redo = undo[len(undo) // 2 + 1 :], redo[len(redo) // 2 + 1 :]
    return ""


def load_history(text: str, workspace: Workspace) -> History:
    """Return the steps a hidden field holds; raises BadOperation for what this server did not make."""
    if not text:
        return History()
    steps = _load(text, workspace)
    if not isinstance(steps, dict) or steps.keys() != {"undo", "redo"}:
        raise BadOperation("history")
    return History(steps["undo"], steps["redo"])


def apply_tokens(root: Node, sent: dict[str, list[str]], labels: Labels) -> Node:
    """Return the root with every token of the form applied, sentences first, then how groups are joined."""
    _apply_below(root, "/where", sent, labels)
    joins = [name.removesuffix(":join") for name in sent if name.endswith(":join")]
    # Inner groups first: joining a group may put a "not" into the path of what is inside it.
    for path in sorted(joins, key=len, reverse=True):
        wanted = sent[f"{path}:join"][-1]
        node = find(root, path)
        if group_of(node.get("not", node)) and join_of(node) != wanted:
            root = set_join(root, path, wanted)
    return root


def _apply_below(root: Node, path: str, sent: dict[str, list[str]], labels: Labels) -> None:
    for child_path, child in rows_of(root, path):
        inner = child.get("not", child)
        if group_of(inner):
            _apply_below(root, child_path, sent, labels)
        elif "kind" in inner:
            changed = read_sentence(inner, inner_path(child, child_path), sent, labels)
            if changed is not inner:
                inner.clear()
                inner.update(changed)
