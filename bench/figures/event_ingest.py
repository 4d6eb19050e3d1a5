"""event_ingest: events a second through the batch API, from the request's bytes to the answer's."""

import json
import time
import uuid
from collections.abc import Iterator
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.test import Client

from accounts.scopes import ALL_SCOPES
from accounts.services import create_api_key
from bench.figure import Figure
from bench.processor import database_seconds
from bench.world import Bench
from contacts.models import Contact
from events.models import Event
from events.services import MAX_BATCH, check_event_summaries

BATCHES = 50
KINDS = ("shop.ordered", "shop.signed_in", "shop.page_viewed", "shop.cart_filled")


def run(bench: Bench) -> list[Figure]:
    """New events of known people, a third each named by e-mail, own id and ours, in batches of MAX_BATCH.

    The whole HTTP stack answers, by Django's client in this process: key, limits, JSON, checks, contacts, rows and
    summaries. One sender, one batch after the other. Beside it the same batches again (`repeated`), and batches of
    which every second event is refused (`half_refused`). Fails unless every event and every summary is right.
    """
    bench.have_contacts()
    _key, secret = create_api_key(workspace=bench.workspace, name="Bench", scopes=ALL_SCOPES, created_by=bench.owner)
    sender = _Sender(secret)
    people = list(Contact.objects.order_by("public_id")[: min(bench.rows, 100_000)])
    before = Event.objects.filter(source_kind="api").count()
    bodies = [_body(people, number) for number in range(BATCHES)]
    sender.send(_body(people, BATCHES), "created")  # names and types of properties are known from here on
    own, database = time.process_time(), database_seconds()
    seconds = sum(sender.send(body, "created") for body in bodies)
    more = {"own_cpu": time.process_time() - own, "database_cpu": database_seconds() - database}
    more["repeated"] = MAX_BATCH * BATCHES / sum(sender.send(body, "repeated") for body in bodies)
    halves = [_body(people, BATCHES + 1 + number, refused_every=2) for number in range(10)]
    more["half_refused"] = MAX_BATCH * 10 / sum(sender.send(body, "") for body in halves)
    written = Event.objects.filter(source_kind="api").count() - before
    found = check_event_summaries()
    if written != MAX_BATCH * (BATCHES + 1) + MAX_BATCH * 5 or found.wrong:
        raise RuntimeError(f"{written} events written, {found.wrong} summaries wrong")
    return [Figure("event_ingest", MAX_BATCH * BATCHES / seconds, "events/s", _plain_copy(), 5_000, more=more)]


class _Sender:
    """A shop's server that posts batches."""

    def __init__(self, secret: str) -> None:
        self._client = Client()
        self._headers = {"Authorization": f"Bearer {secret}"}

    def send(self, body: bytes, expected: str) -> float:
        """Seconds until the answer, in which all events must have become `expected`."""
        cache.clear()  # the limit of requests a minute is not what is measured
        started = time.perf_counter()
        answer = self._client.post("/api/v1/events/", body, "application/json", headers=self._headers)
        seconds = time.perf_counter() - started
        told = answer.json()
        if answer.status_code != 200 or (expected and told[expected] != MAX_BATCH):
            raise RuntimeError(f"{answer.status_code}: {str(told)[:300]}")
        return seconds


def _body(people: list[Contact], number: int, refused_every: int = 0) -> bytes:
    events = list(_events(people, number))
    for event in events[:: refused_every or len(events) + 1] if refused_every else ():
        event["name"] = "consent.granted"
    return json.dumps({"events": events}).encode()


def _events(people: list[Contact], number: int) -> Iterator[dict[str, Any]]:
    for index in range(MAX_BATCH):
        place = number * MAX_BATCH + index
        person = people[place * 7919 % len(people)]
        about: dict[str, str] = {"id": str(person.public_id)}
        if place % 3:
            about = {"email": person.email} if place % 3 == 1 else {"external_id": str(person.external_id)}
        yield {
            "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"event {place}")),
            "contact": about,
            "name": KINDS[place % len(KINDS)],
            "at": f"2026-{place % 10 + 1:02d}-{place % 28 + 1:02d}T{place % 24:02d}:{place % 60:02d}:00Z",
            "properties": {
                "total": {"amount": f"{place % 900}.90", "currency": "EUR"},
                "items": place % 9,
                "cabin": "Kākā cottage",
                "gift": place % 5 == 0,
            },
        }


def _plain_copy() -> float:
    """Rows a second that PostgreSQL alone takes: the same events into a table without anything."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE bench_events AS SELECT * FROM events_event LIMIT 0")
        cursor.execute("SELECT count(*) FROM events_event WHERE source_kind = 'api'")
        rows = cursor.fetchone()[0]
        with cursor.copy("COPY (SELECT * FROM events_event WHERE source_kind = 'api') TO STDOUT") as copy:
            lines = b"".join(bytes(block) for block in copy)
        started = time.perf_counter()
        with cursor.copy("COPY bench_events FROM STDIN") as copy:
            copy.write(lines)
        seconds = time.perf_counter() - started
        cursor.execute("DROP TABLE bench_events")
    return rows / seconds
