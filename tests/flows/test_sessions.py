"""Sessions: one transaction an event, the same answer for a double submit."""

from decimal import Decimal
from typing import Any

import pytest

from flows.answers import FlowProblem
from flows.engine.state import COMPLETED
from flows.models import Flow, FlowSession, StepVisit
from flows.services import (
    NoSession,
    NotLive,
    Visitor,
    check_draft,
    close_flow,
    create_flow,
    publish_flow,
    send_event,
    show_session,
    start_session,
)

pytestmark = pytest.mark.django_db

DOCUMENT: dict[str, Any] = {
    "schema_version": "1.0",
    "kind": "quiz",
    "name": "Which hut?",
    "default_locale": "en",
    "outcomes": [
        {"key": "sea", "title": "By the sea", "max_score": 1},
        {"key": "hills", "title": "In the hills", "min_score": 2},
    ],
    "outcome_mode": "score_range",
    "steps": [
        {
            "key": "where",
            "blocks": [
                {
                    "type": "single_choice",
                    "key": "view",
                    "label": "What do you want to see?",
                    "required": True,
                    "choices": [
                        {"key": "waves", "label": "Waves", "score": 1},
                        {"key": "peaks", "label": "Peaks", "score": Decimal("2.5")},
                    ],
                }
            ],
        },
        {"key": "nights", "blocks": [{"type": "number", "key": "nights", "label": "How many nights?"}]},
    ],
    "endings": [{"key": "done", "type": "screen", "title": "Thank you"}],
}


@pytest.fixture
def flow(workspace, owner) -> Flow:
    row = create_flow(workspace=workspace, actor=owner, name="Which hut?", document=DOCUMENT, key="hut")
    publish_flow(flow=row, actor=owner)
    row.refresh_from_db()
    return row


def submit(flow: Flow, secret: str, step: str, **answers: Any):
    return send_event(flow=flow, secret=secret, event={"type": "submit", "step": step, "answers": answers})


def test_session_goes_from_first_step_to_its_ending(flow):
    begun = start_session(flow=flow, visitor=Visitor(locale="en", source="insta", device="phone"))
    assert begun.effect("render")["step"] == "where"

    middle = submit(flow, begun.secret, "where", view="peaks")
    assert middle.effect("render")["step"] == "nights"
    last = submit(flow, begun.secret, "nights", nights="3")

    assert last.effect("end") == {
        "type": "end", "ending": "done", "status": COMPLETED, "outcome": "hills", "title": "Thank you",
    }  # fmt: skip
    session = FlowSession.objects.get()
    assert (session.status, session.outcome, float(session.score)) == ("completed", "hills", 2.5)
    assert session.answers == {"view": "peaks", "nights": 3}
    assert (session.source, session.device, session.ended_at) == ("insta", "phone", session.last_at)
    assert list(StepVisit.objects.order_by("visit").values_list("step", flat=True)) == ["where", "nights"]
    assert not StepVisit.objects.filter(left_at=None).exists()


def test_second_of_two_submits_is_told_where_it_is(flow):
    secret = start_session(flow=flow, visitor=Visitor()).secret
    submit(flow, secret, "where", view="waves")

    again = submit(flow, secret, "where", view="peaks")

    assert again.effects[0] == {"type": "error", "code": "stale_step"}
    assert again.effect("render")["step"] == "nights"
    assert FlowSession.objects.get().answers == {"view": "waves"}


def test_showing_a_session_changes_nothing(flow):
    secret = start_session(flow=flow, visitor=Visitor()).secret
    before = FlowSession.objects.values().get()

    assert show_session(flow=flow, secret=secret).effect("render")["step"] == "where"
    assert FlowSession.objects.values().get() == before


def test_unknown_secret_finds_nothing(flow):
    with pytest.raises(NoSession):
        send_event(flow=flow, secret="guessed", event={"type": "back"})


def test_question_that_no_page_can_ask_is_not_published(workspace, owner):
    code = {"type": "payment", "key": "code", "label": "Your code", "required": True}
    document = {**DOCUMENT, "steps": [*DOCUMENT["steps"], {"key": "proof", "blocks": [code]}]}
    row = create_flow(workspace=workspace, actor=owner, name="Proof", document=document, key="proof")
    assert check_draft(row) == []

    with pytest.raises(FlowProblem, match="Take the question “code” out"):
        publish_flow(flow=row, actor=owner)

    row.refresh_from_db()
    assert (row.status, row.versions.count()) == ("draft", 0)


def test_closed_flow_lets_nobody_begin_but_who_began_finishes(flow):
    secret = start_session(flow=flow, visitor=Visitor()).secret
    closed = close_flow(flow=flow)

    with pytest.raises(NotLive):
        start_session(flow=closed, visitor=Visitor())
    assert submit(closed, secret, "where", view="waves").effect("render")["step"] == "nights"
    assert FlowSession.objects.count() == 1
