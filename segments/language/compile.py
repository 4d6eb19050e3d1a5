"""A rule becomes one SQL statement that selects contact ids.

Every value is a bound parameter, keys too; the text of the SQL comes from this package alone. Every
sub-select carries the workspace. Rules must be valid for the registry (`validate_rule`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from segments.language import tables
from segments.language.compile_days import compile_anniversary, compile_bucket
from segments.language.compile_events import compile_event, compile_sequence
from segments.language.compile_records import compile_flow, compile_list
from segments.language.compile_sets import IdSet, compile_address, compile_consent, compile_engagement, joins_of
from segments.language.compile_values import Source, condition_sql, contact_source, json_source
from segments.language.registry import Node, Rule
from segments.language.scope import Place, Scope
from segments.language.sql import TRUE, Sql, both, either, fill, join, negate


@dataclass(frozen=True)
class CompiledRule:
    """A statement selecting one bigint column of contact ids, each once; and its parameters in order."""

    sql: str
    params: list[Any]


def compile_rule(rule: Rule, scope: Scope) -> CompiledRule:
    """Return the statement that selects the contacts a valid rule holds for."""
    tests = [*scope.own_rows("c", "id"), compile_node(rule["where"], scope)]
    statement = fill(f"SELECT c.id FROM {tables.CONTACTS} c WHERE {{}}", both(tests))
    return CompiledRule(statement.text, list(statement.params))


def compile_flags(nodes: list[Node], scope: Scope) -> CompiledRule:
    """Return a statement of (contact id, one boolean per node) for the contacts the scope is limited to."""
    columns = [Sql("c.id"), *(fill("({}) IS TRUE", compile_node(node, scope)) for node in nodes)]
    statement = fill(
        f"SELECT {{}} FROM {tables.CONTACTS} c WHERE {{}}", join(", ", columns), both(scope.own_rows("c", "id"))
    )
    return CompiledRule(statement.text, list(statement.params))


def compile_counts(nodes: list[Node], scope: Scope) -> CompiledRule:
    """Return a statement of one row: how many contacts each node holds for, and last all contacts."""
    columns = [fill("count(*) FILTER (WHERE {})", compile_node(node, scope, in_chain=False)) for node in nodes]
    statement = fill(
        f"SELECT {{}} FROM {tables.CONTACTS} c WHERE {{}}",
        join(", ", [*columns, Sql("count(*)")]),
        both(scope.own_rows("c", "id")),
    )
    return CompiledRule(statement.text, list(statement.params))


def compile_node(node: Node, scope: Scope, *, negated: bool = False, in_chain: bool = True) -> Sql:
    """Return the test of a node about the contact `c`.

    `negated` asks for its complement: "not" is pushed down to the leaves. `in_chain` says that the test
    stands in the top chain of ANDs, where the planner can turn NOT EXISTS into an anti-join.
    """
    if "not" in node:
        return compile_node(node["not"], scope, negated=not negated, in_chain=in_chain)
    for group in ("all", "any"):
        if group in node:
            is_and = (group == "all") != negated
            parts = [compile_node(child, scope, negated=negated, in_chain=in_chain and is_and) for child in node[group]]
            return fill("({})", both(parts)) if is_and else either(parts)
    if node["kind"] == "segment":
        inner = scope.registry.segments[node["key"]]
        return compile_node(inner["where"], scope, negated=negated, in_chain=in_chain)
    compiled = _compile_leaf(node, scope)
    if isinstance(compiled, IdSet):
        return _membership(compiled, negated, in_chain)
    return negate(compiled) if negated else fill("({})", compiled)


def _membership(ids: IdSet, negated: bool, in_chain: bool) -> Sql:
    if ids.is_complement == negated:
        return fill("c.id IN ({})", ids.select)
    if in_chain:
        return fill("NOT EXISTS (SELECT 1 FROM ({}) AS x(contact_id) WHERE x.contact_id = c.id)", ids.select)
    # Under OR the sub-select runs once as a hashed sub-plan.
    return fill("(c.id IN ({})) IS NOT TRUE", ids.select)


def _compile_leaf(leaf: Node, scope: Scope) -> Sql | IdSet:
    return _LEAVES[leaf["kind"]](leaf, scope)


def _compile_attribute(leaf: Node, scope: Scope) -> Sql | IdSet:
    def source(alias: str) -> Source:
        value_type = scope.registry.attributes[leaf["key"]]
        return json_source(value_type, f"{alias}.attributes", f"{alias}.folded", leaf["key"])

    return _compile_own_value(leaf, scope, source)


def _compile_contact(leaf: Node, scope: Scope) -> Sql | IdSet:
    def source(alias: str) -> Source:
        return contact_source(leaf["field"], alias, scope.registry.zones)

    return _compile_own_value(leaf, scope, source)


def _compile_own_value(leaf: Node, scope: Scope, source: Callable[[str], Source]) -> Sql | IdSet:
    """Test the contact's own row; a window in the contact's zone needs a join, hence a sub-select."""
    window = leaf.get("value") if leaf["op"] == "within" else None
    if not window or window.get("zone") != "contact":
        return condition_sql(source("c"), leaf, Place(scope, person="c"))
    person = scope.alias("p")
    place = Place(scope, person=person)
    tests = [*scope.own_rows(person, "id"), condition_sql(source(person), leaf, place)]
    return IdSet(
        fill(f"SELECT {person}.id FROM {tables.CONTACTS} {person}{{}} WHERE {{}}", joins_of(place), both(tests))
    )


_LEAVES: dict[str, Callable[[Node, Scope], Sql | IdSet]] = {
    "everyone": lambda leaf, scope: TRUE,
    "attribute": _compile_attribute,
    "contact": _compile_contact,
    "address": compile_address,
    "consent": compile_consent,
    "event": compile_event,
    "sequence": compile_sequence,
    "engagement": compile_engagement,
    "list": compile_list,
    "flow": compile_flow,
    "anniversary": lambda leaf, scope: compile_anniversary(leaf, scope, "c"),
    "bucket": lambda leaf, scope: compile_bucket(leaf, "c"),
}
