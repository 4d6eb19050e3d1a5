"""Waking workers. Tables are the queue: a lost or doubled wake-up changes nothing but latency."""

import functools
import logging
from collections.abc import Callable
from typing import Any

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)

_tick_jobs: dict[str, Callable[[], None]] = {}


def enqueue(task_name: str, *, expires: int | None = None, **kwargs: Any) -> None:
    """Run the task after the open transaction commits (at once outside one). Arguments are JSON values.

    After `expires` seconds in which nobody was free it is not run any more, for wake-ups that must not pile up.

    Raises celery.exceptions.NotRegistered for an unknown name at once, so that a typing error shows in tests.
    A broker that is down is logged, not raised: the tick finds the work in its table.
    """
    task = current_app.tasks[task_name]
    transaction.on_commit(functools.partial(_publish, task, kwargs, expires))


def _publish(task: Any, kwargs: dict[str, Any], expires: int | None) -> None:
    try:
        task.apply_async(kwargs=kwargs, retry=False, expires=expires)
    except (OSError, OperationalError, *task.app.connection_for_write().connection_errors) as error:
        logger.warning("broker_unreachable task=%s error=%s", task.name, type(error).__name__)


def on_tick(name: str, job: Callable[[], None]) -> None:
    """Have `job` called on every tick, in one process at a time or many: it must not care. Names are unique."""
    if _tick_jobs.get(name, job) is not job:
        raise ValueError(f"two tick jobs are called {name}")
    _tick_jobs[name] = job


def tick_jobs() -> dict[str, Callable[[], None]]:
    """Every registered tick job by its name."""
    return dict(_tick_jobs)
