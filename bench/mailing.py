"""A campaign as in life, real sender processes, and Postfix's test server that receives what they send."""

import datetime as dt
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection

from bench.consents import have_consents
from bench.processor import database_seconds, process_seconds
from bench.world import Bench
from channels.models import Sender
from consent.models import Topic
from content.models import ContentVersion
from content.services import create_template, pin_version
from content.starters import STARTERS, starter_values
from delivery.models import Dispatch
from delivery.services import Arm, Audience, Plan, freeze_audience, open_dispatch

# As many connections as a sender process holds unless told otherwise.
CONNECTIONS = 4
AUDIENCE = "SELECT id FROM contacts_contact WHERE workspace_id = %s ORDER BY id LIMIT %s"
# One in twenty wants a letter a week at most, and everybody may be counted: the dearest case for whoever sends.
CHOICES = (
    """INSERT INTO consent_contactpreference (contact_id, workspace_id, days_between, preferred_channel, updated_at)
    SELECT id, workspace_id, 7, '', now() FROM contacts_contact WHERE id %% 20 = 9 ON CONFLICT DO NOTHING""",
    """INSERT INTO consent_consentstate
        (workspace_id, contact_id, channel, topic_id, purpose, state, basis, changed_at, expires_at)
    SELECT workspace_id, id, 'email', NULL, 'tracking', 'granted', 'express', now(), NULL
    FROM contacts_contact WHERE id %% 2 = 1 ON CONFLICT DO NOTHING""",
    "VACUUM (ANALYZE) consent_contactpreference, consent_consentstate",
)
# What people write about people: fields with and without a default, a condition, and links with a field inside.
PERSONAL = """
<mj-section background-color="#ffffff" padding="0 0 24px"><mj-column>
  <mj-text>You have been here {{ contact.attributes.visits | default: "0" }} times, {{ contact.first_name }}
  {{ contact.last_name }}, the last time on {{ contact.attributes.last_stay }}.
  {% if contact.attributes.plan == "pro" %}Breakfast is on us.{% endif %}
  Your number with us is {{ contact.external_id }}, and we write to {{ contact.email }}.</mj-text>
  <mj-text><a href="https://example.com/account/{{ contact.external_id }}">Your bookings</a></mj-text>
  <mj-text><a href="https://example.com/cabins?country={{ contact.country }}">Cabins near you</a></mj-text>
  <mj-text><a href="https://example.com/calendar">The calendar</a></mj-text>
</mj-column></mj-section>
</mj-body>"""


class Unmeasured(Exception):
    """What is needed for the figure is not on this machine."""


@dataclass(frozen=True)
class Mailing:
    """What every campaign of a run has in common."""

    bench: Bench
    topic: Topic
    sender: Sender
    version: ContentVersion

    def launch(self, people: int) -> tuple[Dispatch, float]:
        """Freeze the first so many people of the workspace; returns the dispatch and the seconds that took."""
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE delivery_message, delivery_dispatch CASCADE")
            cursor.execute("CHECKPOINT")
        moment = dt.datetime.now(dt.UTC)
        began = time.monotonic()
        dispatch, _created = open_dispatch(
            workspace=self.bench.workspace, source=("bench", 1), occurrence=moment, name="Summer at the lake"
        )
        audience = Audience(AUDIENCE, [self.bench.workspace.pk, people], self.topic)
        plan = Plan(due_at=moment, arms=[Arm(self.sender, self.version)])
        freeze_audience(dispatch=dispatch, audience=audience, plan=plan)
        return dispatch, time.monotonic() - began


@dataclass(frozen=True)
class Sent:
    """What some sender processes did: messages a second, and CPU seconds of everybody who took part."""

    messages: int
    seconds: float
    memory: float
    sender_cpu: float
    database_cpu: float
    sink_cpu: float
    writes: float
    hot: float

    @property
    def rate(self) -> float:
        """Messages a second."""
        return self.messages / self.seconds

    @property
    def busy(self) -> float:
        """How many cores were at work."""
        return (self.sender_cpu + self.database_cpu + self.sink_cpu) / self.seconds

    def costs(self) -> dict[str, float]:
        """CPU microseconds a message, and how its row was written."""
        each = 1e6 / self.messages
        return {
            "seconds": self.seconds,
            "rss_mb": self.memory,
            "writes": self.writes,
            "hot_writes": self.hot,
            "sender_us": self.sender_cpu * each,
            "database_us": self.database_cpu * each,
            "sink_us": self.sink_cpu * each,
        }


def have_mailing(bench: Bench) -> Mailing:
    """Contacts, what they agreed to, a verified sender and a pinned newsletter with fields and tracked links."""
    bench.have_contacts()
    topic = have_consents(bench)
    with connection.cursor() as cursor:
        for statement in CHOICES:
            cursor.execute(statement, [] if "%%" in statement else None)
    sender, _created = Sender.objects.get_or_create(
        workspace=bench.workspace,
        email="news@bench.example",
        defaults={"name": "Bench", "verified_at": dt.datetime.now(dt.UTC)},
    )
    values = starter_values(STARTERS["newsletter"], bench.workspace)
    values["mjml"] = values["mjml"].replace("</mj-body>", PERSONAL)
    template = create_template(workspace=bench.workspace, actor=bench.owner, values=values)
    return Mailing(bench, topic, sender, pin_version(template))


def program(name: str) -> str:
    """The path of one of Postfix's programs. Raises Unmeasured when it is not installed."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if found is None:
        raise Unmeasured(f"{name} is not on this machine; it comes with Postfix (on Debian: apt-get install postfix).")
    return found


@contextmanager
def receiving_server() -> Iterator[tuple[int, int]]:
    """Postfix's smtp-sink on a free port of this machine; yields the port and its process's number."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    account = ["-u", "nobody"] if os.getuid() == 0 else []
    server = subprocess.Popen([program("smtp-sink"), *account, f"127.0.0.1:{port}", "200"])
    try:
        wait_for(port)
        yield port, server.pid
    finally:
        server.terminate()
        server.wait()


def source_seconds(port: int, *, sessions: int, messages: int, size: int) -> float:
    """Seconds that Postfix's own load generator takes for as many messages of one text, over held sessions."""
    addresses = ["-f", "news@bench.example", "-t", "someone@mail.example"]
    amounts = ["-s", str(sessions), "-m", str(messages), "-l", str(size)]
    began = time.monotonic()
    subprocess.run([program("smtp-source"), "-d", *amounts, *addresses, f"127.0.0.1:{port}"], check=True)
    return time.monotonic() - began


def send(dispatch: Dispatch, *, processes: int, port: int, sink: int) -> Sent:
    """Have so many real sender processes send the whole dispatch. Raises RuntimeError when anybody is left."""
    senders = [_start_sender(port) for _ in range(processes)]
    for sender in senders:
        _line(sender)
    before, database, receiving = _written(), database_seconds(), process_seconds(sink)
    began = time.monotonic()
    for sender in senders:
        _tell(sender)
    answers = [_line(sender).split() for sender in senders]
    seconds = time.monotonic() - began
    for sender in senders:
        sender.wait()
    used = database_seconds() - database, process_seconds(sink) - receiving
    after = _written()
    counts = _counts(dispatch)
    sent = counts.get("sent", 0)
    if not sent or set(counts) - {"sent", "skipped"}:
        raise RuntimeError(f"the campaign ended with {counts}")
    cpu = sum(float(answer[1]) for answer in answers)
    memory = max(float(answer[0]) for answer in answers)
    return Sent(sent, seconds, memory, cpu, *used, (after[0] - before[0]) / sent, (after[1] - before[1]) / sent)


def _start_sender(port: int) -> "subprocess.Popen[str]":
    environment = {**os.environ, "SMTP_URL": f"smtp://127.0.0.1:{port}?connections={CONNECTIONS}"}
    return subprocess.Popen(
        [sys.executable, "-m", "bench.sender"],
        env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def _tell(process: "subprocess.Popen[str]") -> None:
    if process.stdin is None:
        raise RuntimeError("the process has no ear")
    process.stdin.write("go\n")
    process.stdin.flush()


def _line(process: "subprocess.Popen[str]") -> str:
    line = process.stdout.readline() if process.stdout else ""
    if not line:
        raise RuntimeError("a sender process ended early")
    return line


def _written() -> Sequence[int]:
    """Rows of messages written and, of these, updated without touching an index, since the beginning of statistics."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT n_tup_ins + n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'delivery_message'"
        )
        row: Sequence[int] = cursor.fetchone()
        return row


def _counts(dispatch: Dispatch) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT status, count(*) FROM delivery_message WHERE dispatch_id = %s GROUP BY 1", [dispatch.pk])
        return dict(cursor.fetchall())


def wait_for(port: int, seconds: float = 60) -> None:
    """Return when something listens on the port. Raises OSError when nothing does for so long."""
    until = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
