"""A rule becomes one SQL statement that selects contact ids.

Every value is a bound parameter, keys too; the text of the SQL comes from this package alone. Every
sub-select carries the workspace. Rules must be valid for the registry (`validate_rule`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from segments.language import tables
from segments.language.compile_days import compile_anniversary, compile_bucket
from segments.language.compile_events import compile_event, compile_sequence
from segments.language.compile_records import compile_flow, compile_list, compile_tags
from segments.language.compile_sets import IdSet, compile_address, compile_consent, compile_engagement, joins_of
from segments.language.compile_values import Source, condition_sql, contact_source, json_source
from segments.language.dependencies import expanded_leaves
from segments.language.registry import Node, Registry, Rule
from segments.language.scope import Place, Scope
from segments.language.sql import FENCE, TRUE, Sql, bind, both, either, fill, join, negate
from segments.language.words import VERSION

# What stands in the contact's own row. Reading it is shared by two processes as it is.
_OWN = frozenset({"everyone", "attribute", "contact", "anniversary", "bucket"})


@dataclass(frozen=True)
class CompiledRule:
    """A statement selecting one bigint column of contact ids, each once; and its parameters in order.

    `is_halved` says that it is made of two halves, for two processes.
    """

    sql: str
    params: list[Any]
    is_halved: bool = False


def compile_rule(rule: Rule, scope: Scope) -> CompiledRule:
    """Return the statement that selects the contacts a valid rule holds for."""
    statement = _select(rule, scope)
    return CompiledRule(statement.text, list(statement.params))


def _select(rule: Rule, scope: Scope) -> Sql:
    chain = chain_of(rule["where"], scope)
    if scope.is_half and chain.has_tests and chain.has_positive_sets:
        return _select_from_sets(chain, scope)
    # Who is only counted, or looked up in sets, stands in an index of contacts.
    people, limits = _people(scope, tables.PROFILES if chain.has_tests else tables.CONTACTS)
    tests = [*limits, *chain.tests, *_set_tests(chain.sets, "c.id", scope)]
    joins = _joins(chain.once, "c.id", scope)
    if not chain.dear_tests or not scope.is_half:
        return fill("SELECT c.id FROM {} c{} WHERE {}", people, joins, both([*tests, *chain.dear_tests]))
    # The planner asks every test of a row before it joins anything; the fence keeps dear ones for whoever is left. The
    # order has the joins made along indexes: in memory they would hold the documents of everybody, which is what two
    # processes that share a whole would choose.
    left = fill(f"SELECT c.* FROM {{}} c{{}} WHERE {{}} ORDER BY c.id {FENCE}", people, joins, both(tests))
    return fill("SELECT c.id FROM ({}) AS c WHERE {}", left, both(chain.dear_tests))


def _select_from_sets(chain: Chain, scope: Scope) -> Sql:
    """Ask the sets first, and then the rows of whoever is in all of them.

    An array of their ids is followed along the key from page to page, so nobody else's row is read, and none is looked
    up by itself. The fence keeps dear tests for whoever has passed all others.
    """
    asked = fill("c.id = ANY(ARRAY({}))", _in_sets(chain, scope))
    tests = [asked, fill("c.workspace_id = {}", bind(scope.workspace_id, "bigint")), *chain.tests]
    rows = fill(f"SELECT c.* FROM {tables.PROFILES} c WHERE {{}} {FENCE}", both(tests))
    return fill("SELECT c.id FROM ({}) AS c WHERE {}", rows, both(chain.dear_tests))


def _people(scope: Scope, table: str) -> tuple[Sql, list[Sql]]:
    """Return whose rows of a table a rule is asked of, and the tests that limit them where they do not yet.

    Where a table names them their rows are found first (fenced off): a test whose sub-selects the planner cannot weigh
    would otherwise have it read everybody.
    """
    if not scope.contact_table:
        return Sql(table), scope.own_rows("c", "id")
    named = fill(f"(SELECT p.* FROM {table} p WHERE {{}} {FENCE})", both(scope.own_rows("p", "id")))
    return named, []


def compile_count(rule: Rule, scope: Scope, middle: int | None = None) -> CompiledRule:
    """Return a statement of one row with one column: for how many contacts a valid rule holds.

    `middle` is the id of a contact: those up to it and those behind it are counted apart, so that two processes share
    all of the work, where otherwise each would gather every set for itself.
    """
    if middle is None or is_one_table(rule["where"], scope):
        statement = _count(rule, scope)
        return CompiledRule(statement.text, list(statement.params))
    halves = [
        fill("{} GROUP BY ()", _count(rule, half))
        for half in (replace(scope, up_to=middle), replace(scope, after=middle))
    ]
    statement = fill("SELECT sum(number)::bigint FROM ({} UNION ALL {}) AS halves(number)", *halves)
    return CompiledRule(statement.text, list(statement.params), is_halved=True)


def is_one_table(node: Node, scope: Scope) -> bool:
    """Say whether a rule reads a single table row by row, which two processes share as it is.

    An index that is not in the order of contacts would be read through for each half.
    """
    if not looks_into_sets([node], scope.registry):
        return True
    chain = chain_of(node, scope)
    return len(chain.once) == 1 and not (chain.has_tests or chain.sets or chain.once[0].is_grouped)


def looks_into_sets(nodes: Iterable[Node], registry: Registry) -> bool:
    """Say whether valid nodes ask about more than the contact's own row."""
    return bool(count_look_ups(nodes, registry))


def count_look_ups(nodes: Iterable[Node], registry: Registry) -> int:
    """Return how many different sentences of valid nodes ask about more than the contact's own row."""
    leaves = (leaf for node in nodes for leaf in expanded_leaves({"version": VERSION, "where": node}, registry))
    return len({repr(leaf) for leaf in leaves if leaf["kind"] not in _OWN})


def _count(rule: Rule, scope: Scope) -> Sql:
    """A rule made only of sets is answered from them. Nothing in them outlives its contact (docs/adr/0016)."""
    chain = chain_of(rule["where"], scope)
    if chain.has_tests or not chain.has_positive_sets:
        return fill("SELECT count(*) FROM ({}) AS audience", _select(rule, scope))
    if len(chain.once) == 1 and not chain.sets:
        # Counted piece by piece: putting them together takes half as long again as walking along an index.
        counts = [fill("SELECT count(*) FROM ({}) AS f", piece) for piece in chain.once[0].pieces]
        if len(counts) > 1:
            return fill("SELECT sum(number)::bigint FROM ({}) AS pieces(number)", join(" UNION ALL ", counts))
    return fill("SELECT count(*) FROM ({}) AS f", _in_sets(chain, scope))


def _in_sets(chain: Chain, scope: Scope) -> Sql:
    """Select who is in all sets of a chain, by their tables alone; one set at least is no complement."""
    once, sets = list(chain.once), list(chain.sets)
    if once:
        first = once.pop(0).select
    else:
        positive = next(one for one in sets if not one.is_complement)
        sets.remove(positive)
        first = fill("SELECT DISTINCT d.contact_id FROM ({}) AS d(contact_id)", positive.select)
    return fill(
        "SELECT f.contact_id FROM ({}) AS f(contact_id){} WHERE {}",
        first,
        _joins(once, "f.contact_id", scope),
        both(_set_tests(sets, "f.contact_id", scope)),
    )


@dataclass(frozen=True)
class DearTest:
    """A test of a row that looks into whole sets: one way of several to pass."""

    test: Sql


@dataclass
class Chain:
    """What a rule asks of a contact all at once.

    `once` are sets to be joined, `sets` those that are only looked into, `tests` everything about the row itself.
    `dear_tests` look into sets, too, because other ways lead past these.
    """

    tests: list[Sql] = field(default_factory=list)
    dear_tests: list[Sql] = field(default_factory=list)
    once: list[IdSet] = field(default_factory=list)
    sets: list[IdSet] = field(default_factory=list)

    @property
    def has_tests(self) -> bool:
        """Whether anything is asked of the row itself."""
        return bool(self.tests or self.dear_tests)

    @property
    def has_positive_sets(self) -> bool:
        """Whether somebody has to be in a set, so that sets alone tell whom to ask."""
        return bool(self.once) or any(not one.is_complement for one in self.sets)

    def add(self, part: Sql | IdSet | DearTest) -> None:
        """Sort a part in; what always holds adds nothing."""
        if isinstance(part, IdSet):
            (self.once if part.is_once and not part.is_complement else self.sets).append(part)
        elif isinstance(part, DearTest):
            self.dear_tests.append(part.test)
        elif part != TRUE:
            self.tests.append(fill("({})", part))


def chain_of(node: Node, scope: Scope) -> Chain:
    """Return the top chain of ANDs of a node, whatever groups it is written in."""
    chain = Chain()
    for part in _parts(node, scope, negated=False):
        chain.add(part)
    return chain


def _parts(node: Node, scope: Scope, *, negated: bool) -> Iterator[Sql | IdSet | DearTest]:
    if "not" in node:
        yield from _parts(node["not"], scope, negated=not negated)
    elif "all" in node or "any" in node:
        group = "all" if "all" in node else "any"
        if (group == "all") != negated:
            for child in node[group]:
                yield from _parts(child, scope, negated=negated)
        else:
            yield _alternatives(node[group], scope, negated=negated)
    elif node["kind"] == "segment":
        yield from _parts(scope.registry.segments[node["key"]]["where"], scope, negated=negated)
    else:
        yield _complement(_compile_leaf(node, scope), negated=negated)


def _alternatives(children: list[Node], scope: Scope, *, negated: bool) -> Sql | IdSet | DearTest:
    """Sets of which one is enough are one set; anything else is a test."""
    parts = [list(_parts(child, scope, negated=negated)) for child in children]
    sets = [part[0] for part in parts if len(part) == 1 and isinstance(part[0], IdSet) and not part[0].is_complement]
    if len(sets) == len(parts):
        return sets[0] if len(sets) == 1 else IdSet(join(" UNION ALL ", [one.select for one in sets]))
    test = either(compile_node(child, scope, negated=negated, in_chain=False) for child in children)
    return test if all(isinstance(one, Sql) for part in parts for one in part) else DearTest(test)


def _complement(part: Sql | IdSet, *, negated: bool) -> Sql | IdSet:
    if not negated:
        return part
    return replace(part, is_complement=not part.is_complement) if isinstance(part, IdSet) else negate(part)


def _joins(sets: Iterable[IdSet], contact: str, scope: Scope) -> Sql:
    """Join sets that hold a contact at most once, so that the planner may begin with any of them."""
    joins = []
    for one in sets:
        alias = scope.alias("j")
        joins.append(fill(f" JOIN ({{}}) AS {alias}(contact_id) ON {alias}.contact_id = {contact}", one.select))
    return join("", joins)


def _set_tests(sets: Iterable[IdSet], contact: str, scope: Scope) -> list[Sql]:
    tests = []
    for one in sets:
        if one.is_complement:
            alias = scope.alias("x")
            absent = f"NOT EXISTS (SELECT 1 FROM ({{}}) AS {alias}(contact_id) WHERE {alias}.contact_id = {contact})"
            tests.append(fill(absent, one.select))
        else:
            tests.append(fill(f"{contact} IN ({{}})", one.select))
    return tests


def compile_flags(nodes: list[Node], scope: Scope) -> CompiledRule:
    """Return a statement of (contact id, one boolean per node) for the contacts the scope is limited to."""
    columns = [Sql("c.id"), *(fill("({}) IS TRUE", compile_node(node, scope)) for node in nodes)]
    statement = fill(
        f"SELECT {{}} FROM {tables.PROFILES} c WHERE {{}}", join(", ", columns), both(scope.own_rows("c", "id"))
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
        fill(f"SELECT {person}.id FROM {tables.PROFILES} {person}{{}} WHERE {{}}", joins_of(place), both(tests))
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
    "tags": compile_tags,
    "flow": compile_flow,
    "anniversary": lambda leaf, scope: compile_anniversary(leaf, scope, "c"),
    "bucket": lambda leaf, scope: compile_bucket(leaf, "c"),
}
