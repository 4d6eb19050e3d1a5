"""Results of a flow: counts, pages, filters and files."""

import csv
import io
import json
import zipfile
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from flows.models import Flow, FlowSession
from flows.results.report import report_of
from flows.results.responses import Wanted, responses_of
from flows.services import Visitor, create_flow, publish_flow, send_event, start_session

pytestmark = pytest.mark.django_db
DOCUMENT: dict[str, Any] = {
    "schema_version": "1.0", "kind": "form", "name": "Trip", "default_locale": "en",
    "steps": [
        {
            "key": "where",
            "variants": [{"key": "calm", "weight": 1}, {"key": "loud", "weight": 1}],
            "blocks": [
                {
                    "type": "multiple_choice", "key": "likes", "label": "What do you like?",
                    "choices": [{"key": "sea", "label": "The sea"}, {"key": "hills", "label": "The hills"}],
                },
                {"type": "number", "key": "nights", "label": "Nights"},
            ],
        },
        {
            "key": "you",
            "blocks": [
                {"type": "email", "key": "mail", "label": "E-mail", "contact_field": "email"},
                {"type": "short_text", "key": "why", "label": "Why?"},
            ],
        },
    ],
    "endings": [{"key": "done", "type": "screen", "title": "Thank you"}],
}  # fmt: skip


@pytest.fixture
def flow(workspace, owner) -> Flow:
    row = create_flow(workspace=workspace, actor=owner, name="Trip", document=DOCUMENT, key="trip")
    publish_flow(flow=row, actor=owner)
    row.refresh_from_db()
    return row


def go(flow: Flow, first: dict[str, Any], second: dict[str, Any] | None = None, **visitor: Any) -> FlowSession:
    secret = start_session(flow=flow, visitor=Visitor(**visitor)).secret
    done = send_event(flow=flow, secret=secret, event={"type": "submit", "step": "where", "answers": first})
    if second is not None:
        done = send_event(flow=flow, secret=secret, event={"type": "submit", "step": "you", "answers": second})
    return done.session


@pytest.fixture
def answered(flow) -> Flow:
    go(flow, {"likes": ["sea", "hills"], "nights": 2}, {"mail": "ana@example.org", "why": "=1+1"}, source="insta")
    go(flow, {"likes": ["sea"], "nights": 7}, {"why": "Rest"}, device="phone")
    go(flow, {"nights": 3})
    FlowSession.objects.filter(current="you").update(status="abandoned")
    return flow


def test_report_counts_what_happened(answered):
    report = report_of(answered, period="all")

    assert (report.totals.began, report.totals.completed) == (3, 2)
    assert [(line.key, line.people, line.lost) for line in report.steps] == [("where", 3, 0), ("you", 3, 1)]
    likes, nights, mail, why = report.findings
    assert [(bar.label, bar.count) for bar in likes.bars] == [("The sea", 2), ("The hills", 1)]
    assert (nights.numbers.many, nights.numbers.mean, nights.numbers.low, nights.numbers.high) == (2, 4.5, 2, 7)
    assert sum(nights.numbers.bars) == 2
    assert (mail.answered, sorted(why.texts)) == (1, ["=1+1", "Rest"])
    assert [(one.name, one.began) for one in report.totals.of("source")] == [("insta", 1)]
    assert sum(line.people for line in report.variants["where"]) == 3


def test_number_of_statements_does_not_grow_with_answers(answered):
    report_of(answered, period="all")  # the document is read once
    with CaptureQueriesContext(connection) as before:
        report_of(answered, period="all")
    for _person in range(5):
        go(answered, {"likes": ["sea"], "nights": 1}, {"why": "Rest"})
    with CaptureQueriesContext(connection) as after:
        report_of(answered, period="all")

    assert len(after) == len(before)


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        (Wanted(), 3),
        (Wanted(status="completed"), 2),
        (Wanted(question="likes", answer="hills", is_exact=True), 1),
        (Wanted(question="nights", answer="7", is_exact=True), 1),
        (Wanted(question="why", answer="res"), 1),
        (Wanted(question="contains", answer="x"), 0),
        (Wanted(contact="ana@"), 1),
        (Wanted(contact="nobody"), 0),
    ],
)
def test_responses_are_found_by_what_they_say(answered, wanted, count):
    assert responses_of(answered, wanted).count() == count


def test_pages_show_answers_and_filters(answered, client, owner, workspace):
    client.force_login(owner)
    place = [workspace.slug, answered.public_id]

    overview = client.get(reverse("flows:results", args=place)).content.decode()
    assert "The sea" in overview
    assert "insta" in overview
    listed = client.get(reverse("flows:responses", args=place), {"question": "likes", "answer": "The hills"})
    assert [row.contact.email for row, _summary in listed.context["lines"]] == ["ana@example.org"]
    session = FlowSession.objects.get(contact__email="ana@example.org")
    page = client.get(reverse("flows:response", args=[*place, session.public_id])).content.decode()
    assert "The sea, The hills" in page
    counter = client.get(
        reverse("flows:results", args=place), {"part": "counter", "period": "all"}, headers={"HX-Request": "true"}
    )
    assert counter.content.decode().startswith('<div class="strip" id="counter"')


def test_results_of_a_flow_that_nobody_opened_are_a_friendly_page(flow, client, owner, workspace):
    client.force_login(owner)

    assert client.get(reverse("flows:results", args=[workspace.slug, flow.public_id])).status_code == 200
    page = client.get(reverse("flows:responses", args=[workspace.slug, flow.public_id]), {"since": "nonsense"})
    assert page.status_code == 200


def test_files_hold_every_response_and_no_formula(answered, client, owner, workspace):
    client.force_login(owner)
    place = [workspace.slug, answered.public_id]

    text = client.get(reverse("flows:responses-csv", args=place)).getvalue().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 3
    assert {row["Why?"] for row in rows} == {"'=1+1", "Rest", ""}
    assert {row["What do you like?"] for row in rows} == {"The sea, The hills", "The sea", ""}

    lines = client.get(reverse("flows:responses-json", args=place), {"status": "completed"}).getvalue().decode()
    said = [json.loads(line)["answers"].get("why") for line in lines.splitlines()]
    assert sorted(said) == ["=1+1", "Rest"]

    book = b"".join(client.get(reverse("flows:responses-xlsx", args=place)).streaming_content)
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        assert b"<f>" not in parts.read("xl/worksheets/sheet1.xml")


def test_viewer_sees_results_and_takes_no_files(answered, client, viewer, workspace):
    client.force_login(viewer)
    place = [workspace.slug, answered.public_id]

    assert client.get(reverse("flows:results", args=place)).status_code == 200
    assert client.get(reverse("flows:responses-csv", args=place)).status_code == 403
