"""Waking workers. Tables are the queue: a lost or doubled wake-up changes nothing but latency."""

import functools
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)

# Of wake-ups that many requests ask for, one in so many seconds from each process is enough.
GATHER_SECONDS = 0.25

_tick_jobs: dict[str, Callable[[], None]] = {}
# By the name of a task: when it was last published, and for when the next one is planned, on this process's counter.
_last: dict[str, float] = {}
_planned: dict[str, float] = {}
_planning = threading.Lock()


def enqueue(task_name: str, *, expires: int | None = None, **kwargs: Any) -> None:
    """Run the task after the open transaction commits (at once outside one). Arguments are JSON values.

    After `expires` seconds in which nobody was free it is not run any more, for wake-ups that must not pile up.

    Raises celery.exceptions.NotRegistered for an unknown name at once, so that a typing error shows in tests.
    A broker that is down is logged, not raised: the tick finds the work in its table.
    """
    task = current_app.tasks[task_name]
    transaction.on_commit(functools.partial(_publish, task, kwargs, expires))


def enqueue_gathered(task_name: str) -> None:
    """`enqueue` for a task without arguments that takes up all there is to do, asked for by many at once.

    The first is published at once, those that follow it together GATHER_SECONDS later: a publication costs as much
    processor time as some statements. Each commit has one after it, unless the process dies before; then the tick
    finds the work.
    """
    task = current_app.tasks[task_name]
    transaction.on_commit(functools.partial(_publish_gathered, task))


def _publish_gathered(task: Any) -> None:
    moment = time.monotonic()
    with _planning:
        # A plan whose time is over was not kept, as after a fork.
        if _planned.get(task.name, 0.0) > moment:
            return
        wait = _last.get(task.name, -GATHER_SECONDS) + GATHER_SECONDS - moment
        if wait > 0:
            _planned[task.name] = moment + wait
        else:
            _last[task.name] = moment
    if wait > 0:
        timer = threading.Timer(wait, _publish_planned, [task])
        timer.daemon = True
        timer.start()
    else:
        _publish(task, {}, None)


def _publish_planned(task: Any) -> None:
    with _planning:
        # Before it is published: who commits from now on may find that the worker has looked already.
        _planned.pop(task.name, None)
        _last[task.name] = time.monotonic()
    _publish(task, {}, None)


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
