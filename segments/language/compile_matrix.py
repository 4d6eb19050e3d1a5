"""Several rules asked at once: every leaf of all of them is tested once per contact, then put together."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace

from segments.language import tables
from segments.language.compile import CompiledRule, compile_node, looks_into_sets
from segments.language.registry import Node
from segments.language.scope import Scope
from segments.language.sql import FENCE, TRUE, Sql, bind, both, either, fill, join

# The people a sample is drawn from, by their seeds: one sixteenth of all, as the index contact_sample has it.
SAMPLE_SEEDS = 2**27


@dataclass
class Matrix:
    """The leaves of some nodes as columns of booleans."""

    scope: Scope
    columns: dict[str, Sql] = field(default_factory=dict)

    def test(self, node: Node) -> Sql:
        """Return a node as an expression over the columns; leaves are two-valued, so plain NOT is right."""
        if "not" in node:
            return fill("(NOT {})", self.test(node["not"]))
        if "all" in node:
            return fill("({})", both(self.test(child) for child in node["all"]))
        if "any" in node:
            return either(self.test(child) for child in node["any"])
        if node["kind"] == "segment":
            return self.test(self.scope.registry.segments[node["key"]]["where"])
        return Sql(f"m.{self._column(node)}")

    def _column(self, leaf: Node) -> str:
        key = json.dumps(leaf, sort_keys=True, default=repr)
        if key not in self.columns:
            name = Sql(f"l{len(self.columns)}")
            self.columns[key] = fill("({}) IS TRUE AS {}", compile_node(leaf, self.scope, in_chain=False), name)
        return f"l{list(self.columns).index(key)}"

    def rows(self, people: list[Sql], table: str = tables.PROFILES) -> Sql:
        """Return the sub-select of all columns for the people `c` of a table who pass; ask after the tests are written.

        The fence keeps the planner from testing a leaf again wherever its column is named.
        """
        columns = [Sql("c.id"), Sql("c.bucket_seed"), *self.columns.values()]
        select = f"SELECT {{}} FROM {table} c WHERE {{}} {FENCE}"
        return fill(select, join(", ", columns), both(people))


def compile_counts(nodes: list[Node], scope: Scope, middle: int | None = None) -> CompiledRule:
    """Return a statement of one row: how many contacts each node holds for, and last all contacts.

    `middle` is the id of a contact: those up to it and those behind it are counted apart, as by `compile_count`.
    """
    if middle is None or not looks_into_sets(nodes, scope.registry):
        statement = _counts(nodes, scope)
        return CompiledRule(statement.text, list(statement.params))
    names = [f"n{number}" for number in range(len(nodes) + 1)]
    statement = fill(
        f"SELECT {', '.join(f'sum({name})::bigint' for name in names)}"
        f" FROM ({{}} GROUP BY () UNION ALL {{}} GROUP BY ()) AS halves({', '.join(names)})",
        _counts(nodes, replace(scope, up_to=middle)),
        _counts(nodes, replace(scope, after=middle)),
    )
    return CompiledRule(statement.text, list(statement.params), is_halved=True)


def _counts(nodes: list[Node], scope: Scope) -> Sql:
    matrix = Matrix(scope)
    counts = [_count_of(matrix.test(node)) for node in nodes]
    rows = matrix.rows(scope.own_rows("c", "id"))
    return fill("SELECT {} FROM ({}) AS m", join(", ", [*counts, Sql("count(*)")]), rows)


def compile_sample(nodes: list[Node], scope: Scope, *, seeds: int | None, faces: int, mix: int) -> CompiledRule:
    """Return a statement of one row about the people whose seed is below `seeds` (at most SAMPLE_SEEDS), or all.

    It holds how many of them each node holds for, how many they are, and ids of up to `faces` people the first node
    holds for, whom `mix`, any number, picks.
    """
    matrix = Matrix(replace(scope, contact_column="c.id"))
    tests = [matrix.test(node) for node in nodes]
    picked = fill(
        "(array_agg(m.id ORDER BY (m.bucket_seed * {}) %% {}) FILTER (WHERE {}))[1:{}]",
        bind(mix, "bigint"),
        bind(2**31 - 1, "bigint"),
        tests[0],
        bind(faces, "integer"),
    )
    drawn = [fill("c.workspace_id = {}", bind(scope.workspace_id, "bigint"))]
    if seeds is not None:
        # The second says to the planner that the index has them all.
        drawn += [fill("c.bucket_seed < {}", bind(seeds, "integer")), Sql(f"c.bucket_seed < {SAMPLE_SEEDS}")]
    statement = fill(
        "SELECT {}, count(*), {} FROM ({}) AS m",
        join(", ", [_count_of(test) for test in tests]),
        picked,
        # Contacts have the index of the seeds.
        matrix.rows(drawn) if seeds is None else matrix.rows(drawn, tables.CONTACTS),
    )
    return CompiledRule(statement.text, list(statement.params))


def _count_of(test: Sql) -> Sql:
    return Sql("count(*)") if test == TRUE else fill("count(*) FILTER (WHERE {})", test)
