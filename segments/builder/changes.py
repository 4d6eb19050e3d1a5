"""What changed between two rules, sentence by sentence, in words."""

from __future__ import annotations

import json
from dataclasses import dataclass

from django.utils.translation import gettext as _

from segments.builder.labels import Labels
from segments.builder.sentences import words_of
from segments.builder.subjects import subject_of
from segments.builder.tree import GROUPS, group_of, open_rule
from segments.language.registry import Node
from segments.services.saving import plain_json

ADDED, REMOVED, CHANGED, REGROUPED = "added", "removed", "changed", "regrouped"


@dataclass(frozen=True)
class Change:
    """One difference. `before` and `after` are sentences; one that is new has no before, one that is gone no after."""

    kind: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class _Sentence:
    node: Node
    is_denied: bool

    @property
    def identity(self) -> str:
        return json.dumps([self.node, self.is_denied], sort_keys=True, default=plain_json)

    @property
    def subject(self) -> str:
        try:
            return subject_of(self.node)
        except KeyError:
            return ""

    def told(self, labels: Labels) -> str:
        said = words_of(self.node, labels)
        return _("Not: %(sentence)s") % {"sentence": said} if self.is_denied else said


def changes_between(old: Node, new: Node, labels: Labels) -> list[Change]:
    """Return what somebody did to the sentences of a rule, in the order of the newer one; nothing when it is the same.

    A sentence about the same thing as one that is gone counts as that one, changed.
    """
    # One sentence alone is a group of one, so that adding a second is no new way of belonging together.
    old, new = open_rule({"where": old}), open_rule({"where": new})
    if old == new:
        return []
    before, after = _sentences(old), _sentences(new)
    gone = _without(before, after)
    changes: list[Change] = []
    for sentence in _without(after, before):
        twin = next((one for one in gone if one.subject == sentence.subject), None)
        if twin is None:
            changes.append(Change(ADDED, after=sentence.told(labels)))
        else:
            gone.remove(twin)
            changes.append(Change(CHANGED, twin.told(labels), sentence.told(labels)))
    changes += [Change(REMOVED, before=one.told(labels)) for one in gone]
    if not changes or (len(before) > 1 and len(after) > 1 and _joins(old) != _joins(new)):
        changes.append(Change(REGROUPED))
    return changes


def _sentences(node: Node, is_denied: bool = False) -> list[_Sentence]:
    if "not" in node and "kind" in node["not"]:
        return [_Sentence(node["not"], True)]
    inner = node.get("not", node)
    group = group_of(inner)
    if group:
        return [one for child in inner[group] for one in _sentences(child)]
    return [] if inner.get("kind") == "everyone" else [_Sentence(inner, is_denied)]


def _without(some: list[_Sentence], others: list[_Sentence]) -> list[_Sentence]:
    """Those of `some` that have no like among `others`, each of which counts once."""
    known = [one.identity for one in others]
    left = []
    for one in some:
        if one.identity in known:
            known.remove(one.identity)
        else:
            left.append(one)
    return left


def _joins(node: Node) -> list[str]:
    """How the groups are joined, in reading order."""
    found = ["not"] if "not" in node and "kind" not in node["not"] else []
    inner = node.get("not", node)
    for group in GROUPS:
        if group in inner:
            return [*found, group, *(join for child in inner[group] for join in _joins(child))]
    return []
