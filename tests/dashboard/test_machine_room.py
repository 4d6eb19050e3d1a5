"""The machine room: what leaves the installation, and which processes send it."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.clock import now
from delivery.models import Dispatch, Message, SendingProcess
from delivery.processes import note_alive
from delivery.services.machine_room import machines, single_mail
from tests.cast import client_of

URL = reverse("machine_room:sending")


@pytest.fixture
def operator(owner):
    owner.is_operator = True
    owner.save()
    return owner


def start_dispatch(workspace, name, source, **fields):
    return Dispatch.objects.create(
        workspace=workspace, source_kind="campaign", source_id=source, occurrence=now(), name=name, **fields
    )


def write(dispatch, number, **fields):
    Message.objects.bulk_create(
        Message(
            workspace=dispatch.workspace, dispatch=dispatch, purpose="marketing", recipient=f"{place}@example.com",
            created_at=now(), due_at=now(), **fields,
        )
        for place in range(number)
    )  # fmt: skip


def test_only_those_who_run_the_installation_find_it(teammate, operator, client):
    assert client_of(teammate).get(URL).status_code == 404
    assert client.get(URL).status_code == 302
    assert client_of(operator).get(URL).status_code == 200


def test_each_process_says_what_it_does(workspace, db):
    dispatch = start_dispatch(workspace, "Lake", 1)
    note_alive(worker="bulk@one", pids=[1, 2, 3, 4], sends_campaigns=True)
    told = {
        1: {"worked_at": now(), "settled_last_minute": 40, "dispatch": dispatch},
        2: {"worked_at": now() - dt.timedelta(seconds=30), "settled_last_minute": 30, "dispatch": dispatch},
        3: {"worked_at": now() - dt.timedelta(minutes=5), "settled_last_minute": 20},
        4: {"worked_at": now(), "settled_last_minute": 10, "seen_at": now() - dt.timedelta(minutes=2)},
    }
    for pid, fields in told.items():
        SendingProcess.objects.filter(pid=pid).update(**fields)
    (machine,) = machines()
    assert [(one.state, one.done, one.doing) for one in machine.processes] == [
        ("working", 40, "Lake"),
        ("free", 30, ""),
        ("free", 0, ""),
        ("gone", 0, ""),
    ]
    assert (machine.alive, machine.done) == (3, 70)


def test_turns_are_shown_by_workspace(workspace, other_workspace, operator):
    Dispatch.objects.all().delete()
    ours = start_dispatch(workspace, "Ours", 1, claimed_at=now())
    theirs = start_dispatch(other_workspace, "Theirs", 2, status="paused", pause_reason="The disk is full.")
    Dispatch.objects.update(created_at=now() - dt.timedelta(minutes=5))
    write(ours, 3, status="sent", settled_at=now())
    write(ours, 2, status="pending")
    write(theirs, 4, status="pending")
    page = client_of(operator).get(URL)
    shown = [(one.workspace.slug, one.campaigns, one.waiting, one.due, one.sent) for one in page.context["shares"]]
    assert shown == [(workspace.slug, 1, 2, 2, 3), (other_workspace.slug, 1, 4, 0, 0)]
    assert (page.context["waiting"], page.context["due"], page.context["per_minute"]) == (6, 2, 3)
    assert "The disk is full." in page.content.decode()


def test_without_a_process_for_campaigns_the_page_says_what_to_start(operator):
    assert "No process sends campaigns." in client_of(operator).get(URL).content.decode()
    note_alive(worker="mail@one", pids=[1], sends_campaigns=False)
    assert "No process sends campaigns." in client_of(operator).get(URL).content.decode()
    note_alive(worker="bulk@one", pids=[2], sends_campaigns=True)
    assert "No process sends campaigns." not in client_of(operator).get(URL).content.decode()


def test_single_mail_that_waits_is_counted_from_its_time_on(workspace, db):
    at = now() - dt.timedelta(minutes=2)
    for due in (at, now() + dt.timedelta(hours=1)):
        Message.objects.create(
            workspace=workspace, purpose="transactional", recipient="x@example.com", created_at=at, due_at=due
        )
    assert (single_mail().waiting, single_mail().since) == (1, at)


def test_the_page_needs_as_many_statements_for_many_as_for_one(workspace, other_workspace, operator):
    def statements():
        with CaptureQueriesContext(connection) as seen:
            assert client.get(URL).status_code == 200
        return len(seen)

    client = client_of(operator)
    start_dispatch(workspace, "First", 1)
    note_alive(worker="bulk@one", pids=[1], sends_campaigns=True)
    statements()
    one = statements()
    for number in range(8):
        start_dispatch(other_workspace if number % 2 else workspace, f"More {number}", 10 + number)
    note_alive(worker="bulk@two", pids=range(10, 20), sends_campaigns=True)
    assert statements() == one
