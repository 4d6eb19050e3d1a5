"""contacts_page: the list, its searches and the page of one contact, through the whole of Django."""

import functools
import html
import random
import re
import statistics
import time
from collections.abc import Callable

from django.db import connection
from django.test import Client
from django.urls import reverse

from bench.figure import Figure, percentile
from bench.world import Bench
from contacts.models import Contact

ROUNDS = 6
SEARCHES = ("a", "m", "lov", "ngata", "z", "нет", "zzzz", "x77", "ada lovelace12", "k123456", "a500000.1@mail0.example")


def run(bench: Bench) -> list[Figure]:
    """The 95th percentile over all kinds of pages, in milliseconds, beside counting and skipping rows by number."""
    bench.have_contacts()
    client = Client()
    client.force_login(bench.owner)
    times: dict[str, list[float]] = {}
    for name, address in _pages(bench, client):
        client.get(address)  # templates are compiled by now, as on a server that runs
        for _round in range(ROUNDS):
            times.setdefault(name, []).append(_milliseconds(functools.partial(_fetch, client, address)))
    everything = [value for values in times.values() for value in values]
    kinds = {f"{name}_p95": percentile(values, 0.95) for name, values in times.items()}
    return [
        Figure(
            "contacts_page",
            percentile(everything, 0.95),
            "ms",
            _by_offset(bench),
            200,
            is_less_better=True,
            more={"median": statistics.median(everything), "slowest": max(everything), **kinds},
        )
    ]


def _pages(bench: Bench, client: Client) -> list[tuple[str, str]]:
    """(kind, address) of pages as people open them."""
    chance = random.Random(1)
    here = reverse("contacts:list", args=[bench.workspace.slug])
    pages = [("list", here), ("list", f"{here}?sort=name"), ("list", f"{here}?sort=email")]
    for sort in ("newest", "name", "email"):
        second = here + _link(client, f"{here}?sort={sort}", "next")
        pages += [("paging", here + _link(client, second, word)) for word in ("next", "prev")]
    pages += [("search", f"{here}?q={words}") for words in SEARCHES]
    pages += [("search", f"{here}?q=a&sort=name"), ("search", f"{here}?q=x77&sort=email")]
    pages += [
        ("filter", f"{here}?language=de"),
        ("filter", f"{here}?tag=vip&country=NZ"),
        ("filter", f"{here}?tag=none"),
        ("filter", f"{here}?has=plan"),
        ("filter", f"{here}?has=nothing&sort=name"),
        ("filter", f"{here}?address=unverified&country=PL"),
        ("filter", f"{here}?address=dead"),
        ("filter", f"{here}?restricted=yes"),
        ("filter", f"{here}?until=2020-01-01"),
    ]
    highest = Contact.objects.order_by("-id").values_list("id", flat=True)[0]
    for _number in range(12):
        contact = Contact.objects.filter(id__lte=highest - chance.randrange(bench.rows)).order_by("-id")[0]
        pages.append(("contact", reverse("contacts:detail", args=[bench.workspace.slug, contact.public_id])))
    return pages


def _link(client: Client, address: str, word: str) -> str:
    """Where the page's link to the next or previous one leads."""
    found = re.search(f'rel="{word}" href="([^"]+)"', client.get(address).content.decode())
    if found is None:
        raise RuntimeError(f"{address} has no {word} page")
    return html.unescape(found[1])


def _fetch(client: Client, address: str) -> None:
    answer = client.get(address)
    if answer.status_code != 200:
        raise RuntimeError(f"{address} answered {answer.status_code}")


def _by_offset(bench: Bench) -> float:
    """Milliseconds PostgreSQL alone needs for the middle of the list the usual way: count all, skip half."""

    def skip() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM contacts_contact WHERE workspace_id = %s", [bench.workspace.pk])
            cursor.execute(
                "SELECT * FROM contacts_contact WHERE workspace_id = %s ORDER BY last_name, first_name, id"
                " OFFSET %s LIMIT 50",
                [bench.workspace.pk, bench.rows // 2],
            )
            cursor.fetchall()

    return percentile([_milliseconds(skip) for _round in range(3)], 0.5)


def _milliseconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000
