"""event_ingest: events a second through the batch API, from the request's bytes to the answer's."""

import subprocess
import sys
import time
from typing import NamedTuple

from django.db import connection

from accounts.scopes import ALL_SCOPES
from accounts.services import create_api_key
from bench.event_sender import Sender, body, known_people
from bench.figure import Figure
from bench.processor import database_seconds
from bench.world import Bench
from events.models import Event
from events.services import MAX_BATCH, check_event_summaries

BATCHES = 100
ALONE = 30
HALVES = 10
PROCESSES = 2


class Sent(NamedTuple):
    """Seconds that all batches took, and the CPU seconds of both sides."""

    seconds: float
    own_cpu: float
    database_cpu: float


def run(bench: Bench) -> list[Figure]:
    """New events of known people, a third each named by e-mail, own id and ours, in batches of MAX_BATCH.

    The whole HTTP stack answers, by Django's client: key, limits, JSON, checks, contacts, rows and summaries. Two
    processes answer at once, as many as `make run` starts. Beside it one process alone (`alone`), the same batches
    again (`repeated`), and batches of which every second event is refused (`half_refused`). Fails unless every event
    is there and every summary right.
    """
    bench.have_contacts()
    _key, secret = create_api_key(workspace=bench.workspace, name="Bench", scopes=ALL_SCOPES, created_by=bench.owner)
    before = Event.objects.filter(source_kind="api").count()
    sender, people = Sender(secret), known_people()
    sender.send(body(people, 0), "created")  # names and types of properties are known from here on
    sent = _send_together(secret)
    bodies = [body(people, 1 + BATCHES + number) for number in range(ALONE)]
    halves = [body(people, 1 + BATCHES + ALONE + number, refused_every=2) for number in range(HALVES)]
    more = {
        "own_cpu": sent.own_cpu,
        "database_cpu": sent.database_cpu,
        "alone": ALONE * MAX_BATCH / sum(sender.send(one, "created") for one in bodies),
        "repeated": ALONE * MAX_BATCH / sum(sender.send(one, "repeated") for one in bodies),
        "half_refused": HALVES * MAX_BATCH / sum(sender.send(one) for one in halves),
    }
    written = Event.objects.filter(source_kind="api").count() - before
    found = check_event_summaries()
    if written != (1 + BATCHES + ALONE) * MAX_BATCH + HALVES * MAX_BATCH // 2 or found.wrong:
        raise RuntimeError(f"{written} events written, {found.wrong} summaries wrong")
    return [Figure("event_ingest", BATCHES * MAX_BATCH / sent.seconds, "events/s", _plain_copy(), 5_000, more=more)]


def _send_together(secret: str) -> Sent:
    """Have each process answer its share of the batches, all from the same moment on."""
    share = BATCHES // PROCESSES
    commands = [
        [sys.executable, "-m", "bench.event_sender", secret, str(1 + number * share), str(share)]
        for number in range(PROCESSES)
    ]
    senders = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for command in commands
    ]
    for sender in senders:
        if sender.stdout is None or sender.stdout.readline() != "ready\n":
            raise RuntimeError("a process that should send events did not start")
    used, started = database_seconds(), time.perf_counter()
    for sender in senders:
        if sender.stdin is not None:
            sender.stdin.write("\n")
            sender.stdin.flush()
    told = [sender.communicate()[0] for sender in senders]
    seconds = time.perf_counter() - started
    if any(sender.returncode for sender in senders):
        raise RuntimeError("a process that sent events failed")
    return Sent(seconds, sum(float(text) for text in told), database_seconds() - used)


def _plain_copy() -> float:
    """Rows a second that PostgreSQL alone takes: the same events into a table without anything."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE bench_events AS SELECT * FROM events_event LIMIT 0")
        cursor.execute("SELECT count(*) FROM events_event WHERE source_kind = 'api'")
        rows: int = cursor.fetchone()[0]
        with cursor.copy("COPY (SELECT * FROM events_event WHERE source_kind = 'api') TO STDOUT") as copy:
            lines = b"".join(bytes(block) for block in copy)
        started = time.perf_counter()
        with cursor.copy("COPY bench_events FROM STDIN") as copy:
            copy.write(lines)
        seconds = time.perf_counter() - started
        cursor.execute("DROP TABLE bench_events")
    return rows / seconds
