"""Who waits for whom, with real transactions: saving, freezing, deleting and erasing beside ticks and other writers."""

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from accounts.models import Workspace
from consent.models import Topic
from contacts.models import Contact
from contacts.services.erasing import erase_rows
from core.clock import now
from events.models import Event
from events.services import record
from segments import services
from segments.language.text_parser import parse_text
from segments.models import Segment, SegmentMember
from segments.services import lists, members, rounds
from tests.cast import make_contact

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def workspace() -> Workspace:
    return Workspace.objects.create(name="Kea Cabins", slug="kea-cabins")


def segment_of(workspace: Workspace, text: str, name: str = "Kiwis") -> Segment:
    return services.save_segment(workspace=workspace, actor=None, values={"name": name, "rule": parse_text(text)})


def beside(work: Callable[[], Any]) -> tuple[threading.Thread, list[Any]]:
    """Run the work on a connection of its own; its result or error comes into the list."""
    results: list[Any] = []

    def run() -> None:
        try:
            results.append(work())
        except Exception as error:
            results.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread, results


def wait_until_somebody_waits() -> None:
    with connection.cursor() as cursor:
        for _attempt in range(5_000):
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0]:
                return
    raise AssertionError("nobody waits")


@pytest.mark.parametrize("work", ["save", "freeze", "list"])
def test_nobody_who_writes_to_the_workspace_waits_for_a_segment_or_list(workspace: Workspace, work: str) -> None:
    segment = segment_of(workspace, 'contact country is "NZ"')
    with transaction.atomic():
        if work == "save":
            segment_of(workspace, 'contact country is "DE"', "Germans")
        elif work == "freeze":
            lists.freeze_segment(segment=segment, values={"name": "Then"}, actor=None)
        else:
            lists.save_list(workspace=workspace, actor=None, values={"name": "Crew"})
        thread, results = beside(lambda: Topic.objects.create(workspace=workspace, key="news", name="News"))
        thread.join(10)
        is_done = not thread.is_alive()
    thread.join()
    assert is_done
    assert isinstance(results[0], Topic)


def test_segment_is_deleted_while_a_tick_moves_its_members(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    segment = segment_of(workspace, 'contact country is "NZ"')
    person = make_contact(workspace, "anna@kea.example", country="NZ")
    services.follow_workspace(workspace)
    services.follow_workspace(workspace)
    assert SegmentMember.objects.count() == 1
    Contact.objects.filter(pk=person.pk).update(country="DE")
    moved, may_go_on = threading.Event(), threading.Event()
    genuine = members.record_alike

    def wait_here(*args: Any, **kwargs: Any) -> None:
        moved.set()
        may_go_on.wait(20)
        genuine(*args, **kwargs)

    monkeypatch.setattr(members, "record_alike", wait_here)
    tick, ticked = beside(lambda: services.follow_workspace(workspace))
    assert moved.wait(20)
    thread, deleted = beside(lambda: services.delete_segment(segment=segment, actor=None))
    wait_until_somebody_waits()
    may_go_on.set()
    thread.join()
    tick.join()
    assert deleted == [None]
    assert not isinstance(ticked[0], Exception)
    monkeypatch.setattr(members, "record_alike", genuine)
    services.follow_workspace(workspace)
    assert not Segment.objects.exists()
    assert not SegmentMember.objects.exists()


def test_people_are_erased_while_a_tick_moves_them_by_time(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tick locks members before the summaries of what it tells; an erasure has them the other way round."""
    segment_of(workspace, "event contact.updated in the last 1 hours")
    person = make_contact(workspace, "anna@kea.example")
    for kind in ("segment.entered", "segment.left"):
        record(workspace, kind, contact_id=person.pk)
    record(workspace, "contact.updated", contact_id=person.pk, at=now() - dt.timedelta(minutes=59))
    services.follow_workspace(workspace)
    services.follow_workspace(workspace)
    assert SegmentMember.objects.count() == 1
    moved, may_go_on = threading.Event(), threading.Event()
    genuine = members.record_alike

    def wait_here(*args: Any, **kwargs: Any) -> None:
        moved.set()
        may_go_on.wait(20)
        genuine(*args, **kwargs)

    monkeypatch.setattr(members, "record_alike", wait_here)
    later = now() + dt.timedelta(seconds=70)
    monkeypatch.setattr(rounds, "present", lambda: later)
    tick, ticked = beside(lambda: services.follow_workspace(workspace))
    assert moved.wait(20)
    thread, erased = beside(lambda: erase_rows(workspace, [person.pk]))
    wait_until_somebody_waits()
    may_go_on.set()
    thread.join()
    tick.join()
    assert isinstance(erased[0], dict), erased
    assert not isinstance(ticked[0], Exception), ticked
    assert not SegmentMember.objects.exists()
    assert not Event.objects.filter(contact_id=person.pk).exclude(kind="contact.erased").exists()
