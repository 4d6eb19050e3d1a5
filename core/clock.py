"""The one clock. Times are aware, in UTC; the server's own zone never matters.

Machines disagree about the time, and a worker two hours ahead would send in the night. So whoever works through the
queue follows the database's clock (docs/adr/0020): what it said last, and our own count of the seconds since.
"""

import datetime as dt
import os
import time
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

UTC = dt.UTC

# Tests of clocks move the world's and this machine's, by seconds in a file (faults/rows/clock.py).
_shifts_file = Path(os.environ.get("RAPPORT_CLOCK", "")) if os.environ.get("RAPPORT_ENV") == "test" else Path()
_followed: tuple[dt.datetime, float] | None = None


def now() -> dt.datetime:
    """The present instant, in UTC: the followed clock's, else this machine's."""
    if _followed is None:
        return machine_time()
    then, count = _followed
    return then + dt.timedelta(seconds=time.monotonic() - count) + world_shift()


def machine_time() -> dt.datetime:
    """What this machine's own clock says."""
    world, own = _shifts()
    return dt.datetime.now(UTC) + dt.timedelta(seconds=world + own)


def follow(reference: dt.datetime) -> dt.timedelta:
    """Take `reference` for the present instant from here on; returns by how much this machine's clock is behind it.

    Seconds are counted by the system's steady counter, so that setting the machine's clock changes nothing.
    """
    global _followed  # noqa: PLW0603 - one clock for each process
    _followed = (reference, time.monotonic())
    return now() - machine_time()


def follow_nobody() -> None:
    """Go by this machine's clock again."""
    global _followed  # noqa: PLW0603
    _followed = None


def world_shift() -> dt.timedelta:
    """By how much a test has moved everybody's clock; nothing outside the test environment."""
    return dt.timedelta(seconds=_shifts()[0])


def _shifts() -> tuple[float, float]:
    if not _shifts_file.name:
        return 0.0, 0.0
    try:
        world, own = _shifts_file.read_text().split()
    except FileNotFoundError:
        return 0.0, 0.0
    return float(world), float(own)


def zone_or_none(name: str | None) -> ZoneInfo | None:
    """The IANA zone called `name`, or None for an unknown name."""
    if name and name in available_zones():
        return ZoneInfo(name)
    return None


_zones: frozenset[str] = frozenset()


def available_zones() -> frozenset[str]:
    """Names of all IANA zones this machine knows; read once."""
    global _zones  # noqa: PLW0603 - a cache of an immutable set
    if not _zones:
        _zones = frozenset(available_timezones())
    return _zones
