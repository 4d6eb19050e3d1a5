"""Estimates: from a part of all people, marked as such; exact where there are few."""

import pytest

from segments import services
from segments.language.text_parser import parse_text
from segments.registry import registry_of
from segments.services import estimating, evaluation
from tests.cast import make_contact

pytestmark = pytest.mark.django_db
GERMANS = parse_text('contact country is "DE"')


@pytest.fixture
def people(workspace, other_workspace):
    """32 people, of whom a sixteenth, two, are in the sample; both and eight others are from Germany."""
    make_contact(other_workspace, "x@example.org", country="DE", bucket_seed=5)
    return [
        make_contact(workspace, f"p{n}@example.org", country="DE" if n < 10 else "NZ",
                     bucket_seed=n if n < 2 else 2**27 + n)
        for n in range(32)
    ]  # fmt: skip


@pytest.fixture
def many(monkeypatch):
    """As if 32 people were too many to ask each of them."""
    monkeypatch.setattr(estimating, "SAMPLED", 2)


@pytest.fixture
def hurry(monkeypatch):
    """Whole counts take too long."""
    monkeypatch.setattr(evaluation, "count_exactly", lambda rule, scope, patience: None)


def test_slow_count_becomes_an_estimate_that_says_so(workspace, people, many, hurry):
    assert services.count_rule(workspace, GERMANS) == services.Count(32, is_exact=False)
    assert services.count_rule(workspace, parse_text('contact country is "NZ"')) == services.Count(0, is_exact=False)


def test_few_people_are_asked_one_by_one(workspace, people, hurry):
    assert services.count_rule(workspace, GERMANS) == services.Count(10)


def test_estimates_are_told_in_two_figures():
    assert estimating._grown(123_456, None) == services.Count(123_456)
    assert estimating._grown(6_173, 2**27) == services.Count(99_000, is_exact=False)
    assert estimating._grown(0, 2**27) == services.Count(0, is_exact=False)


@pytest.mark.parametrize(
    ("look_ups", "asked"), [(0, 6_000), (5, 6_000), (7, 4_285), (40, 3_000)], ids=["none", "some", "many", "too many"]
)
def test_many_look_ups_for_each_mean_fewer_people(workspace, look_ups, asked):
    scope = evaluation.make_scope(workspace, registry_of(workspace))
    leaves = [{"kind": "list", "key": f"l{number}"} for number in range(look_ups)]
    # What is asked twice is looked up once, and a person's own row is at hand.
    assert estimating._people_to_ask([GERMANS["where"], {"all": leaves}, *leaves], scope) == asked


def test_faces_come_from_those_the_rule_holds_for(workspace, people, many):
    sample = services.sample_rule(workspace, GERMANS, size=5)
    assert len(sample) == 5
    assert {one.contact.country for one in sample} == {"DE"}
    assert all(one.reason.result for one in sample)


def test_nobody_can_be_estimated_when_even_that_takes_too_long(workspace, people, many, hurry, monkeypatch):
    monkeypatch.setattr(estimating, "run_limited", lambda *given, **more: None)
    assert services.count_rule(workspace, GERMANS) == services.Count(None, is_exact=False)
