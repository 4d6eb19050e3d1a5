"""Why somebody is in, or not."""

from collections import Counter
from datetime import datetime

import pytest

from contacts.models import Contact
from segments.explain import explain_rule
from segments.language.scope import Scope
from tests.segments import vectors

NOW = datetime.fromisoformat(vectors.load()["universe"]["now"])
CASES = vectors.load()["explain"]


@pytest.mark.django_db
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['contact']} {case['text'][:40]}")
def test_tree_says_what_settles_the_result(universe, case):
    workspace, registry = universe
    contact = Contact.objects.get(workspace=workspace, external_id=case["contact"])
    trees = explain_rule(case["rule"], Scope(workspace.id, NOW, registry), [contact])
    assert trees[contact.pk].as_dict() == case["tree"]


@pytest.mark.django_db
def test_tree_agrees_with_membership_for_everyone(universe):
    workspace, registry = universe
    contacts = list(Contact.objects.filter(workspace=workspace))
    for case in vectors.load()["rules"][::7]:
        trees = explain_rule(case["rule"], Scope(workspace.id, NOW, registry), contacts)
        assert sorted(one.external_id for one in contacts if trees[one.pk].result) == case["members"]


@pytest.mark.django_db
def test_explaining_many_takes_no_more_queries_than_one(universe, django_assert_num_queries):
    workspace, registry = universe
    contacts = list(Contact.objects.filter(workspace=workspace))
    rule = {"version": 1, "where": {"all": [{"kind": "event", "event": "login"}, {"kind": "everyone"}]}}
    for some in (contacts[:1], contacts):
        with django_assert_num_queries(2):
            explain_rule(rule, Scope(workspace.id, NOW, registry), some)


@pytest.mark.django_db
def test_flow_tells_how_many_submissions_it_looked_at(universe):
    workspace, registry = universe
    counted = Counter(row["contact"] for row in vectors.load()["universe"]["submissions"] if row["flow"] == "quiz")
    rule = {"version": 1, "where": {"kind": "flow", "flow": "quiz", "status": ["partial"]}}
    contacts = list(Contact.objects.filter(workspace=workspace))
    trees = explain_rule(rule, Scope(workspace.id, NOW, registry), contacts)
    assert {one.external_id: trees[one.pk].found["submissions"] for one in contacts} == {
        one.external_id: counted[one.external_id] for one in contacts
    }
