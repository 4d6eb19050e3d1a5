"""Blocks in the builder: consent, pictures, places on a picture, films, lists of boxes."""

from decimal import Decimal

import pytest

from flows.building.block_panels import block_panel
from flows.building.catalogue import BY_TYPE, fresh_block
from flows.building.changes import Change, apply_values, joined_choices, operate
from flows.building.controls import Maker, Offers
from flows.building.operations import BadChange
from flows.building.pointers import NoSuchPlace, at
from flows.building.sentences import rule_words
from flows.gallery import document_of


def asking(kind: str):
    """A flow whose first block is of a kind."""
    document = document_of("poll")
    document["steps"][0]["blocks"].insert(0, fresh_block(kind, "new"))
    return document


def panel(document, offers=None):
    return block_panel(Maker(document, offers=offers), "/steps/0/blocks/0", document["steps"][0]["blocks"][0])


def names(document, offers=None) -> list[str]:
    return [one.path.rpartition("/")[2] for one in panel(document, offers).controls]


@pytest.mark.parametrize("kind", BY_TYPE)
def test_every_kind_has_a_panel(kind):
    assert panel(asking(kind)).kind.type == kind


def test_ready_made_question_about_frequency_is_a_question_like_any_other():
    document = asking("message_frequency")

    assert panel(document).kind.type == "single_choice"
    saved = next(one for one in panel(document).more if one.path.endswith("/contact_field"))
    assert (saved.value, dict(saved.options)["message_frequency"]) == (
        "message_frequency",
        "How often they want messages",
    )


def test_ending_takes_no_ready_made_question():
    with pytest.raises(BadChange, match="An ending asks nothing"):
        operate(Change(document_of("poll")), "add-block message_frequency /endings/0")


def test_consent_for_messages_asks_for_channels_and_subjects():
    document = asking("consent")

    assert names(document, Offers(topics=[("news", "News")])) == [
        "label", "help", "purpose", "channels", "topics", "double_opt_in", "required",
    ]  # fmt: skip
    assert names(document) == ["label", "help", "purpose", "channels", "double_opt_in", "required"]


def test_consent_to_rules_asks_for_no_channels():
    document = asking("consent")
    document["steps"][0]["blocks"][0]["purpose"] = "contest_rules"

    assert names(document) == ["label", "help", "purpose", "required"]


def test_ticked_boxes_become_a_list_that_keeps_its_order():
    document = asking("consent")
    path = "/steps/0/blocks/0/channels"
    document["steps"][0]["blocks"][0]["channels"] = ["sms", "email"]

    same = joined_choices(document, {path: ["email", "sms"]})
    more = joined_choices(document, {path: ["email", "push", "sms"]})

    assert apply_values(document, same, [], "en").document == document
    assert at(apply_values(document, more, [], "en").document, path) == ["sms", "email", "push"]
    none = apply_values(document, joined_choices(document, {path: []}), [], "en").document
    assert "channels" not in none["steps"][0]["blocks"][0]


def test_what_nobody_offers_any_more_can_still_be_unticked():
    document = asking("consent")
    document["steps"][0]["blocks"][0]["topics"] = ["gone"]

    control = next(one for one in panel(document, Offers(topics=[("news", "News")])).controls if "topics" in one.path)

    assert (list(control.options), control.chosen) == ([("news", "News"), ("gone", "gone")], ["gone"])


def test_places_are_drawn_where_somebody_drew_them():
    change = operate(Change(asking("hotspot")), "draw /steps/0/blocks/0/regions 5 10.5 20 30")

    assert at(change.document, "/steps/0/blocks/0/regions/1") == {
        "key": "p2", "label": "Place 2", "x": Decimal(5), "y": Decimal("10.5"), "width": Decimal(20),
        "height": Decimal(30),
    }  # fmt: skip
    assert change.focus == "/steps/0/blocks/0/regions/1/label"


@pytest.mark.parametrize("words", ["regions 5 5 200 5", "regions a 5 5 5", "choices 1 2 3 4", "regions 1 2 3"])
def test_impossible_places_are_refused(words):
    with pytest.raises((BadChange, NoSuchPlace)):
        operate(Change(asking("hotspot")), f"draw /steps/0/blocks/0/{words}")


def test_map_shows_pictures_of_ours_only():
    document = asking("hotspot")
    assert panel(document).map.src == ""
    document["steps"][0]["blocks"][0]["src"] = "https://elsewhere.example/a.png"
    assert panel(document).map.src == ""
    document["steps"][0]["blocks"][0]["src"] = "/media/pictures/a.png"
    assert panel(document).map.src == "/media/pictures/a.png"
    assert [(one.x, one.width) for one in panel(document).map.regions] == [("35", "30")]


def test_film_gets_captions_in_the_language_of_the_flow():
    made = operate(Change(asking("video")), "add /steps/0/blocks/0/tracks").document

    assert at(made, "/steps/0/blocks/0/tracks") == [{"kind": "captions", "srclang": "en", "src": ""}]
    assert [one.path for one in panel(made).lists] == ["/steps/0/blocks/0/tracks"]


def test_rows_of_a_table_are_added_and_named():
    made = operate(Change(asking("matrix")), "add /steps/0/blocks/0/rows").document

    assert [one["key"] for one in at(made, "/steps/0/blocks/0/rows")] == ["r1", "r2", "r3"]
    assert [one.title for one in panel(made).lists] == ["Rows", "Columns"]


def test_quotes_are_those_of_the_reader(monkeypatch):
    rule = {"when": {"left": "answers.new", "op": "is_set"}, "actions": [{"do": "tag", "tag": "x"}]}
    monkeypatch.setattr("flows.building.sentences._", {"“%(words)s”": "«%(words)s»"}.get)
    monkeypatch.setattr("flows.building.sentences.rule_words", rule_words)
    from flows.building.sentences import condition_words

    assert condition_words(asking("yes_no"), rule["when"]) == "«Yes or no» is answered"
