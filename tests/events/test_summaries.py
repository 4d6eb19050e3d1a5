"""The summaries say what the log says, whatever is written, moved or removed; a check finds what does not."""

import datetime as dt
import uuid
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacts.services import erase_contact
from contacts.services.merging import merge_contacts
from contacts.services.unmerging import undo_batch
from core import services as core_services
from core.derived import Findings
from core.ids import uuid7
from core.models import Heartbeat
from dashboard.demo.removal import empty_workspace
from events.models import Event, EventSummary
from events.services import NewEvent, append_events, check_event_summaries, forget_contacts, record, record_each
from events.services import summaries as summaries_module
from events.services.alike import record_alike
from tests.cast import make_contact

DAY = dt.datetime(2026, 11, 1, 9, tzinfo=dt.UTC)


def at(day):
    return DAY + dt.timedelta(days=day)


def said(contact_id):
    rows = EventSummary.objects.filter(contact_id=contact_id).order_by("kind")
    return {row.kind: (row.times, row.first_at, row.last_at) for row in rows}


def test_every_writer_is_counted(workspace):
    append_events(workspace, [NewEvent(name="seen", contact_id=7, at=at(day)) for day in (3, 1)])
    record(workspace, "seen", contact_id=7, at=at(2))
    record_each(workspace, "contact.updated", [(7, {}), (8, {})])
    Event.objects.bulk_create([Event(workspace=workspace, kind="seen", contact_id=8, at=at(5))])
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO events_event (public_id, workspace_id, kind, contact_id, at, recorded_at, properties, folded,"
            " source_kind)"
            " SELECT gen_random_uuid(), %s, 'seen', 8, %s, now(), '{}', '{}', '' FROM generate_series(1, 3)",
            [workspace.pk, at(9)],
        )
    assert said(7)["seen"] == (3, at(1), at(3))
    assert said(8)["seen"] == (4, at(5), at(9))
    assert said(7)["contact.updated"][0] == said(8)["contact.updated"][0] == 1


def test_what_happens_in_the_workspace_has_no_summary(workspace):
    record(workspace, "campaign.launched")
    assert not EventSummary.objects.exists()


def test_coming_into_segments_and_leaving_them_is_not_counted(workspace):
    record_alike(workspace, "segment.entered", [7, 8], at=at(1), properties={})
    record(workspace, "segment.left", contact_id=7)
    assert not EventSummary.objects.exists()
    Event.objects.filter(contact_id=7).update(contact_id=9)
    Event.objects.filter(contact_id=8).delete()
    assert not EventSummary.objects.exists()
    assert check_event_summaries() == Findings(0)


def test_ids_of_what_happens_to_many_lie_in_order_of_time(workspace):
    before = uuid7()
    record_alike(workspace, "seen", [7, 8], at=at(1), properties={})
    ids = list(Event.objects.values_list("public_id", flat=True))
    assert {(one.version, one.variant) for one in ids} == {(7, uuid.RFC_4122)}
    assert len(set(ids)) == 2
    assert all(before.int >> 80 <= one.int >> 80 <= uuid7().int >> 80 for one in ids)


def test_a_repeated_id_counts_once(workspace):
    same = uuid.uuid4()
    for _ in range(2):
        append_events(workspace, [NewEvent(name="seen", contact_id=7, at=at(1), public_id=same)] * 2)
    assert said(7) == {"seen": (1, at(1), at(1))}


def test_the_same_contact_number_in_two_workspaces_is_counted_apart(workspace, other_workspace):
    for one in (workspace, other_workspace, other_workspace):
        record(one, "seen", contact_id=7, at=at(1))
    counted = EventSummary.objects.order_by("times").values_list("workspace", "times")
    assert list(counted) == [(workspace.pk, 1), (other_workspace.pk, 2)]


def test_merging_moves_the_summary_and_undoing_gives_it_back(workspace):
    ann, anna = make_contact(workspace, "ann@kea.example"), make_contact(workspace, "anna@kea.example")
    record(workspace, "seen", contact_id=ann.pk, at=at(5))
    record(workspace, "seen", contact_id=anna.pk, at=at(1))
    record(workspace, "bought", contact_id=anna.pk, at=at(2))
    before = (said(ann.pk), said(anna.pk))
    batch = merge_contacts(workspace=workspace, keep=ann.public_id, merge=[anna.public_id]).batch
    assert (said(ann.pk)["seen"], said(ann.pk)["bought"]) == ((2, at(1), at(5)), (1, at(2), at(2)))
    assert said(anna.pk) == {}
    undo_batch(batch=batch)
    for contact, was in zip((ann, anna), before, strict=True):
        assert {kind: row for kind, row in said(contact.pk).items() if not kind.startswith("contact.")} == was


def test_erasing_somebody_leaves_only_the_summary_of_that(workspace):
    ann = make_contact(workspace, "ann@kea.example")
    record(workspace, "seen", contact_id=ann.pk, at=at(1))
    erase_contact(contact=ann)
    assert list(said(ann.pk)) == ["contact.erased"]
    assert check_event_summaries().wrong == 0


def test_removing_some_events_finds_the_new_first_and_last(workspace):
    for day in range(4):
        record(workspace, "seen", contact_id=7, at=at(day))
    Event.objects.filter(at__in=[at(0), at(3)]).delete()
    assert said(7) == {"seen": (2, at(1), at(2))}
    Event.objects.filter(at=at(1)).update(at=at(-5))
    assert said(7) == {"seen": (2, at(-5), at(2))}
    Event.objects.update(properties={"n": 1})
    assert said(7) == {"seen": (2, at(-5), at(2))}


def test_emptying_a_workspace_takes_its_summaries_alone(workspace, other_workspace):
    for one in (workspace, other_workspace):
        record(one, "seen", contact_id=7)
    empty_workspace(workspace)
    assert list(EventSummary.objects.values_list("workspace", flat=True)) == [other_workspace.pk]


def test_deleting_a_workspace_takes_its_summaries_along(workspace):
    record(workspace, "seen", contact_id=7)
    workspace.delete()
    assert not EventSummary.objects.exists()


@pytest.fixture
def broken(workspace):
    """One row of each kind of wrong: a number, a time, one missing and one too many; and one that is right."""
    for contact_id in (1, 2, 3, 5):
        record(workspace, "seen", contact_id=contact_id, at=at(contact_id))
    EventSummary.objects.filter(contact_id=1).update(times=9)
    EventSummary.objects.filter(contact_id=2).update(last_at=at(30))
    EventSummary.objects.filter(contact_id=3).delete()
    EventSummary.objects.create(workspace=workspace, kind="seen", contact_id=4, times=1, first_at=at(1), last_at=at(1))


@pytest.mark.parametrize("at_once", [1, 2, 1_000_000])
def test_the_check_finds_and_mends_every_kind_of_wrong(broken, monkeypatch, at_once):
    monkeypatch.setattr(summaries_module, "EVENTS_AT_ONCE", at_once)
    found = check_event_summaries()
    assert (found.compared, found.wrong, len(found.examples)) == (5, 4, 4)
    assert "contact 1, seen: 9 times" in found.examples[0]
    assert check_event_summaries(repair=True).wrong == 4
    assert check_event_summaries() == Findings(4)
    assert said(2) == {"seen": (1, at(2), at(2))}


def test_the_command_fails_until_it_is_told_to_repair(broken):
    out = StringIO()
    with pytest.raises(CommandError, match="--repair"):
        call_command("check_summaries", "events.summaries", stdout=out)
    assert "events.summaries: 5 compared, 4 wrong" in out.getvalue()
    call_command("check_summaries", "--repair", stdout=out)
    call_command("check_summaries", stdout=out)
    with pytest.raises(CommandError, match="no check weather"):
        call_command("check_summaries", "weather")


def test_the_daily_check_mends_says_so_and_runs_once_a_day(broken, caplog):
    core_services.wake_check_of_summaries()
    assert core_services.check_summaries() == 0  # the day has only begun
    Heartbeat.objects.filter(name="summaries").update(seen_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    core_services.wake_check_of_summaries()
    assert core_services.check_summaries() == 4
    assert "summaries_were_wrong check=events.summaries wrong=4" in caplog.text
    assert core_services.check_summaries() == 0
    assert check_event_summaries().wrong == 0


PEOPLE = 4
days = st.integers(-40, 40).map(at)
people = st.integers(0, PEOPLE - 1)
steps = st.one_of(
    st.tuples(st.just("record"), people, st.sampled_from(["seen", "bought"]), days),
    st.tuples(
        st.just("append"), st.lists(st.tuples(people, st.sampled_from(["seen", "bought"]), days, st.integers(0, 5)))
    ),
    st.tuples(st.just("merge"), people, people),
    st.tuples(st.just("undo")),
    st.tuples(st.just("erase"), people),
    st.tuples(st.just("forget"), people),
    st.tuples(st.just("remove"), days),
    st.tuples(st.just("late"), people, people),
)


class History:
    """Carries the steps out on real people."""

    def __init__(self, workspace):
        self.workspace = workspace
        self.contacts = [make_contact(workspace) for _ in range(PEOPLE)]
        self.batches = []

    def take(self, name, *values):
        getattr(self, name)(*values)

    def record(self, who, kind, when):
        record(self.workspace, kind, contact_id=self.contacts[who].pk, at=when)

    def append(self, rows):
        batch = [
            NewEvent(name=kind, contact_id=self.contacts[who].pk, at=when, public_id=uuid.UUID(int=number))
            for who, kind, when, number in rows
        ]
        append_events(self.workspace, batch)

    def merge(self, first, second):
        keep, other = self.contacts[first].public_id, self.contacts[second].public_id
        try:
            batch = merge_contacts(workspace=self.workspace, keep=keep, merge=[other]).batch
        except type(self.contacts[0]).DoesNotExist:
            return
        self.batches += [batch] if batch else []

    def undo(self):
        if self.batches:
            undo_batch(batch=self.batches.pop())

    def erase(self, who):
        if type(self.contacts[0]).objects.filter(pk=self.contacts[who].pk).exists():
            erase_contact(contact=self.contacts[who])

    def forget(self, who):
        forget_contacts([self.contacts[who].pk])

    def remove(self, when):
        Event.objects.filter(at__gte=when).delete()

    def late(self, first, second):
        Event.objects.filter(contact_id=self.contacts[first].pk).update(contact_id=self.contacts[second].pk)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(steps, max_size=14))
def test_any_history_leaves_summaries_that_equal_the_log(workspace, history):
    EventSummary.objects.all().delete()
    Event.objects.all().delete()
    world = History(workspace)
    for step in history:
        world.take(*step)
        assert check_event_summaries().examples == ()
