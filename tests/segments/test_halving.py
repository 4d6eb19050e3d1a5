"""Everybody is counted in two halves where there are many people, and the planner gives each half to one process."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts.models import Contact
from events.models import EventKind
from segments.language.compile import compile_count
from segments.language.compile_matrix import compile_counts
from segments.language.text_parser import parse_text
from segments.registry import registry_of
from segments.services import halving
from segments.services.asking import IN_HALVES
from segments.services.evaluation import count_exactly, count_many, make_scope
from tests.cast import make_contact
from tests.segments import vectors

pytestmark = pytest.mark.django_db
# Three steps or more: what follows is looked up for each row apart, and only one process may do that.
LONG_SEQUENCES = {"o147", "o148"}
SHARED = [case for case in vectors.load()["rules"] if case["id"] not in LONG_SEQUENCES]


@pytest.fixture
def people(workspace, monkeypatch):
    """Nine people with low seeds, of whom five are asked where the middle is."""
    monkeypatch.setattr(halving, "_ASKED", 5)
    made = [make_contact(workspace, f"p{number}@kea.example") for number in range(9)]
    for number, contact in enumerate(made):
        Contact.objects.filter(pk=contact.pk).update(bucket_seed=number, country="NZ" if number % 3 else "DE")
    return made


def plan_of(compiled, settings):
    """The lines of a statement's plan."""
    with connection.cursor() as cursor:
        for name, value in {**IN_HALVES, **settings}.items():
            cursor.execute("SELECT set_config(%s, %s, true)", [name, value])
        cursor.execute(f"EXPLAIN (COSTS OFF) {compiled.sql}", compiled.params)
        return [row[0].strip() for row in cursor.fetchall()]


def test_few_people_are_counted_as_a_whole(workspace):
    make_contact(workspace, "ann@kea.example")
    assert halving.middle_of(workspace.pk) is None


def test_middle_has_half_of_those_asked_on_either_side(workspace, people):
    assert halving.middle_of(workspace.pk) == people[2].pk


def test_middle_is_that_of_the_workspace(workspace, other_workspace, people):
    assert halving.middle_of(other_workspace.pk) is None


def test_seeds_far_apart_mean_few_people(workspace, people):
    Contact.objects.filter(pk=people[4].pk).update(bucket_seed=2**26)
    Contact.objects.filter(pk__gt=people[4].pk).delete()
    assert halving.middle_of(workspace.pk) is None


def test_older_databases_count_everybody_as_a_whole(workspace, people, monkeypatch):
    monkeypatch.setattr(halving, "_VERSION", 10**9)
    assert halving.middle_of(workspace.pk) is None


def test_halves_are_counted_together(workspace, people):
    registry = registry_of(workspace)
    rule = parse_text('contact country is "NZ" and address email status unverified')
    scope = make_scope(workspace, registry)
    middle = halving.middle_of(workspace.pk)
    assert compile_count(rule, scope, middle).is_halved
    assert count_exactly(rule, scope, 5000) == 6
    assert count_many(workspace, [rule["where"], {"not": rule["where"]}], registry, patience=5000) == [6, 3, 9]


def test_rule_about_details_alone_is_asked_as_a_whole(workspace, people):
    scope = make_scope(workspace, registry_of(workspace))
    rule = parse_text('contact country is "NZ" and bucket "spring" from 0 to 9999')
    assert not compile_count(rule, scope, halving.middle_of(workspace.pk)).is_halved
    assert count_exactly(rule, scope, 5000) == 6


def test_rule_that_one_index_answers_is_asked_as_a_whole(workspace, people):
    EventKind.objects.create(workspace=workspace, name="login", properties={})
    scope = make_scope(workspace, registry_of(workspace))
    middle = halving.middle_of(workspace.pk)
    lone = parse_text("event login in the last 30 days")
    counted = parse_text("event login at least 2 times in the last 30 days")
    assert not compile_count(lone, scope, middle).is_halved
    assert compile_count(counted, scope, middle).is_halved


def test_each_half_belongs_to_one_process(workspace, people):
    if connection.pg_version < halving._VERSION:
        pytest.skip("older databases count everybody as a whole")
    scope = make_scope(workspace, registry_of(workspace))
    rule = parse_text('contact country is "NZ" and address email status valid')
    compiled = compile_count(rule, scope, people[4].pk)
    plan = plan_of(compiled, {"parallel_setup_cost": "0", "parallel_tuple_cost": "0"})
    assert "->  Parallel Append" in plan
    assert len([line for line in plan if "Gather" in line]) == 1
    assert len([line for line in plan if line == "Group Key: ()"]) == 2


def test_no_half_is_shared_again(workspace, people):
    # What summaries know and what is to happen again are put together, which two processes could share as well.
    EventKind.objects.create(workspace=workspace, name="login", properties={})
    scope = make_scope(workspace, registry_of(workspace))
    rule = parse_text("event login last more than 90 days ago and address email status valid")
    free = {"parallel_setup_cost": "0", "parallel_tuple_cost": "0"}
    for compiled in (
        compile_count(rule, scope, people[4].pk),
        compile_counts([rule["where"]], scope, people[4].pk),
    ):
        plan = plan_of(compiled, free)
        halves = [place for place, line in enumerate(plan) if line == "Group Key: ()"]
        assert [plan[place - 1] for place in halves] == ["->  Aggregate"] * 2


def test_rule_of_one_table_needs_no_middle(workspace, people):
    EventKind.objects.create(workspace=workspace, name="login", properties={})
    scope = make_scope(workspace, registry_of(workspace))
    with CaptureQueriesContext(connection) as asked:
        assert count_exactly(parse_text("event login in the last 30 days"), scope, 5000) == 0
    assert not [query for query in asked.captured_queries if "percentile_disc" in query["sql"]]


def test_rows_are_read_of_those_alone_who_are_in_all_sets(workspace, people):
    scope = make_scope(workspace, registry_of(workspace))
    text = 'contact country is "NZ" and address email status valid and not address sms status valid'
    compiled = compile_count(parse_text(text), scope, people[4].pk)
    assert compiled.sql.count("= ANY(ARRAY(SELECT f.contact_id FROM") == 2


@pytest.mark.parametrize("case", SHARED, ids=lambda case: case["id"])
def test_nothing_in_a_half_is_left_to_one_process(universe, case):
    if connection.pg_version < halving._VERSION:
        pytest.skip("older databases count everybody as a whole")
    scope = make_scope(*universe)
    # A statement that another process may work on whole is given to one.
    given = {"debug_parallel_query": "on", "parallel_setup_cost": "1e9"}
    for where in (case["rule"]["where"], {"not": case["rule"]["where"]}):
        assert plan_of(compile_count({"version": 1, "where": where}, scope, 1), given)[0] == "Gather"
        assert plan_of(compile_counts([where, {"any": [where, where]}], scope, 1), given)[0] == "Gather"
