"""Noticing a stop while the transport's event loop runs."""

import asyncio
import time

from channels.transports.smtp_settings import Timeouts
from consent.evidence import Proof, Source
from consent.services import withdraw_topic
from core.clock import now
from delivery import sender_process
from delivery import watch as watch_module
from delivery.claims import LEASE
from delivery.flight import Flight
from delivery.models import Message
from delivery.watch import LONGEST_BATCH_SECONDS, SECONDS_BETWEEN_LOOKS, Watch
from tests.smtp_server import running_smtp_server


def test_looking_works_inside_the_event_loop(db, monkeypatch):
    monkeypatch.delenv("DJANGO_ALLOW_ASYNC_UNSAFE", raising=False)
    watch = Watch([], now())
    time.sleep(SECONDS_BETWEEN_LOOKS)

    async def look() -> bool:
        return watch.should_stop()

    assert asyncio.run(look()) is False


def test_batch_of_a_slow_server_ends_within_its_lease(db, monkeypatch):
    monkeypatch.setattr(watch_module, "LONGEST_BATCH_SECONDS", 0.0)
    watch = Watch([], now())
    time.sleep(SECONDS_BETWEEN_LOOKS)

    assert watch.should_stop() is True


def test_longest_batch_and_the_slowest_answer_fit_into_the_lease():
    slowest = LONGEST_BATCH_SECONDS + SECONDS_BETWEEN_LOOKS + Timeouts().final_dot

    assert slowest < LEASE.total_seconds()


def test_somebody_who_said_no_between_being_asked_and_the_first_message_gets_nothing(
    agreed, launch, process, settings, topic, monkeypatch
):
    person = agreed("lina@lake.example")
    dispatch = launch()

    def begin_slowly(*values):
        withdraw_topic(contact=person, topic=topic, proof=Proof(Source.PREFERENCES))
        return Flight(*values)

    monkeypatch.setattr(sender_process, "Flight", begin_slowly)
    with running_smtp_server() as server:
        settings.SMTP_URL = server.url
        process.run("bulk", 0.5)

    assert server.recipients == []
    [row] = Message.objects.filter(dispatch=dispatch)
    assert (row.status, row.reason) == ("skipped", "consent_withdrawn")
