"""The tick: what beat fires, and the heartbeat that tells whether anybody listens."""

import datetime as dt
import logging

from django.db import close_old_connections

from core.clock import now
from core.models import Heartbeat
from core.queue import tick_jobs

logger = logging.getLogger(__name__)

WORKERS_DOWN_AFTER = dt.timedelta(seconds=90)


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


def beat(name: str) -> None:
    """Note that the process called `name` works now."""
    Heartbeat.objects.update_or_create(name=name, defaults={"seen_at": now()})


def workers_are_down() -> bool:
    """True when no tick has run for 90 seconds, so that people hear of it within two minutes."""
    seen = Heartbeat.objects.filter(name="worker").values_list("seen_at", flat=True).first()
    return seen is None or now() - seen > WORKERS_DOWN_AFTER
