"""Noticing a stop while the transport's event loop runs."""

import asyncio
import time

from channels.transports.smtp_settings import Timeouts
from delivery import watch as watch_module
from delivery.claims import LEASE
from delivery.watch import LONGEST_BATCH_SECONDS, SECONDS_BETWEEN_LOOKS, Watch


def test_looking_works_inside_the_event_loop(db, monkeypatch):
    monkeypatch.delenv("DJANGO_ALLOW_ASYNC_UNSAFE", raising=False)
    watch = Watch([])
    time.sleep(SECONDS_BETWEEN_LOOKS)

    async def look() -> bool:
        return watch.should_stop()

    assert asyncio.run(look()) is False


def test_batch_of_a_slow_server_ends_within_its_lease(db, monkeypatch):
    monkeypatch.setattr(watch_module, "LONGEST_BATCH_SECONDS", 0.0)
    watch = Watch([])
    time.sleep(SECONDS_BETWEEN_LOOKS)

    assert watch.should_stop() is True


def test_longest_batch_and_the_slowest_answer_fit_into_the_lease():
    slowest = LONGEST_BATCH_SECONDS + SECONDS_BETWEEN_LOOKS + Timeouts().final_dot

    assert slowest < LEASE.total_seconds()
