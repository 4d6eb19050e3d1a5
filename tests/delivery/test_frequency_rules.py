"""A workspace's own rule: nobody gets more than it allows, whoever comes first, and nobody is forgotten for it."""

import datetime as dt
import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Workspace
from consent.models import ContactPreference, Topic
from contacts.models import Contact
from delivery import claims
from delivery.frequency import CAPPED, GRACE, OUTRANKED, Standing, skip_too_soon
from delivery.models import Dispatch, FrequencyRule, Message
from delivery.services import Arm, Audience, Plan, freeze_audience, open_dispatch, preview_audience
from tests.delivery.conftest import AUDIENCE
from tests.delivery.test_frequency import earlier

Make = Callable[..., Contact]
DAY = dt.timedelta(days=1)


def rule(workspace: Workspace, messages: int, days: int, channel: str = "") -> FrequencyRule:
    return FrequencyRule.objects.create(workspace=workspace, messages=messages, days=days, channel=channel)


@pytest.fixture
def launch_as(workspace: Workspace, topic: Topic, sender: Any, version: Any) -> Callable[..., Dispatch]:
    """Freeze everybody into a new dispatch of a standing."""
    numbers = iter(range(100, 200))

    def start(*, priority: int = 0, waits_for: dt.timedelta | None = None, **plan: Any) -> Dispatch:
        dispatch, _new = open_dispatch(
            workspace=workspace,
            source=("campaign", next(numbers)),
            occurrence=timezone.now(),
            name="Lake",
            priority=priority,
            waits_for=waits_for,
        )
        values = {"due_at": timezone.now(), "arms": [Arm(sender, version)], **plan}
        freeze_audience(dispatch=dispatch, audience=Audience(AUDIENCE, [workspace.pk], topic), plan=Plan(**values))
        return dispatch

    return start


def states(dispatch: Dispatch) -> list[tuple[str, str]]:
    return list(Message.objects.filter(dispatch=dispatch).order_by("contact_id").values_list("status", "reason"))


def hold_all(dispatch: Dispatch) -> set[int]:
    """Try to hold whatever is due of the dispatch."""
    due = Message.objects.filter(dispatch=dispatch, status="pending", due_at__lte=timezone.now())
    keys = list(due.values_list("pk", flat=True))
    return claims.hold(owner=uuid.uuid4(), tracked=dict.fromkeys(keys, False))


def test_who_had_enough_is_left_out_at_launch_and_the_review_says_so(workspace, topic, agreed, launch_as):
    rule(workspace, 2, 7)
    lina, omar = agreed("lina@lake.example"), agreed("omar@lake.example")
    earlier(lina, DAY)
    earlier(lina, 6 * DAY)
    earlier(omar, DAY)
    preview = preview_audience(workspace=workspace, audience=Audience(AUDIENCE, [workspace.pk], topic))
    assert (preview.will_get, preview.excluded, preview.later) == (1, {CAPPED: 1}, 0)
    assert states(launch_as()) == [("skipped", CAPPED), ("pending", "")]


def test_a_rule_of_one_channel_counts_that_channel_only(workspace, agreed, launch_as):
    rule(workspace, 1, 7, "email")
    rule(workspace, 1, 7, "sms")
    lina, omar = agreed("lina@lake.example"), agreed("omar@lake.example")
    earlier(lina, DAY, channel="sms")
    earlier(omar, DAY, channel="email")
    assert states(launch_as()) == [("pending", ""), ("skipped", CAPPED)]


def test_a_workspace_has_its_own_rules_only(workspace, other_workspace, agreed, launch_as):
    rule(other_workspace, 1, 7)
    earlier(agreed("lina@lake.example"), DAY)
    assert states(launch_as()) == [("pending", "")]


def test_who_may_wait_is_due_when_the_oldest_of_them_is_far_enough(workspace, topic, agreed, launch_as):
    rule(workspace, 2, 7)
    lina = agreed("lina@lake.example")
    oldest = earlier(lina, 5 * DAY)
    earlier(lina, DAY)
    audience = Audience(AUDIENCE, [workspace.pk], topic)
    preview = preview_audience(workspace=workspace, audience=audience, standing=Standing(0, 3 * DAY))
    assert (preview.will_get, preview.later, preview.excluded) == (1, 1, {})
    row = Message.objects.get(dispatch=launch_as(waits_for=3 * DAY))
    assert (row.status, row.reason, row.due_at) == ("pending", CAPPED, oldest.settled_at + 7 * DAY)


@pytest.mark.parametrize("plan", [{"waits_for": DAY}, {"waits_for": 9 * DAY, "send_within": DAY}])
def test_who_would_wait_too_long_is_left_out(workspace, agreed, launch_as, plan):
    rule(workspace, 1, 7)
    earlier(agreed("lina@lake.example"), 5 * DAY)
    assert states(launch_as(**plan)) == [("skipped", CAPPED)]


def test_the_more_important_one_takes_the_place_of_what_is_planned(agreed, workspace, launch_as):
    rule(workspace, 1, 7)
    agreed("lina@lake.example")
    usual, urgent = launch_as(), launch_as(priority=1)
    assert hold_all(usual) == set()
    assert states(usual) == [("skipped", OUTRANKED)]
    assert len(hold_all(urgent)) == 1


def test_what_is_less_important_gives_way_at_launch_already(agreed, workspace, launch_as):
    rule(workspace, 1, 7)
    agreed("lina@lake.example")
    launch_as(priority=1, due_at=timezone.now() + 2 * DAY)
    assert states(launch_as()) == [("skipped", OUTRANKED)]


def test_what_is_stopped_or_paused_takes_nobodys_place(agreed, workspace, launch_as):
    rule(workspace, 1, 7)
    agreed("lina@lake.example")
    for status in ("paused", "cancelled"):
        Dispatch.objects.filter(pk=launch_as(priority=1).pk).update(status=status, finished_at=timezone.now())
    assert states(launch_as()) == [("pending", "")]


def test_of_two_alike_the_first_to_be_held_goes_and_the_other_waits(agreed, workspace, launch_as):
    rule(workspace, 1, 7)
    agreed("lina@lake.example")
    first, second = launch_as(), launch_as(waits_for=8 * DAY)
    assert len(hold_all(second)) == 1
    assert hold_all(first) == set()
    assert states(first) == [("skipped", CAPPED)]
    assert states(second) == [("sending", "")]


def test_the_rule_and_her_own_wish_both_hold(agreed, workspace, launch_as):
    rule(workspace, 3, 7)
    lina = agreed("lina@lake.example")
    ContactPreference.objects.create(workspace=workspace, contact=lina, days_between=14)
    sent = earlier(lina, 10 * DAY)
    row = Message.objects.get(dispatch=launch_as(waits_for=8 * DAY))
    assert (row.status, row.reason) == ("pending", "frequency_chosen")
    assert row.due_at == sent.settled_at + 14 * DAY - GRACE


@pytest.mark.django_db(transaction=True)
def test_two_processes_cannot_both_send_under_a_rule(workspace, agreed):
    rule(workspace, 1, 7)
    lina = agreed("lina@lake.example")
    rows = [earlier(lina, dt.timedelta(0), "pending", settled_at=None) for _number in range(2)]
    second: list[set[int]] = []

    def hold_second() -> None:
        try:
            second.append(claims.hold(owner=uuid.uuid4(), tracked={rows[1].pk: False}))
        finally:
            connections.close_all()

    other = threading.Thread(target=hold_second)
    with transaction.atomic():
        assert claims.hold(owner=uuid.uuid4(), tracked={rows[0].pk: False}) == {rows[0].pk}
        other.start()
        other.join(0.3)
        assert second == []
    other.join(30)
    assert second == [set()]
    assert [row.reason for row in Message.objects.order_by("id")] == ["", CAPPED]


RULES = st.lists(
    st.tuples(st.integers(1, 3), st.integers(1, 9)), min_size=1, max_size=2, unique_by=lambda pair: pair[1]
)
CAMPAIGNS = st.lists(
    st.tuples(
        st.integers(0, 240),  # launched after so many hours
        st.integers(0, 30),  # due so many hours later
        st.sampled_from([-1, 0, 1]),
        st.sampled_from([None, 2, 12]),  # days it may wait
        st.sampled_from([None, 5]),  # days after which it is too late
    ),
    min_size=2,
    max_size=9,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rules=RULES, campaigns=CAMPAIGNS, wish=st.sampled_from([None, 2, 7]))
def test_nobody_gets_more_than_allowed_and_nobody_is_lost(workspace, agreed, rules, campaigns, wish):
    with transaction.atomic():
        start = timezone.now().replace(microsecond=0)
        lina = agreed(f"lina{uuid.uuid4().hex}@lake.example")
        for messages, days in rules:
            rule(workspace, messages, days)
        if wish:
            ContactPreference.objects.create(workspace=workspace, contact=lina, days_between=wish)
        rows = [_planned(lina, start, number, campaign) for number, campaign in enumerate(campaigns)]
        _live_through(rows, start)
        found = list(Message.objects.filter(contact=lina).select_related("dispatch").order_by("settled_at", "id"))
        _assert_kept(found, rules, wish)
        transaction.set_rollback(True)


test_nobody_gets_more_than_allowed_and_nobody_is_lost = pytest.mark.django_db(
    test_nobody_gets_more_than_allowed_and_nobody_is_lost
)


def _planned(lina: Contact, start: dt.datetime, number: int, campaign: tuple[Any, ...]) -> Message:
    launched, delay, priority, waits, within = campaign
    at = start + dt.timedelta(hours=launched)
    due = at + dt.timedelta(hours=delay)
    dispatch = Dispatch.objects.create(
        workspace=lina.workspace, source_kind="campaign", source_id=number, occurrence=at, name="One",
        priority=priority, waits_for=waits and waits * DAY,
    )  # fmt: skip
    return Message.objects.create(
        workspace=lina.workspace, contact=lina, dispatch=dispatch, purpose="marketing", recipient=lina.email,
        created_at=at, due_at=due, send_by=within and due + within * DAY,
    )  # fmt: skip


def _live_through(rows: list[Message], start: dt.datetime) -> None:
    """Whatever is due is claimed and held, one after the other; time jumps to when something is due next."""
    moment = start
    for _round in range(200):
        waiting = list(Message.objects.filter(status="pending", contact=rows[0].contact).order_by("due_at", "id"))
        if not waiting:
            return
        moment = max(moment, waiting[0].due_at)
        with connection.cursor() as cursor:
            skip_too_soon(cursor, ids=[waiting[0].pk], at=moment)
        let_go = Message.objects.filter(pk=waiting[0].pk, status="pending", due_at__lte=moment)
        let_go.update(status="sent", settled_at=moment)
    raise AssertionError("messages were put off for ever")


def _assert_kept(found: list[Message], rules: list[tuple[int, int]], wish: int | None) -> None:
    sent = [row.settled_at for row in found if row.status == "sent"]
    limits = [(messages, days * DAY) for messages, days in rules] + ([(1, wish * DAY - GRACE)] if wish else [])
    for messages, span in limits:
        for first, last in zip(sent, sent[messages:], strict=False):
            assert last - first >= span
    for row in found:
        assert row.status in ("sent", "skipped")
        assert (row.status == "skipped") == bool(row.reason) or row.status == "sent"
        if row.status == "sent" and row.dispatch.waits_for is None:
            assert row.settled_at == row.due_at
        if row.status == "sent" and row.send_by:
            assert row.settled_at <= row.send_by
    assert sent, "the first one due has nothing to wait for"
