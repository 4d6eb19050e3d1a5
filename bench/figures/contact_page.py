"""contact_page: everything about one person with 5,000 events: the page, all its panels and pages of the story."""

import html
import re
import time

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bench.events import PER_CONTACT, add_events, have_events
from bench.figure import Figure, percentile
from bench.world import Bench
from contacts.models import Contact
from segments.models import Segment

MANY = 5_000
PEOPLE = 5
ROUNDS = 4
HTMX = {"HX-Request": "true"}


def run(bench: Bench) -> list[Figure]:
    """The 95th percentile in milliseconds of one whole story as it is opened, beside the same with PER_CONTACT events.

    A story is the page and every panel it loads. The pages of the story behind it are walked too, to the last one,
    and timed one by one: `earlier_p95`.
    """
    bench.have_contacts()
    have_events(bench)
    people = list(Contact.objects.order_by("-id")[bench.rows // 2 : bench.rows // 2 + 2 * PEOPLE])
    busy, quiet = people[:PEOPLE], people[PEOPLE:]
    add_events(bench, [one.pk for one in busy], MANY - PER_CONTACT)
    _have_segments(bench)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE events_event")
    client = Client()
    client.force_login(bench.owner)
    for one in people:
        _open(bench, client, one)  # templates are compiled by now, as on a server that runs
    busy_times = [_timed(bench, client, one) for _round in range(ROUNDS) for one in busy]
    quiet_times = [_timed(bench, client, one) for _round in range(ROUNDS) for one in quiet]
    earlier = _walk(bench, client, busy[0])
    more = {
        "queries": _queries(bench, client, busy[0]),
        "queries_with_5": _queries(bench, client, quiet[0]),
        "earlier_p95": percentile(earlier, 0.95),
        "story_pages": float(len(earlier)),
    }
    if more["queries"] != more["queries_with_5"]:
        raise RuntimeError(f"{more['queries']:.0f} queries with {MANY} events, {more['queries_with_5']:.0f} with few")
    baseline = percentile(quiet_times, 0.95)
    return [Figure("contact_page", percentile(busy_times, 0.95), "ms", baseline, 150, is_less_better=True, more=more)]


def _have_segments(bench: Bench) -> None:
    """A few segments, so that their panel has something to ask."""
    bought = {"kind": "event", "event": "order_placed", "window": {"last": 700, "unit": "days"}}
    opened = {"kind": "event", "event": "message.opened", "window": {"last": 90, "unit": "days"}}
    german = {"kind": "contact", "field": "country", "op": "eq", "value": "DE"}
    for number, where in enumerate((bought, opened, german, {"any": [bought, german]}, {"all": [bought, opened]})):
        Segment.objects.get_or_create(
            workspace=bench.workspace,
            key=f"bench-{number}",
            defaults={"name": f"Segment {number}", "rule": {"version": 1, "where": where}},
        )


def _open(bench: Bench, client: Client, person: Contact) -> None:
    """The page, and what it loads by itself."""
    page = _get(client, reverse("contacts:detail", args=[bench.workspace.slug, person.public_id]))
    for panel in re.findall(r'hx-get="([^"]+)" hx-trigger="load"', page):
        _get(client, html.unescape(panel), HTMX)


def _walk(bench: Bench, client: Client, person: Contact) -> list[float]:
    """Milliseconds of every earlier part of the story, to its end."""
    address = reverse("contacts:detail", args=[bench.workspace.slug, person.public_id])
    part, times = _get(client, address), []
    while found := re.search(r'href="(\?before=[^"]+)"', part):
        started = time.perf_counter()
        part = _get(client, address + html.unescape(found[1]), HTMX)
        times.append((time.perf_counter() - started) * 1000)
    return times


def _timed(bench: Bench, client: Client, person: Contact) -> float:
    started = time.perf_counter()
    _open(bench, client, person)
    return (time.perf_counter() - started) * 1000


def _queries(bench: Bench, client: Client, person: Contact) -> float:
    with CaptureQueriesContext(connection) as context:
        _open(bench, client, person)
    return float(len(context))


def _get(client: Client, address: str, headers: dict[str, str] | None = None) -> str:
    answer = client.get(address, headers=headers)
    if answer.status_code != 200:
        raise RuntimeError(f"{address} answered {answer.status_code}")
    return answer.content.decode()
