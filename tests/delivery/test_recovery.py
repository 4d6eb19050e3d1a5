"""What a sender process leaves behind when it is killed."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from contacts.models import Contact
from delivery import claims
from delivery.journal import Journal
from delivery.models import Dispatch, Message
from delivery.recovery import recover

Make = Callable[..., Contact]
Launch = Callable[[], Dispatch]


@pytest.fixture
def directory(settings: Any, tmp_path: Path) -> Path:
    """Where this test's journals are."""
    settings.DATA_DIR = tmp_path
    return tmp_path / "journal"


@pytest.fixture
def held(directory: Path, agreed: Make, launch: Launch) -> tuple[Journal, list[int]]:
    """A process that has marked three messages as sending."""
    for name in ("a", "b", "c"):
        agreed(f"{name}@lake.example")
    dispatch = launch()
    owner = uuid4()
    journal = Journal.open(directory, owner)
    keys = claims.claim(dispatch=dispatch.pk, owner=owner, limit=10)
    journal.begin_batch(1, keys)
    assert claims.hold(owner=owner, tracked=dict.fromkeys(keys, False)) == set(keys)
    return journal, keys


def states(keys: list[int]) -> list[str]:
    rows = Message.objects.in_bulk(keys)
    return [rows[key].status for key in keys]


def test_journal_tells_who_was_attempted(held: tuple[Journal, list[int]]) -> None:
    journal, keys = held
    journal.attempt(keys[0])
    journal.outcome(keys[0], "sent", "250 ok")
    journal.attempt(keys[1])
    journal.abandon()

    assert recover() == 3

    assert states(keys) == ["sent", "unknown", "pending"]


def test_living_process_is_left_alone(held: tuple[Journal, list[int]]) -> None:
    _journal, keys = held

    assert recover() == 0
    assert states(keys) == ["sending"] * 3


def test_living_process_may_be_slower_than_its_lease(held: tuple[Journal, list[int]]) -> None:
    _journal, keys = held
    Message.objects.update(lease_until=timezone.now() - timedelta(seconds=1))

    assert recover() == 0
    assert states(keys) == ["sending"] * 3


def test_lost_journal_makes_the_batch_unknown_after_its_lease(held: tuple[Journal, list[int]]) -> None:
    journal, keys = held
    journal.close()
    Message.objects.update(lease_until=timezone.now() - timedelta(seconds=1))

    assert recover() == 3
    assert states(keys) == ["unknown"] * 3


def test_claimed_messages_of_a_lost_process_are_due_again(directory: Path, agreed: Make, launch: Launch) -> None:
    agreed("a@lake.example")
    dispatch = launch()
    keys = claims.claim(dispatch=dispatch.pk, owner=uuid4(), limit=10)
    Message.objects.update(lease_until=timezone.now() - timedelta(seconds=1))

    recover()

    assert states(keys) == ["pending"]


def test_paused_dispatch_lets_nothing_be_held(agreed: Make, launch: Launch) -> None:
    agreed("a@lake.example")
    dispatch = launch()
    owner = uuid4()
    keys = claims.claim(dispatch=dispatch.pk, owner=owner, limit=10)
    Dispatch.objects.update(status="paused")

    assert claims.hold(owner=owner, tracked=dict.fromkeys(keys, False)) == set()
    assert states(keys) == ["claimed"]


def test_stranger_cannot_settle_what_another_process_has(agreed: Make, launch: Launch) -> None:
    agreed("a@lake.example")
    dispatch = launch()
    keys = claims.claim(dispatch=dispatch.pk, owner=uuid4(), limit=10)

    assert claims.settle(owner=uuid4(), settlements=[claims.Settlement(keys[0], "sent")]) == 0
    assert states(keys) == ["claimed"]


def test_two_claims_never_share_a_message(agreed: Make, launch: Launch) -> None:
    for number in range(5):
        agreed(f"{number}@lake.example")
    dispatch = launch()

    first = claims.claim(dispatch=dispatch.pk, owner=uuid4(), limit=3)
    second = claims.claim(dispatch=dispatch.pk, owner=uuid4(), limit=3)

    assert (len(first), len(second), set(first) & set(second)) == (3, 2, set())
