"""The whole life of a contest: promised, entered, closed, sealed, drawn, claimed."""

import datetime as dt
import time

import pytest

from contests.models import Contest, Document, Entry, Ticket, Winner
from contests.services import (
    NotDrawable,
    check_ledger,
    claim_prize,
    draw_with_value,
    expire_claims,
    follow_contest,
    verify_entry,
)
from core import clock
from delivery.models import Message
from events.models import Event
from flows.engine.draw import sha256
from tests.contests.giveaway import DAY, HOUR, enter, published

pytestmark = pytest.mark.django_db


@pytest.fixture
def later(monkeypatch):
    """Move the clock on: `later(days)`."""
    begin = clock.now()

    def move(by: dt.timedelta) -> None:
        monkeypatch.setattr(clock, "_followed", (begin + by, time.monotonic()))

    return move


def documents(contest: Contest) -> dict[str, str]:
    return dict(Document.objects.filter(contest=contest).order_by("pk").values_list("kind", "body"))


def test_contest_is_promised_entered_sealed_drawn_and_claimed(workspace, owner, later):
    contest = published(workspace, owner, verification="email_link")
    assert list(documents(contest)) == ["rules", "opening"]
    assert f"rules_sha256:{sha256(documents(contest)['rules'])}\n" in documents(contest)["opening"]

    entries = [enter(contest, f"guest{number}@kea.example") for number in range(4)]
    assert [entry.status for entry in entries] == ["pending"] * 4
    assert Message.objects.filter(purpose="service").count() == 4
    for entry in entries[:3]:
        verify_entry(entry=entry)

    later(2 * DAY)
    follow_contest(contest_id=contest.pk)
    contest.refresh_from_db()
    assert contest.phase == "closed"
    later(3 * DAY - HOUR / 2)
    follow_contest(contest_id=contest.pk)
    contest.refresh_from_db()
    assert contest.phase == "committed"
    said = documents(contest)
    assert said["entries"].splitlines()[2:4] == ["count:3", "tickets:3"]
    assert said["removed"].splitlines()[2:] == [f"{entries[3].entry_ref},not_confirmed"]

    with pytest.raises(NotDrawable):
        draw_with_value(contest=contest, value="3 9 14", actor=owner)
    later(3 * DAY + HOUR)
    follow_contest(contest_id=contest.pk)
    contest.refresh_from_db()
    assert (contest.phase, contest.trouble) == ("committed", "value_missing")
    draw_with_value(contest=contest, value="3 9  14 ", actor=owner)

    winner, alternate = Winner.objects.filter(contest=contest).order_by("place")
    assert (winner.prize, winner.state, alternate.state) == ("week", "notified", "waiting")
    assert documents(contest)["result"].splitlines()[3] == f"beacon_value:{b'3 9 14'.hex()}"
    later(11 * DAY)
    expire_claims()
    winner.refresh_from_db()
    alternate.refresh_from_db()
    assert (winner.state, alternate.state, alternate.prize) == ("expired", "notified", "week")
    assert f"taken:{alternate.entry.entry_ref}" in documents(contest)["replacement"]
    assert claim_prize(winner=alternate, message="14 Ardmore Street").state == "claimed"
    kinds = Event.objects.filter(kind__startswith="contest.").values_list("kind", flat=True)
    assert sorted(kinds) == ["contest.drawn", *["contest.entered"] * 4, *["contest.entry_verified"] * 3]


def test_ledger_is_a_chain_that_nothing_changes(workspace, owner):
    contest = published(workspace, owner)
    enter(contest, "ann@kea.example")
    enter(contest, "bo@kea.example")
    contest.refresh_from_db()

    assert check_ledger(contest) is None
    assert list(Ticket.objects.values_list("seq", "method", "delta")) == [(1, "form", 1), (2, "form", 1)]
    assert Entry.objects.get(seq=2).tickets == 1
