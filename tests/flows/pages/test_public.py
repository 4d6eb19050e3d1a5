"""A flow's pages as a browser without JavaScript meets them."""

import re
from typing import Any

import pytest
from django.test import Client

from flows.models import Flow, FlowSession
from flows.services import close_flow, create_flow, publish_flow
from tests.flows.pages.documents import EVERYTHING, QUIZ

pytestmark = pytest.mark.django_db


def publish(workspace: Any, owner: Any, document: dict[str, Any], key: str = "quiz") -> Flow:
    row = create_flow(workspace=workspace, actor=owner, name=document["name"], document=document, key=key)
    publish_flow(flow=row, actor=owner)
    row.refresh_from_db()
    return row


@pytest.fixture
def quiz(workspace, owner) -> Flow:
    return publish(workspace, owner, QUIZ)


@pytest.fixture
def visitor() -> Client:
    return Client(headers={"accept-language": "en"})


def home(flow: Flow) -> str:
    return f"/f/{flow.public_id}/"


def hidden(html: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found, name
    return found[1]


def fields(html: str, **answers: Any) -> dict[str, Any]:
    """What a form sends: its hidden fields and these answers, by the keys of their blocks."""
    names = [name for name in ("first", "step", "visit", "seen") if f'name="{name}"' in html]
    return {**{name: hidden(html, name) for name in names}, **{f"a.{key}": value for key, value in answers.items()}}


def test_looking_shows_the_first_question_and_stores_nothing(quiz, visitor):
    answer = visitor.get(home(quiz))

    assert answer.status_code == 200
    assert "Where would you like to wake up?" in answer.content.decode()
    assert FlowSession.objects.count() == 0
    assert "frame-ancestors *" in answer.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in answer.headers
    assert answer.cookies == {}


def test_quiz_is_passed_without_a_script(quiz, visitor):
    first = visitor.get(home(quiz)).content.decode()
    sent = visitor.post(home(quiz), fields(first, view="lake"))
    assert sent.status_code == 303
    second = visitor.get(sent.headers["Location"]).content.decode()
    assert "Then mornings matter." in second
    assert "Question 2 of 2" in second
    done = visitor.post(sent.headers["Location"], fields(second, name="Wiremu", nights="3"))
    ending = visitor.get(done.headers["Location"]).content.decode()

    assert "You are a Totara" in ending
    assert "Thank you, Wiremu" in ending
    session = FlowSession.objects.get()
    assert (session.status, session.outcome) == ("completed", "lake")
    assert session.answers == {"view": "lake", "name": "Wiremu", "nights": 3}


def test_the_same_first_form_sent_twice_begins_once(quiz, visitor):
    form = fields(visitor.get(home(quiz)).content.decode(), view="lake")
    one, two = visitor.post(home(quiz), form), visitor.post(home(quiz), form)

    assert FlowSession.objects.count() == 1
    assert two.headers["Location"] == f"{one.headers['Location']}?note=past"
    assert "nothing is lost" in visitor.get(two.headers["Location"]).content.decode()


def test_missing_answer_is_named_and_linked(quiz, visitor):
    answer = visitor.post(home(quiz), fields(visitor.get(home(quiz)).content.decode()))
    html = answer.content.decode()

    assert answer.status_code == 422
    assert 'href="#q-view-box"' in html
    assert "Please answer this." in html


def test_refused_answer_is_shown_again_as_it_was_typed(quiz, visitor):
    there = visitor.post(home(quiz), fields(visitor.get(home(quiz)).content.decode(), view="alps"))
    page = visitor.get(there.headers["Location"]).content.decode()
    answer = visitor.post(there.headers["Location"], fields(page, name="Ana", nights="99"))
    html = answer.content.decode()

    assert answer.status_code == 422
    assert 'value="99"' in html
    assert 'value="Ana"' in html
    assert "at most 30" in html


def test_going_back_keeps_what_was_typed(quiz, visitor):
    there = visitor.post(home(quiz), fields(visitor.get(home(quiz)).content.decode(), view="alps"))
    address = there.headers["Location"]
    page = visitor.get(address).content.decode()
    visitor.post(address, {**fields(page, name="Ana"), "do": "back"})
    first = visitor.get(address).content.decode()
    assert re.search(r'value="alps" checked', first)
    visitor.post(address, fields(first, view="alps"))

    assert 'value="Ana"' in visitor.get(address).content.decode()


def test_free_text_of_another_choice_is_kept(quiz, visitor):
    form = fields(visitor.get(home(quiz)).content.decode(), view="else") | {"a.view.other": "On a boat"}
    visitor.post(home(quiz), form)

    assert FlowSession.objects.get().answers == {"view": "else", "view_other": "On a boat"}


@pytest.mark.parametrize(
    "change",
    [{"first": "made up"}, {"first": ""}, {"visit": "x"}, {"visit": "9" * 400}, {"step": "nowhere"}, {"step": "who"}],
)
def test_tampered_form_never_fails(quiz, visitor, change):
    form = fields(visitor.get(home(quiz)).content.decode(), view="lake") | change
    answer = visitor.post(home(quiz), form)

    assert answer.status_code in (303, 422)
    session = FlowSession.objects.first()
    assert session is None or session.answers in ({}, {"view": "lake"})


@pytest.mark.parametrize(
    "text", ["x" * 100_000, "🏔️‍🔥" * 50, "\u202eevil\u202c", "a\x00b", "\ud83d".encode(errors="ignore").decode()]
)
def test_strange_texts_never_fail(quiz, visitor, text):
    there = visitor.post(home(quiz), fields(visitor.get(home(quiz)).content.decode(), view="alps"))
    page = visitor.get(there.headers["Location"]).content.decode()
    answer = visitor.post(there.headers["Location"], fields(page, name=text, nights="2"))

    assert answer.status_code in (303, 422)
    assert visitor.get(there.headers["Location"]).status_code == 200


def test_unknown_session_is_told_kindly(quiz, visitor):
    answer = visitor.get(f"{home(quiz)}s/not-a-secret-of-anybody/")

    assert answer.status_code == 404
    assert "We cannot find this page" in answer.content.decode()


def test_closed_flow_says_so_and_takes_nothing(quiz, visitor):
    form = fields(visitor.get(home(quiz)).content.decode(), view="lake")
    close_flow(flow=quiz)

    assert "This is closed" in visitor.get(home(quiz)).content.decode()
    assert "This is closed" in visitor.post(home(quiz), form).content.decode()
    assert FlowSession.objects.count() == 0


def test_language_follows_the_address_and_the_browser(quiz, visitor):
    arabic = visitor.get(f"{home(quiz)}?lang=ar").content.decode()

    assert 'dir="rtl"' in arabic
    assert "أين تود أن تستيقظ؟" in arabic
    assert 'lang="ar"' in Client(headers={"accept-language": "ar-EG"}).get(home(quiz)).content.decode()[:200]


def test_htmx_gets_the_next_screen_at_once(quiz, visitor):
    form = fields(visitor.get(home(quiz)).content.decode(), view="lake")
    answer = visitor.post(home(quiz), form, headers={"hx-request": "true"})
    html = answer.content.decode()

    assert answer.status_code == 200
    assert html.startswith('<main id="screen"')
    assert "/s/" in answer.headers["HX-Push-Url"]
    assert "What is your name?" in html


def test_programs_that_fill_everything_are_stopped(quiz, visitor):
    form = fields(visitor.get(home(quiz)).content.decode(), view="lake") | {"website": "http://spam.example"}

    assert visitor.post(home(quiz), form).status_code == 422
    assert FlowSession.objects.count() == 0


def test_every_block_is_shown_and_read(workspace, owner, visitor):
    flow = publish(workspace, owner, EVERYTHING, "all")
    html = visitor.get(home(flow)).content.decode()
    answers = {
        "short": "word", "long": "two\r\nlines", "email": "a@Example.com", "phone": "+44 20 7946 0000", "number": "1.5",
        "url": "example.com", "date": "2026-01-02", "time": "9:30",
        "range.from": "2026-01-01", "range.to": "2026-01-03",
        "one": "b", "many": ["a", "c"], "drop": "c", "pictures": "a", "yes": "no", "stars": "4", "opinion": "7",
        "nps": "10", "slide": "30", "rank.a": "2", "rank.b": "1", "rank.c": "3", "matrix.food": "good", "spot": "left",
        "name.first": "Ana", "name.last": "Lee", "address.line1": "1 Road", "address.country": "NZ", "country": "NZ",
        "sign": "Ana Lee", "rules": "yes",
    }  # fmt: skip
    sent = visitor.post(home(flow), fields(html, **answers))

    assert sent.status_code == 303
    assert FlowSession.objects.get().answers == {
        "short": "word", "long": "two\nlines", "email": "a@example.com", "phone": "+442079460000", "number": 1.5,
        "url": "https://example.com", "date": "2026-01-02", "time": "09:30",
        "range": {"from": "2026-01-01", "to": "2026-01-03"}, "one": "b", "many": ["a", "c"], "drop": "c",
        "pictures": "a", "yes": False, "stars": 4, "opinion": 7, "nps": 10, "slide": 30, "rank": ["b", "a", "c"],
        "matrix": {"food": "good"}, "spot": "left", "name": {"first": "Ana", "last": "Lee"},
        "address": {"line1": "1 Road", "country": "NZ"}, "country": "NZ", "sign": "Ana Lee", "rules": True,
    }  # fmt: skip


def test_ending_that_leads_away_does_so_at_once(workspace, owner, visitor):
    document = {
        "schema_version": "1.0", "kind": "form", "name": "Away", "default_locale": "en",
        "steps": [{"key": "who", "blocks": [{"type": "short_text", "key": "town", "label": "Which town?"}]}],
        "endings": [{"key": "away", "type": "redirect", "url": "https://kea.example/to/{{answers.town}}"}],
    }  # fmt: skip
    flow = publish(workspace, owner, document, key="away")
    html = visitor.get(home(flow)).content.decode()

    answer = visitor.post(home(flow), fields(html, town="Wānaka lake\r\nX: 1"), follow=True)

    assert answer.headers["Refresh"] == "0;url=https://kea.example/to/W%C4%81naka%20lake%20X%3A%201"
    assert "Go on" in answer.content.decode()
    framed = visitor.get(f"{answer.request['PATH_INFO']}?embed=1")
    assert "Refresh" not in framed.headers
    moved = visitor.get(answer.request["PATH_INFO"], headers={"HX-Request": "true"})
    assert moved.headers["HX-Redirect"].startswith("https://kea.example/to/")


def test_referrer_that_is_no_address_is_left_out(quiz):
    visitor = Client(headers={"accept-language": "en", "referer": "http://[::1"})
    first = visitor.get(home(quiz))
    visitor.post(home(quiz), fields(first.content.decode(), view="lake"))

    assert first.status_code == 200
    assert FlowSession.objects.get().referrer == ""


def test_origin_that_cannot_be_read_may_not_frame_the_page(workspace, owner, visitor):
    embed = {"allowed_origins": ["http://[::1", "https://kea.example/shop", "https://a.example; script-src *"]}
    flow = publish(workspace, owner, {**QUIZ, "settings": {"embed": embed}})

    policy = visitor.get(home(flow)).headers["Content-Security-Policy"]

    assert policy.endswith("frame-ancestors 'self' https://kea.example")


@pytest.mark.parametrize("body", ["{{outcome.body}} You have {{score}}.", "{{outcome.body}}", "Thanks."])
def test_words_of_an_outcome_are_said_once(workspace, owner, visitor, body):
    document = {
        "schema_version": "1.0", "kind": "quiz", "name": "Which?", "default_locale": "en", "outcome_mode": "rules",
        "outcomes": [{"key": "lake", "title": "The lake", "body": "Water on three sides."}],
        "steps": [{"key": "who", "blocks": [{"type": "short_text", "key": "town", "label": "Which town?"}]}],
        "endings": [{"key": "end", "type": "screen", "title": "It is {{outcome.title}}", "body": body}],
    }  # fmt: skip
    flow = publish(workspace, owner, document, key="which")
    html = visitor.get(home(flow)).content.decode()

    answer = visitor.post(home(flow), fields(html, town="Wānaka"), follow=True).content.decode()

    assert answer.partition("<main")[2].count("Water on three sides.") == 1
