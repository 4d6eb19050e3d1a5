"""Whatever comes in as a rule is refused with a code and a place, or can be asked without an error.

`SEGMENT_SPOILT` says how many spoilt rules to try.
"""

import json
import os

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segments.explain import explain_rule
from segments.language.compile import compile_rule
from segments.language.scope import Scope
from segments.language.text_parser import parse_text
from segments.language.text_printer import print_rule
from segments.language.validate import validate_rule
from segments.services.saving import storable_rule
from tests.segments.junk import ANYTHING, spoilt
from tests.segments.random_rules import ATTRIBUTES, anniversaries, rules
from tests.segments.random_world import PROPERTIES, REGISTRY, make_universe
from tests.segments.random_world import World as Draw
from tests.segments.worlds import World

LIMITED = settings(
    max_examples=int(os.environ.get("SEGMENT_SPOILT", "60")), deadline=None, suppress_health_check=list(HealthCheck)
)


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        loaded = World(1)
        yield loaded
        loaded.workspace.delete()


@st.composite
def spoilt_rules(draw):
    rule, segments = draw(rules())
    return draw(spoilt(st.just(rule))), segments


def resolves(path, rule, segments):
    """Whether a JSON Pointer leads to something in the rule, or to where a missing member should be."""
    document = rule
    if path.startswith("segment:"):
        key, _slash, rest = path.removeprefix("segment:").partition("/")
        document, path = segments[key], f"/{rest}"
    steps = [step.replace("~1", "/").replace("~0", "~") for step in path.split("/")[1:]]
    for position, step in enumerate(steps):
        if isinstance(document, list):
            document = document[int(step)]
        elif isinstance(document, dict) and step in document:
            document = document[step]
        else:
            return isinstance(document, dict) and position == len(steps) - 1
    return True


@pytest.mark.django_db
@LIMITED
@given(spoilt_rules())
def test_spoilt_rule_is_refused_with_its_place_or_can_be_asked(world, drawn):
    rule, segments = drawn
    registry = world.registry(segments)
    problems = validate_rule(rule, registry)
    if problems:
        assert all(resolves(problem.path, rule, segments) for problem in problems)
        return
    compiled = compile_rule(rule, Scope(world.workspace.id, world.data["nows"][0], registry))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '3s'")
        cursor.execute(compiled.sql, compiled.params)
    assert storable_rule(parse_text(print_rule(rule))) == storable_rule(rule)
    assert json.dumps(storable_rule(rule), allow_nan=False)


@pytest.fixture(scope="module")
def retyped(django_db_setup, django_db_blocker):
    """People whose details have values of any type, as they are while a detail changes its type."""
    draw = Draw(2)
    data = make_universe(2)
    for contact in data["contacts"]:
        for key in REGISTRY["attributes"]:
            contact["attributes"][key] = draw.value(draw.choice(list(PROPERTIES.values())))
    with django_db_blocker.unblock():
        loaded = World(2, data)
        yield loaded
        loaded.workspace.delete()


@pytest.mark.django_db
@LIMITED
@given(st.one_of(ATTRIBUTES, anniversaries()))
def test_value_of_another_type_ends_no_rule_and_keeps_its_complement(retyped, leaf):
    scope = Scope(retyped.workspace.id, retyped.data["nows"][0], retyped.registry({}))
    found = []
    for node in (leaf, {"not": leaf}):
        compiled = compile_rule({"version": 1, "where": node}, scope)
        with connection.cursor() as cursor:
            cursor.execute(compiled.sql, compiled.params)
            found += [row[0] for row in cursor.fetchall()]
    assert sorted(found) == sorted(contact.pk for contact in retyped.contacts)
    assert len(explain_rule({"version": 1, "where": leaf}, scope, retyped.contacts[:3])) == 3


@LIMITED
@given(ANYTHING)
def test_anything_at_all_is_refused(world, document):
    assert validate_rule(document, world.registry({})) != []
