"""Who gets a prize where no chance decides, and who gets it next when a winner does not take it."""

import datetime as dt

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacts.models import Contact
from contacts.services.merging import merge_contacts
from contests.models import Contest, Document, Entry, Winner
from contests.services import (
    Settled,
    claim_prize,
    decline_prize,
    disprove_winner,
    draw_with_value,
    follow_contest,
    seal_now,
)
from contests.services.voting import cast_vote
from core.clock import now
from delivery.models import Message
from flows.models import FlowSession
from tests.api import ApiClient
from tests.contests.giveaway import HOUR, enter, published

pytestmark = pytest.mark.django_db
# The fixtures hold nothing that an example changes: each example is rolled back.
ROLLED_BACK = settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
PEOPLE = ("ann", "bo", "cy", "ann", "di", "bo")
PRIZES = [{"key": "kit", "name": "Kit", "quantity": 2}]


@pytest.fixture(autouse=True)
def _voting_is_over(monkeypatch):
    monkeypatch.setattr("contests.services.closing.terms.voting_ends_at", lambda _settings: now() - HOUR)


def sealed(contest: Contest, owner) -> Contest:
    """The contest after its time and ready to be drawn, as far as the clock of its row says."""
    Contest.objects.filter(pk=contest.pk).update(phase="closed", draws_at=now() - HOUR)
    contest.refresh_from_db()
    return seal_now(contest=contest, actor=owner)


def ranked(contest: Contest, owner) -> tuple[list[int], list[int]]:
    """Winners and alternates of a contest that is ranked, as ids of entries."""
    sealed(contest, owner)
    follow_contest(contest_id=contest.pk)
    rows = Winner.objects.filter(contest=contest).order_by("place")
    return [one.entry_id for one in rows if one.prize], [one.entry_id for one in rows if not one.prize]


def first_of_each(rows: list[tuple[int, str]]) -> list[int]:
    """Entries in order, of each person only the first."""
    names, found = set(), []
    for pk, name in rows:
        if name not in names:
            names.add(name)
            found.append(pk)
    return found


@pytest.mark.parametrize("selection", ["highest_score", "first_n", "judged", "votes"])
def test_those_who_are_ahead_win_and_nobody_twice(workspace, owner, selection):
    contest = published(workspace, owner, selection=selection, prizes=PRIZES, entry_limits=[])
    entries = [enter(contest, f"{name}@kea.example") for name in PEOPLE]
    begin = entries[0].issued_at

    @given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=6, max_size=6))
    @ROLLED_BACK
    def run(drawn):
        with transaction.atomic():
            expected = []
            for entry, name, (points, minutes) in zip(entries, PEOPLE, drawn, strict=True):
                at = begin + dt.timedelta(minutes=minutes)
                judged = points or None  # a jury need not give everybody a place
                Entry.objects.filter(pk=entry.pk).update(
                    score=points, votes=points, judged_place=judged, verified_at=at
                )
                ahead = {"first_n": 0, "judged": points}.get(selection, -points)
                if selection != "judged" or judged is not None:
                    expected.append(((ahead, at, entry.entry_ref), entry.pk, name))
            order = first_of_each([(pk, name) for _key, pk, name in sorted(expected)])
            assert ranked(contest, owner) == (order[:2], order[2:3])  # one waits behind
            assert f"selection:{selection}\n" in contest.document("result").body
            transaction.set_rollback(True)

    run()


def won(workspace, owner, *, alternates: int = 1, **terms) -> list[Winner]:
    """Winners and alternates of a draw with two prizes, in order."""
    contest = published(workspace, owner, prizes=PRIZES, **terms)
    for name in ("ann", "bo", "cy", "di"):
        enter(contest, f"{name}@kea.example")
    sealed(contest, owner)
    draw_with_value(contest=contest, value="7", actor=owner)
    return list(Winner.objects.select_related("entry", "contest").order_by("place"))


def test_alternate_follows_who_declines_and_is_told(workspace, owner):
    first, second, alternate = won(workspace, owner)
    told = Message.objects.count()

    decline_prize(winner=first)

    rows = Winner.objects.order_by("place").values_list("pk", "state", "seat", "prize")
    assert list(rows) == [
        (first.pk, "declined", 1, "kit"), (second.pk, "notified", 2, "kit"), (alternate.pk, "notified", 1, "kit")
    ]  # fmt: skip
    assert Message.objects.count() == told + 1
    said = first.contest.document("replacement").body
    assert f"left:{first.entry.entry_ref}:declined\ntaken:{alternate.entry.entry_ref}\n" in said
    with pytest.raises(Settled):
        claim_prize(winner=first)
    assert claim_prize(winner=alternate).state == "claimed"


def test_winner_who_is_disproved_leaves_even_after_claiming_and_nobody_is_left_to_follow(workspace, owner):
    first, second, alternate = won(workspace, owner)
    claim_prize(winner=first)
    claim_prize(winner=second)

    disprove_winner(winner=first, actor=owner)
    disprove_winner(winner=second, actor=owner)

    states = Winner.objects.order_by("place").values_list("state", flat=True)
    assert list(states) == ["disproved", "disproved", "notified"]
    said = list(Document.objects.filter(kind="replacement").order_by("pk").values_list("body", flat=True))
    assert f"taken:{alternate.entry.entry_ref}\n" in said[0]
    assert "taken:-\n" in said[1]
    with pytest.raises(Settled):
        disprove_winner(winner=first, actor=owner)
    assert Document.objects.filter(kind="replacement").count() == 2


def test_each_prize_has_one_holder_whatever_winners_do(workspace, owner):
    winners = won(workspace, owner)
    deeds = {
        "claim": lambda winner: claim_prize(winner=winner),
        "decline": lambda winner: decline_prize(winner=winner),
        "disprove": lambda winner: disprove_winner(winner=winner, actor=owner),
    }

    @given(st.lists(st.tuples(st.sampled_from(sorted(deeds)), st.integers(0, 2)), max_size=8))
    @ROLLED_BACK
    def run(drawn):
        with transaction.atomic():
            left = 0
            for deed, place in drawn:
                before = Winner.objects.get(pk=winners[place].pk).state
                try:
                    deeds[deed](winners[place])
                except Settled:
                    assert Winner.objects.get(pk=winners[place].pk).state == before
                else:
                    left += deed != "claim"
            holders = Winner.objects.filter(state__in=["drawn", "notified", "claimed"])
            assert sorted(holders.values_list("seat", flat=True)) in ([1, 2], [1], [2], [])
            assert holders.count() == 2 - max(0, left - 1)  # one alternate waits
            assert Document.objects.filter(kind="replacement").count() == left
            transaction.set_rollback(True)

    run()


def test_two_entrants_who_are_one_person_have_one_seat(workspace, owner):
    draw = {
        "method": "hmac_sha256_order", "alternates": 2, "claim_days": 7, "unique_by": "contact",
        "beacon": {"type": "public_value", "ref": "lottery", "at": "2036-01-01T00:00:00Z"},
    }  # fmt: skip
    contest = published(workspace, owner, draw=draw, prizes=PRIZES)
    one, other, third = (enter(contest, f"{name}@kea.example") for name in ("ann", "anna", "bo"))
    people = {name: Contact.objects.get(email=f"{name}@kea.example").public_id for name in ("ann", "anna")}

    merge_contacts(workspace=workspace, keep=people["ann"], merge=[people["anna"]], actor=owner)
    sealed(contest, owner)
    draw_with_value(contest=contest, value="7", actor=owner)

    other.refresh_from_db()
    assert other.contact_id == one.contact_id
    rows = [row.split(",") for row in contest.document("entries").body.splitlines()[4:]]
    group = {ref: group for ref, _tickets, group in rows}
    assert group[one.entry_ref] == group[other.entry_ref] != group[third.entry_ref]
    seats = set(Winner.objects.exclude(prize="").values_list("entry", flat=True))
    assert len(seats) == 2
    assert third.pk in seats


@pytest.mark.parametrize(
    ("near", "far", "flags"),
    [(20, 0, ["vote_ring"]), (19, 0, []), (12, 8, []), (13, 7, ["vote_ring"])],
    ids=["one network", "too few", "three fifths", "more than three fifths"],
)
def test_votes_that_come_mostly_from_one_network_are_pointed_out(workspace, owner, near, far, flags):
    contest = published(workspace, owner, selection="votes", draw=None)
    entry = enter(contest, "ann@kea.example")
    Entry.objects.update(display="shown")

    for number in range(far):
        cast_vote(entry=entry, ip=f"198.51.{number}.1", user_agent="x")
    for number in range(near):
        cast_vote(entry=entry, ip=f"203.0.113.{number}", user_agent="x")

    entry.refresh_from_db()
    assert (entry.votes, entry.flags, entry.status) == (near + far, flags, "verified")


def test_program_cannot_say_what_only_the_server_finds_out(workspace, owner):
    contest, api = published(workspace, owner), ApiClient(workspace)
    begun = api.post(f"flows/{contest.flow.public_id}/sessions/", {})
    event = {"type": "submit", "step": "who", "answers": {"email": "ann@kea.example"}, "trusted": {"captcha": True}}

    refused = api.post(f"sessions/{begun['session']['id']}/events/", event, 400)

    assert list(refused["error"]["fields"]) == ["trusted"]
    assert (FlowSession.objects.get().status, FlowSession.objects.get().answers) == ("active", {})
    assert not Entry.objects.exists()
