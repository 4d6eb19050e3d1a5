"""The rule on its way through the browser: signed, so that only what this server made comes back."""

from __future__ import annotations

from django.core import signing

from accounts.models import Workspace
from segments.builder.labels import Labels
from segments.builder.sentences import read_sentence
from segments.builder.tree import BadOperation, find, group_of, inner_path, join_of, rows_of, set_join
from segments.language.registry import Node

_SALT = "segments.builder"
MAX_STATE = 400_000


def dump_root(root: Node, workspace: Workspace) -> str:
    """Return the root group as text for a hidden field."""
    return signing.dumps(root, salt=f"{_SALT}.{workspace.pk}", compress=True)


def load_root(text: str, workspace: Workspace) -> Node:
    """Return the root group a hidden field holds; raises BadOperation for one this server did not make."""
    if len(text) > MAX_STATE:
        raise BadOperation("state")
    try:
        root: Node = signing.loads(text, salt=f"{_SALT}.{workspace.pk}")
    except signing.BadSignature as error:
        raise BadOperation("state") from error
    return root


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
