"""Running a process's sender: who is called, when it leaves, and a disk without room."""

import errno
import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import core.queue
from contacts.models import Contact
from core.clock import now
from delivery.journal import JournalFull
from delivery.models import Dispatch, Message
from delivery.services import sending
from tests.smtp_server import SmtpServer, running_smtp_server

Make = Callable[..., Contact]
Launch = Callable[[], Dispatch]
Calls = list[tuple[str, int | None]]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any) -> Calls:
    """Wake-ups that would be published, with their time to live; not held back until a commit here."""
    published: Calls = []
    monkeypatch.setattr(core.queue, "_publish", lambda task, _kwargs, expires: published.append((task.name, expires)))
    monkeypatch.setattr(core.queue.transaction, "on_commit", lambda publish: publish())
    return published


@pytest.fixture
def server(settings: Any, tmp_path: Path, calls: Calls) -> Iterator[SmtpServer]:
    """A mail server, and journals of this test's own."""
    settings.DATA_DIR = tmp_path
    with running_smtp_server() as running:
        settings.SMTP_URL = running.url
        yield running
        sending.close_sender()


def test_more_than_one_can_do_calls_another(
    agreed: Make, launch: Launch, server: SmtpServer, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "SECONDS_ALONE", 0.003)
    agreed("lina@lake.example")
    launch()
    calls.clear()

    assert sending.run_sender("bulk", 2) == 1

    # The call is worth nothing once nobody followed it; that the end is looked for is not.
    assert calls[0] == ("delivery.send_bulk", sending.CALL_EXPIRES_SECONDS)
    assert calls[-1] == ("delivery.end_dispatches", None)


def test_little_is_done_alone(agreed: Make, launch: Launch, server: SmtpServer, calls: Calls) -> None:
    agreed("lina@lake.example")
    launch()
    calls.clear()

    assert sending.run_sender("bulk", 2) == 1
    assert calls == [("delivery.end_dispatches", None)]


def test_worker_that_is_to_stop_leaves_the_rest_to_others(
    agreed: Make, launch: Launch, server: SmtpServer, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "SECONDS_ALONE", 0.0)
    monkeypatch.setattr(sending, "_leaving", bytearray(1))
    agreed("lina@lake.example")
    launch()
    sending.leave_soon()

    assert sending.run_sender("bulk", 2) == 0
    assert calls[-1] == ("delivery.send_bulk", None)
    assert [row.status for row in Message.objects.all()] == ["pending"]


@pytest.mark.django_db(transaction=True)
def test_disk_without_room_attempts_nothing_and_says_so(
    agreed: Make, launch: Launch, server: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    agreed("lina@lake.example")
    dispatch = launch()

    def refuse(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(os, "posix_fallocate", refuse)
        with pytest.raises(JournalFull):
            sending.run_sender("bulk", 2)
        dispatch.refresh_from_db()
        assert (dispatch.status, dispatch.trouble_since is not None) == ("running", True)

        Dispatch.objects.update(trouble_since=now() - timedelta(minutes=1))
        with pytest.raises(JournalFull):
            sending.run_sender("bulk", 2)
    dispatch.refresh_from_db()
    assert dispatch.status == "paused"
    assert dispatch.pause_reason == (
        "A sending machine has no room on its disk: “The journal of sent messages cannot be written: "
        "No space left on device.” Nothing is lost; make room and resume."
    )

    assert sending.run_sender("bulk", 2) == 0
    assert server.recipients == []
    assert [(row.status, row.owner) for row in Message.objects.all()] == [("pending", None)]
