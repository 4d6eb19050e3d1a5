"""Writers of the same people at the same moment, with real transactions."""

import datetime as dt
import threading
import uuid

import pytest
from django.db import connection, transaction

from accounts.models import Workspace
from contacts.models import Address, Contact
from contacts.services import IncomingEvent, erase_contact, incoming_events, ingest_events
from events.models import Event, EventSummary
from events.services import NewEvent, append_events, check_event_summaries, forget_late_events, record
from tests.cast import make_contact

pytestmark = pytest.mark.django_db(transaction=True)
DAY = dt.datetime(2026, 11, 1, 9, tzinfo=dt.UTC)


@pytest.fixture
def workspace():
    return Workspace.objects.create(name="Kea Cabins", slug="kea-cabins")


def begin(work):
    """Run `work` on a connection of its own; returns the thread and where its result or error will be."""
    results = []

    def run():
        try:
            results.append(work())
        except Exception as error:
            results.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread, results


def wait_until_somebody_waits():
    """Until the other transaction stands before a lock of ours."""
    with connection.cursor() as cursor:
        for _attempt in range(2_000):
            # In this database: other tests wait in theirs.
            cursor.execute(
                "SELECT count(*) FROM pg_locks wait WHERE NOT wait.granted AND wait.locktype = 'transactionid'"
                " AND EXISTS (SELECT FROM pg_locks has JOIN pg_database d ON d.oid = has.database"
                " WHERE has.pid = wait.pid AND d.datname = current_database())"
            )
            if cursor.fetchone()[0]:
                return
    raise AssertionError("nobody waits")


def remove_all():
    with transaction.atomic():
        Event.objects.filter(contact_id=7).delete()


def move_all():
    with transaction.atomic():
        Event.objects.filter(contact_id=7).update(contact_id=8)


@pytest.mark.parametrize("other", [remove_all, move_all])
def test_an_event_that_was_not_yet_seen_when_others_went_is_counted(workspace, other):
    record(workspace, "seen", contact_id=7, at=DAY)
    with transaction.atomic():
        record(workspace, "seen", contact_id=7, at=DAY + dt.timedelta(days=1))
        thread, results = begin(other)
        wait_until_somebody_waits()
    thread.join()
    assert not isinstance(results[0], Exception)
    assert Event.objects.count() == (1 if other is remove_all else 2)
    assert check_event_summaries().examples == ()


@pytest.mark.parametrize("remove", [remove_all, move_all])
def test_an_event_written_while_others_go_is_counted(workspace, remove):
    record(workspace, "seen", contact_id=7, at=DAY)
    with transaction.atomic():
        remove()
        thread, results = begin(lambda: record(workspace, "seen", contact_id=7, at=DAY + dt.timedelta(days=1)))
        wait_until_somebody_waits()
    thread.join()
    assert not isinstance(results[0], Exception)
    assert EventSummary.objects.get(contact_id=7).first_at == DAY + dt.timedelta(days=1)
    assert check_event_summaries().examples == ()


def test_the_same_events_in_two_requests_the_other_way_round_are_written_once(workspace):
    append_events(workspace, [NewEvent(name="seen", contact_id=1)])
    ids = [uuid.uuid4() for _ in range(300)]
    batch = [NewEvent(name="seen", contact_id=index % 7, public_id=one) for index, one in enumerate(ids)]
    answers = []

    def send(order):
        answers.append(append_events(workspace, order))

    threads = [begin(lambda order=order: send(order)) for order in (batch, batch[::-1], batch)]
    for thread, _results in threads:
        thread.join()
    assert [result for _thread, results in threads for result in results if isinstance(result, Exception)] == []
    assert sum(answer.status == "created" for answered in answers for answer in answered) == 300
    assert Event.objects.count() == 301
    assert check_event_summaries().examples == ()


def test_events_of_new_people_whom_an_import_brings_the_other_way_round_are_taken(workspace, monkeypatch):
    genuine = incoming_events._ingest
    tries = []

    def count_tries(*what):
        tries.append(what)
        return genuine(*what)

    monkeypatch.setattr(incoming_events, "_ingest", count_tries)
    batch = [IncomingEvent(name="seen", email=f"{name}@kea.example") for name in ("ada", "zoe")]
    with transaction.atomic():
        with connection.cursor() as cursor:  # whoever looks sooner whether it is a ring gives way
            cursor.execute("SET LOCAL deadlock_timeout = '20s'")
        make_contact(workspace, "zoe@kea.example")
        thread, results = begin(lambda: ingest_events(workspace=workspace, batch=batch))
        wait_until_somebody_waits()
        make_contact(workspace, "ada@kea.example")
    thread.join()
    assert [answer.status for answer in results[0]] == ["created", "created"]
    assert len(tries) == 2
    assert (Contact.objects.count(), Event.objects.filter(kind="seen").count()) == (2, 2)


def test_what_was_written_about_somebody_being_erased_goes_too(workspace):
    ada, bob = (make_contact(workspace, f"{name}@kea.example") for name in ("ada", "bob"))
    with transaction.atomic():
        for contact in (ada, bob):
            append_events(workspace, [NewEvent(name="seen", contact_id=contact.pk)])
        thread, results = begin(lambda: erase_contact(contact=ada))
        thread.join()  # nothing of it is in the erasure's way
    assert not isinstance(results[0], Exception)
    assert Event.objects.filter(kind="seen").count() == 2
    forget_late_events()
    assert list(Event.objects.filter(kind="seen").values_list("contact_id", flat=True)) == [bob.pk]
    assert Event.objects.filter(kind="contact.erased", contact_id=ada.pk).exists()
    assert check_event_summaries().examples == ()


def test_two_requests_with_the_same_new_people_make_each_once(workspace):
    def send(names):
        batch = [IncomingEvent(name="seen", email=f"{name}@kea.example") for name in names]
        return ingest_events(workspace=workspace, batch=batch)

    people = list(range(60))
    threads = [begin(lambda order=order: send(order)) for order in (people, people[::-1], people[30:])]
    for thread, _results in threads:
        thread.join()
    assert {answer.status for _thread, (answers,) in threads for answer in answers} == {"created"}
    assert (Contact.objects.count(), Address.objects.count()) == (60, 60)
    assert Event.objects.filter(kind="seen").count() == 150
    assert check_event_summaries().examples == ()


def test_a_type_is_fixed_once_by_two_first_events(workspace):
    with transaction.atomic():
        append_events(workspace, [NewEvent(name="seen", properties={"n": 1})])
        thread, results = begin(lambda: append_events(workspace, [NewEvent(name="seen", properties={"n": "many"})]))
        wait_until_somebody_waits()
    thread.join()
    assert [answer.status for answer in results[0]] == ["refused"]


def test_many_writers_of_the_same_people_lose_nothing(workspace):
    def write(seed):
        for turn in range(10):
            people = [(seed * 31 + turn * 7 + index * 13) % 20 for index in range(40)]
            append_events(
                workspace, [NewEvent(name=f"kind{index % 3}", contact_id=one) for index, one in enumerate(people)]
            )
            Event.objects.filter(contact_id=people[0], kind="kind1").delete()

    threads = [begin(lambda seed=seed: write(seed)) for seed in range(3)]
    for thread, _results in threads:
        thread.join()
    assert [result for _thread, results in threads for result in results if isinstance(result, Exception)] == []
    assert check_event_summaries().examples == ()
