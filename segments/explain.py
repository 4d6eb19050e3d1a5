"""Why somebody is in a segment, or why not: every node of the rule for one person or a few, without short cuts."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from contacts.models import Contact
from core.buckets import bucket_of
from segments.language.compile import CompiledRule, compile_flags
from segments.language.compile_found import (
    addresses_found,
    consent_found,
    engagement_found,
    events_found,
    flow_found,
    list_found,
)
from segments.language.problems import pointer
from segments.language.registry import Node, Registry, Rule
from segments.language.scope import Scope, stamp

Found = dict[str, Any]


@dataclass
class Reason:
    """One node for one person. `decisive` nodes settle the result; the others stay for completeness."""

    path: str
    node: Node
    result: bool
    decisive: bool = False
    children: list[Reason] = field(default_factory=list)
    found: Found | None = None

    def as_dict(self, *, with_found: bool = True) -> dict[str, Any]:
        """Return the tree as it goes out through the API; `with_found` tells what is known of the person."""
        told: dict[str, Any] = {"path": self.path, "result": self.result, "decisive": self.decisive}
        if with_found and self.found is not None:
            told["found"] = self.found
        if self.children:
            told["children"] = [child.as_dict(with_found=with_found) for child in self.children]
        return told

    def leaves(self, *, decisive: bool = True) -> Iterator[Reason]:
        """Return the leaves, by default only those that settle the result."""
        if decisive and not self.decisive:
            return
        if "kind" in self.node and self.node["kind"] != "segment":
            yield self
        for child in self.children:
            yield from child.leaves(decisive=decisive)


def explain_rule(rule: Rule, scope: Scope, contacts: Sequence[Contact]) -> dict[int, Reason]:
    """Return the tree of reasons of each contact, by contact id; the rule is valid for the scope's registry."""
    ids = tuple(contact.pk for contact in contacts)
    limited = dataclasses.replace(scope, contact_ids=ids)
    leaves = dict(_leaves(rule["where"], "/where", scope.registry))
    results = _results(list(leaves.values()), limited)
    found = {path: _found(leaf, limited, contacts) for path, leaf in leaves.items()}
    position = {path: number for number, path in enumerate(leaves)}
    trees = {}
    for contact_id in ids:
        flags, told = results.get(contact_id, ()), {path: one.get(contact_id) for path, one in found.items()}

        def answer(path: str, flags: Sequence[bool] = flags, told: dict[str, Found | None] = told) -> Any:
            return bool(flags[position[path]]) if flags else False, told[path]

        tree = _reason(rule["where"], "/where", scope.registry, answer)
        _mark(tree)
        trees[contact_id] = tree
    return trees


def _leaves(node: Node, path: str, registry: Registry) -> Iterator[tuple[str, Node]]:
    if "not" in node:
        yield from _leaves(node["not"], f"{path}/not", registry)
    elif "kind" not in node:
        for group in ("all", "any"):
            for position, child in enumerate(node.get(group, ())):
                yield from _leaves(child, pointer(f"{path}/{group}", position), registry)
    elif node["kind"] == "segment":
        yield from _leaves(registry.segments[node["key"]]["where"], f"segment:{node['key']}/where", registry)
    else:
        yield path, node


def _results(leaves: list[Node], scope: Scope) -> dict[int, tuple[bool, ...]]:
    return {row[0]: row[1:] for row in _rows(compile_flags(leaves, scope))}


def _rows(compiled: CompiledRule) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(compiled.sql, compiled.params)
        return list(cursor.fetchall())


def _reason(node: Node, path: str, registry: Registry, answer: Callable[[str], tuple[bool, Found | None]]) -> Reason:
    if "not" in node:
        child = _reason(node["not"], f"{path}/not", registry, answer)
        return Reason(path, node, not child.result, children=[child])
    for group, combine in (("all", all), ("any", any)):
        if group in node:
            children = [
                _reason(child, pointer(f"{path}/{group}", position), registry, answer)
                for position, child in enumerate(node[group])
            ]
            return Reason(path, node, combine(child.result for child in children), children=children)
    if node["kind"] == "segment":
        inner = registry.segments[node["key"]]["where"]
        child = _reason(inner, f"segment:{node['key']}/where", registry, answer)
        return Reason(path, node, child.result, children=[child], found={})
    result, found = answer(path)
    return Reason(path, node, result, found=found)


def _mark(reason: Reason) -> None:
    """Below a decisive node, the children that settle its result are decisive."""
    reason.decisive = True
    settling = reason.children
    if "all" in reason.node or "any" in reason.node:
        wanted = "any" in reason.node
        settling = [child for child in reason.children if child.result is wanted] or reason.children
    for child in settling:
        _mark(child)


def _found(leaf: Node, scope: Scope, contacts: Sequence[Contact]) -> dict[int, Found]:
    reader = _READERS.get(leaf["kind"])
    if reader is not None:
        return {contact.pk: reader(leaf, contact, scope.registry) for contact in contacts}
    query = _QUERIES.get(leaf["kind"])
    if query is None:
        return {contact.pk: {} for contact in contacts}
    compiler, names, nothing = query
    told = {contact.pk: dict(zip(names, nothing, strict=True)) for contact in contacts}
    for contact_id, *values in _rows(compiler(leaf, scope)):
        told[contact_id] = {name: _plain(value) for name, value in zip(names, values, strict=True)}
    return told


def _plain(value: Any) -> Any:
    return stamp(value.astimezone(dt.UTC)) if isinstance(value, dt.datetime) else value


def _attribute(leaf: Node, contact: Contact, registry: Registry) -> Found:
    del registry
    return {"value": contact.attributes.get(leaf["key"])}


def _field(leaf: Node, contact: Contact, registry: Registry) -> Found:
    name = leaf["field"]
    value = getattr(contact, "time_zone" if name == "zone" else name) or None
    if name == "zone" and value not in registry.zones:
        value = None
    return {"value": _plain(value)}


def _anniversary(leaf: Node, contact: Contact, registry: Registry) -> Found:
    return _field(leaf, contact, registry) if "field" in leaf else _attribute(leaf, contact, registry)


def _bucket(leaf: Node, contact: Contact, registry: Registry) -> Found:
    del registry
    return {"bucket": bucket_of(contact.bucket_seed, leaf["salt"])}


def _tags(leaf: Node, contact: Contact, registry: Registry) -> Found:
    del leaf, registry
    return {"value": list(contact.tags) or None}


_READERS: dict[str, Callable[[Node, Contact, Registry], Found]] = {
    "attribute": _attribute,
    "contact": _field,
    "anniversary": _anniversary,
    "bucket": _bucket,
    "tags": _tags,
}
_Query = tuple[Callable[[Node, Scope], CompiledRule], tuple[str, ...], tuple[Any, ...]]
_QUERIES: dict[str, _Query] = {
    "address": (addresses_found, ("addresses",), (0,)),
    "consent": (consent_found, ("state", "changed_at"), ("none", None)),
    "event": (events_found, ("matched", "in_window", "last_at"), (0, 0, None)),
    "engagement": (engagement_found, ("all_time", "last_at"), (0, None)),
    "list": (list_found, ("added_at",), (None,)),
    "flow": (flow_found, ("submissions",), (0,)),
}
