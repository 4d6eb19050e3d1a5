"""`python -m bench.event_sender KEY FIRST COUNT`: a web process of its own, with a shop that posts batches of events.

Says `ready`, waits for a line, answers the batches FIRST to FIRST + COUNT, and prints the CPU seconds that took it.
"""

import json
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

import django
from django.core.cache import cache
from django.test import Client

MAX_BATCH = 1_000  # as events.services.appending has it
KINDS = ("shop.ordered", "shop.signed_in", "shop.page_viewed", "shop.cart_filled")
PEOPLE = 100_000
Person = tuple[Any, str, str]


class Sender:
    """A shop's server that posts batches, and the whole of our stack that answers them."""

    def __init__(self, secret: str) -> None:
        self._client = Client()
        self._headers = {"Authorization": f"Bearer {secret}"}

    def send(self, body: bytes, expected: str = "") -> float:
        """Seconds until the answer, in which all events must have become `expected`."""
        cache.clear()  # the limit of requests a minute is not what is measured
        started = time.perf_counter()
        answer = self._client.post("/api/v1/events/", body, "application/json", headers=self._headers)
        seconds = time.perf_counter() - started
        told = answer.json()
        if answer.status_code != 200 or (expected and told[expected] != MAX_BATCH):
            raise RuntimeError(f"{answer.status_code}: {str(told)[:300]}")
        return seconds


def known_people() -> list[Person]:
    """Some people by public id, e-mail address and external id."""
    from contacts.models import Contact

    # Other figures leave people behind who lack one of them.
    whole = Contact.objects.exclude(email="").exclude(external_id=None).order_by("public_id")
    return list(whole.values_list("public_id", "email", "external_id")[:PEOPLE])


def body(people: Sequence[Person], number: int, refused_every: int = 0) -> bytes:
    """The batch of this number, the same every time; with `refused_every` some of its events have a name of ours."""
    events = list(_events(people, number))
    if refused_every:
        for event in events[::refused_every]:
            event["name"] = "consent.granted"
    return json.dumps({"events": events}).encode()


def _events(people: Sequence[Person], number: int) -> Iterator[dict[str, Any]]:
    for place in range(number * MAX_BATCH, (number + 1) * MAX_BATCH):
        public_id, email, external_id = people[place * 7919 % len(people)]
        ways: tuple[dict[str, str], ...] = ({"id": str(public_id)}, {"email": email}, {"external_id": external_id})
        yield {
            "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"event {place}")),
            "contact": ways[place % 3],
            "name": KINDS[place % len(KINDS)],
            "at": f"2026-{place % 10 + 1:02d}-{place % 28 + 1:02d}T{place % 24:02d}:{place % 60:02d}:00Z",
            "properties": {
                "total": {"amount": f"{place % 900}.90", "currency": "EUR"},
                "items": place % 9,
                "cabin": "Kākā cottage",
                "gift": place % 5 == 0,
            },
        }


def main(secret: str, first: int, count: int) -> None:
    """Get ready, wait, send."""
    sender, people = Sender(secret), known_people()
    bodies = [body(people, number) for number in range(first, first + count)]
    sender.send(json.dumps({"events": [{"name": KINDS[0], "contact": {}}]}).encode())  # modules are loaded by now
    print("ready", flush=True)
    sys.stdin.readline()
    used = time.process_time()
    for one in bodies:
        sender.send(one, "created")
    print(time.process_time() - used)


if __name__ == "__main__":
    django.setup()
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
