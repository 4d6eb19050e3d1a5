"""Noting who comes and goes beside others and across kills, with real transactions."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from accounts.models import Workspace
from contacts.models import Contact
from events.models import Event
from events.services import record
from segments import services
from segments.language.text_parser import parse_text
from segments.models import ContactTouch, Following, MemberChange, Segment, SegmentMember
from segments.services import members
from tests.cast import make_contact

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def workspace() -> Workspace:
    return Workspace.objects.create(name="Kea Cabins", slug="kea-cabins")


def kiwis(workspace: Workspace) -> Segment:
    values = {"name": "Kiwis", "rule": parse_text('contact country is "NZ"')}
    return services.save_segment(workspace=workspace, actor=None, values=values)


def beside(work: Callable[[], Any]) -> threading.Thread:
    """Run the work on a connection of its own."""

    def run() -> None:
        try:
            work()
        except Exception:
            pass
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_ticks_at_once_note_each_change_once(workspace: Workspace) -> None:
    segment = kiwis(workspace)
    services.follow_workspace(workspace)
    for number in range(30):
        make_contact(workspace, f"p{number}@kea.example", country="NZ" if number % 2 else "DE")

    threads = [beside(lambda: services.follow_workspace(workspace)) for _number in range(4)]
    for thread in threads:
        thread.join()
    services.follow_workspace(workspace)

    assert SegmentMember.objects.filter(segment=segment).count() == 15
    assert MemberChange.objects.filter(change="entered", cause="data").count() == MemberChange.objects.count() == 15
    assert Event.objects.filter(kind="segment.entered").count() == 15
    assert not ContactTouch.objects.exists()


def test_first_filling_waits_for_who_began_to_write_before_it_was_followed(workspace: Workspace) -> None:
    person = make_contact(workspace, "anna@kea.example", country="DE")
    wrote, may_end = threading.Event(), threading.Event()

    def write_slowly() -> None:
        with transaction.atomic():
            Contact.objects.filter(pk=person.pk).update(country="NZ")
            wrote.set()
            may_end.wait(20)

    writer = beside(write_slowly)
    wrote.wait(20)
    segment = kiwis(workspace)
    services.follow_workspace(workspace)
    assert not Following.objects.get().is_filled
    may_end.set()
    writer.join()
    services.follow_workspace(workspace)

    assert list(SegmentMember.objects.values_list("segment_id", "contact_id")) == [(segment.pk, person.pk)]


def test_tick_that_is_killed_has_done_nothing_and_the_next_does_it_all(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    kiwis(workspace)
    services.follow_workspace(workspace)
    person = make_contact(workspace, "anna@kea.example", country="NZ")
    backend: list[int] = []
    reached, may_go_on = threading.Event(), threading.Event()
    genuine = members.record_alike

    def stop_here(*args: Any, **kwargs: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            backend.append(cursor.fetchone()[0])
        reached.set()
        may_go_on.wait(20)
        genuine(*args, **kwargs)

    monkeypatch.setattr(members, "record_alike", stop_here)
    tick = beside(lambda: services.follow_workspace(workspace))
    reached.wait(20)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", backend)
    may_go_on.set()
    tick.join()
    assert (SegmentMember.objects.count(), MemberChange.objects.count()) == (0, 0)
    assert set(ContactTouch.objects.values_list("contact_id", flat=True)) == {person.pk}

    monkeypatch.setattr(members, "record_alike", genuine)
    services.follow_workspace(workspace)
    assert list(MemberChange.objects.values_list("contact_id", "change", "cause")) == [(person.pk, "entered", "data")]
    assert Event.objects.filter(kind="segment.entered").count() == 1


def test_what_commits_while_a_tick_runs_is_looked_at_by_the_next(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = {"name": "Buyers", "rule": parse_text("event contact.updated at least 2 times")}
    services.save_segment(workspace=workspace, actor=None, values=values)
    person = make_contact(workspace, "anna@kea.example")
    services.follow_workspace(workspace)
    record(workspace, "contact.updated", contact_id=person.pk)
    genuine = members.compile_rule

    def write_first(*args: Any) -> Any:
        monkeypatch.setattr(members, "compile_rule", genuine)
        beside(lambda: record(workspace, "contact.updated", contact_id=person.pk)).join()
        return genuine(*args)

    monkeypatch.setattr(members, "compile_rule", write_first)
    services.follow_workspace(workspace)
    services.follow_workspace(workspace)

    assert list(MemberChange.objects.values_list("change", flat=True)) == ["entered"]
    assert Event.objects.filter(kind="segment.entered", contact_id=person.pk).count() == 1
