"""What makes entrants equal: limits, friends, signs of cheating, moments that win, and what nothing can change."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from contests import terms
from contests.models import Attempt, Contest, Document, Entry, Refusal, Ticket, Winner
from contests.services import (
    NotNow,
    accept_entry,
    come_back,
    opening,
    reject_entry,
    seal_moments,
    verify_entry,
    withdraw_entry,
)
from contests.services.voting import CannotVote, cast_vote
from flows.answers import FlowProblem
from flows.engine.instant_win import Attempt as Try
from flows.engine.instant_win import award
from flows.models import Flow
from flows.services import create_flow, draft_of, publish_flow, save_draft
from tests.contests.giveaway import document, enter, go_through, published

MADE_UP = "m4ilinator.example"


@pytest.mark.django_db
def test_second_entry_of_a_mailbox_is_refused_however_it_is_spelt(workspace, owner):
    contest = published(workspace, owner)
    enter(contest, "ann.lee@gmail.com")

    session = go_through(contest, "annlee+second@googlemail.com").session

    assert Entry.objects.count() == 1
    assert Refusal.objects.get().reasons == ["limit_email"]
    assert Refusal.objects.get().session == session
    assert Ticket.objects.count() == 1


@pytest.mark.django_db
def test_limit_of_a_network_counts_the_day_only(workspace, owner):
    limits = [{"by": "ip", "max": 2, "per": "day"}]
    contest = published(workspace, owner, entry_limits=limits)
    for number in range(2):
        enter(contest, f"a{number}@kea.example", ip="203.0.113.7")

    go_through(contest, "a3@kea.example", ip="203.0.113.7")
    enter(contest, "a4@kea.example", ip="203.0.113.8")

    assert Refusal.objects.get().reasons == ["limit_ip"]
    assert Entry.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_of_two_entries_at_once_one_is_refused(workspace, owner):
    contest = published(workspace, owner, entry_limits=[{"by": "ip", "max": 1, "per": "campaign"}])
    barrier = threading.Barrier(4)

    def one(number: int) -> None:
        try:
            barrier.wait(60)
            go_through(contest, f"guest{number}@kea.example", ip="203.0.113.7")
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, range(4)))

    assert Entry.objects.count() == 1
    assert Refusal.objects.count() == 3
    assert Ticket.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_moment_is_won_once_however_many_try_at_once(workspace, owner):
    contest = instant(workspace, owner, pieces=3)
    barrier = threading.Barrier(6)

    def one(number: int) -> None:
        try:
            barrier.wait(60)
            enter(contest, f"guest{number}@kea.example")
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(one, range(6)))

    contest.refresh_from_db()
    tries = [Try(one.second, one.seq, one.entry.entry_ref, one.entry.group_ref)
             for one in Attempt.objects.select_related("entry").order_by("seq")]  # fmt: skip
    expected = award(terms.moments_of(contest, terms.settings_of(contest)), tries, 1)
    won = Attempt.objects.exclude(prize="").order_by("seq").select_related("entry")
    assert [(one.entry.entry_ref, one.prize, one.moment) for one in won] == [tuple(win) for win in expected]
    assert len(tries) == 6
    assert Winner.objects.count() == len(expected) == contest.wins


def instant(workspace, owner, pieces: int, entry_limits: Any = ()) -> Contest:
    """An instant win whose moments have mostly passed: it closes in a second of its two days."""
    draft = document(
        selection="instant_win", draw=None, instant_win={"mode": "scheduled_moments", "max_wins_per_entrant": 1},
        prizes=[{"key": "mug", "name": "Mug", "quantity": pieces}], entry_limits=list(entry_limits),
    )  # fmt: skip
    draft["contest"]["opens_at"] = "2020-01-01T00:00:00Z"
    flow = create_flow(workspace=workspace, actor=owner, name="Win", document=draft, key="instant")
    seal_moments(flow=flow, actor=owner)
    publish_flow(flow=flow, actor=owner)
    return Contest.objects.select_related("flow", "version", "workspace").get(flow=flow)


@pytest.mark.django_db
def test_dates_that_change_after_sealing_cannot_be_published(workspace, owner):
    contest = instant(workspace, owner, pieces=2)
    draft = draft_of(contest.flow)
    draft["contest"]["prizes"][0]["quantity"] = 3
    flow = save_draft(flow=Flow.objects.get(), actor=owner, document=draft)

    with pytest.raises(FlowProblem):
        publish_flow(flow=flow, actor=owner)
    assert Document.objects.filter(kind="opening").count() == 1


@pytest.mark.django_db
def test_terms_stay_once_somebody_entered(workspace, owner):
    contest = published(workspace, owner)
    draft = draft_of(Flow.objects.get())
    draft["contest"]["prizes"][0]["quantity"] = 2
    flow = save_draft(flow=Flow.objects.get(), actor=owner, document=draft)
    publish_flow(flow=flow, actor=owner)
    assert Document.objects.filter(kind="opening").count() == 2

    contest.refresh_from_db()
    enter(contest, "ann@kea.example")
    draft["contest"]["prizes"][0]["quantity"] = 3
    with pytest.raises(FlowProblem):
        publish_flow(flow=save_draft(flow=flow, actor=owner, document=draft), actor=owner)
    assert Document.objects.filter(kind="opening").count() == 2


FRIENDS = {
    "verification": "email_link",
    "entry_methods": [
        {"key": "form", "type": "form", "tickets": 1},
        {"key": "friend", "type": "referral", "tickets": 2},
    ],
    "referral": {"tickets_per_referral": 2, "cap": 2},
}


@pytest.mark.django_db
def test_friend_gives_tickets_when_confirmed_and_takes_them_when_turned_down(workspace, owner):
    contest = published(workspace, owner, **FRIENDS)
    ann = enter(contest, "ann@kea.example")
    friends = [enter(contest, f"friend{number}@kea.example", ref=ann.code) for number in range(3)]
    ann.refresh_from_db()
    assert ann.tickets == 1

    for friend in friends:
        verify_entry(entry=friend)
        verify_entry(entry=friend)
    ann.refresh_from_db()
    assert ann.tickets == 1 + 2 * 2  # three friends, two of whom count
    assert list(Ticket.objects.filter(entry=ann, method="friend").order_by("seq").values_list("delta", flat=True)) == [
        2,
        2,
        2,
    ]

    reject_entry(entry=friends[0], reason="cheating", actor=owner)
    reject_entry(entry=friends[1], reason="cheating", actor=owner)
    ann.refresh_from_db()
    assert ann.tickets == 1 + 2
    assert list(Ticket.objects.filter(entry=ann, method="friend").order_by("seq").values_list("delta", flat=True)) == [
        2,
        2,
        2,
        -2,
        -2,
    ]


@pytest.mark.django_db
def test_nobody_brings_themselves(workspace, owner):
    contest = published(workspace, owner, **FRIENDS, entry_limits=[])
    ann = enter(contest, "ann@kea.example", ip="203.0.113.7", agent="Firefox")
    again = enter(contest, "other@kea.example", ref=ann.code, ip="203.0.113.7", agent="Firefox")

    verify_entry(entry=again)

    ann.refresh_from_db()
    assert ann.tickets == 1


@pytest.mark.django_db
def test_throw_away_address_waits_for_a_person(workspace, owner, monkeypatch):
    monkeypatch.setattr("contests.fraud.is_disposable", lambda domain: domain == MADE_UP)
    contest = published(workspace, owner, fraud={"disposable_email": True, "hold_over": 60, "action": "hold"})

    entry = enter(contest, f"ann@{MADE_UP}")
    assert (entry.status, entry.reason, entry.flags) == ("held", "disposable_email", ["disposable_email"])

    assert accept_entry(entry=entry, actor=owner).status == "verified"
    with pytest.raises(NotNow):
        accept_entry(entry=entry, actor=owner)


@pytest.mark.django_db
def test_many_entries_of_one_connection_are_flagged_only_where_that_is_asked(workspace, owner):
    contest = published(workspace, owner, fraud={"velocity_per_ip": 2, "hold_over": 60, "action": "reject"})

    entries = [enter(contest, f"a{number}@kea.example", ip="203.0.113.7") for number in range(3)]

    assert [(entry.status, entry.flags) for entry in entries] == [
        ("verified", []), ("verified", []), ("verified", ["velocity_ip"])
    ]  # fmt: skip


@pytest.mark.django_db
def test_coming_back_gives_nothing_on_the_first_day(workspace, owner):
    methods = [{"key": "form", "type": "form", "tickets": 1},
               {"key": "daily", "type": "daily_return", "tickets": 1, "per": "day"}]  # fmt: skip
    contest = published(workspace, owner, entry_methods=methods)
    entry = enter(contest, "ann@kea.example")

    with pytest.raises(NotNow):
        come_back(entry=entry)
    assert Ticket.objects.count() == 1


@pytest.mark.django_db
def test_vote_counts_once_a_day_for_each_connection(workspace, owner):
    contest = published(workspace, owner, selection="votes", draw=None)
    entry = enter(contest, "ann@kea.example")
    Entry.objects.update(display="shown")

    cast_vote(entry=entry, ip="203.0.113.7", user_agent="x")
    with pytest.raises(CannotVote) as refused:
        cast_vote(entry=entry, ip="203.0.113.7", user_agent="y")
    assert refused.value.code == "limit_entry"
    cast_vote(entry=entry, ip="203.0.113.8", user_agent="x")
    entry.refresh_from_db()
    assert entry.votes == 2


@pytest.mark.django_db
def test_ledger_documents_and_tries_refuse_change(workspace, owner):
    contest = published(workspace, owner)
    enter(contest, "ann@kea.example")

    for change in (
        lambda: Ticket.objects.update(delta=100),
        lambda: Ticket.objects.all().delete(),
        lambda: Document.objects.update(body="other"),
        lambda: Document.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert (Ticket.objects.get().delta, Document.objects.count()) == (1, 2)


@pytest.mark.django_db
def test_withdrawing_lets_the_same_mailbox_enter_again(workspace, owner):
    contest = published(workspace, owner)
    withdraw_entry(entry=enter(contest, "ann@kea.example"))

    assert enter(contest, "ann@kea.example").status == "verified"
    assert opening.contest_of(contest.flow).entry_count == 2


@pytest.mark.django_db
def test_withdrawing_gives_no_second_try_at_an_instant_win(workspace, owner):
    contest = instant(workspace, owner, pieces=2, entry_limits=[{"by": "email", "max": 1, "per": "campaign"}])
    withdraw_entry(entry=enter(contest, "ann@kea.example"))
    go_through(contest, "ann@kea.example")

    assert Refusal.objects.get().reasons == ["limit_email"]
    assert Attempt.objects.count() == 1


@pytest.mark.django_db
def test_entry_that_was_turned_down_cannot_be_withdrawn_to_enter_anew(workspace, owner):
    contest = published(workspace, owner)
    entry = enter(contest, "ann@kea.example")
    reject_entry(entry=entry, reason="cheating", actor=owner)
    withdraw_entry(entry=entry)
    go_through(contest, "ann@kea.example")

    entry.refresh_from_db()
    assert (entry.status, entry.reason) == ("rejected", "cheating")
    assert Refusal.objects.get().reasons == ["limit_email"]


@pytest.mark.django_db
def test_promise_that_cannot_be_kept_is_not_published(workspace, owner):
    # There is no segment of that name.
    for terms_of in ({"verification": "sms_code"}, {"eligibility": {"exclude_segments": ["staff"]}}):
        with pytest.raises(FlowProblem), transaction.atomic():
            published(workspace, owner, **terms_of)
    assert Contest.objects.count() == 0
