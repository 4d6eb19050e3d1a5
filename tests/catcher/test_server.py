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


def test_mail_stored_twice_is_kept_once(transactional_db):
    arrival = Arrival("hello@kea.example", ("a@example.com",), b"Subject: Lake\r\n\r\nhi\r\n")

    store_arrivals(arrivals=[arrival])
    store_arrivals(arrivals=[arrival, Arrival("hello@kea.example", ("b@example.com",), b"Subject: Two\r\n\r\nhi\r\n")])

    assert list(CaughtMessage.objects.order_by("id").values_list("subject", flat=True)) == ["Lake", "Two"]


def test_connection_that_dies_in_the_middle_of_storing_is_answered_truly(port):
    """The catcher's database connection is killed as soon as it has begun to store."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION break_once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " IF NOT EXISTS (SELECT FROM pg_class WHERE relname = 'broken_once') THEN"
            "   PERFORM pg_terminate_backend(pg_backend_pid()); END IF; RETURN NEW; END $$"
        )
        cursor.execute(
            "CREATE TRIGGER break_once BEFORE INSERT ON catcher_caughtmessage"
            " FOR EACH ROW EXECUTE FUNCTION break_once()"
        )
    try:
        mend = threading.Timer(1, mend_database)
        mend.start()
        with smtplib.SMTP("127.0.0.1", port) as client:
            client.sendmail("hello@kea.example", ["a@example.com"], b"Subject: Lake\r\n\r\nhi\r\n")
        mend.join()
        assert CaughtMessage.objects.count() == 1
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS broken_once")
            cursor.execute("DROP FUNCTION break_once CASCADE")


def mend_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE broken_once ()")
    connection.close()
