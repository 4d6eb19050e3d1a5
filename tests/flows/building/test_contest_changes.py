"""Contests in the builder: making one of any flow, and what follows from a change."""

import datetime as dt
from decimal import Decimal

import pytest

from flows.building.changes import Change, apply_values, operate
from flows.building.contest_changes import Host
from flows.building.contest_sheet import contest_sheet
from flows.building.controls import Maker
from flows.building.operations import BadChange
from flows.building.pointers import NoSuchPlace
from flows.building.shapes import is_whole
from flows.checking import check_flow
from flows.gallery import TEMPLATES, document_of

HOST = Host("Kea Cabins", "Pacific/Auckland", dt.datetime(2026, 3, 4, 9, 20, tzinfo=dt.UTC))
OTHERS = [one.key for one in TEMPLATES if not one.is_contest]


def begun(name: str = "poll"):
    return operate(Change(document_of(name), host=HOST), "begin-contest").document


def changed(document, **values: str):
    sent = {f"v:/contest/{path}": value for path, value in values.items()}
    return apply_values(document, sent, [], "en").document


@pytest.mark.parametrize("name", OTHERS)
def test_any_flow_becomes_a_contest_that_can_be_published(name):
    made = begun(name)

    assert is_whole(made)
    assert [one for one in check_flow(made, runs=0) if one.is_error] == []
    assert made["contest"]["opens_at"] == "2026-03-04T09:00:00Z"
    assert made["contest"]["closes_at"] == "2026-03-18T09:00:00Z"
    assert made["contest"]["draw"]["beacon"]["at"] == "2026-03-18T11:00:00Z"
    assert made["contest"]["rules"]["sponsor"] == "Kea Cabins"
    kinds = [block["type"] for step in made["steps"] for block in step["blocks"]]
    assert kinds.count("email") >= 1
    shown = [block["type"] for ending in made["endings"] for block in ending.get("blocks", ())]
    assert {"entry_status", "share"} <= set(shown)


def test_second_contest_is_refused_and_nobody_makes_one_without_a_host():
    with pytest.raises(BadChange):
        operate(Change(begun(), host=HOST), "begin-contest")
    with pytest.raises(NoSuchPlace):
        operate(Change(document_of("poll")), "begin-contest")


def test_referral_brings_the_hidden_field_of_its_link_along():
    made = operate(Change(begun()), "add /contest/entry_methods").document

    assert made["contest"]["entry_methods"][1] == {"key": "referral", "type": "referral", "tickets": 1}
    assert made["hidden_fields"] == [{"key": "ref", "type": "text", "source": "query"}]
    assert [one for one in check_flow(made, runs=0) if one.is_error] == []


def test_tickets_of_a_friend_are_said_in_one_place():
    giveaway = document_of("giveaway")
    assert giveaway["contest"]["referral"]["tickets_per_referral"] == 2

    more = changed(giveaway, **{"entry_methods/1/tickets": "5"})
    other = changed(giveaway, **{"entry_methods/0/tickets": "3"})

    assert more["contest"]["entry_methods"][1] == {"key": "friend", "type": "referral", "tickets": 5, "max_tickets": 20}
    assert other["contest"]["entry_methods"][1]["tickets"] == 2
    assert more["contest"]["referral"] == {"count_only_verified": True, "block_self": True}


def test_later_closing_takes_the_draw_along_but_an_earlier_one_leaves_it():
    made = begun()

    later = changed(made, closes_at="2026-04-01T10:00")
    earlier = changed(made, closes_at="2026-03-10T10:00")

    assert later["contest"]["draw"]["beacon"]["at"] == "2026-03-31T23:00:00Z"
    assert later["contest"]["draw"]["beacon"]["ref"].endswith("after 2026-03-31T23:00:00Z")
    assert earlier["contest"]["draw"] == made["contest"]["draw"]


def test_chance_from_elsewhere_names_its_number():
    made = begun()

    ours = changed(made, **{"draw/beacon/type": "server_seed_only"})
    public = changed(made, **{"draw/beacon/type": "public_value"})

    assert ours["contest"]["draw"]["beacon"]["ref"] == "none"
    assert public["contest"]["draw"]["beacon"]["ref"] == "Say which number, and who publishes it"
    assert changed(ours, **{"draw/beacon/type": "drand"}) == made


def test_contest_by_votes_becomes_a_draw_with_a_draw():
    photo = document_of("photo")
    assert "draw" not in photo["contest"]

    made = changed(photo, selection="random_draw")

    assert made["contest"]["draw"]["unique_by"] == "email"
    assert [one for one in check_flow(made, runs=0) if one.is_error] == []


def test_limits_begin_with_what_is_not_limited_yet():
    made = begun()
    for _time in range(3):
        made = operate(Change(made), "add /contest/entry_limits").document

    assert [one["by"] for one in made["contest"]["entry_limits"]] == ["email", "ip", "phone", "contact", "device"]
    assert made["contest"]["entry_limits"][4] == {"by": "device", "max": Decimal(1), "per": "campaign"}


def test_leaderboard_is_switched_on_and_then_says_more():
    path = "/contest/leaderboard/enabled"
    made = apply_values(begun(), {f"v:{path}": "true"}, [path], "en").document

    assert made["contest"]["leaderboard"] == {"enabled": True}
    titles = {section.title: section for section in contest_sheet(Maker(made))}
    assert [one.path.rpartition("/")[2] for one in titles["Leaderboard"].controls] == [
        "enabled", "metric", "top", "name_format",
    ]  # fmt: skip


def test_secret_code_asks_which_answer_counts():
    made = operate(Change(begun()), "add /contest/entry_methods").document
    made = changed(made, **{"entry_methods/1/type": "secret_code"})
    made = changed(made, **{"entry_methods/1/condition/how": "all"})

    ways = next(one for one in contest_sheet(Maker(made)) if one.conditions)

    assert list(ways.conditions) == ["/contest/entry_methods/1"]
    assert made["contest"]["entry_methods"][1]["condition"]["all"][0]["op"] == "is_set"
    assert is_whole(made)


def test_flow_without_a_contest_has_an_empty_sheet():
    assert contest_sheet(Maker(document_of("poll"))) == []
