"""The SMTP server of the catcher, over a real connection."""

import asyncio
import smtplib
import threading

import pytest
from django.db import connection

from catcher.models import CaughtMessage
from catcher.server import serve
from catcher.services import Arrival, prune, store_arrivals


@pytest.fixture
def port(transactional_db):
    """A catcher listening on a loopback port in a thread of its own."""
    started: list[int] = []
    ready = threading.Event()
    loop = asyncio.new_event_loop()

    async def main() -> None:
        told = loop.create_future()
        task = asyncio.ensure_future(serve("127.0.0.1", 0, told))
        tasks.append(task)
        started.append(await told)
        ready.set()
        await asyncio.gather(task, return_exceptions=True)

    tasks: list[asyncio.Task[None]] = []
    thread = threading.Thread(target=loop.run_until_complete, args=(main(),))
    thread.start()
    assert ready.wait(5)
    yield started[0]
    loop.call_soon_threadsafe(tasks[0].cancel)
    thread.join(5)
    loop.close()


def test_mail_is_stored_before_it_is_accepted(port):
    with smtplib.SMTP("127.0.0.1", port) as client:
        client.sendmail("hello@kea.example", ["a@example.com", "b@example.com"], b"Subject: Lake\r\n\r\n.dot\r\nhi\r\n")
        caught = CaughtMessage.objects.get()
    assert caught.sender == "hello@kea.example"
    assert caught.recipients == ["a@example.com", "b@example.com"]
    assert (caught.subject, caught.excerpt) == ("Lake", ".dot hi")
    assert bytes(caught.source).endswith(b"\r\n\r\n.dot\r\nhi\r\n")


def test_pipelining_and_eight_bits_are_offered(port):
    with smtplib.SMTP("127.0.0.1", port) as client:
        client.ehlo()
        assert client.has_extn("pipelining")
        assert client.has_extn("8bitmime")
        assert client.has_extn("smtputf8")


def test_mail_that_cannot_be_stored_is_not_accepted(port):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE catcher_caughtmessage RENAME TO elsewhere")
    try:
        with smtplib.SMTP("127.0.0.1", port) as client, pytest.raises(smtplib.SMTPDataError) as refusal:
            client.sendmail("hello@kea.example", ["a@example.com"], b"Subject: Lake\r\n\r\nhi")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE elsewhere RENAME TO catcher_caughtmessage")
    assert refusal.value.smtp_code == 451


def test_only_the_newest_are_kept(db):
    store_arrivals(arrivals=[Arrival("", ("a@example.com",), b"Subject: %d\r\n\r\n" % n) for n in range(5)])
    assert prune(keep=2) == 3
    assert list(CaughtMessage.objects.newest_first().values_list("subject", flat=True)) == ["4", "3"]
