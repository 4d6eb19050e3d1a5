"""Pictures beside shared links: words that fit and are drawn, in every direction of writing, once."""

import re
import struct
from html import unescape
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from flows import cards
from flows.cards import public_words
from flows.pages.card import Card, can_be_drawn, draw
from flows.pages.typesetting import clean, is_right_to_left, lines_of, runs, width_of
from tests.cast import client_of
from tests.flows.pages.documents import QUIZ
from tests.flows.pages.test_public import home, publish


def size_of(picture: bytes) -> tuple[int, int]:
    """Width and height that a PNG says it has."""
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack_from(">II", picture, 16)
    return width, height


def meta(html: str, name: str) -> str:
    found = re.search(rf'<meta (?:property|name)="{name}" content="([^"]*)"', html)
    return unescape(found[1]) if found else ""


@pytest.mark.parametrize(
    ("text", "families"),
    [
        ("Which cabin? Łódź, Tiếng Việt", ["Inter"]),
        ("Какой домик", ["Inter"]),
        ("كوخ Rapport", ["Noto Sans Arabic", "Inter"]),
        ("בקתה", ["Noto Sans Hebrew"]),
    ],
)
def test_each_script_has_its_font(text, families):
    assert [run.family for run in runs(text)] == families
    assert "".join(run.text for run in runs(text)) == text


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Win 🙂 now", "Win now"),
        ("a\u202eb\x00c", "abc"),
        ("日本の小屋", None),
        ("🙂", ""),
        ("  two \n words ", "two words"),
    ],
)
def test_only_what_can_be_drawn_is_kept(text, kept):
    assert clean(text) == kept


@pytest.mark.parametrize(
    ("text", "mirrored"), [("Hut", False), ("2026 كوخ", True), ("בקתה Hut", True), ("100 %", False)]
)
def test_the_first_letter_gives_the_direction(text, mirrored):
    assert is_right_to_left(text) is mirrored


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=120), st.floats(2, 30), st.integers(1, 5))
def test_lines_are_never_wider_than_the_room(text, width, most):
    lines = lines_of(clean(text) or "", width, most)

    assert len(lines) <= most
    assert all(width_of(line) <= width for line in lines)


@pytest.mark.parametrize("title", ["Short", "كوخ " * 60, "W" * 300, "<b>&\"'"])
def test_pictures_have_the_size_that_is_promised(title):
    picture = draw(Card(title, "Nor & Wind <x>", "#e8a33d", eyebrow="x" * 300, text="y " * 200))

    assert size_of(picture) == (1200, 630)
    assert len(picture) < 150_000


def test_letters_we_cannot_draw_give_no_picture():
    assert not can_be_drawn(Card("日本", "x", "#000000"))
    with pytest.raises(ValueError, match="letters"):
        draw(Card("日本", "x", "#000000"))


def test_public_words_say_what_they_say_without_an_answer():
    assert public_words("Well done, {{answers.name|friend}}!", "en", "en") == "Well done, friend!"


@pytest.mark.django_db
def test_page_names_its_picture_with_size_and_words(workspace, owner):
    flow = publish(workspace, owner, QUIZ)
    html = Client().get(home(flow)).content.decode()
    address = meta(html, "og:image")
    picture = Client().get(address.removeprefix("http://testserver"))

    assert re.fullmatch(rf"http://testserver/f/{flow.public_id}/card\.png\?lang=en&v=[0-9a-f]{{16}}", address)
    assert (meta(html, "og:image:width"), meta(html, "og:image:height")) == ("1200", "630")
    assert meta(html, "og:image:alt") == f"Which cabin are you? · {workspace.name}"
    assert meta(html, "twitter:card") == "summary_large_image"
    assert picture.headers["Content-Type"] == "image/png"
    assert picture.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert size_of(picture.content) == (1200, 630)


@pytest.mark.django_db
def test_each_outcome_has_a_picture_of_its_own(workspace, owner):
    flow = publish(workspace, owner, QUIZ)
    pages = [Client().get(f"{home(flow)}?r={key}").content.decode() for key in ("lake", "hills", "none")]
    addresses = [meta(html, "og:image") for html in pages]

    assert len(set(addresses)) == 3
    assert "r=hills" in addresses[1]
    assert meta(pages[1], "og:image:alt").startswith("You are a Rata")
    assert "r=" not in addresses[2]


@pytest.mark.django_db
def test_own_picture_comes_before_ours_but_a_drawing_does_not(workspace, owner):
    def page(cover: str, key: str) -> str:
        theme: dict[str, Any] = {"cover": cover, "cover_alt": "A lake"}
        return Client().get(home(publish(workspace, owner, {**QUIZ, "theme": theme}, key))).content.decode()

    assert meta(page("/static/demo/lake.jpg", "a"), "og:image") == "http://testserver/static/demo/lake.jpg"
    assert meta(page("/static/demo/lake.jpg", "b"), "og:image:alt") == "A lake"
    assert "card.png" in meta(page("/static/gallery/lake.svg", "c"), "og:image")


@pytest.mark.django_db
def test_a_picture_is_drawn_once(workspace, owner, monkeypatch):
    cache.clear()
    flow = publish(workspace, owner, QUIZ)
    count = []
    monkeypatch.setattr(cards, "draw", lambda card: count.append(card) or draw(card))
    for version in ("1", "2", "3"):
        answer = Client().get(f"{home(flow)}card.png?v={version}")
        assert answer.headers["Cache-Control"] == "public, max-age=3600"

    assert len(count) == 1


@pytest.mark.django_db
def test_what_is_not_published_has_no_picture(workspace, owner, viewer):
    assert Client().get("/f/00000000-0000-7000-8000-000000000000/card.png").status_code == 404
    flow = publish(workspace, owner, QUIZ)
    html = client_of(viewer).get(f"/w/{workspace.slug}/flows/{flow.public_id}/share/").content.decode()

    assert f"/f/{flow.public_id}/card.png?lang=en" in html
