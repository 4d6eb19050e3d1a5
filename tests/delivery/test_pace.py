"""Limits as sender processes meet them: shared, exact, and never in the way of single mail."""

import datetime as dt
import threading
from collections import Counter
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from accounts.models import Workspace
from channels.models import Sender
from delivery import claims
from delivery.models import Dispatch, Message, PaceBucket, PaceSlowdown, SenderStop
from delivery.pace.receivers import EVERYBODY, GMAIL, MICROSOFT, OTHERS
from delivery.pace.store import Debts, give_back
from delivery.pace.turns import next_dispatch
from delivery.services import open_dispatch
from tests.delivery.taking import take


def make_dispatch(workspace: Workspace, number: int = 1, **rules: Any) -> Dispatch:
    dispatch, _new = open_dispatch(
        workspace=workspace, source=("campaign", number), occurrence=timezone.now(), name=f"No. {number}", **rules
    )
    return dispatch


def fill(dispatch: Dispatch, sender: Sender, number: int, receiver: int = OTHERS, **fields: Any) -> None:
    """Messages that wait, to addresses nobody looks at here."""
    at = timezone.now() - dt.timedelta(minutes=1)
    Message.objects.bulk_create(
        Message(
            workspace=dispatch.workspace, dispatch=dispatch, sender=sender, receiver=receiver, purpose="marketing",
            recipient=f"{index}@lake.example", created_at=at, **{"due_at": at, **fields},
        )
        for index in range(number)
    )  # fmt: skip


def claim(dispatch: Dispatch, limit: int = 100) -> claims.Claimed:
    return take(dispatch.pk, limit=limit)


def taken_by_receiver(dispatch: Dispatch) -> Counter[int]:
    rows = Message.objects.filter(dispatch=dispatch, status="sending")
    return Counter(rows.values_list("receiver", flat=True))


def statements_of(work: Any) -> list[str]:
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        work()
    return [query["sql"] for query in captured]


@pytest.fixture
def second(workspace: Workspace) -> Sender:
    """Another From address."""
    return Sender.objects.create(workspace=workspace, name="Desk", email="desk@kea.example", verified_at=timezone.now())


def test_without_limits_everything_due_is_claimed_and_nothing_is_locked(workspace: Workspace, sender: Sender) -> None:
    dispatch = make_dispatch(workspace)
    fill(dispatch, sender, 6, GMAIL)
    fill(dispatch, sender, 6, OTHERS)
    fill(dispatch, sender, 3, OTHERS, due_at=timezone.now() + dt.timedelta(hours=1))

    batches: list[claims.Claimed] = []
    statements = statements_of(lambda: batches.append(claim(dispatch)))

    assert (len(batches[0].keys), batches[0].is_metered, batches[0].is_short) == (12, False, False)
    assert not any("delivery_pacebucket" in one and "FOR UPDATE" in one for one in statements)


def test_hourly_limit_of_a_dispatch_lets_a_minutes_worth_through(workspace: Workspace, sender: Sender) -> None:
    dispatch = make_dispatch(workspace, hourly_limit=600)
    fill(dispatch, sender, 30)

    first, second = claim(dispatch), claim(dispatch)

    assert (len(first.keys), first.is_metered, first.is_short) == (10, True, True)
    assert (second.keys, second.is_short) == ([], True)
    bucket = PaceBucket.objects.get(dispatch=dispatch)
    PaceBucket.objects.update(filled_at=bucket.filled_at - dt.timedelta(seconds=30))
    assert len(claim(dispatch).keys) == 5


def test_exhausted_receiver_leaves_its_rows_untouched_and_the_others_go_on(
    workspace: Workspace, sender: Sender
) -> None:
    dispatch = make_dispatch(workspace)
    fill(dispatch, sender, 40, GMAIL)
    fill(dispatch, sender, 40, MICROSOFT)
    PaceBucket.objects.create(workspace=workspace, sender=sender, receiver=GMAIL, hourly_limit=60)

    claim(dispatch, 30)
    claim(dispatch, 30)

    assert taken_by_receiver(dispatch) == {GMAIL: 1, MICROSOFT: 40}
    assert Message.objects.filter(dispatch=dispatch, receiver=GMAIL, status="pending").count() == 39


def test_limits_of_sender_and_workspace_hold_together(workspace: Workspace, sender: Sender, second: Sender) -> None:
    dispatch = make_dispatch(workspace)
    fill(dispatch, sender, 40)
    fill(dispatch, second, 40)
    PaceBucket.objects.create(workspace=workspace, sender=sender, daily_limit=7)
    PaceBucket.objects.create(workspace=workspace, daily_limit=20)

    claim(dispatch)
    claim(dispatch)

    rows = Message.objects.filter(dispatch=dispatch, status="sending")
    assert Counter(rows.values_list("sender", flat=True)) == {sender.pk: 7, second.pk: 13}


def test_warm_up_holds_back_the_rest_until_the_next_local_day(workspace: Workspace, sender: Sender) -> None:
    dispatch = make_dispatch(workspace)
    fill(dispatch, sender, 40)
    today = timezone.now().astimezone(workspace_zone(workspace)).date()
    bucket = PaceBucket.objects.create(workspace=workspace, sender=sender, warmup_from=today, warmup_plan=[5, 10, 20])

    assert len(claim(dispatch).keys) == 5
    assert claim(dispatch).keys == []
    assert Message.objects.filter(dispatch=dispatch, status="pending").count() == 35

    PaceBucket.objects.filter(pk=bucket.pk).update(
        warmup_from=today - dt.timedelta(days=1), day=today - dt.timedelta(days=1)
    )
    assert len(claim(dispatch).keys) == 10
    PaceBucket.objects.filter(pk=bucket.pk).update(warmup_from=today - dt.timedelta(days=3))
    assert len(claim(dispatch).keys) == 25


def workspace_zone(workspace: Workspace) -> Any:
    from zoneinfo import ZoneInfo

    return ZoneInfo(workspace.time_zone)


def test_day_of_a_limit_is_the_workspaces_own(workspace: Workspace, sender: Sender) -> None:
    dispatch = make_dispatch(workspace)
    fill(dispatch, sender, 5)
    PaceBucket.objects.create(workspace=workspace, sender=sender, daily_limit=100)

    claim(dispatch)

    bucket = PaceBucket.objects.get(sender=sender)
    assert bucket.day == timezone.now().astimezone(workspace_zone(workspace)).date()
    assert (bucket.day_used, bucket.used_on(bucket.day), bucket.used_on(dt.date(2020, 1, 1))) == (5, 5, 0)


def test_what_was_not_attempted_is_given_back(workspace: Workspace, sender: Sender) -> None:
    dispatch = make_dispatch(workspace, hourly_limit=600)
    fill(dispatch, sender, 30)
    PaceBucket.objects.create(workspace=workspace, sender=sender, daily_limit=100)
    keys = claim(dispatch).keys

    give_back(dispatch=dispatch.pk, keys=keys[:4])

    assert PaceBucket.objects.get(sender=sender).day_used == 6
    assert len(claim(dispatch).keys) == 4


def test_giving_back_fills_no_bucket_beyond_its_rim(workspace: Workspace, sender: Sender) -> None:
    dispatch = make_dispatch(workspace, hourly_limit=600)
    fill(dispatch, sender, 30)
    keys = claim(dispatch).keys

    for _again in range(3):
        give_back(dispatch=dispatch.pk, keys=keys)

    assert len(claim(dispatch).keys) == 10


def test_slowed_receiver_waits_and_no_other(workspace: Workspace, sender: Sender, second: Sender) -> None:
    dispatch = make_dispatch(workspace)
    for one in (sender, second):
        fill(dispatch, one, 10, GMAIL)
        fill(dispatch, one, 10, OTHERS)
    PaceSlowdown.objects.create(
        sender=sender, receiver=GMAIL, rate=600, full_rate=1200, paused_until=timezone.now() + dt.timedelta(minutes=1)
    )

    claim(dispatch)

    rows = Message.objects.filter(dispatch=dispatch, status="sending").values_list("sender", "receiver")
    assert Counter(rows) == {(sender.pk, OTHERS): 10, (second.pk, GMAIL): 10, (second.pk, OTHERS): 10}


def test_slowdown_for_everybody_holds_all_of_a_senders_mail_and_no_other(
    workspace: Workspace, sender: Sender, second: Sender
) -> None:
    dispatch = make_dispatch(workspace)
    for one in (sender, second):
        fill(dispatch, one, 10, GMAIL)
        fill(dispatch, one, 10, OTHERS)
    since = timezone.now() - dt.timedelta(seconds=30)
    PaceSlowdown.objects.create(sender=sender, receiver=EVERYBODY, rate=600, full_rate=1200, paused_until=since)

    claim(dispatch)
    rows = Message.objects.filter(dispatch=dispatch, status="sending").values_list("sender", flat=True)
    assert Counter(rows) == {sender.pk: 5, second.pk: 20}


def test_slowed_receiver_gets_its_smaller_rate_after_the_pause(workspace: Workspace, sender: Sender) -> None:
    dispatch = make_dispatch(workspace)
    fill(dispatch, sender, 40, GMAIL)
    since = timezone.now() - dt.timedelta(seconds=30)
    PaceSlowdown.objects.create(sender=sender, receiver=GMAIL, rate=600, full_rate=1200, paused_until=since)

    assert len(claim(dispatch).keys) == 5

    PaceSlowdown.objects.update(paused_until=timezone.now() - dt.timedelta(minutes=26))
    assert len(claim(dispatch).keys) == 35


def test_stopped_sender_is_not_claimed_and_its_words_are_told(workspace: Workspace, sender: Sender) -> None:
    dispatch = make_dispatch(workspace)
    fill(dispatch, sender, 10)
    SenderStop.objects.create(sender=sender, words="535 no", stopped_at=timezone.now())

    assert claim(dispatch) == claims.Claimed(is_metered=True, stop="535 no")
    assert Message.objects.filter(dispatch=dispatch, status="pending").count() == 10

    SenderStop.objects.update(probing_at=timezone.now())
    assert len(claim(dispatch).keys) == 1


@pytest.mark.django_db(transaction=True)
def test_many_connections_together_take_what_one_may(workspace: Workspace, sender: Sender) -> None:
    dispatch = make_dispatch(workspace, hourly_limit=600)
    fill(dispatch, sender, 200)
    PaceBucket.objects.create(workspace=workspace, sender=sender, daily_limit=37)
    PaceBucket.objects.create(workspace=workspace, hourly_limit=6000)
    taken: list[int] = []

    def work() -> None:
        try:
            for _turn in range(5):
                taken.extend(claim(dispatch, 4).keys)
        finally:
            connections.close_all()

    started = timezone.now()
    threads = [threading.Thread(target=work) for _process in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    seconds = (timezone.now() - started).total_seconds()
    assert len(taken) == len(set(taken))
    assert 10 <= len(taken) <= min(37, 10 + 600 * seconds / 3600 + 1)
    assert PaceBucket.objects.get(sender=sender).day_used == len(taken)


def test_single_mail_is_claimed_whatever_bulk_has_used_up(workspace: Workspace, sender: Sender) -> None:
    bucket = PaceBucket.objects.create(workspace=workspace, hourly_limit=60, daily_limit=3)
    at = timezone.now()
    for index in range(5):
        Message.objects.create(
            workspace=workspace, sender=sender, purpose="transactional", recipient=f"{index}@lake.example",
            created_at=at, due_at=at,
        )  # fmt: skip

    assert len(take(None, limit=10).keys) == 5

    Debts().pay({(workspace.pk, sender.pk, OTHERS): 5})
    bucket.refresh_from_db()
    assert (bucket.day_used, round(bucket.tokens)) == (5, -4)
    dispatch = make_dispatch(workspace)
    fill(dispatch, sender, 5)
    assert claim(dispatch).keys == []


@pytest.mark.django_db(transaction=True)
def test_single_mail_never_waits_for_a_locked_bucket(workspace: Workspace, sender: Sender) -> None:
    PaceBucket.objects.create(workspace=workspace, daily_limit=100)
    debts, done = Debts(), threading.Event()

    def pay() -> None:
        try:
            debts.pay({(workspace.pk, sender.pk, OTHERS): 2})
            done.set()
        finally:
            connections.close_all()

    with transaction.atomic():
        PaceBucket.objects.select_for_update().get()
        thread = threading.Thread(target=pay)
        thread.start()
        assert done.wait(60)
        thread.join(60)

    assert PaceBucket.objects.get().day_used == 0
    debts.pay({(workspace.pk, sender.pk, OTHERS): 1})
    assert PaceBucket.objects.get().day_used == 3


def serve(turns: int, limit: int = 10) -> Counter[int]:
    """Take turns as a sender process does, and count what each dispatch got."""
    got: Counter[int] = Counter()
    at = timezone.now()
    for turn in range(turns):
        chosen = next_dispatch(at=at + dt.timedelta(seconds=turn))
        if chosen is None:
            break
        got[chosen] += len(take(chosen, limit=limit).keys)
    return got


def test_small_campaign_is_done_while_a_huge_one_runs(workspace: Workspace, sender: Sender) -> None:
    huge, small = make_dispatch(workspace, 1), make_dispatch(workspace, 2)
    fill(huge, sender, 300)
    fill(small, sender, 30)

    assert serve(7) == {huge.pk: 40, small.pk: 30}


def test_workspace_with_many_campaigns_gets_no_more_turns_than_another(
    workspace: Workspace, other_workspace: Workspace, sender: Sender
) -> None:
    theirs = Sender.objects.create(
        workspace=other_workspace, name="X", email="x@else.example", verified_at=timezone.now()
    )
    many = [make_dispatch(workspace, number) for number in range(5)]
    for dispatch in many:
        fill(dispatch, sender, 100)
    alone = make_dispatch(other_workspace, 99)
    fill(alone, theirs, 100)

    got = serve(20)

    assert got[alone.pk] == 100
    assert sum(got[dispatch.pk] for dispatch in many) == 100
    assert {got[dispatch.pk] for dispatch in many} == {20}


def test_stream_of_new_campaigns_does_not_push_another_workspace_aside(
    workspace: Workspace, other_workspace: Workspace, sender: Sender
) -> None:
    theirs = Sender.objects.create(
        workspace=other_workspace, name="X", email="x@else.example", verified_at=timezone.now()
    )
    alone = make_dispatch(other_workspace, 99)
    fill(alone, theirs, 100)
    at, got = timezone.now(), Counter[str]()
    for turn in range(20):
        fill(make_dispatch(workspace, turn), sender, 10)
        chosen = next_dispatch(at=at + dt.timedelta(seconds=turn))
        assert chosen is not None
        got["alone" if chosen == alone.pk else "stream"] += len(take(chosen, limit=10).keys)

    assert got == {"alone": 100, "stream": 100}


def test_priority_goes_first_and_starves_nobody(workspace: Workspace, sender: Sender) -> None:
    urgent, usual = make_dispatch(workspace, 1, priority=5), make_dispatch(workspace, 2)
    fill(urgent, sender, 400)
    fill(usual, sender, 400)

    got = serve(40)

    assert got[urgent.pk] + got[usual.pk] == 400
    assert got[usual.pk] >= 30
    assert got[urgent.pk] >= 300


def test_dispatch_with_nothing_due_gets_no_turn(workspace: Workspace, sender: Sender) -> None:
    dispatch = make_dispatch(workspace)
    fill(dispatch, sender, 5, GMAIL, due_at=timezone.now() + dt.timedelta(hours=1))
    assert next_dispatch(at=timezone.now()) is None

    fill(dispatch, sender, 1, MICROSOFT)
    assert next_dispatch(at=timezone.now(), resting=[dispatch.pk]) is None
    assert next_dispatch(at=timezone.now()) == dispatch.pk


@pytest.mark.django_db(transaction=True)
def test_turn_waits_for_nobody_who_holds_the_dispatch(workspace: Workspace, sender: Sender) -> None:
    dispatch = make_dispatch(workspace)
    fill(dispatch, sender, 5)
    chosen: list[int | None] = []

    def choose() -> None:
        try:
            chosen.append(next_dispatch(at=timezone.now()))
        finally:
            connections.close_all()

    with transaction.atomic():
        Dispatch.objects.select_for_update().get(pk=dispatch.pk)
        thread = threading.Thread(target=choose)
        thread.start()
        thread.join(60)
        assert chosen == [dispatch.pk]
