"""What somebody sees of a rule while typing it."""

import pytest

from segments import services
from segments.language.text_parser import parse_text
from segments.registry import registry_of
from segments.services import Count, estimating, previewing
from tests.cast import make_contact

pytestmark = pytest.mark.django_db
RULE = parse_text('contact country is "DE" and address email status unverified')


@pytest.fixture
def people(workspace):
    """48 people, of whom a sixteenth, three, are in the sample; two of those and ten others are from Germany."""
    return [
        make_contact(workspace, f"p{n}@example.org", country="DE" if n < 2 or n > 37 else "NZ",
                     bucket_seed=n if n < 3 else 2**27 + n)
        for n in range(48)
    ]  # fmt: skip


def look(workspace, **given):
    parts = [*RULE["where"]["all"], {"kind": "everyone"}]
    return services.look_at(workspace, RULE, parts, registry_of(workspace), **given)


def test_few_people_are_all_counted(workspace, people):
    seen = look(workspace)
    assert (seen.count, seen.parts, seen.total) == (Count(12), [Count(12), Count(48), Count(48)], Count(48))
    assert len(seen.examples) == 5
    assert all(one.reason.result and one.contact.country == "DE" for one in seen.examples)


def test_many_people_are_estimated_and_counted_exactly_where_that_is_quick(workspace, people, monkeypatch):
    monkeypatch.setattr(estimating, "SAMPLED", 3)
    seen = look(workspace, patience=5_000)
    assert seen.count == Count(12)
    assert seen.parts == [Count(32, is_exact=False), Count(48, is_exact=False), Count(48, is_exact=False)]
    assert seen.total == Count(48, is_exact=False)
    assert len(seen.examples) == 5


def test_what_is_dear_stays_an_estimate_with_the_faces_of_the_sample(workspace, people, monkeypatch):
    monkeypatch.setattr(estimating, "SAMPLED", 3)
    monkeypatch.setattr(previewing, "_QUICK_COST", 0)
    seen = look(workspace, faces=2)
    assert seen.count == Count(32, is_exact=False)
    assert {one.contact.bucket_seed for one in seen.examples} == {0, 1}


def test_without_time_there_is_no_number(workspace, people, monkeypatch):
    monkeypatch.setattr(previewing, "sample_nodes", lambda *given, **more: None)
    assert look(workspace) == previewing.Look(Count(None, is_exact=False))
