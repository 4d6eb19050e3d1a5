"""Declaring flows, and writing down what people answer."""

import datetime as dt
import json
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacts.models import Contact
from contacts.rights import as_json
from contacts.services import erase_contact
from contacts.services.merging import merge_contacts
from events.models import Event
from flows.answers import FlowProblem
from flows.models import Flow, Submission
from flows.services import define_flow, record_submission, update_submission
from segments.language.text_parser import parse_text
from segments.services import count_rule
from tests.cast import make_contact

ANSWERS = {
    "colour": {"type": "choice", "options": ["red", "blue"]},
    "days": {"type": "multi_choice", "options": ["mon", "tue"]},
    "note": {"type": "text"},
    "age": {"type": "number"},
    "since": {"type": "datetime"},
}
AT = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


@pytest.fixture
def flow(workspace):
    return define_flow(workspace=workspace, key="quiz", name="Quiz", answers=ANSWERS, outcomes=["hero", "fool"])


@pytest.fixture
def ada(workspace):
    return make_contact(workspace, "ada@example.org")


def test_submission_keeps_typed_answers_without_empty_ones(flow, ada):
    given = {
        "colour": "RED",
        "days": ["tue", "mon"],
        "note": " Straße ",
        "age": 40,
        "since": "2026-01-01T00:00:00+02:00",
    }

    record_submission(flow=flow, contact=ada, answers=given, outcome="hero", score=7.5, at=AT)

    kept = Submission.objects.get()
    assert kept.answers == {
        "colour": "red", "days": ["mon", "tue"], "note": "Straße", "age": 40, "since": "2025-12-31T22:00:00Z",
    }  # fmt: skip
    assert (kept.folded, kept.status, kept.outcome) == ({"note": "strasse"}, "partial", "hero")
    assert (kept.score, kept.at, kept.workspace_id) == (Decimal("7.5"), AT, flow.workspace_id)
    assert not Event.objects.filter(kind="flow.completed").exists()


def test_empty_answers_are_no_answers(flow, ada):
    record_submission(flow=flow, contact=ada, answers={"days": [], "note": "  ", "age": None})

    assert Submission.objects.get().answers == {}


def test_completing_is_an_event_once(flow, ada):
    begun = record_submission(flow=flow, contact=ada, answers={"age": 1})

    update_submission(submission=begun, answers={"age": 2}, is_completed=True, outcome="fool", at=AT)

    kept = Submission.objects.get()
    assert (kept.answers, kept.status, kept.at) == ({"age": 2}, "completed", AT)
    event = Event.objects.get(kind="flow.completed")
    assert (event.contact_id, event.at) == (ada.pk, AT)
    assert event.properties == {"flow": "quiz", "submission": str(kept.public_id), "outcome": "fool"}
    with pytest.raises(FlowProblem):
        update_submission(submission=begun, answers={"age": 3}, is_completed=True)
    assert Submission.objects.get().answers == {"age": 2}
    assert Event.objects.filter(kind="flow.completed").count() == 1


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"answers": {"colour": "green"}}, "/answers/colour"),
        ({"answers": {"age": "old"}}, "/answers/age"),
        ({"answers": {"a/b": 1}}, "/answers/a~1b"),
        ({"answers": {}, "outcome": "sage"}, "/outcome"),
        ({"answers": {}, "score": float("nan")}, "/score"),
        ({"answers": {}, "score": "1e400"}, "/score"),
        ({"answers": {}, "score": True}, "/score"),
        ({"answers": {}, "score": 0.0000001}, "/score"),
    ],
)
def test_what_the_flow_does_not_know_is_refused_and_nothing_kept(flow, ada, given, path):
    with pytest.raises(FlowProblem) as caught:
        record_submission(flow=flow, contact=ada, is_completed=True, **given)

    assert caught.value.path == path
    assert not Submission.objects.exists()
    assert not Event.objects.filter(kind="flow.completed").exists()


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"key": "1st"}, "/key"),
        ({"name": " "}, "/name"),
        ({"name": "a\x00b"}, "/name"),
        ({"answers": {"x": {"type": "picture"}}}, "/answers/x/type"),
        ({"answers": {"x": "text"}}, "/answers/x/type"),
        ({"answers": {"x": {"type": "choice"}}}, "/answers/x/options"),
        ({"answers": {"x": {"type": "choice", "options": ["a", "A"]}}}, "/answers/x/options"),
        ({"answers": {"x": {"type": "text", "options": ["a"]}}}, "/answers/x/options"),
        ({"answers": {"": {"type": "text"}}}, "/answers"),
        ({"outcomes": ["no way"]}, "/outcomes"),
    ],
)
def test_flow_that_makes_no_sense_is_refused(workspace, given, path):
    with pytest.raises(FlowProblem) as caught:
        define_flow(**{"workspace": workspace, "key": "quiz", "name": "Quiz", "answers": {}, **given})

    assert caught.value.path == path
    assert not Flow.objects.exists()


def test_answer_keeps_its_type(flow, workspace):
    with pytest.raises(FlowProblem):
        define_flow(workspace=workspace, key="quiz", name="Quiz", answers={"age": {"type": "text"}})

    define_flow(workspace=workspace, key="quiz", name="Quiz 2", answers={"age": {"type": "number"}})
    flow.refresh_from_db()
    assert (flow.name, flow.answers, flow.outcomes) == ("Quiz 2", {"age": {"type": "number"}}, [])


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(10**400) | st.just("\x00\ud800x"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(st.dictionaries(st.sampled_from([*ANSWERS, "other"]), ANYTHING, max_size=3), ANYTHING)
def test_any_answer_is_kept_or_refused(flow, ada, answers, score):
    refused = ""
    try:
        record_submission(flow=flow, contact=ada, answers=answers, score=score)
    except FlowProblem as problem:
        refused = problem.path
    if refused:
        assert refused.startswith(("/answers/", "/score"))
        return
    kept = Submission.objects.latest("pk")
    assert set(kept.answers) <= set(answers)
    assert all(isinstance(kept.answers.get(key, ""), str) for key in ("colour", "note", "since"))


def test_number_nobody_can_print_is_refused(flow, ada):
    for given_answers, score in (({"age": 10**5000}, None), ({"colour": 10**5000}, None), ({}, 10**5000)):
        with pytest.raises(FlowProblem):
            record_submission(flow=flow, contact=ada, answers=given_answers, score=score)


def test_contact_of_another_workspace_is_refused(flow, other_workspace):
    stranger = make_contact(other_workspace, "ada@example.org")

    with pytest.raises(ValueError, match="another workspace"):
        record_submission(flow=flow, contact=stranger, answers={})

    assert not Submission.objects.exists()


def test_people_see_what_they_answered_and_erasing_takes_it_away(flow, ada):
    record_submission(flow=flow, contact=ada, answers={"note": "I like kea"}, score=10, at=AT)

    [told] = [
        section["rows"] for section in json.loads(b"".join(as_json(ada)))["sections"] if section["key"] == "submissions"
    ]
    assert [(row["text"], row["score"], row["status"]) for row in told] == [("note: I like kea", "10", "partial")]
    receipt = erase_contact(contact=ada)

    assert receipt["flows.submission"] == 1
    assert not Submission.objects.exists()


def test_submissions_follow_a_merge(flow, ada, workspace):
    twin = make_contact(workspace, "ada@example.com")
    record_submission(flow=flow, contact=twin, answers={"age": 3})

    merge_contacts(workspace=workspace, keep=ada.public_id, merge=[twin.public_id])

    assert Submission.objects.get().contact_id == ada.pk
    assert Contact.objects.count() == 1


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("flow quiz", 1),
        ("flow quiz status partial", 1),
        ('flow quiz outcome hero score >= 3 where (age > 30, note contains "STRASSE", days has any ("mon"))', 1),
        ("flow quiz score is not 3", 1),
        ("flow quiz status partial score is not 3", 0),
        ("flow quiz last status completed, partial where (age is empty)", 1),
        ("not flow quiz", 1),
    ],
)
def test_segments_read_what_was_answered(flow, ada, workspace, text, number):
    ben = make_contact(workspace, "ben@example.org")
    said = {"age": 40, "note": "Straße 5", "days": ["mon"]}
    record_submission(flow=flow, contact=ada, answers=said, outcome="hero", score="7.5", is_completed=True, at=AT)
    record_submission(flow=flow, contact=ben, answers={}, at=AT)

    assert count_rule(workspace, parse_text(text)).number == number
