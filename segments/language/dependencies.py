"""What a rule depends on: which changes of data, and in which ways the passing of time alone changes who it holds for.

A rule can only change its answer for a contact when something of `whats` is written about them, when one of their rows
crosses an `Edge`, or, where `days` says so, at midnight. Where none of these can be told apart cheaply, `always` asks
for everybody to be looked at again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from segments.language.registry import Node, Registry, Rule
from segments.language.windows import Window
from segments.language.words import ROLLING_UNITS

ANYTHING = "*"
CONTACT, ADDRESS, CONSENT, LIST, FLOW = "contact", "address", "consent", "list", "flow"
NOW = timedelta(0)


@dataclass(frozen=True)
class Edge:
    """A moving instant, `offset` from now, that rows of one source pass as time goes by.

    `source` is event, fact, sent, submission, consent_end, consent_change, listed, field or attribute; `name` says
    which: the kind of event, the action, the key.
    """

    source: str
    name: str
    offset: timedelta = NOW


@dataclass
class Dependencies:
    """Everything that can change who a rule holds for. `days` is empty, "workspace" or "contact": whose midnight."""

    whats: set[str] = field(default_factory=lambda: {ANYTHING})
    edges: set[Edge] = field(default_factory=set)
    days: str = ""
    always: bool = False

    def turn_days(self, zone: str) -> None:
        """Note that a midnight matters; that of each contact includes the workspace's."""
        self.days = "contact" if "contact" in (zone, self.days) else "workspace"
        if zone == "contact":
            self.whats.add(CONTACT)


def dependencies_of(rule: Rule, registry: Registry) -> Dependencies:
    """Return what a valid rule depends on, with the segments it names put in."""
    found = Dependencies()
    for leaf in expanded_leaves(rule, registry):
        _READERS[leaf["kind"]](leaf, found)
    dates = {key for key, value in registry.attributes.items() if value.type == "date"}
    # A calendar day knows no instant: midnight is all that can change its answer.
    found.edges = {edge for edge in found.edges if not (edge.source == "attribute" and edge.name in dates)}
    return found


def fingerprint_of(rule: Rule, registry: Registry) -> str:
    """Return a digest that changes when the same people could be judged differently: the rule with the segments it
    names put in, the workspace's clock, the types of its attributes, and what the names in it stand for.
    """
    meant: list[Any] = []
    for leaf in expanded_leaves(rule, registry):
        if leaf["kind"] in ("attribute", "anniversary") and "key" in leaf:
            meant.append(["attribute", leaf["key"], registry.attributes[leaf["key"]].type])
        if "campaign" in leaf:
            meant.append(["campaign", leaf["campaign"], registry.campaigns[leaf["campaign"]]])
        if leaf["kind"] == "list":
            meant.append(["list", leaf["key"], registry.lists[leaf["key"]]])
        if leaf["kind"] == "flow":
            meant.append(["flow", leaf["flow"], registry.flows[leaf["flow"]].number])
    parts = [registry.zone, _expanded(rule["where"], registry), meant]
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def expanded_leaves(rule: Rule, registry: Registry) -> Iterator[Node]:
    """Yield every leaf, with those of the segments a valid rule names."""
    waiting = [rule["where"]]
    while waiting:
        node = waiting.pop()
        if "not" in node:
            waiting.append(node["not"])
        elif "kind" not in node:
            waiting.extend(node.get("all") or node.get("any") or ())
        elif node["kind"] == "segment":
            waiting.append(registry.segments[node["key"]]["where"])
        else:
            yield node


def _expanded(node: Node, registry: Registry) -> Any:
    if "not" in node:
        return {"not": _expanded(node["not"], registry)}
    for group in ("all", "any"):
        if group in node:
            return {group: [_expanded(child, registry) for child in node[group]]}
    if node["kind"] == "segment":
        return _expanded(registry.segments[node["key"]]["where"], registry)
    return node


def _read_window(window: Window | None, found: Dependencies, sources: list[tuple[str, str]]) -> None:
    """Note the moving bounds of a window over the rows of the sources, and midnight for those of whole days."""
    if window is None or "from" in window or "to" in window:
        return
    unit = window.get("unit")
    offsets = [NOW] if window.keys() & {"last", "ago", "next"} else []
    if unit in ROLLING_UNITS:
        counts = (
            [-window["next"]] if "next" in window else window.get("ago") or [window.get("last", window.get("over"))]
        )
        offsets += [-timedelta(**{unit: count}) for count in counts]
    else:
        found.turn_days(window.get("zone", "workspace"))
    found.edges.update(Edge(source, name, offset) for source, name in sources for offset in offsets)


def _read_conditions(leaf: Node, found: Dependencies) -> None:
    """A condition about when a property lies cannot be told from the times of the rows."""
    parts = [leaf, *leaf.get("steps", ())]
    conditions = [one for part in parts for name in ("where", "having") for one in part.get(name, ())]
    moving = [one["value"] for one in conditions if one["op"] == "within"]
    for window in moving:
        if "from" not in window and "to" not in window:
            found.always = True
        if window.get("zone") == "contact":
            found.whats.add(CONTACT)


def _zone_counts(window: Window | None, found: Dependencies) -> None:
    """Where a window is read by each contact's clock, the contact's zone matters."""
    if window is not None and window.get("zone") == "contact":
        found.whats.add(CONTACT)


def _read_attribute(leaf: Node, found: Dependencies) -> None:
    found.whats.add(CONTACT)
    if leaf["op"] == "within":
        _read_window(leaf["value"], found, [("attribute", leaf["key"])])


def _read_contact(leaf: Node, found: Dependencies) -> None:
    found.whats.add(CONTACT)
    if leaf["op"] == "within":
        _read_window(leaf["value"], found, [("field", leaf["field"])])


def _read_address(leaf: Node, found: Dependencies) -> None:
    found.whats.add(ADDRESS)


def _read_consent(leaf: Node, found: Dependencies) -> None:
    found.whats.add(CONSENT)
    found.edges.add(Edge("consent_end", ""))
    for name, source in (("changed", "consent_change"), ("expires", "consent_end")):
        _zone_counts(leaf.get(name), found)
        _read_window(leaf.get(name), found, [(source, "")])


def _read_event(leaf: Node, found: Dependencies) -> None:
    kinds = [step["event"] for step in leaf["steps"]] if "steps" in leaf else [leaf["event"]]
    found.whats.update(f"event:{kind}" for kind in kinds)
    found.edges.update(Edge("event", kind) for kind in kinds)
    _zone_counts(leaf.get("window"), found)
    _read_window(leaf.get("window"), found, [("event", kind) for kind in kinds])
    _read_conditions(leaf, found)


def _read_engagement(leaf: Node, found: Dependencies) -> None:
    source = ("sent", "") if leaf["action"] == "sent" else ("fact", leaf["action"])
    found.whats.add(f"fact:{leaf['action']}")
    found.edges.add(Edge(*source))
    _zone_counts(leaf.get("window"), found)
    _read_window(leaf.get("window"), found, [source])


def _read_list(leaf: Node, found: Dependencies) -> None:
    found.whats.add(LIST)
    _zone_counts(leaf.get("added"), found)
    _read_window(leaf.get("added"), found, [("listed", "")])


def _read_tags(leaf: Node, found: Dependencies) -> None:
    found.whats.add(CONTACT)


def _read_flow(leaf: Node, found: Dependencies) -> None:
    found.whats.add(FLOW)
    found.edges.add(Edge("submission", ""))
    _zone_counts(leaf.get("window"), found)
    _read_window(leaf.get("window"), found, [("submission", "")])
    _read_conditions(leaf, found)


def _read_anniversary(leaf: Node, found: Dependencies) -> None:
    found.whats.add(CONTACT)
    found.turn_days(leaf.get("zone", "workspace"))


def _read_nothing(leaf: Node, found: Dependencies) -> None:
    """Neither data nor time changes it once the contact is there."""


_READERS = {
    "everyone": _read_nothing,
    "bucket": _read_nothing,
    "attribute": _read_attribute,
    "contact": _read_contact,
    "address": _read_address,
    "consent": _read_consent,
    "event": _read_event,
    "sequence": _read_event,
    "engagement": _read_engagement,
    "list": _read_list,
    "tags": _read_tags,
    "flow": _read_flow,
    "anniversary": _read_anniversary,
}
