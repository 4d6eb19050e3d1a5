"""Recording what Rapport itself knows."""

import datetime as dt

import pytest

from events.models import Event, HandlerRun
from events.services import gathering_events, record, record_each

pytestmark = pytest.mark.django_db
AT = dt.datetime(2026, 5, 4, 10, tzinfo=dt.UTC)


def test_event_is_written_with_the_runs_of_its_handlers(workspace):
    event = record(
        workspace, "contact.created", contact_id=7, at=AT, properties={"source": "API", "visits": 2}, source=("flow", 9)
    )

    row = Event.objects.get(pk=event.pk)
    assert (row.workspace, row.kind, row.contact_id, row.at) == (workspace, "contact.created", 7, AT)
    assert (row.properties, row.folded) == ({"source": "API", "visits": 2}, {"source": "api"})
    assert (row.source_kind, row.source_id, row.amount, row.currency) == ("flow", 9, None, None)
    assert row.public_id == event.public_id
    (run,) = HandlerRun.objects.filter(event=event)
    assert (run.handler, run.status, run.attempts, run.error) == ("consent.match_person", "pending", 0, "")
    assert run.due_at == row.recorded_at == event.recorded_at


def test_events_of_many_keep_their_order(workspace):
    record_each(workspace, "flow.step_completed", [(number, {"step": str(number)}) for number in (9, 3, 5)])

    assert list(Event.objects.order_by("pk").values_list("contact_id", flat=True)) == [9, 3, 5]
    assert not HandlerRun.objects.exists()


def test_nothing_to_record_writes_nothing(workspace, django_assert_num_queries):
    with django_assert_num_queries(0), gathering_events():
        record_each(workspace, "flow.step_completed", [])


def test_gathered_events_are_one_statement_in_the_order_they_happened(workspace, django_assert_num_queries):
    with django_assert_num_queries(1), gathering_events():
        record(workspace, "contact.created", contact_id=1)
        with gathering_events():
            record_each(workspace, "flow.step_completed", [(1, {"step": "one"}), (1, {"step": "two"})])
        record(workspace, "flow.completed", contact_id=1)

    rows = Event.objects.order_by("pk").values_list("kind", "properties")
    assert list(rows) == [
        ("contact.created", {}),
        ("flow.step_completed", {"step": "one"}),
        ("flow.step_completed", {"step": "two"}),
        ("flow.completed", {}),
    ]
    assert HandlerRun.objects.get().event.kind == "contact.created"


def test_gathered_events_of_what_failed_are_not_written(workspace):
    def fail():
        with gathering_events():
            record(workspace, "contact.created", contact_id=1)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()

    assert not Event.objects.exists()
    record(workspace, "flow.completed", contact_id=1)
    assert Event.objects.get().kind == "flow.completed"
