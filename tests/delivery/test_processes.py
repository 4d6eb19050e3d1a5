"""Which processes can send, and what each did lately."""

import datetime as dt
import os
from types import SimpleNamespace

import pytest

from core.clock import now
from delivery import processes, tasks
from delivery.models import SendingProcess
from delivery.processes import Diary, note_alive, note_gone

pytestmark = pytest.mark.django_db


def pids(worker):
    return list(SendingProcess.objects.filter(worker=worker).order_by("pid").values_list("pid", flat=True))


def test_a_program_names_its_processes_and_forgets_those_that_ended():
    note_alive(worker="bulk@one", pids=[11, 12], sends_campaigns=True)
    note_alive(worker="bulk@two", pids=[11], sends_campaigns=True)
    first = SendingProcess.objects.get(worker="bulk@one", pid=11)

    note_alive(worker="bulk@one", pids=[11, 13], sends_campaigns=True)

    assert (pids("bulk@one"), pids("bulk@two")) == ([11, 13], [11])
    again = SendingProcess.objects.get(pk=first.pk)
    assert again.started_at == first.started_at
    assert again.seen_at >= first.seen_at


def test_a_program_that_ends_takes_its_rows_along():
    note_alive(worker="bulk@one", pids=[11, 12], sends_campaigns=True)
    note_alive(worker="bulk@two", pids=[21], sends_campaigns=True)
    note_gone(worker="bulk@one")
    assert (pids("bulk@one"), pids("bulk@two")) == ([], [21])


def test_what_nobody_renewed_for_an_hour_is_forgotten():
    note_alive(worker="bulk@killed", pids=[11], sends_campaigns=True)
    note_alive(worker="bulk@late", pids=[21], sends_campaigns=True)
    old = SendingProcess.objects.filter(worker="bulk@killed")
    old.update(seen_at=now() - dt.timedelta(minutes=61))
    SendingProcess.objects.filter(worker="bulk@late").update(seen_at=now() - dt.timedelta(minutes=59))
    note_alive(worker="bulk@two", pids=[31], sends_campaigns=True)
    assert (pids("bulk@killed"), pids("bulk@late")) == ([], [21])


def test_a_process_tells_what_it_did_now_and_then(monkeypatch, django_assert_num_queries):
    note_alive(worker="bulk@one", pids=[os.getpid()], sends_campaigns=True)
    clock = SimpleNamespace(at=1000.0)
    monkeypatch.setattr(processes.time, "monotonic", lambda: clock.at)
    diary = Diary()
    diary.note(100, 7)
    row = SendingProcess.objects.get()
    assert (row.settled_last_minute, row.dispatch_id) == (100, 7)
    with django_assert_num_queries(0):
        for _batch in range(40):
            clock.at += 0.1
            diary.note(10, 7)
    clock.at += 1.1
    diary.note(5, 8)
    row.refresh_from_db()
    assert (row.settled_last_minute, row.dispatch_id) == (505, 8)
    clock.at += 61
    diary.note(3, None)
    row.refresh_from_db()
    assert (row.settled_last_minute, row.dispatch_id) == (3, None)


def test_a_process_nobody_introduced_opens_no_row():
    Diary().note(5, None)
    assert not SendingProcess.objects.exists()


def consumer_of(*queues):
    amqp = SimpleNamespace(queues=SimpleNamespace(consume_from=dict.fromkeys(queues)))
    pool = SimpleNamespace(info={"processes": [41, 42]})
    return SimpleNamespace(hostname="worker@one", app=SimpleNamespace(amqp=amqp), pool=pool)


@pytest.mark.parametrize(
    ("queues", "found"), [(["bulk"], {True}), (["transactional"], {False}), (["tick", "launch"], set())]
)
def test_only_workers_that_send_introduce_themselves(monkeypatch, queues, found):
    monkeypatch.setattr(tasks, "_program", {})
    monkeypatch.setattr(tasks, "close_old_connections", lambda: None)
    tasks.introduce(sender=consumer_of(*queues))
    assert set(SendingProcess.objects.values_list("sends_campaigns", flat=True)) == found
    assert len(pids("worker@one")) == (2 if found else 0)
    tasks.say_goodbye()
    assert pids("worker@one") == []
