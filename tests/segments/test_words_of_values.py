"""Values are chosen and read by their names: countries, languages, zones, and what a flow asks."""

import pytest

from segments.builder.labels import Labels
from segments.builder.sentences import read_sentence, sentence_of, words_of
from segments.language.text_parser import parse_text
from segments.registry import FlowWords
from tests.segments import vectors

QUIZ = FlowWords(
    questions={"q1": "Which cabin are you?", "q2": "What would you bring?"},
    options={"q1": {"yes": "By the lake", "no": "In the woods"}, "q2": {"a": "A dog"}},
    outcomes={"sage": "The Jetty House"},
)


@pytest.fixture(scope="module")
def labels():
    registry = vectors.registry()
    return Labels(
        registry=registry,
        flows={"quiz": "Which cabin suits you?"},
        words_of_flow=lambda key: QUIZ if key == "quiz" else FlowWords(),
    )


def leaf_of(text):
    return parse_text(text)["where"]


def part_of(text, ending, labels):
    [part] = [one for one in sentence_of(leaf_of(text), "/where", labels) if one.name.endswith(ending)]
    return part


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('contact country is "NZ"', "Country is New Zealand"),
        ('contact country in ("DE", "FR")', "Country is one of Germany, France"),
        ('contact country is "ZZ"', "Country is ZZ"),
        ('contact language is "de"', "Language is Deutsch"),
        ('contact language is "en-GB"', "Language is British English"),
        ('contact language in ("est", "PT-br")', "Language is one of est, Português Brasileiro"),
        (
            'flow quiz outcome sage where (q1 is "yes")',
            "Took part in “Which cabin suits you?” to the end with the outcome The Jetty House "
            "answering Which cabin are you? is By the lake",
        ),
        (
            'flow quiz where (q2 has any ("a", "b"), q4 > 3)',
            "Took part in “Which cabin suits you?” to the end "
            "answering What would you bring? has any of A dog, b and q4 is above 3",
        ),
    ],
)
def test_sentence_says_names(text, told, labels):
    assert words_of(leaf_of(text), labels) == told


@pytest.mark.parametrize(
    ("text", "sent", "expected"),
    [
        ('contact country is "NZ"', {"op": ["eq"], "value": ["de"]}, 'contact country is "DE"'),
        ('contact country is "NZ"', {"op": ["in"], "value": ["NZ"]}, 'contact country in ("NZ")'),
        ('contact country in ("NZ")', {"op": ["in"], "value": ["", "NZ", "FR"]}, 'contact country in ("NZ", "FR")'),
        ('contact language is "en"', {"op": ["eq"], "value": ["pt-br"]}, 'contact language is "pt-br"'),
        (
            'contact zone is "Europe/Berlin"',
            {"op": ["eq"], "value": ["pacific/auckland"]},
            'contact zone is "Pacific/Auckland"',
        ),
        ('contact zone is "Europe/Berlin"', {"op": ["eq"], "value": [" Mars "]}, 'contact zone is "Mars"'),
    ],
)
def test_chosen_name_is_stored_as_its_code(text, sent, expected, labels):
    leaf = leaf_of(text)
    fields = {f"/where:{name}": values for name, values in sent.items()}
    fields["/where:subject"] = [f"contact:{leaf['field']}"]
    assert read_sentence(leaf, "/where", fields, labels) == leaf_of(expected)


def test_language_written_in_other_letters_is_chosen_once(labels):
    part = part_of('contact language is "EN-gb"', ":value", labels)
    assert [key for key, name in part.choices if key.lower() == "en-gb"] == ["EN-gb"]
    assert part.shown == "British English"


def test_value_not_chosen_yet_asks_to_be_chosen(labels):
    leaf = read_sentence(
        leaf_of("contact country is set"),
        "/where",
        {"/where:subject": ["contact:country"], "/where:op": ["eq"]},
        labels,
    )
    [part] = [one for one in sentence_of(leaf, "/where", labels) if one.name.endswith(":value")]
    assert (part.value, part.shown) == ("", "choose")


def test_long_list_shows_what_is_chosen_first(labels):
    part = part_of('contact country in ("NZ", "DE")', ":value", labels)
    assert part.is_long
    assert {key for key, _name in part.choices[:2]} == {"NZ", "DE"}


def test_zone_is_typed_with_a_list_to_choose_from(labels):
    assert part_of('contact zone is "Europe/Berlin"', ":value", labels).suggestions == "zones"
