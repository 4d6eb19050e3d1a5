"""The first page on a slow phone, and what a sent form says."""

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from core.clock import now
from flows.gallery import TEMPLATES, document_of
from flows.pages.reading import read_answers
from tests.flows.pages.documents import EVERYTHING, QUIZ
from tests.flows.pages.test_public import home, publish

pytestmark = pytest.mark.django_db

LIMIT = 100_000


def weight(page: str) -> dict[str, int]:
    """What a browser fetches before anything is touched, in bytes as they lie on the disk; pictures too."""
    sizes = {"page": len(page.encode())}
    for path in re.findall(r'(?:src|href)="/static/([^"]+\.(?:css|js|svg|jpg|png|webp))"', page):
        sizes[path] = Path(str(finders.find(path))).stat().st_size
    for path in re.findall(r'href="(/account/brand/[^"]+)"', page):
        sizes[path] = len(Client().get(path).content)
    return sizes


@pytest.mark.parametrize("key", ["quiz", *(one.key for one in TEMPLATES)])
def test_first_page_is_small_even_uncompressed(workspace, owner, key):
    flow = publish(workspace, owner, QUIZ if key == "quiz" else document_of(key, now()))

    sizes = weight(Client().get(home(flow)).content.decode())

    assert set(sizes) >= {"page", "css/flow.css", "js/flow.js", "vendor/htmx-4.0.1.min.js"}
    assert sum(sizes.values()) <= LIMIT, sizes


def test_page_of_all_questions_is_small(workspace, owner):
    assert len(Client().get(home(publish(workspace, owner, EVERYTHING))).content) <= LIMIT


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
