"""Freezing an audience: versions, times and people kept back, decided for everybody in one statement."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from consent.models import Topic
from core.buckets import BUCKETS, bucket_of
from delivery.models import Dispatch, Message
from delivery.services import Arm, Audience, HoldOut, Plan, freeze_audience, open_dispatch
from delivery.services.dispatches import close_dispatch, end_dispatches
from tests.cast import make_contact
from tests.delivery.conftest import AUDIENCE

Freeze = Callable[..., int]


@pytest.fixture
def dispatch(workspace: Any) -> Dispatch:
    opened, _new = open_dispatch(workspace=workspace, source=("campaign", 5), occurrence=timezone.now(), name="Lake")
    return opened


@pytest.fixture
def freeze(workspace: Any, topic: Topic, dispatch: Dispatch, sender: Any, version: Any) -> Freeze:
    def write(**plan: Any) -> int:
        values = {"due_at": timezone.now(), "arms": [Arm(sender, version)], **plan}
        audience = Audience(AUDIENCE, [workspace.pk], topic)
        return freeze_audience(dispatch=dispatch, audience=audience, plan=Plan(**values))

    return write


def seeded(agreed: Any, count: int) -> dict[int, int]:
    """So many people who agreed, and the seed of each by id."""
    people = [agreed(f"p{number}@lake.example") for number in range(count)]
    for number, person in enumerate(people):
        person.bucket_seed = number * 104_729
        person.save(update_fields=["bucket_seed"])
    return {person.pk: person.bucket_seed for person in people}


def test_everybody_is_in_one_arm_by_the_salts_bucket(agreed, freeze, dispatch, sender, version):
    seeds = seeded(agreed, 12)
    arms = [Arm(sender, version, 1, 0, 4999), Arm(sender, version, 2, 5000, BUCKETS - 1)]
    assert freeze(arms=arms, salt="spring") == 12
    found = dict(Message.objects.filter(dispatch=dispatch).values_list("contact", "variant"))
    assert found == {key: 1 if bucket_of(seed, "spring") < 5000 else 2 for key, seed in seeds.items()}
    assert set(found.values()) == {1, 2}


def test_those_outside_all_arms_can_be_added_later_and_nobody_twice(agreed, freeze, dispatch, sender, version):
    seeds = seeded(agreed, 12)
    first = sum(bucket_of(seed, "spring") < 5000 for seed in seeds.values())
    assert 0 < first < 12
    assert freeze(arms=[Arm(sender, version, 1, 0, 4999)], salt="spring") == first
    assert freeze(arms=[Arm(sender, version, 2)], salt="spring") == 12
    assert Message.objects.filter(dispatch=dispatch, variant=1).count() == first


def test_a_person_kept_back_is_one_who_would_have_got_it(agreed, workspace, freeze, dispatch):
    seeds = seeded(agreed, 12)
    make_contact(workspace, "unasked@lake.example")
    freeze(hold_outs=[HoldOut("keep", 5000)])
    reasons = dict(Message.objects.filter(dispatch=dispatch).values_list("contact", "reason"))
    kept = {key for key, seed in seeds.items() if bucket_of(seed, "keep") < 5000}
    assert {key for key, reason in reasons.items() if reason == "held_out"} == kept
    assert 0 < len(kept) < 12
    assert sorted(reasons.values()).count("no_consent") == 1


def test_local_time_is_each_persons_own_and_a_passed_one_is_skipped(agreed, freeze, dispatch):
    start = dt.datetime(2030, 1, 7, 9, tzinfo=dt.UTC)
    tokyo, nowhere, samoa = agreed("t@lake.example"), agreed("n@lake.example"), agreed("s@lake.example")
    for person, zone in ((tokyo, "Asia/Tokyo"), (nowhere, "Mars/Base"), (samoa, "Pacific/Apia")):
        person.time_zone = zone
        person.save(update_fields=["time_zone"])
    early = start - dt.timedelta(hours=9)
    freeze(due_at=start, by_zone={"Asia/Tokyo": early, "Pacific/Apia": None}, send_within=dt.timedelta(hours=3))
    rows = {row.contact_id: row for row in Message.objects.filter(dispatch=dispatch)}
    assert (rows[tokyo.pk].due_at, rows[tokyo.pk].send_by) == (early, early + dt.timedelta(hours=3))
    assert (rows[nowhere.pk].due_at, rows[nowhere.pk].status) == (start, "pending")
    assert (rows[samoa.pk].status, rows[samoa.pk].reason) == ("skipped", "too_late")


def test_a_message_whose_time_has_passed_is_not_sent(agreed, freeze, dispatch, process):
    agreed("late@lake.example")
    freeze(due_at=timezone.now() - dt.timedelta(hours=2), send_within=dt.timedelta(hours=1))
    process.run("bulk", 5)
    row = Message.objects.get(dispatch=dispatch)
    assert (row.status, row.reason) == ("skipped", "too_late")


def test_a_delayed_arm_goes_out_later(agreed, freeze, dispatch, sender, version):
    seeded(agreed, 3)
    start = timezone.now()
    freeze(due_at=start, arms=[Arm(sender, version, 1, delay=dt.timedelta(hours=5))])
    assert set(Message.objects.values_list("due_at", flat=True)) == {start + dt.timedelta(hours=5)}


def test_an_open_dispatch_finishes_only_when_closed(dispatch):
    Dispatch.objects.filter(pk=dispatch.pk).update(is_open=True)
    assert end_dispatches() == []
    close_dispatch(dispatch=dispatch)
    assert end_dispatches() == [dispatch.pk]
