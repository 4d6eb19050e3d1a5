"""Noticing a stop while the transport's event loop runs."""

import asyncio
import datetime as dt
import time
from collections.abc import Callable

import pytest

from channels.transports.smtp_settings import Timeouts
from consent.evidence import Proof, Source
from consent.models import Suppression
from consent.services import withdraw_topic
from consent.services.global_suppressions import add_everywhere
from consent.services.suppressions import suppress_address, suppress_domain
from consent.suppression_file import entry_of
from core.clock import now
from delivery import sender_process
from delivery import watch as watch_module
from delivery.claims import LEASE
from delivery.flight import Flight
from delivery.loading import load_batch
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


@pytest.fixture
def watching(agreed, launch, monkeypatch) -> Callable[[], bool]:
    """Whether a batch to one person at lake.example may still go on, asked as often as one likes."""
    monkeypatch.setattr(watch_module, "SECONDS_BETWEEN_LOOKS", 0.0)
    agreed("lina@lake.example")
    [key] = Message.objects.filter(dispatch=launch()).values_list("id", flat=True)
    watch = Watch(load_batch([key], purpose="marketing"), now())
    return lambda: not watch.should_stop()


def test_bounces_of_others_do_not_end_a_batch(watching, workspace):
    suppress_address(workspace=workspace, addresses=["somebody@else.example"], reason="hard_bounce")
    assert watching()


def test_batch_ends_when_one_of_it_comes_onto_the_list(watching, workspace):
    assert watching()
    suppress_address(workspace=workspace, addresses=["lina@lake.example"], reason="manual")
    assert not watching()


def test_batch_ends_when_a_domain_comes_onto_the_list(watching, workspace):
    suppress_domain(workspace=workspace, domain="lake.example", reason="manual")
    assert not watching()


def test_batch_ends_when_a_list_was_begun_before_it_was_read(watching, workspace):
    suppress_address(workspace=workspace, addresses=["lina@lake.example"], reason="manual")
    Suppression.objects.update(created_at=now() - dt.timedelta(seconds=1))
    assert not watching()


def test_batch_ends_when_the_installation_s_list_grows(watching):
    add_everywhere(entries=[entry_of("nobody@example.org")], reason="legal")
    assert not watching()
