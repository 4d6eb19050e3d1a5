"""The SQL and a plain reading of the same rule agree about random people (`oracle`, `random_world`, `random_rules`).

`SEGMENT_WORLDS` and `SEGMENT_RULES` say how many universes to fill and how many rules to ask of each;
`SEGMENT_FIRST` numbers the first universe, so that a long run can go on where the last one ended.
"""

import dataclasses
import os
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segments.explain import explain_rule
from segments.language.canonical import canonical_rule
from segments.language.compile import compile_count, compile_rule
from segments.language.compile_matrix import compile_counts, compile_sample
from segments.language.scope import Scope
from segments.language.text_parser import parse_text
from segments.language.text_printer import print_rule
from segments.language.validate import validate_rule
from segments.services.saving import storable_rule
from tests.segments import vectors
from tests.segments.random_rules import engagements, rules
from tests.segments.random_world import REGISTRY, make_universe
from tests.segments.worlds import World

FIRST = int(os.environ.get("SEGMENT_FIRST", "1"))
WORLDS = int(os.environ.get("SEGMENT_WORLDS", "2"))
RULES = int(os.environ.get("SEGMENT_RULES", "30"))
SESSION_ZONES = ["UTC", "Pacific/Kiritimati", "America/St_Johns"]


@pytest.fixture(scope="module", params=range(FIRST, FIRST + WORLDS))
def world(request, django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        loaded = World(request.param)
        yield loaded
        loaded.workspace.delete()


def members(rule, scope, names):
    compiled = compile_rule(rule, scope)
    with connection.cursor() as cursor:
        cursor.execute(compiled.sql, compiled.params)
        found = [names[row[0]] for row in cursor.fetchall()]
    assert len(found) == len(set(found))
    return sorted(found)


def asked(compiled):
    with connection.cursor() as cursor:
        cursor.execute(compiled.sql, compiled.params)
        return cursor.fetchone()


@pytest.mark.django_db
@settings(max_examples=RULES, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
@given(rules(), st.integers(0, 2), st.integers(0, 39), st.sampled_from(SESSION_ZONES))
def test_database_and_plain_reading_agree(world, drawn, when, one, session_zone):
    rule, segments = drawn
    registry = world.registry(segments)
    assert validate_rule(rule, registry) == []
    scope = Scope(world.workspace.id, world.data["nows"][when], registry)
    oracle = world.oracle(segments, scope.now, registry.zones)
    names = {contact.pk: contact.external_id for contact in world.contacts}
    expected = oracle.members(rule)
    denied = {"version": 1, "where": {"not": rule["where"]}}
    some = tuple(contact.pk for contact in world.contacts[one : one + 3])
    limited = dataclasses.replace(scope, contact_ids=some)

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('timezone', %s, true)", [session_zone])
        assert members(rule, scope, names) == expected
        assert members(denied, scope, names) == sorted(set(names.values()) - set(expected))
        assert members(rule, limited, names) == sorted(set(expected) & {names[pk] for pk in some})
        parts = [rule["where"], *rule["where"].get("all", ()), *rule["where"].get("any", ())]
        counts = [len(oracle.members({"version": 1, "where": part})) for part in parts]
        middle = world.contacts[one].pk
        assert asked(compile_count(rule, scope)) == asked(compile_count(rule, scope, middle)) == (len(expected),)
        assert asked(compile_counts(parts, scope)) == (*counts, len(names))
        assert asked(compile_counts(parts, scope, middle)) == (*counts, len(names))
        *found, faces = asked(compile_sample(parts, scope, seeds=None, faces=4, mix=7))
        assert found == [*counts, len(names)]
        assert len(faces or ()) == min(4, counts[0])
        assert {names[pk] for pk in faces or ()} <= set(expected)
        # Django reads instants as if the session were in UTC, where it puts every connection.
        cursor.execute("SELECT set_config('timezone', 'UTC', true)")
        trees = explain_rule(rule, scope, world.contacts[one : one + 1])
    assert trees[world.contacts[one].pk].as_dict() == oracle.tree(rule["where"], world.data["contacts"][one])
    text = print_rule(rule)
    # Stored, a number is a number however it was written.
    assert storable_rule(parse_text(text)) == storable_rule(rule)
    assert print_rule(parse_text(text)) == text


@pytest.fixture(scope="module")
def often(django_db_setup, django_db_blocker):
    """People who open and click again and again, until now."""
    data = make_universe(3, repeats=5)
    moment = max(data["nows"])
    data["engagements"] = [fact for fact in data["engagements"] if datetime.fromisoformat(fact["at"]) <= moment]
    with django_db_blocker.unblock():
        loaded = World(3, data)
        yield loaded
        loaded.workspace.delete()


@pytest.mark.django_db
@settings(max_examples=RULES, deadline=None, suppress_health_check=list(HealthCheck))
@given(engagements().filter(lambda leaf: {"last", "over"} & set(leaf.get("window", {"last": 1}))))
def test_windows_up_to_now_and_of_long_ago_are_exact_for_what_repeats(often, leaf):
    scope = Scope(often.workspace.id, max(often.data["nows"]), often.registry({}))
    rule = {"version": 1, "where": leaf}
    names = {contact.pk: contact.external_id for contact in often.contacts}
    assert members(rule, scope, names) == often.oracle({}, scope.now, scope.registry.zones).members(rule)


@settings(max_examples=RULES, deadline=None, suppress_health_check=list(HealthCheck))
@given(rules())
def test_canonical_form_asks_the_same(drawn):
    rule, segments = drawn
    universe = {"workspace": {"zone": "Europe/Berlin"}, "registry": REGISTRY | {"segments": segments}}
    registry = vectors.registry(universe=universe)
    moment = datetime(2026, 3, 29, 1, tzinfo=UTC)
    canonical = canonical_rule(rule)
    assert canonical_rule(canonical) == canonical
    assert validate_rule(canonical, registry) == []
    assert compile_rule(canonical, Scope(1, moment, registry)) == compile_rule(rule, Scope(1, moment, registry))
