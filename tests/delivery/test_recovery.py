"""What a sender process leaves behind when it is killed."""

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import connections, transaction
from django.utils import timezone

from contacts.models import Contact
from delivery import claims
from delivery.journal import Journal
from delivery.models import Dispatch, Message
from delivery.recovery import recover
from delivery.services import send_to_unknown
from delivery.services.dispatches import end_dispatches
from tests.delivery.taking import take

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
    keys = take(dispatch.pk, owner=owner).keys
    journal.begin_batch(1, keys)
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


def lose_for_longer_than_the_lease(journal: Journal, directory: Path) -> Path:
    """The machine goes away with its journal, and another one gives its messages up; returns where the journal is."""
    away = directory.parent / "elsewhere"
    away.mkdir()
    journal.abandon()
    [path] = directory.iterdir()
    path.rename(away / path.name)
    Message.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert recover() == 3
    return away


def test_journal_that_comes_back_settles_what_was_given_up(
    held: tuple[Journal, list[int]], directory: Path, settings: Any
) -> None:
    journal, keys = held
    journal.attempt(keys[0])
    journal.outcome(keys[0], "failed:hard_bounce", "550 5.1.1 gone")
    journal.attempt(keys[1])
    away = lose_for_longer_than_the_lease(journal, directory)
    assert states(keys) == ["unknown"] * 3

    away.rename(settings.DATA_DIR / "back")
    settings.DATA_DIR = settings.DATA_DIR / "returned"
    settings.DATA_DIR.mkdir()
    (settings.DATA_DIR.parent / "back").rename(settings.DATA_DIR / "journal")

    assert recover() == 3
    assert states(keys) == ["failed", "unknown", "pending"]
    assert list((settings.DATA_DIR / "journal").iterdir()) == []


def test_journal_that_comes_back_after_the_end_sends_nothing_by_itself(
    held: tuple[Journal, list[int]], directory: Path
) -> None:
    journal, keys = held
    journal.attempt(keys[0])
    journal.outcome(keys[0], "sent", "250 ok")
    away = lose_for_longer_than_the_lease(journal, directory)
    Dispatch.objects.update(status="finished")
    [path] = away.iterdir()
    path.rename(directory / path.name)

    recover()

    rows = Message.objects.in_bulk(keys)
    assert [(rows[key].status, rows[key].reason) for key in keys] == [
        ("sent", ""), ("unknown", "not_attempted"), ("unknown", "not_attempted"),
    ]  # fmt: skip


def test_journal_that_comes_back_leaves_what_a_person_decided(held: tuple[Journal, list[int]], directory: Path) -> None:
    journal, keys = held
    journal.attempt(keys[0])
    away = lose_for_longer_than_the_lease(journal, directory)
    send_to_unknown(dispatch=Dispatch.objects.get(), actor=None)
    assert states(keys) == ["pending"] * 3
    [path] = away.iterdir()
    path.rename(directory / path.name)

    assert recover() == 0
    assert states(keys) == ["pending"] * 3


def test_journal_of_another_machine_waits_for_its_lease(held: tuple[Journal, list[int]], directory: Path) -> None:
    journal, keys = held
    journal.abandon()
    [path] = directory.iterdir()
    header, _end, rest = path.read_bytes().partition(b"\n")
    path.write_bytes(b" ".join([*header.split(b" ")[:3], b"other-boot", b"other-host"]) + b"\n" + rest)

    assert recover() == 0
    assert states(keys) == ["sending"] * 3
    assert path.exists()

    Message.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert recover() == 3
    # Another machine's memory is nothing we can vouch for: what has no outcome may have been attempted.
    assert states(keys) == ["unknown"] * 3


def test_unreadable_journal_keeps_no_other_from_being_read(held: tuple[Journal, list[int]], directory: Path) -> None:
    journal, keys = held
    (directory / "0.journal").write_bytes(b"J 1 nonsense\nB \xff\n")
    journal.abandon()

    assert recover() == 3
    assert states(keys) == ["pending"] * 3
    assert [path.name for path in directory.iterdir()] == ["0.unreadable"]


def test_messages_that_an_older_version_claimed_are_due_again(directory: Path, agreed: Make, launch: Launch) -> None:
    agreed("a@lake.example")
    launch()
    keys = list(Message.objects.values_list("id", flat=True))
    Message.objects.update(status="claimed", owner=uuid4(), lease_until=timezone.now() - timedelta(seconds=1))

    recover()

    assert states(keys) == ["pending"]


def test_paused_dispatch_lets_nothing_be_held(agreed: Make, launch: Launch) -> None:
    agreed("a@lake.example")
    dispatch = launch()
    keys = claims.claim_batch(dispatch=dispatch.pk, limit=10).keys
    Dispatch.objects.update(status="paused")

    assert claims.hold(owner=uuid4(), tracked=dict.fromkeys(keys, False)) == set()
    assert states(keys) == ["pending"]


def test_stranger_cannot_settle_what_another_process_has(agreed: Make, launch: Launch) -> None:
    agreed("a@lake.example")
    dispatch = launch()
    keys = take(dispatch.pk).keys

    assert claims.settle(owner=uuid4(), settlements=[claims.Settlement(keys[0], "sent")]) == 0
    assert claims.refuse([claims.Settlement(keys[0], "skipped", "paused")]) == 0
    assert states(keys) == ["sending"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("has_dispatch", [True, False])
def test_two_claims_never_share_a_message_and_the_second_does_not_wait(
    agreed: Make, launch: Launch, has_dispatch: bool
) -> None:
    for number in range(5):
        agreed(f"{number}@lake.example")
    dispatch = launch().pk
    if not has_dispatch:
        dispatch = None
        Message.objects.update(dispatch=None)
    second: list[int] = []

    def claim_second() -> None:
        try:
            with transaction.atomic():
                second.extend(claims.claim_batch(dispatch=dispatch, limit=3).keys)
        finally:
            connections.close_all()

    with transaction.atomic():
        first = claims.claim_batch(dispatch=dispatch, limit=3).keys
        other = threading.Thread(target=claim_second)
        other.start()
        other.join(60)
        assert (len(first), len(second), set(first) & set(second)) == (3, 2, set())

    assert set(Message.objects.values_list("status", flat=True)) == {"pending"}


def test_whoever_comes_second_holds_nothing(agreed: Make, launch: Launch) -> None:
    agreed("a@lake.example")
    dispatch = launch()
    owner = uuid4()
    keys = take(dispatch.pk, owner=owner).keys

    assert claims.hold(owner=uuid4(), tracked=dict.fromkeys(keys, True)) == set()
    [row] = Message.objects.all()
    assert (row.status, row.owner, row.is_tracked) == ("sending", owner, False)


def test_dispatch_that_was_finished_while_people_were_added_goes_on(agreed: Make, launch: Launch) -> None:
    agreed("a@lake.example")
    dispatch = launch()
    Dispatch.objects.update(status="finished", finished_at=timezone.now())

    assert end_dispatches() == []

    dispatch.refresh_from_db()
    assert (dispatch.status, dispatch.finished_at) == ("running", None)
    Message.objects.update(status="sent")
    assert end_dispatches() == [dispatch.pk]
