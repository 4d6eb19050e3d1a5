"""What pretend people come to, in numbers: how often each result and ending comes out."""

import time
from collections import Counter
from typing import Any

from flows.checking.simulation import simulate
from flows.engine.flow import Flow

RUNS, BATCH = 5_000, 100


def measure(document: Any, *, seconds: float) -> dict[str, Any]:
    """Send 5,000 pretend people through a document without errors, or as many as the seconds allow.

    Returns `count`, `stuck` (who never came to an end), and `outcomes` and `endings`: how many by key, "" for none.
    """
    flow, until = Flow(document), time.monotonic() + seconds
    outcomes: Counter[str] = Counter()
    endings: Counter[str] = Counter()
    count = stuck = 0
    while count < RUNS and time.monotonic() < until:
        runs = simulate(flow, BATCH, seed=count)
        for key, number in runs.outcomes.items():
            outcomes[key or ""] += number
        for key, number in runs.endings.items():
            endings[key or ""] += number
        stuck, count = stuck + runs.stuck, count + BATCH
    return {"count": count, "stuck": stuck, "outcomes": dict(outcomes), "endings": dict(endings)}
