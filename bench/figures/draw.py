"""draw: a hundred thousand entries drawn, with every document that makes it checkable."""

import hashlib
import time
from typing import Any

from bench.figure import Figure, percentile
from flows.engine.draw import SEED_ONLY, Entry, Terms, draw, sha256

ENTRIES = 100_000
ROUNDS = 3


def run(_bench: Any) -> list[Figure]:
    """Seconds for the whole draw, one to five tickets each; the baseline hashes each ticket once."""
    entries = [
        Entry(f"entry-{number}", f"{number:032x}", 1 + number % 5, f"person-{number}", number, "2026-06-02T12:00:00Z")
        for number in range(ENTRIES)
    ]
    tickets = sum(entry.tickets for entry in entries)
    seconds, baselines = [], []
    for _round in range(ROUNDS):
        began = time.perf_counter()
        draw(_terms(), entries, "")
        seconds.append(time.perf_counter() - began)
        began = time.perf_counter()
        for number in range(tickets):
            hashlib.sha256(b"%d" % number).digest()
        baselines.append(time.perf_counter() - began)
    value, baseline = percentile(seconds, 0.5), percentile(baselines, 0.5)
    return [Figure("draw", value, "s", baseline, 3, is_less_better=True, more={"tickets": tickets})]


def _terms() -> Terms:
    return Terms(
        contest="bench",
        opens_at="2026-06-01T00:00:00Z",
        closes_at="2026-06-30T22:00:00Z",
        prizes=[("cup", 10)],
        alternates=10,
        unique_by="email",
        beacon=SEED_ONLY,
        beacon_ref="none",
        beacon_at="2026-07-01T10:00:00Z",
        server_seed=sha256("seed"),
        group_salt=sha256("salt")[:32],
        rules_sha256=sha256("rules"),
    )
