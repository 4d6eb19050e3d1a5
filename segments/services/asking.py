"""Running compiled statements: read-only, for a limited time, and only a few of them at once."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import OperationalError, connection, transaction

# These statements read many rows of few tables. One helper process: each more would hash every set of a rule once more.
SETTINGS = {
    "jit": "off",
    "random_page_cost": "1.1",
    "work_mem": "64MB",
    "max_parallel_workers_per_gather": "1",
    # A process more takes some milliseconds to begin. What is over by then is better done without.
    "parallel_setup_cost": "3000",
}
# A statement in two halves (segments.services.halving): each belongs to one process whole. The planner counts workers
# alone, not the process that wakes them, and would share a half, too, were not all tables too small for that.
IN_HALVES = {
    **SETTINGS,
    "max_parallel_workers_per_gather": "2",
    "min_parallel_table_scan_size": "1TB",
    "min_parallel_index_scan_size": "1TB",
    # What is joined lies in the order of contacts, or is soon sorted: ids are numbers. A table of half a million ids
    # in memory, looked up at random, takes twice as long; the planner counts both as much.
    "enable_hashjoin": "off",
    # Inside a half nothing is passed from process to process, only what each half comes to.
    "parallel_tuple_cost": "1000",
}
_LOCKS = 0x5E6  # the first half of the keys of the advisory locks; nothing else of ours takes two-part keys
_PAUSE_SECONDS = 0.01
# Whoever is patient may let a statement run long, but does not stand in line with a page's thread for longer: ten
# open pages would otherwise hold every thread of a server for as long as two of them count.
_LONGEST_WAIT_SECONDS = 2.0
_CANCELLED = "57014"


@dataclass(frozen=True)
class Lane:
    """So many statements of a sort may run at once, of all workspaces and processes; the rest wait."""

    number: int
    width: int


WHOLE = Lane(0, 2)
SAMPLES = Lane(1, 4)
# What nobody waits for must not take the places of those who do.
UNHURRIED = Lane(2, 1)


def run_limited(
    sql: str,
    params: list[Any],
    milliseconds: int,
    *,
    lane: Lane | None = WHOLE,
    settings: Mapping[str, str] = SETTINGS,
) -> list[tuple[Any, ...]] | None:
    """Return the rows of a compiled statement, or None when it had to be stopped, or to wait, beyond the time limit.

    The waiting is part of the limit and never longer than two seconds. Statements about a few contacts need no `lane`.
    `settings` are what the planner goes by.
    """
    deadline = time.monotonic() + milliseconds / 1000
    is_outermost = not connection.in_atomic_block
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            if lane is not None and not _enter(cursor, lane, deadline):
                return None
            left = max(int((deadline - time.monotonic()) * 1000), 1)
            with _limits(cursor, {**settings, "statement_timeout": str(left)}, put_back=not is_outermost):
                cursor.execute(sql, params)
                return list(cursor.fetchall())
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") == _CANCELLED:
            return None
        raise


def _enter(cursor: Any, lane: Lane, deadline: float) -> bool:
    """Take one of the lane's places until the transaction ends; False when none came free in time.

    The locks are the database's, so that they end with their process, however it ends.
    """
    deadline = min(deadline, time.monotonic() + _LONGEST_WAIT_SECONDS)
    while True:
        cursor.execute(
            "SELECT place FROM generate_series(1, %s) AS place WHERE pg_try_advisory_xact_lock(%s, place) LIMIT 1",
            [lane.width, _LOCKS + lane.number],
        )
        if cursor.fetchone():
            return True
        if time.monotonic() + _PAUSE_SECONDS > deadline:
            return False
        time.sleep(_PAUSE_SECONDS)


@contextmanager
def _limits(cursor: Any, wanted: dict[str, str], *, put_back: bool) -> Iterator[None]:
    """Set a time limit and how to plan; `put_back` afterwards where the caller's transaction goes on.

    That nothing can be written holds for the block's own (sub)transaction, whose end takes it back by itself.
    """
    before: dict[str, str] = {}
    if put_back:
        cursor.execute(f"SELECT {', '.join(['current_setting(%s)'] * len(wanted))}", list(wanted))
        before = dict(zip(wanted, cursor.fetchone(), strict=True))
    _apply(cursor, {**wanted, "transaction_read_only": "on"})
    yield
    if put_back:
        _apply(cursor, before)


def _apply(cursor: Any, settings: dict[str, str]) -> None:
    calls = ", ".join(["set_config(%s, %s, true)"] * len(settings))
    cursor.execute(f"SELECT {calls}", [part for pair in settings.items() for part in pair])
