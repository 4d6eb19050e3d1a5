"""Checking a whole rule against a registry. Every error has a code and a path; none is an exception."""

from __future__ import annotations

from typing import Any

from segments.language.leaves import check_leaf
from segments.language.problems import Problem, Refusal, RuleError, pointer
from segments.language.registry import Registry, Rule
from segments.language.words import (
    COUNTING_KINDS,
    MAX_COUNTING_LEAVES,
    MAX_DEPTH,
    MAX_EXPANDED_LEAVES,
    MAX_GROUP,
    MAX_LEAVES,
    MAX_PROBLEMS,
    MAX_SEGMENT_CHAIN,
    VERSION,
)

_GROUPS = ("all", "any")
_SHAPES = ("all", "any", "not", "kind")


def validate_rule(rule: Any, registry: Registry, *, saving_as: str = "") -> list[Problem]:
    """Return every error of the rule in document order; an empty list means that it can be used.

    `saving_as` is the key under which it will be stored, so that a rule that would reach itself is refused.
    """
    problems = _check_envelope(rule)
    if problems:
        return problems
    check = _RuleCheck(registry, saving_as)
    check.visit(rule["where"], "/where", 0)
    if _too_many_leaves(rule["where"]):
        check.problems.insert(0, Problem("too_many_leaves", "/where"))
    elif not check.problems and check.expanded_leaves(rule) > MAX_EXPANDED_LEAVES:
        check.problems.append(Problem("too_many_leaves", "/where"))
    return check.problems


def require_valid(rule: Any, registry: Registry, *, saving_as: str = "") -> None:
    """Raise RuleError with every error unless the rule can be used."""
    problems = validate_rule(rule, registry, saving_as=saving_as)
    if problems:
        raise RuleError(problems)


def _check_envelope(rule: Any) -> list[Problem]:
    if not isinstance(rule, dict):
        return [Problem("bad_type", "")]
    problems = [Problem("unknown_field", pointer("", str(name))) for name in rule if name not in ("version", "where")]
    if "version" not in rule:
        problems.append(Problem("missing_field", "/version"))
    elif rule["version"] is True or rule["version"] != VERSION or not isinstance(rule["version"], int):
        problems.append(Problem("unsupported_version", "/version"))
    if "where" not in rule:
        problems.append(Problem("missing_field", "/where"))
    return problems


def _too_many_leaves(where: Any) -> bool:
    """Count without recursion, so that any document the JSON reader accepts can be counted."""
    leaves = counting = 0
    waiting = [where]
    while waiting:
        node = waiting.pop()
        if not isinstance(node, dict):
            continue
        if "kind" in node:
            leaves += 1
            counting += isinstance(node["kind"], str) and node["kind"] in COUNTING_KINDS
        for name in _GROUPS:
            if isinstance(node.get(name), list):
                waiting.extend(node[name])
        if "not" in node:
            waiting.append(node["not"])
    return leaves > MAX_LEAVES or counting > MAX_COUNTING_LEAVES


def segment_keys(rule: Rule) -> list[str]:
    """Return the keys of the segments a rule names, as often as it names them."""
    keys: list[str] = []
    waiting: list[Any] = [rule.get("where")]
    while waiting:
        node = waiting.pop()
        if not isinstance(node, dict):
            continue
        if node.get("kind") == "segment" and isinstance(node.get("key"), str):
            keys.append(node["key"])
        for name in _GROUPS:
            if isinstance(node.get(name), list):
                waiting.extend(node[name])
        if "not" in node:
            waiting.append(node["not"])
    return keys


def _count_leaves(where: Any) -> int:
    if not isinstance(where, dict):
        return 0
    if "kind" in where:
        return 1
    children = where["not"] if "not" in where else where.get("all") or where.get("any") or []
    return sum(map(_count_leaves, children if isinstance(children, list) else [children]))


class _RuleCheck:
    """Walks one rule and collects its errors; remembers what it learned about named segments."""

    def __init__(self, registry: Registry, saving_as: str) -> None:
        self.registry = registry
        self.saving_as = saving_as
        self.problems: list[Problem] = []
        self._sizes: dict[str, int] = {}
        self._heights: dict[str, int] = {}
        self._segment_problems: dict[str, Problem | None] = {}

    def visit(self, node: Any, path: str, depth: int) -> None:
        if len(self.problems) >= MAX_PROBLEMS:
            return
        if not isinstance(node, dict):
            self.problems.append(Problem("bad_type", path))
            return
        shapes = [shape for shape in _SHAPES if shape in node]
        if len(shapes) != 1:
            self.problems.append(Problem("bad_node", path))
        elif shapes[0] == "kind":
            self._visit_leaf(node, path)
        elif len(node) > 1:
            stranger = next(name for name in node if name != shapes[0])
            self.problems.append(Problem("unknown_field", pointer(path, str(stranger))))
        elif depth >= MAX_DEPTH:
            self.problems.append(Problem("too_deep", path))
        elif shapes[0] == "not":
            self.visit(node["not"], f"{path}/not", depth + 1)
        else:
            self._visit_group(node[shapes[0]], f"{path}/{shapes[0]}", depth)

    def _visit_group(self, children: Any, path: str, depth: int) -> None:
        if not isinstance(children, list):
            self.problems.append(Problem("bad_type", path))
        elif not children:
            self.problems.append(Problem("empty_group", path))
        elif len(children) > MAX_GROUP:
            self.problems.append(Problem("too_many_items", path))
        else:
            for position, child in enumerate(children):
                self.visit(child, pointer(path, position), depth + 1)

    def _visit_leaf(self, leaf: dict[str, Any], path: str) -> None:
        try:
            check_leaf(leaf, path, self.registry)
            if leaf["kind"] == "segment":
                self._check_segment(leaf["key"], f"{path}/key")
        except Refusal as refusal:
            self.problems.append(refusal.problem)

    def _check_segment(self, key: str, path: str) -> None:
        if key != self.saving_as and key not in self.registry.segments:
            raise Refusal("unknown_segment", path)
        self._follow(key, path, [])
        problem = self._problem_inside(key)
        if problem is not None:
            raise Refusal(problem.code, problem.path)

    def _follow(self, key: str, path: str, chain: list[str]) -> int:
        """Return how many segments lie below a segment, each followed once; refuse circles and long chains."""
        if key == self.saving_as or key in chain:
            raise Refusal("segment_cycle", path)
        height = self._heights.get(key, 0)
        if len(chain) + height >= MAX_SEGMENT_CHAIN:
            raise Refusal("too_deep", path)
        if key not in self._heights:
            below = set(segment_keys(self.registry.segments.get(key, {})))
            heights = [self._follow(inner, path, [*chain, key]) for inner in below]
            height = self._heights[key] = 1 + max(heights, default=-1)
        return height

    def _problem_inside(self, key: str) -> Problem | None:
        """The first error of a named segment, which may have lost its footing since it was saved."""
        if key not in self._segment_problems:
            self._segment_problems[key] = None
            check = _RuleCheck(self.registry, self.saving_as)
            check._segment_problems = self._segment_problems
            inner = self.registry.segments[key]
            envelope = _check_envelope(inner)
            if not envelope:
                check.visit(inner["where"], f"segment:{key}/where", 0)
            self._segment_problems[key] = next(iter(envelope or check.problems), None)
        return self._segment_problems[key]

    def expanded_leaves(self, rule: Rule) -> int:
        """Count the leaves of a rule after segments are put in; each segment is counted once and remembered."""
        keys = segment_keys(rule)
        for key in set(keys):
            if key not in self._sizes:
                self._sizes[key] = 0
                inner = self.registry.segments.get(key)
                self._sizes[key] = self.expanded_leaves(inner) if inner else 0
        return _count_leaves(rule.get("where")) - len(keys) + sum(self._sizes[key] for key in keys)
