"""Values are chosen and read by their names: countries, languages, zones, tags, and what a flow asks."""

import pytest

from segments.builder.labels import Labels, labels_of
from segments.builder.page import build_page, suggestions_of
from segments.builder.sentences import read_sentence, sentence_of, words_of
from segments.builder.subjects import default_leaf
from segments.builder.usual import Usual
from segments.language.text_parser import parse_text
from segments.registry import FlowWords
from tests.cast import make_contact
from tests.segments import vectors

QUIZ = FlowWords(
    questions={"q1": "Which cabin are you?", "q2": "What would you bring?"},
    options={"q1": {"yes": "By the lake", "no": "In the woods"}, "q2": {"a": "A dog"}},
    outcomes={"sage": "The Jetty House"},
)
PEOPLE = [
    (["vip", "press"], {"city": "Bonn", "ltv": {"amount": "1", "currency": "NZD"}}),
    (["vip"], {"city": "Bonn", "ltv": {"amount": "2", "currency": "USD"}}),
    ([], {"city": "Only mine", "ltv": {"amount": "3", "currency": "NZD"}}),
    ([], {"city": "x" * 61}),
    ([], {"city": "x" * 61}),
]


@pytest.fixture(scope="module")
def labels():
    registry = vectors.registry()
    return Labels(
        registry=registry,
        flows={"quiz": "Which cabin suits you?"},
        words_of_flow=lambda key: QUIZ if key == "quiz" else FlowWords(),
        attributes={"city": "City", "ltv": "Spent"},
        usual=Usual(lambda: PEOPLE, {"order.placed": ["", "NZD", "NZD", "USD"]}.__getitem__),
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


def test_tags_are_chosen_from_those_people_have_and_others_are_typed(labels):
    part = part_of('tags has any ("vip", "rare")', ":value", labels)
    assert ([key for key, _name in part.choices], part.may_type) == (["press", "vip", "rare"], True)
    assert words_of(leaf_of('tags has none ("vip")'), labels) == "Tags has none of vip"
    sent = {"/where:subject": ["tags"], "/where:op": ["has_all"], "/where:value": ["", "vip", " new one "]}
    read = read_sentence(leaf_of("tags is set"), "/where", sent, labels)
    assert read == leaf_of('tags has all ("vip", "new one")')
    assert default_leaf("tags", labels) == leaf_of('tags has any ("press")')


def test_texts_several_people_have_are_offered_while_typing(labels):
    root = {"all": [leaf_of('attribute city is "B"'), leaf_of('attribute city contains "B"')]}
    assert suggestions_of(build_page(root, labels, []), labels) == [("texts-city", ["Bonn"])]


@pytest.mark.parametrize(
    ("text", "subject", "sent", "expected"),
    [
        ("attribute ltv is set", "attribute:ltv", {"op": ["gte"], "value": ["5"]}, "attribute ltv >= 5 NZD"),
        (
            "event order.placed",
            "event:order.placed",
            {"how": ["sum:total"]},
            "event order.placed sum total >= 100 NZD",
        ),
        (
            "event order.placed where (total is set)",
            "event:order.placed",
            {"c0_key": ["total"], "c0_op": ["gte"], "c0_value": ["5"]},
            "event order.placed where (total >= 5 NZD)",
        ),
    ],
)
def test_money_begins_in_the_currency_it_is_mostly_in(text, subject, sent, expected, labels):
    fields = {"/where:subject": [subject], **{f"/where:{name}": values for name, values in sent.items()}}
    assert read_sentence(leaf_of(text), "/where", fields, labels) == leaf_of(expected)


def test_values_of_other_workspaces_are_not_offered(workspace, other_workspace, django_assert_num_queries):
    make_contact(other_workspace, "a@example.org", tags=["secret"])
    make_contact(workspace, "b@example.org", tags=["vip"])
    usual = labels_of(workspace).usual
    with django_assert_num_queries(1):
        assert (usual.tags(), usual.texts("city")) == (["vip"], [])
    assert usual.event_currency("order.placed") == ""
