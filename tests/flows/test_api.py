"""Flows over REST: documents, versions, sessions run by a program, and what came of them."""

from typing import Any

import pytest

from flows.models import Flow, FlowSession
from tests.api import ApiClient
from tests.cast import make_contact

pytestmark = pytest.mark.django_db
DOCUMENT: dict[str, Any] = {
    "schema_version": "1.0", "kind": "quiz", "name": "Which hut?", "default_locale": "en",
    "outcome_mode": "score_range",
    "outcomes": [{"key": "sea", "title": "Sea", "max_score": 1}, {"key": "hills", "title": "Hills", "min_score": 2}],
    "steps": [
        {
            "key": "where",
            "blocks": [
                {
                    "type": "single_choice", "key": "view", "label": "View?", "required": True,
                    "choices": [
                        {"key": "waves", "label": "Waves", "score": 1}, {"key": "peaks", "label": "Peaks", "score": 2.5}
                    ],
                }
            ],
        },
        {"key": "stars", "blocks": [{"type": "nps", "key": "nps", "label": "How likely?"}]},
    ],
    "endings": [{"key": "done", "type": "screen", "title": "Thank you"}],
}  # fmt: skip


@pytest.fixture
def api(workspace) -> ApiClient:
    return ApiClient(workspace)


@pytest.fixture
def live(api) -> dict[str, Any]:
    made = api.post("flows/", {"name": "Which hut?", "document": DOCUMENT})
    api.post(f"flows/{made['id']}/publish/", status=200)
    return made


def test_flow_is_made_changed_and_published(api):
    made = api.post("flows/", {"name": "Which hut?", "document": DOCUMENT})
    assert (made["key"], made["kind"], made["status"], made["version"]) == ("which-hut", "quiz", "draft", 1)
    assert made["document"] == DOCUMENT

    changed = api.patch(f"flows/{made['id']}/", {"name": "Hut", "version": 1})
    assert (changed["name"], changed["version"]) == ("Hut", 2)
    assert api.patch(f"flows/{made['id']}/", {"name": "Late", "version": 1}, 409)["error"]["code"] == "changed"

    version = api.post(f"flows/{made['id']}/publish/", status=200)
    assert version["number"] == 1
    assert [one["id"] for one in api.get(f"flows/{made['id']}/versions/")["results"]] == [version["id"]]
    assert api.get("flows/")["results"][0]["status"] == "live"


def test_document_with_errors_says_which_and_where(api):
    broken = {**DOCUMENT, "steps": [{**DOCUMENT["steps"][0], "next": "step:nowhere"}]}
    made = api.post("flows/", {"name": "Broken", "document": broken})

    problems = api.get(f"flows/{made['id']}/lint/")["problems"]
    assert (problems[0]["code"], problems[0]["path"], problems[0]["is_error"]) == ("E03", "/steps/0/next", True)
    refused = api.post(f"flows/{made['id']}/publish/", status=422)
    assert refused["error"]["fields"]["document"][0]["code"] == "E03"
    assert Flow.objects.get().status == "draft"


def test_program_leads_a_session_to_its_end(api, live, workspace):
    person = make_contact(workspace, "ana@example.org")
    begun = api.post(f"flows/{live['id']}/sessions/", {"contact": str(person.public_id), "source": "kiosk"})
    address = f"sessions/{begun['session']['id']}/events/"
    assert begun["effects"][0]["step"] == "where"

    middle = api.post(address, {"type": "submit", "step": "where", "answers": {"view": "peaks"}}, 200)
    assert middle["session"]["step"] == "stars"
    stale = api.post(address, {"type": "submit", "step": "where", "answers": {"view": "waves"}}, 200)
    assert stale["effects"][0] == {"type": "error", "code": "stale_step"}
    last = api.post(address, {"type": "submit", "step": "stars", "answers": {"nps": 9}}, 200)

    assert (last["session"]["status"], last["session"]["outcome"], last["session"]["score"]) == (
        "completed",
        "hills",
        2.5,
    )
    assert api.get(f"sessions/{begun['session']['id']}/")["answers"] == {"view": "peaks", "nps": 9}
    assert api.get(f"flows/{live['id']}/responses/")["results"][0]["contact"] == str(person.public_id)


def test_repeated_start_begins_once(api, live):
    first = api.post(f"flows/{live['id']}/sessions/", {}, **{"Idempotency-Key": "a"})
    again = api.post(f"flows/{live['id']}/sessions/", {}, **{"Idempotency-Key": "a"})

    assert first == again
    assert FlowSession.objects.count() == 1


def test_flow_that_is_not_live_lets_nobody_begin(api, live):
    api.post(f"flows/{live['id']}/close/", status=200)

    assert api.post(f"flows/{live['id']}/sessions/", {}, 409)["error"]["code"] == "not_live"


def test_report_counts_steps_answers_and_outcomes(api, live):
    for score in (9, 10, 3):
        begun = api.post(f"flows/{live['id']}/sessions/", {"source": "kiosk"})
        address = f"sessions/{begun['session']['id']}/events/"
        api.post(address, {"type": "submit", "step": "where", "answers": {"view": "waves"}}, 200)
        api.post(address, {"type": "submit", "step": "stars", "answers": {"nps": score}}, 200)
    api.post(f"flows/{live['id']}/sessions/", {})

    report = api.get(f"flows/{live['id']}/report/?period=7")

    assert (report["began"], report["completed"]) == (4, 3)
    assert [(one["key"], one["people"]) for one in report["steps"]] == [("where", 4), ("stars", 3)]
    assert [(one["key"], one["people"]) for one in report["outcomes"]] == [("sea", 3), ("hills", 0)]
    assert report["sources"] == [{"name": "kiosk", "began": 3, "completed": 3}]
    view, nps = report["questions"]
    assert view["choices"][0] == {"value": "waves", "label": "Waves", "count": 3}
    assert (nps["nps"], nps["answered"], nps["mean"]) == (33, 3, pytest.approx(22 / 3))
