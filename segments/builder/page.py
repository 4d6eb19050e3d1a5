"""What the builder's page shows: groups of sentences with their counts and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from segments.builder.labels import Choices, Labels
from segments.builder.sentences import TEXTS, sentence_of
from segments.builder.tokens import Part, compose, read_out, select
from segments.builder.tree import ROOT, group_of, inner_path, join_of
from segments.builder.wording import problem_text
from segments.language.problems import Problem
from segments.language.registry import Node
from segments.language.words import NEGATIVES, VALUELESS_OPERATORS


@dataclass
class Row:
    """A sentence, or a group of rows. `path` leads to it, with the "not" that may stand before it."""

    path: str
    node: Node
    is_group: bool = False
    is_denied: bool = False
    is_first: bool = False
    is_last: bool = False
    parts: list[Part] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    joiner: str = ""
    problem: str = ""
    may_enter: bool = False
    may_leave: bool = False

    @property
    def told(self) -> str:
        """Return the sentence as plain words."""
        said = read_out(self.parts)
        return _("Not: %(sentence)s") % {"sentence": said} if self.is_denied and not self.is_group else said

    @property
    def holds_without(self) -> bool:
        """Say whether the sentence is one that people without any value pass, too, which is easily overlooked."""
        inner = self.node.get("not", self.node)
        if inner.get("kind") not in ("attribute", "contact", "tags") or inner.get("op") in VALUELESS_OPERATORS:
            return False
        return (inner.get("op") in NEGATIVES) != self.is_denied

    @property
    def slug(self) -> str:
        """Return the path as an element's id."""
        return self.path.strip("/").replace("/", "-")

    def walk(self) -> Iterator[Row]:
        """Return the row and everything inside it, in reading order."""
        yield self
        for row in self.rows:
            yield from row.walk()


def build_page(root: Node, labels: Labels, problems: list[Problem]) -> Row:
    """Return the root row of an open rule, with its problems beside the sentences they are in."""
    top = _group_row(root, ROOT, labels, is_root=True)
    rows = list(top.walk())
    for problem in problems:
        # The deepest row the path leads into; what concerns the whole rule stands at its head.
        inside = [row for row in rows if f"{problem.path}/".startswith(f"{row.path}/")]
        target = max(inside, key=lambda row: len(row.path), default=top)
        target.problem = target.problem or problem_text(problem)
    return top


def suggestions_of(root: Row, labels: Labels) -> list[tuple[str, list[str]]]:
    """Return the lists that entries of the page offer while somebody types, by the names the entries give them."""
    names = dict.fromkeys(part.suggestions for row in root.walk() for part in row.parts if part.suggestions)
    zones = sorted(labels.registry.zones) if "zones" in names else []
    return [(name, zones if name == "zones" else labels.usual.texts(name.removeprefix(TEXTS))) for name in names]


def _group_row(node: Node, path: str, labels: Labels, *, is_root: bool = False) -> Row:
    join = join_of(node)
    row = Row(path=path, node=node, is_group=True, is_denied="not" in node)
    token = select(f"{path}:join", join, _join_choices(is_root=is_root), _("How these belong together"))
    pattern = _("People for whom {join} of these are true") if is_root else _("{join} of these")
    row.parts = compose(pattern, {"join": token})
    children = _rows_inside(node, path)
    row.joiner = _("and") if join in ("all", "not_all") else _("or")
    row.rows = [_row(child, child_path, labels) for child_path, child in children]
    for place, child in enumerate(row.rows):
        beside = row.rows[max(place - 1, 0) : place + 2]
        child.may_enter = any(one.is_group for one in beside if one is not child)
        child.may_leave = not is_root
    if row.rows:
        row.rows[0].is_first = row.rows[-1].is_last = True
    return row


def _rows_inside(node: Node, path: str) -> list[tuple[str, Node]]:
    inner = node.get("not", node)
    group = group_of(inner)
    base = f"{inner_path(node, path)}/{group}"
    return [(f"{base}/{position}", child) for position, child in enumerate(inner[group])]


def _row(node: Node, path: str, labels: Labels) -> Row:
    inner = node.get("not", node)
    if group_of(inner):
        return _group_row(node, path, labels)
    parts = sentence_of(inner, inner_path(node, path), labels)
    return Row(path=path, node=node, is_denied="not" in node, parts=parts)


def _join_choices(*, is_root: bool) -> Choices:
    if is_root:
        return [("all", _("all")), ("any", _("at least one"))]
    return [("all", _("All")), ("any", _("At least one")), ("none", _("None")), ("not_all", _("Not all"))]
