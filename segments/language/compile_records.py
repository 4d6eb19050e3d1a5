"""Leaves about records beside the contact: being on a list, having tags, and what was answered in a flow."""

from __future__ import annotations

from typing import Any

from contacts.search_words import ANY_TAG, marks_query
from segments.language import tables
from segments.language.compile_sets import IdSet, compare_numbers, instant_tests, joins_of, select_ids
from segments.language.compile_values import condition_sql, json_source
from segments.language.registry import Node
from segments.language.scope import Place, Scope
from segments.language.sql import Sql, bind, both, fill
from segments.language.values import to_decimal
from segments.language.words import NEGATIVES

COMPLETED = ("completed",)


def compile_list(leaf: Node, scope: Scope) -> IdSet:
    """Return who is on the list, added in the window; each contact is on it at most once."""
    row = scope.alias("m")
    place = Place(scope, f"{row}.contact_id")
    tests = [*list_tests(row, leaf, scope), *instant_tests(Sql(f"{row}.added_at"), leaf.get("added"), place)]
    return IdSet(select_ids(tables.LIST_MEMBERS, row, tests, place), is_once=True)


def compile_tags(leaf: Node, scope: Scope) -> IdSet:
    """Return who has the tags, by the marks that the index of words keeps of them: folded, like texts."""
    row = scope.alias("t")
    operator = NEGATIVES.get(leaf["op"], leaf["op"])
    if operator == "is_set":
        query = ANY_TAG
    else:
        query = (" & " if operator == "has_all" else " | ").join(marks_query(tags=[tag]) for tag in leaf["value"])
    tests = [*scope.own_rows(row, "id"), fill(f"{row}.search @@ {{}}", bind(query, "tsquery"))]
    select = fill(f"SELECT {row}.id FROM {tables.CONTACTS} {row} WHERE {{}}", both(tests))
    return IdSet(select, is_once=True, is_complement=leaf["op"] in NEGATIVES)


def compile_flow(leaf: Node, scope: Scope) -> IdSet:
    """Return who has a submission, or whose latest is one, that passes everything."""
    if leaf.get("pick", "any") == "last":
        return _compile_latest(leaf, scope)
    row = scope.alias("u")
    place = Place(scope, f"{row}.contact_id")
    tests = [
        *submission_tests(row, leaf, scope),
        _status_test(row, leaf),
        *_content_tests(row, leaf, scope, place),
    ]
    return IdSet(select_ids(tables.SUBMISSIONS, row, tests, place))


def _compile_latest(leaf: Node, scope: Scope) -> IdSet:
    """Of those with such a status only the latest counts, whatever its outcome and answers."""
    row, picked = scope.alias("u"), scope.alias("l")
    latest = fill(
        f"(SELECT DISTINCT ON ({row}.contact_id) {row}.contact_id, {row}.at, {row}.outcome, {row}.score,"
        f" {row}.answers, {row}.folded FROM {tables.SUBMISSIONS} {row} WHERE {{}}"
        f" ORDER BY {row}.contact_id, {row}.at DESC, {row}.id DESC)",
        both([*submission_tests(row, leaf, scope), _status_test(row, leaf)]),
    )
    place = Place(scope, f"{picked}.contact_id")
    tests = _content_tests(picked, leaf, scope, place)
    return IdSet(
        fill(f"SELECT {picked}.contact_id FROM {{}} {picked}{{}} WHERE {{}}", latest, joins_of(place), both(tests)),
        is_once=True,
    )


def list_tests(row: str, leaf: Node, scope: Scope) -> list[Sql]:
    """Return the tests that a row says somebody is on the list."""
    number = bind(scope.registry.lists[leaf["key"]], "bigint")
    return [*scope.own_rows(row), fill(f"{row}.list_id = {{}}", number)]


def submission_tests(row: str, leaf: Node, scope: Scope) -> list[Sql]:
    """Return the tests of a submission in the flow, finished or not, that has happened by now."""
    number = bind(scope.registry.flows[leaf["flow"]].number, "bigint")
    return [
        *scope.own_rows(row),
        fill(f"{row}.flow_id = {{}}", number),
        fill(f"{row}.at <= {{}}", bind(scope.now, "timestamptz")),
    ]


def _status_test(row: str, leaf: Node) -> Sql:
    return fill(f"{row}.status = ANY({{}})", bind(list(leaf.get("status", COMPLETED)), "text[]"))


def _content_tests(row: str, leaf: Node, scope: Scope, place: Place) -> list[Sql]:
    """Outcome, score, answers and time; without a score no comparison with it holds, not even "is not"."""
    types = scope.registry.flows[leaf["flow"]].answers
    tests = []
    if "outcome" in leaf:
        tests.append(fill(f"{row}.outcome = ANY({{}})", bind(leaf["outcome"], "text[]")))
    if "score" in leaf:
        wanted: Any = leaf["score"]["value"]
        value = [to_decimal(end) for end in wanted] if isinstance(wanted, list) else to_decimal(wanted)
        tests.append(compare_numbers(Sql(f"{row}.score"), leaf["score"]["op"], value, "numeric"))
    for one in leaf.get("where", ()):
        source = json_source(types[one["key"]], f"{row}.answers", f"{row}.folded", one["key"])
        tests.append(condition_sql(source, one, place))
    return [*tests, *instant_tests(Sql(f"{row}.at"), leaf.get("window"), place)]
