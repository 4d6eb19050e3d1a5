"""The promises under fire, in small: real Celery workers, real broker, real SMTP server, and kill -9."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Workspace
from consent.models import ConsentState, Topic
from contacts.models import Address, Contact
from core.services import run_tick
from delivery.models import Dispatch, Message
from delivery.services import report_of
from tests.smtp_server import Script, SmtpServer, running_smtp_server

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("faults"), pytest.mark.django_db(transaction=True)]

PEOPLE = 1200
CONNECTIONS = 4


@pytest.fixture
def people(workspace: Workspace, topic: Topic) -> None:
    """A town that agreed to everything."""
    contacts = Contact.objects.bulk_create(
        [Contact(workspace=workspace, email=f"p{number}@town.example", first_name="Pat") for number in range(PEOPLE)]
    )
    Address.objects.bulk_create(
        [Address(workspace=workspace, contact=one, channel="email", value=one.email) for one in contacts]
    )
    ConsentState.objects.bulk_create(
        [
            ConsentState(
                workspace=workspace, contact=one, channel="email", topic=topic, purpose="marketing", state="granted",
                basis="express", changed_at=timezone.now(),
            )
            for one in contacts
        ]
    )  # fmt: skip


class Workers:
    """A Celery worker with two sending processes, on this test's database."""

    def __init__(self, smtp_url: str, data: Path) -> None:
        database = connection.settings_dict["NAME"]
        url = os.environ["DATABASE_URL"].replace("/rapport?", f"/{database}?")
        self.environment = {**os.environ, "DATABASE_URL": url, "SMTP_URL": smtp_url, "DATA_DIR": str(data)}
        self.environment.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)
        self.log = data / "worker.log"
        self.process = self._start()

    def _start(self) -> "subprocess.Popen[bytes]":
        words = ["-m", "celery", "-A", "config", "worker", "-Q", "bulk,default,tick", "-c", "2", "-n", "faults@%h"]
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, *words, "--without-gossip", "--without-mingle", "-l", "WARNING"],
                env=self.environment, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def children(self) -> list[int]:
        """The sending processes."""
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in path.read_text().split()]

    def kill_one(self, chooser: random.Random) -> bool:
        """kill -9 of one sending process; the worker starts another."""
        children = self.children()
        if not children:
            return False
        try:
            os.kill(chooser.choice(children), signal.SIGKILL)
        except ProcessLookupError:
            return False
        return True

    def kill_everything(self) -> None:
        """kill -9 of the worker and all its processes, and a new start."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = self._start()

    def stop(self) -> None:
        """End in an orderly way, as a deploy does."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(40)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


@pytest.fixture
def run_with_workers(tmp_path: Path, settings: Any) -> Iterator[Callable[[SmtpServer], Workers]]:
    """Start workers that send to a server; they end with the test."""
    started: list[Workers] = []
    settings.DATA_DIR = tmp_path

    def start(server: SmtpServer) -> Workers:
        started.append(Workers(server.url, tmp_path))
        return started[-1]

    yield start
    for workers in started:
        workers.stop()


def open_messages() -> int:
    return Message.objects.filter(status__in=Message.OPEN).count()


def wait_until_done(seconds: float, each_tick: Callable[[], object] = lambda: None) -> None:
    until = time.monotonic() + seconds
    while open_messages() and time.monotonic() < until:
        run_tick()
        each_tick()
        time.sleep(0.25)


def check_promises(server: SmtpServer, dispatch: Dispatch) -> None:
    copies = Counter(server.recipients)
    assert [address for address, number in copies.items() if number > 1] == []
    status = dict(Message.objects.filter(dispatch=dispatch).values_list("recipient", "status"))
    assert {address for address, state in status.items() if state == "sent"} <= set(copies)
    assert {status[address] for address in copies} <= {"sent", "unknown"}
    report = report_of(dispatch)
    assert report.targeted == PEOPLE
    assert report.targeted == report.sent + report.unknown + report.pending + report.skipped_total + report.failed_total


def test_killed_senders_write_to_nobody_twice_and_forget_nobody(
    people: None, launch: Callable[[], Dispatch], run_with_workers: Callable[[SmtpServer], Workers]
) -> None:
    chooser, kills = random.Random(7), 0
    with running_smtp_server(Script(delay=0.01)) as server:
        workers = run_with_workers(server)
        dispatch = launch()

        def kill_sometimes() -> None:
            nonlocal kills
            if kills < 12 and server.recipients:
                kills += workers.kill_one(chooser)

        wait_until_done(90, kill_sometimes)

    assert kills > 3
    check_promises(server, dispatch)
    report = report_of(dispatch)
    assert report.pending == 0
    assert report.unknown <= kills * CONNECTIONS


def test_whole_worker_killed_and_restarted_goes_on(
    people: None, launch: Callable[[], Dispatch], run_with_workers: Callable[[SmtpServer], Workers]
) -> None:
    with running_smtp_server(Script(delay=0.01)) as server:
        workers = run_with_workers(server)
        dispatch = launch()
        until = time.monotonic() + 60
        while len(server.recipients) < PEOPLE // 4 and time.monotonic() < until:
            time.sleep(0.05)
        workers.kill_everything()
        wait_until_done(90)

    check_promises(server, dispatch)
    report = report_of(dispatch)
    assert report.pending == 0
    assert report.unknown <= 2 * CONNECTIONS


def test_orderly_stop_leaves_nothing_unknown(
    people: None, launch: Callable[[], Dispatch], run_with_workers: Callable[[SmtpServer], Workers]
) -> None:
    with running_smtp_server(Script(delay=0.01)) as server:
        workers = run_with_workers(server)
        dispatch = launch()
        until = time.monotonic() + 60
        while len(server.recipients) < PEOPLE // 4 and time.monotonic() < until:
            time.sleep(0.05)
        workers.stop()

    check_promises(server, dispatch)
    assert report_of(dispatch).unknown == 0
