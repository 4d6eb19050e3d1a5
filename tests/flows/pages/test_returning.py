"""Coming back, answering once, enough answers, films without a player, chats one question at a time."""

from typing import Any

import pytest
from django.test import Client

from flows.models import FlowSession
from flows.polls import whole_percents
from tests.flows.pages.documents import QUIZ
from tests.flows.pages.test_public import fields, home, publish

pytestmark = pytest.mark.django_db

ONCE = {"submissions": {"limit": [{"by": "device", "max": 1, "per": "once"}]}}
POLL: dict[str, Any] = {
    "schema_version": "1.0",
    "kind": "poll",
    "name": "Lake or hills?",
    "default_locale": "en",
    "steps": [
        {
            "key": "a",
            "blocks": [
                {
                    "type": "single_choice",
                    "key": "place",
                    "label": "Lake or hills?",
                    "required": True,
                    "choices": [{"key": "lake", "label": "Lake"}, {"key": "hills", "label": "Hills"}],
                }
            ],
        }
    ],
    "endings": [
        {
            "key": "done",
            "type": "screen",
            "title": "Counted",
            "blocks": [{"type": "poll_results", "id": "r", "of": "place", "label": "So far"}],
        }
    ],
}


def vote(flow: Any, client: Client, choice: str) -> str:
    html = client.get(home(flow)).content.decode()
    there = client.post(home(flow), fields(html, place=choice))
    return client.get(there.headers["Location"]).content.decode()


def test_poll_shows_what_everybody_says(workspace, owner):
    flow = publish(workspace, owner, POLL)
    html = vote(flow, Client(), "lake")

    assert "Counted" in html
    assert "100 %" in html
    assert "1 person so far." in html


def test_who_voted_once_sees_the_result_again(workspace, owner):
    flow = publish(workspace, owner, {**POLL, "settings": ONCE})
    client = Client()
    vote(flow, client, "lake")
    again = client.get(home(flow))

    assert again.status_code == 303
    assert "Counted" in client.get(again.headers["Location"]).content.decode()
    assert Client().get(home(flow)).status_code == 200
    assert FlowSession.objects.count() == 1


def test_enough_is_enough(workspace, owner):
    flow = publish(workspace, owner, {**POLL, "settings": {"submissions": {"max": 1}}})
    form = fields(Client().get(home(flow)).content.decode(), place="hills")
    vote(flow, Client(), "lake")

    assert "Everybody has answered" in Client().get(home(flow)).content.decode()
    assert "Everybody has answered" in Client().post(home(flow), form).content.decode()
    assert FlowSession.objects.count() == 1


def test_browser_is_led_back_to_what_it_began(workspace, owner):
    flow = publish(workspace, owner, {**QUIZ, "settings": {"save_resume": {"enabled": True}}})
    client = Client(headers={"accept-language": "en"})
    there = client.post(home(flow), fields(client.get(home(flow)).content.decode(), view="lake"))
    html = client.get(home(flow)).content.decode()

    assert f'href="{there.headers["Location"]}"' in html
    assert there.cookies[f"flow-{flow.pk}"]["path"] == home(flow)
    assert "Go on where you were" not in Client().get(home(flow)).content.decode()


def test_questions_of_a_film_come_without_a_player(workspace, owner):
    def question(key: str) -> dict[str, Any]:
        return {"type": "short_text", "key": key, "label": f"Words for {key}"}

    film = {
        "schema_version": "1.0",
        "kind": "interactive_video",
        "name": "A film",
        "default_locale": "en",
        "video": {
            "sources": [{"src": "/static/film.mp4", "type": "video/mp4"}],
            "tracks": [{"kind": "captions", "srclang": "en", "src": "/static/film.vtt"}],
        },
        "steps": [
            {"key": "early", "timeline": {"from": 5}, "blocks": [question("one")]},
            {"key": "late", "blocks": [question("two")]},
        ],
        "endings": [{"key": "done", "type": "screen", "title": "The end"}],
    }
    flow = publish(workspace, owner, film, "film")
    client = Client(headers={"accept-language": "en"})
    html = client.get(home(flow)).content.decode()
    assert "<video" in html
    assert FlowSession.objects.count() == 0
    there = client.post(home(flow), {**fields(html), "do": "film"}).headers["Location"]
    html = client.get(there).content.decode()
    assert "Words for one" in html
    client.post(there, fields(html, one="a"))
    client.post(there, {"do": "film"})
    html = client.get(there).content.decode()
    assert "Words for two" in html
    client.post(there, fields(html, two="b"))

    assert "The end" in client.get(there).content.decode()
    assert FlowSession.objects.get().answers == {"one": "a", "two": "b"}


def test_chat_asks_one_question_a_page(workspace, owner):
    chat = {
        "schema_version": "1.0",
        "kind": "chatbot",
        "name": "A chat",
        "default_locale": "en",
        "settings": {"mode": "chat"},
        "steps": [
            {
                "key": "a",
                "blocks": [
                    {"type": "text", "id": "hi", "body": "Hello there"},
                    {"type": "short_text", "key": "name", "label": "Your name?", "required": True},
                    {"type": "yes_no", "key": "dog", "label": "A dog?"},
                ],
            }
        ],
        "endings": [{"key": "done", "type": "screen", "title": "Bye, {{answers.name}}"}],
    }
    flow = publish(workspace, owner, chat, "chat")
    client = Client(headers={"accept-language": "en"})
    html = client.get(home(flow)).content.decode()
    assert "Hello there" in html
    assert "A dog?" not in html
    there = client.post(home(flow), fields(html, name="Ana")).headers["Location"]
    html = client.get(there).content.decode()
    assert "A dog?" in html
    client.post(there, fields(html, dog="yes"))

    assert "Bye, Ana" in client.get(there).content.decode()
    assert FlowSession.objects.get().answers == {"name": "Ana", "dog": True}


@pytest.mark.parametrize(
    ("counts", "shares"), [([1, 1, 1], [34, 33, 33]), ([0, 0], [0, 0]), ([2, 1], [67, 33]), ([5, 0, 0], [100, 0, 0])]
)
def test_percentages_are_whole_and_add_up(counts, shares):
    assert whole_percents(counts, sum(counts)) == shares
