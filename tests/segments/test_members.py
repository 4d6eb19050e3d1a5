"""Every rule of the vectors selects exactly its members from a real PostgreSQL."""

from datetime import datetime

import pytest
from django.db import connection

from contacts.models import Contact
from segments.language.compile import compile_rule
from segments.language.scope import Scope
from tests.segments import vectors

NOW = datetime.fromisoformat(vectors.load()["universe"]["now"])
RULES = vectors.load()["rules"]


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


@pytest.mark.django_db
@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "America/St_Johns"])
def test_session_time_zone_does_not_matter(universe, zone):
    cases = [
        case for case in RULES if "zone" in case["text"] or "anniversary" in case["text"] or " in " in case["text"]
    ]
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('timezone', %s, true)", [zone])
    assert [members(case["rule"], universe) for case in cases] == [case["members"] for case in cases]
