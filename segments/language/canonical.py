"""The canonical form of a rule: members that only say the default are left out."""

from __future__ import annotations

from typing import Any

from segments.language.registry import Node, Rule

_LEAF_DEFAULTS: dict[str, dict[str, Any]] = {
    "consent": {"topic": None},
    "event": {"pick": "any", "times": {"op": "gte", "value": 1}},
    "engagement": {"verdict": "human", "times": {"op": "gte", "value": 1}},
    "flow": {"pick": "any", "status": ["completed"]},
    "anniversary": {"leap": "feb28", "zone": "workspace"},
}
_WINDOWS = ("window", "changed", "expires", "added")
_CONDITION_LISTS = ("where", "having")


def canonical_rule(rule: Rule) -> Rule:
    """Return the canonical form of a valid rule as a new document."""
    return {"version": rule["version"], "where": canonical_node(rule["where"])}


def canonical_node(node: Node) -> Node:
    """Return the canonical form of a valid node."""
    for group in ("all", "any"):
        if group in node:
            return {group: [canonical_node(child) for child in node[group]]}
    if "not" in node:
        return {"not": canonical_node(node["not"])}
    defaults = _LEAF_DEFAULTS.get(node["kind"], {})
    return {
        name: _canonical_member(name, value)
        for name, value in node.items()
        if not (name in defaults and defaults[name] == value)
    }


def _canonical_member(name: str, value: Any) -> Any:
    if name in _WINDOWS or (name == "value" and _is_window(value)):
        return {part: item for part, item in value.items() if (part, item) != ("zone", "workspace")}
    if name in _CONDITION_LISTS:
        return [{part: _canonical_member(part, item) for part, item in one.items()} for one in value]
    if name == "steps":
        return [_canonical_step(step) for step in value]
    return value


def _is_window(value: Any) -> bool:
    # Money is the only other object among values.
    return isinstance(value, dict) and "currency" not in value


def _canonical_step(step: dict[str, Any]) -> dict[str, Any]:
    return {
        name: _canonical_member(name, value)
        for name, value in step.items()
        if not (name == "absent" and value is False)
    }
