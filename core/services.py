"""The tick: what beat fires, and the heartbeat that tells whether anybody listens."""

import datetime as dt
import logging
import time

from django.db import Error as DatabaseError
from django.db import close_old_connections, connection
from django.db.models import QuerySet

from core import clock
from core.clock import now
from core.derived import checks
from core.models import Heartbeat
from core.queue import enqueue, tick_jobs

logger = logging.getLogger(__name__)

WORKERS_DOWN_AFTER = dt.timedelta(seconds=90)
SECONDS_BETWEEN_CLOCKS = 30.0
CLOCKS_DIFFER = dt.timedelta(seconds=2)
CHECKED_EVERY = dt.timedelta(hours=24)
CHECK = "summaries"

# When this process last asked for the database's time, on its own counter.
_clock_asked: list[float] = []


def run_tick() -> list[str]:
    """Run every tick job, each alone: one that fails is logged and stops no other. Returns the failed names."""
    beat("worker")
    failed = []
    for name, job in tick_jobs().items():
        try:
            job()
        except Exception:
            logger.exception("tick_job_failed job=%s", name)
            failed.append(name)
            close_old_connections()
    return failed


def follow_database_clock() -> None:
    """Have this process go by the database's clock; asked at most twice a minute, and cheap.

    What is due, leases and quiet hours are then the same on every machine, however wrong one's own clock is.
    """
    if _clock_asked and time.monotonic() - _clock_asked[0] < SECONDS_BETWEEN_CLOCKS:
        return
    try:
        with connection.cursor() as cursor:
            began = time.monotonic()
            cursor.execute("SELECT clock_timestamp()")
            reference: dt.datetime = cursor.fetchone()[0]
    except DatabaseError:
        # The task at hand will meet the same trouble and is the one to say so.
        close_old_connections()
        return
    ended = time.monotonic()
    behind = clock.follow(reference + dt.timedelta(seconds=(ended - began) / 2))
    if abs(behind) > CLOCKS_DIFFER and not _clock_asked:
        logger.warning("clock_is_wrong seconds_behind_the_database=%.0f", behind.total_seconds())
    _clock_asked[:] = [ended]


def beat(name: str) -> None:
    """Note that the process called `name` works now."""
    Heartbeat.objects.update_or_create(name=name, defaults={"seen_at": now()})


def workers_are_down() -> bool:
    """True when no tick has run for 90 seconds, so that people hear of it within two minutes."""
    seen = Heartbeat.objects.filter(name="worker").values_list("seen_at", flat=True).first()
    return seen is None or now() - seen > WORKERS_DOWN_AFTER


def wake_check_of_summaries() -> None:
    """Have summaries compared with their sources once a day; a tick job."""
    _row, is_new = Heartbeat.objects.get_or_create(name=CHECK, defaults={"seen_at": now()})
    if not is_new and _check_is_due().exists():
        enqueue("core.check_summaries")


def check_summaries() -> int:
    """Compare everything stored twice with its source and write anew what differs; returns how much that was.

    Nothing should ever differ: what does is an error in the log of the worker, with examples. Once a day, however
    often it is called.
    """
    if not _check_is_due().update(seen_at=now()):
        return 0
    wrong = 0
    for name, check in checks().items():
        found = check(True)
        logger.info("summaries_checked check=%s compared=%d wrong=%d", name, found.compared, found.wrong)
        if found.wrong:
            examples = "; ".join(found.examples)
            logger.error("summaries_were_wrong check=%s wrong=%d examples=%s", name, found.wrong, examples)
        wrong += found.wrong
    return wrong


def _check_is_due() -> QuerySet[Heartbeat]:
    return Heartbeat.objects.filter(name=CHECK, seen_at__lt=now() - CHECKED_EVERY)
