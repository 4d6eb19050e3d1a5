"""What the checks say, in sentences."""

import pytest
from django.utils import translation

from flows.building import problem_words
from flows.building.problem_words import SENTENCES, sentence_of
from flows.checking import Problem

RUSSIAN = {
    "E03": "Отсюда путь ведёт к «%(target)s», а этого нет.",
    "E01": "Здесь чего-то не хватает.",
    "E06": "Здесь используется «%(name)s», которого нет.",
    "W13": "Формула не сработала: %(where)s.",
}


def test_sentence_names_what_is_known():
    assert sentence_of(Problem("E06", "", {"name": "answers.pet"})) == "This uses “answers.pet”, which is not there."


@pytest.mark.parametrize("code", SENTENCES)
def test_sentence_without_details_shows_no_placeholder(code):
    for language in ("en", "ru", "ar"):
        with translation.override(language):
            assert "%(" not in sentence_of(Problem(code, ""))


def test_russian_sentence_without_details_is_whole(monkeypatch):
    monkeypatch.setattr(problem_words, "SENTENCES", RUSSIAN)
    monkeypatch.setattr(problem_words, "_", lambda words: "это" if words == "this" else words)
    assert sentence_of(Problem("E06", "", {"name": "ответ"})) == "Здесь используется «ответ», которого нет."
    assert sentence_of(Problem("E06", "")) == "Здесь используется это, которого нет."
    assert sentence_of(Problem("E03", "")) == "Отсюда путь ведёт к это, а этого нет."
    assert sentence_of(Problem("W13", "")) == "Формула не сработала: это."
