"""What limits mean for what waits: how many today, how many later, and when it ends."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import AuditEntry, User, Workspace
from channels.models import Sender
from delivery.models import PaceBucket
from delivery.pace.forecast import Slot, ends_at, forecast
from delivery.pace.receivers import GMAIL
from delivery.services import Limits, pace_for, pace_of, sender_pace, set_limits
from delivery.services.pace import today_of
from tests.delivery.test_pace import fill, make_dispatch

# How long an example takes says more about the machine than about the rule.
patiently = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
HOUR = dt.timedelta(hours=1)
AUCKLAND = ZoneInfo("Pacific/Auckland")
MORNING = dt.datetime(2026, 11, 22, 9, 30, tzinfo=AUCKLAND)


def hours(slots: list[Slot]) -> list[tuple[str, int]]:
    return [(slot.at.astimezone(AUCKLAND).strftime("%d %H:%M"), slot.messages) for slot in slots]


def test_what_an_hour_cannot_take_waits_beside_what_is_due_later() -> None:
    nine = MORNING.replace(minute=0)
    due = [(nine + 5 * HOUR, 40), (nine, 250), (nine + HOUR, 30)]
    slots = forecast(due, zone=AUCKLAND, hourly=100, left_on=lambda _day: None)
    assert [(slot.at - nine, slot.messages) for slot in slots] == [
        (0 * HOUR, 100), (HOUR, 100), (2 * HOUR, 80), (5 * HOUR, 40)
    ]  # fmt: skip


def test_hourly_limit_spreads_over_the_hours_of_the_clock() -> None:
    slots = forecast([(MORNING, 250)], zone=AUCKLAND, hourly=100, left_on=lambda _day: None)

    assert hours(slots) == [("22 09:30", 50), ("22 10:00", 100), ("22 11:00", 100)]
    assert ends_at(slots, 100) == MORNING.replace(hour=12, minute=0)


def test_warm_up_sends_its_part_each_day() -> None:
    plan = {22: 50, 23: 100}
    slots = forecast([(MORNING, 200)], zone=AUCKLAND, hourly=None, left_on=lambda day: plan.get(day.day))

    assert hours(slots) == [("22 09:30", 50), ("23 00:00", 100), ("24 00:00", 50)]


def test_nothing_to_send_never_ends_and_a_limit_of_nothing_is_no_endless_loop() -> None:
    assert ends_at(forecast([(MORNING, 0)], zone=AUCKLAND, hourly=None, left_on=lambda _day: None), None) is None
    assert forecast([], zone=AUCKLAND, hourly=None, left_on=lambda _day: None) == []
    assert forecast([(MORNING, 5)], zone=AUCKLAND, hourly=None, left_on=lambda _day: 0) == []


@patiently
@given(
    messages=st.integers(0, 2000),
    hourly=st.one_of(st.none(), st.integers(1, 900)),
    daily=st.one_of(st.none(), st.integers(20, 2000)),
    minute=st.integers(0, 245 * 24 * 60),
    zone=st.sampled_from(["Pacific/Auckland", "Asia/Kathmandu", "America/Sao_Paulo", "Europe/Berlin", "UTC"]),
)
def test_forecast_keeps_every_limit_and_forgets_nobody(
    messages: int, hourly: int | None, daily: int | None, minute: int, zone: str
) -> None:
    start = dt.datetime(2026, 3, 1, tzinfo=dt.UTC) + dt.timedelta(minutes=minute)
    slots = forecast([(start, messages)], zone=ZoneInfo(zone), hourly=hourly, left_on=lambda _day: daily)

    assert sum(slot.messages for slot in slots) == messages
    assert [slot.at for slot in slots] == sorted(slot.at for slot in slots)
    days: dict[dt.date, int] = {}
    for slot in slots:
        assert hourly is None or 0 < slot.messages <= hourly
        day = slot.at.astimezone(ZoneInfo(zone)).date()
        days[day] = days.get(day, 0) + slot.messages
    assert daily is None or all(number <= daily for number in days.values())


def test_limits_are_kept_and_taken_away_again(workspace: Workspace, owner: User, sender: Sender) -> None:
    limits = Limits(hourly=500, daily=4000, receivers={GMAIL: 100}, plan_from=dt.date(2026, 11, 22), plan=[50, 100])
    set_limits(workspace=workspace, actor=owner, sender=sender, limits=limits)
    PaceBucket.objects.filter(receiver=None).update(day=today_of(workspace), day_used=30)

    set_limits(workspace=workspace, actor=owner, sender=sender, limits=limits)

    pace = sender_pace(sender)
    assert pace.limits == limits
    assert (pace.used_today, pace.slowed, pace.stop) == (30, [], None)
    assert AuditEntry.objects.filter(action="pace.changed").count() == 2

    set_limits(workspace=workspace, actor=owner, sender=sender, limits=Limits())
    assert not PaceBucket.objects.exists()


def test_campaign_page_learns_how_many_leave_today(workspace: Workspace, sender: Sender) -> None:
    dispatch = make_dispatch(workspace)
    fill(dispatch, sender, 30)
    today = today_of(workspace)
    PaceBucket.objects.create(
        workspace=workspace, sender=sender, warmup_from=today, warmup_plan=[12, 24], day=today, day_used=2
    )

    pace = pace_of(dispatch)

    assert (pace.waiting, pace.today, pace.later, pace.is_warming_up, pace.is_limited) == (30, 10, 20, True, True)
    assert pace.ends_at is not None
    assert pace.ends_at.astimezone(AUCKLAND).date() == today + dt.timedelta(days=1)


def test_campaign_without_limits_has_nothing_to_say(workspace: Workspace, sender: Sender) -> None:
    dispatch = make_dispatch(workspace)
    fill(dispatch, sender, 3)

    pace = pace_of(dispatch)

    assert (pace.waiting, pace.today, pace.later, pace.is_limited) == (3, 3, 0, False)


def test_two_senders_together_send_what_each_may(workspace: Workspace, sender: Sender) -> None:
    second = Sender.objects.create(
        workspace=workspace, name="Desk", email="desk@kea.example", verified_at=timezone.now()
    )
    for one in (sender, second):
        PaceBucket.objects.create(workspace=workspace, sender=one, hourly_limit=100)
    keys = [sender.pk, second.pk]

    assert pace_for(workspace=workspace, senders=keys, messages=1000).hourly == 200
    assert pace_for(workspace=workspace, senders=keys, messages=1000, hourly_limit=50).hourly == 50
    PaceBucket.objects.create(workspace=workspace, hourly_limit=120)
    assert pace_for(workspace=workspace, senders=keys, messages=1000).hourly == 120


@pytest.mark.parametrize("reads", [1, 20])
def test_reading_a_pace_asks_the_same_few_questions(
    workspace: Workspace, sender: Sender, django_assert_max_num_queries: Any, reads: int
) -> None:
    dispatch = make_dispatch(workspace)
    fill(dispatch, sender, reads)
    with django_assert_max_num_queries(4):
        pace_of(dispatch)
