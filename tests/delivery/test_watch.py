"""Noticing a stop while the transport's event loop runs."""

import asyncio
import time

from delivery.watch import SECONDS_BETWEEN_LOOKS, Watch


def test_looking_works_inside_the_event_loop(db, monkeypatch):
    monkeypatch.delenv("DJANGO_ALLOW_ASYNC_UNSAFE", raising=False)
    watch = Watch([])
    time.sleep(SECONDS_BETWEEN_LOOKS)

    async def look() -> bool:
        return watch.should_stop()

    assert asyncio.run(look()) is False
