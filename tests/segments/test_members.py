"""Every rule of the vectors selects exactly its members from a real PostgreSQL."""

import re
from datetime import datetime

import pytest
from django.db import connection

from contacts.models import Contact
from segments.language import tables
from segments.language.compile import compile_rule
from segments.language.scope import Scope
from tests.segments import vectors

NOW = datetime.fromisoformat(vectors.load()["universe"]["now"])
RULES = vectors.load()["rules"]
NAMES = "|".join(value for name, value in vars(tables).items() if name.isupper() and "_" in value)
TABLE = re.compile(rf"(?:FROM|JOIN) ({NAMES}) (\w+)")
QUOTED = re.compile("'([^']*)'")
OUR_WORDS = {"granted", "human", "number", "boolean", "array", "currency", "amount", "[]", "", "C", "YYYY-MM-DD"}


def members(rule, universe, now=NOW, only=None):
    workspace, registry = universe
    compiled = compile_rule(rule, Scope(workspace.id, now, registry, only))
    with connection.cursor() as cursor:
        cursor.execute(compiled.sql, compiled.params)
        found = [row[0] for row in cursor.fetchall()]
    assert len(set(found)) == len(found)
    return sorted(Contact.objects.filter(pk__in=found).values_list("external_id", flat=True))


@pytest.mark.django_db
@pytest.mark.parametrize("case", RULES, ids=lambda case: f"{case['id']} {case['text'][:60]}")
def test_rule_selects_its_members(universe, case):
    assert members(case["rule"], universe) == case["members"]


@pytest.mark.django_db
@pytest.mark.parametrize("case", RULES, ids=lambda case: case["id"])
def test_not_selects_everyone_else(universe, case):
    everyone = members({"version": 1, "where": {"kind": "everyone"}}, universe)
    others = members({"version": 1, "where": {"not": case["rule"]["where"]}}, universe)
    assert others == sorted(set(everyone) - set(case["members"]))


@pytest.mark.django_db
@pytest.mark.parametrize("case", RULES[::5], ids=lambda case: case["id"])
def test_rule_limited_to_some_contacts_selects_those_members(universe, case):
    some = tuple(Contact.objects.filter(workspace=universe[0], external_id__gte="c30").values_list("id", flat=True))
    assert members(case["rule"], universe, only=some) == [name for name in case["members"] if name >= "c30"]


@pytest.mark.django_db
@pytest.mark.parametrize("case", vectors.load()["changes"], ids=lambda case: case["text"])
def test_clock_alone_moves_people(universe, case):
    before = set(members(case["rule"], universe))
    after = set(members(case["rule"], universe, now=datetime.fromisoformat(case["at"])))
    assert (sorted(after - before), sorted(before - after)) == (case["entered"], case["left"])


@pytest.mark.parametrize("case", RULES, ids=lambda case: case["id"])
def test_every_table_is_read_for_one_workspace_and_every_value_is_bound(case):
    registry = vectors.registry()
    for only in (None, (1, 2)):
        compiled = compile_rule(case["rule"], Scope(4711, NOW, registry, only))
        read = TABLE.findall(compiled.sql)
        assert read
        assert [alias for _table, alias in read if f"{alias}.workspace_id = %s" not in compiled.sql] == []
        assert compiled.params.count(4711) >= len(read)
        # What stands in the SQL itself are our own words.
        assert set(QUOTED.findall(compiled.sql)) <= OUR_WORDS


@pytest.mark.django_db
@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "America/St_Johns"])
def test_session_time_zone_does_not_matter(universe, zone):
    cases = [
        case for case in RULES if "zone" in case["text"] or "anniversary" in case["text"] or " in " in case["text"]
    ]
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('timezone', %s, true)", [zone])
    assert [members(case["rule"], universe) for case in cases] == [case["members"] for case in cases]
