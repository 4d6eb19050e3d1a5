"""However a rule is asked - people, their number, many rules at once, a part of all people - the answer is the same."""

from datetime import datetime

import pytest
from django.db import connection

from contacts.models import Contact
from segments.language.compile import compile_count, compile_rule
from segments.language.compile_matrix import compile_counts, compile_sample
from segments.language.scope import Scope
from tests.segments import vectors

pytestmark = pytest.mark.django_db
NOW = datetime.fromisoformat(vectors.load()["universe"]["now"])
CASES = vectors.load()["rules"]
EVERYONE = len(vectors.load()["universe"]["contacts"])


def rows(compiled):
    with connection.cursor() as cursor:
        cursor.execute(compiled.sql, compiled.params)
        return cursor.fetchall()


def scope_of(universe):
    workspace, registry = universe
    return Scope(workspace.id, NOW, registry)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_number_is_that_of_the_members(universe, case):
    scope, where = scope_of(universe), case["rule"]["where"]
    assert rows(compile_count(case["rule"], scope)) == [(len(case["members"]),)]
    negated = {"version": 1, "where": {"not": where}}
    assert rows(compile_count(negated, scope)) == [(EVERYONE - len(case["members"]),)]
    twice = {"version": 1, "where": {"all": [where, {"any": [where, where]}, {"kind": "everyone"}]}}
    assert rows(compile_count(twice, scope)) == [(len(case["members"]),)]
    assert len(rows(compile_rule(twice, scope))) == len(case["members"])


def middles(universe):
    """Somebody in the middle, the first and the last, and nobody at all."""
    workspace, _registry = universe
    ids = list(Contact.objects.in_workspace(workspace).order_by("id").values_list("id", flat=True))
    return ids[len(ids) // 2], ids[0] - 1, ids[-1]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_halves_make_a_whole(universe, case):
    negated = {"version": 1, "where": {"not": case["rule"]["where"]}}
    for middle in middles(universe):
        scope = scope_of(universe)
        assert rows(compile_count(case["rule"], scope, middle)) == [(len(case["members"]),)]
        assert rows(compile_count(negated, scope, middle)) == [(EVERYONE - len(case["members"]),)]


@pytest.mark.parametrize("start", range(0, len(CASES), 25))
def test_many_rules_at_once_are_counted_as_one_by_one(universe, start):
    some = CASES[start : start + 25]
    nodes = [case["rule"]["where"] for case in some]
    expected = [len(case["members"]) for case in some]
    assert rows(compile_counts(nodes, scope_of(universe))) == [(*expected, EVERYONE)]
    for middle in middles(universe):
        assert rows(compile_counts(nodes, scope_of(universe), middle)) == [(*expected, EVERYONE)]


@pytest.mark.parametrize("case", CASES[::4], ids=lambda case: case["id"])
def test_part_of_all_people_counts_only_itself(universe, case):
    workspace, _registry = universe
    scope, where = scope_of(universe), case["rule"]["where"]
    [(everyone, total, faces)] = rows(compile_sample([where], scope, seeds=None, faces=3, mix=7))
    assert (everyone, total, len(faces or ())) == (len(case["members"]), EVERYONE, min(len(case["members"]), 3))
    members = [row[0] for row in rows(compile_rule(case["rule"], scope_of(universe)))]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM contacts_contact WHERE workspace_id = %s AND bucket_seed < %s", [workspace.pk, 2**26]
        )
        part = {row[0] for row in cursor.fetchall()}
    [(some, asked, _faces)] = rows(compile_sample([where], scope, seeds=2**26, faces=3, mix=7))
    assert (some, asked) == (len(part & set(members)), len(part))
