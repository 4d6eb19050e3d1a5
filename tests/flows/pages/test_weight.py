"""The first page on a slow phone, and the same way through every renderer."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from flows.documents import compiled, plain_json
from flows.engine.advance import advance, describe
from flows.models import FlowSession
from flows.pages.reading import read_answers
from tests.flows.pages.documents import EVERYTHING, QUIZ
from tests.flows.pages.test_public import fields, home, publish

pytestmark = pytest.mark.django_db

LIMIT = 100_000


@pytest.mark.parametrize("document", [QUIZ, EVERYTHING], ids=["quiz", "everything"])
def test_first_page_is_small_even_uncompressed(workspace, owner, document):
    flow = publish(workspace, owner, document)
    page = Client().get(home(flow))
    html = page.content.decode()
    sizes = {"page": len(page.content)}
    for path in re.findall(r'(?:src|href)="/static/([^"]+\.(?:css|js))"', html):
        sizes[path] = Path(str(finders.find(path))).stat().st_size
    for path in re.findall(r'href="(/account/brand/[^"]+)"', html):
        sizes[path] = len(Client().get(path).content)

    assert set(sizes) >= {"page", "css/flow.css", "js/flow.js", "vendor/htmx-4.0.1.min.js"}
    if document is QUIZ:
        assert sum(sizes.values()) <= LIMIT, sizes
    assert len(page.content) <= LIMIT


def test_pages_and_engine_take_the_same_way(workspace, owner):
    flow = publish(workspace, owner, QUIZ)
    visitor = Client(headers={"accept-language": "en"})
    sent: list[dict[str, Any]] = [{"view": "alps"}, {"name": "Ana", "nights": "2"}]
    there = visitor.post(home(flow), fields(visitor.get(home(flow)).content.decode(), **sent[0]))
    address = there.headers["Location"]
    visitor.post(address, fields(visitor.get(address).content.decode(), **sent[1]))

    engine = compiled(flow.live_version)
    state, _effects = advance(engine, None, {"type": "start", "seed": "0" * 32, "at": "2026-05-04T09:00:00Z"})
    for step, answers in zip(("where", "who"), sent, strict=True):
        event = {"type": "submit", "step": step, "answers": answers, "at": "2026-05-04T09:00:09Z"}
        state, _effects = advance(engine, state, event)
    described = describe(engine, state)

    session = FlowSession.objects.get()
    assert session.answers == plain_json(described["answers"])
    assert (session.outcome, session.ending, session.status) == (described["outcome"], "done", described["status"])


def test_forms_are_read_in_the_shapes_of_the_engine():
    class Sent(dict):
        def getlist(self, key):
            return self.get(key, [])

    blocks = EVERYTHING["steps"][0]["blocks"]
    sent = Sent(
        {
            "a.stars": "4",
            "a.opinion": "1e3",
            "a.rank.a": "1",
            "a.rank.b": "1",
            "a.rank.c": "2",
            "a.many": ["a"],
            "a.short": "",
        }
    )
    found = read_answers(blocks, sent)

    assert found == {"stars": 4, "opinion": "1e3", "rank": ["a", "b", "c", "a"], "many": ["a"], "short": ""}
