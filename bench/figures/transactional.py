"""transactional: from the call of the API to the receiving server's yes, while a campaign of everybody goes out."""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime

from accounts.scopes import ALL_SCOPES
from accounts.services import create_api_key
from bench import mailing
from bench.figure import Figure, percentile
from bench.inbox import Inbox, inbox
from bench.world import Bench
from channels.models import Sender
from delivery.models import Message

CALLS, FEWEST = 200, 20
SECONDS_BETWEEN = 0.1
PATIENCE = 30.0
WEB = ("granian", "--interface", "wsgi", "--host", "127.0.0.1", "--workers", "2", "--blocking-threads", "4", "--no-ws")
WORKER = ("celery", "-A", "config", "worker", "-c", "2", "--without-gossip", "--without-mingle", "-Q")


def run(bench: Bench) -> list[Figure]:
    """The 95th percentile in ms, beside that of the same calls before the campaign began.

    A web server and workers as `make run` starts them; the campaign goes to smtp-sink, and single messages to a
    server that notes the time.
    """
    world = mailing.have_mailing(bench)
    _key, secret = create_api_key(workspace=bench.workspace, name="Bench", scopes=ALL_SCOPES, created_by=bench.owner)
    with ExitStack() as stack:
        box = stack.enter_context(inbox())
        port, _sink = stack.enter_context(mailing.receiving_server())
        Sender.objects.update_or_create(
            workspace=bench.workspace,
            email="receipts@bench.example",
            defaults={
                "name": "Receipts",
                "verified_at": datetime.now(UTC),
                "smtp_url": f"smtp://127.0.0.1:{box.port}",
            },
        )
        sender = Sender.objects.get(email="receipts@bench.example")
        web = stack.enter_context(_programs(port))
        shop = _Shop(web, secret, str(sender.public_id), box)
        shop.call(0)
        quiet = [shop.call(number) for number in range(1, CALLS // 4)]
        dispatch, _seconds = world.launch(bench.rows)
        waiting = Message.objects.filter(dispatch=dispatch, status="pending")
        busy: list[float] = []
        while len(busy) < CALLS and waiting.exists():
            busy.append(shop.call(CALLS + len(busy)))
        sent = Message.objects.filter(dispatch=dispatch, status="sent").count()
    if len(busy) < FEWEST or not sent:
        raise RuntimeError(f"the campaign was over after {len(busy)} calls; take more rows")
    more = {"median": percentile(busy, 0.5), "calls": float(len(busy)), "campaign_sent": float(sent)}
    baseline = percentile(quiet, 0.95)
    return [Figure("transactional", percentile(busy, 0.95), "ms", baseline, 300, is_less_better=True, more=more)]


class _Shop:
    """Somebody's server that asks for one message after another over a held connection."""

    def __init__(self, port: int, secret: str, sender: str, box: Inbox) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        self._headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
        self._sender = sender
        self._box = box

    def call(self, number: int) -> float:
        """Milliseconds until the message was taken."""
        address = f"buyer{number}@shop.example"
        body = {
            "to": {"email": address},
            "sender": self._sender,
            "subject": "Your booking {{ data.number }}",
            "html": "<p>Thank you, {{ data.name }}. Your booking {{ data.number }} is confirmed.</p>",
            "data": {"name": "Aroha", "number": str(number)},
            "purpose": "transactional",
        }
        began = time.monotonic()
        self._connection.request("POST", "/api/v1/messages/", json.dumps(body), self._headers)
        answer = self._connection.getresponse()
        told = answer.read()
        if answer.status != 202:
            raise RuntimeError(f"{answer.status}: {told[:300]!r}")
        while address not in self._box.arrivals:
            if time.monotonic() > began + PATIENCE:
                raise RuntimeError(f"message {number} did not arrive within {PATIENCE:.0f} s")
            time.sleep(0.001)
        arrived = self._box.arrivals[address]
        time.sleep(SECONDS_BETWEEN)
        return (arrived - began) * 1000


@contextmanager
def _programs(smtp_port: int) -> Iterator[int]:
    """A web server, workers for single mail and workers for campaigns; yields the web server's port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    commands: Sequence[Sequence[str]] = (
        (*WEB, "--port", str(port), "config.wsgi:application"),
        (*WORKER, "tick,launch,default", "-n", "worker@%h"),
        (*WORKER, "transactional", "-n", "mail@%h"),
        (*WORKER, "bulk", "-n", "bulk@%h"),
    )
    environment = {**os.environ, "SMTP_URL": f"smtp://127.0.0.1:{smtp_port}?connections={mailing.CONNECTIONS}"}
    running = [
        subprocess.Popen(
            [sys.executable, "-m", *command],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        for command in commands
    ]
    try:
        mailing.wait_for(port)
        yield port
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait()
