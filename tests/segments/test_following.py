"""Who comes into a segment and who leaves it, and why: data, time, the rule, a merge."""

import datetime as dt

import pytest
from django.db import DataError, IntegrityError, transaction

from accounts.models import AuditEntry
from consent.models import ConsentState, State
from contacts.models import Attribute, Contact
from contacts.services import ContactValues, erase_contact, update_contact
from contacts.services.merging import merge_contacts
from contacts.services.unmerging import undo_batch
from events.models import Event
from events.services import NewEvent, append_events
from segments import services
from segments.language.text_parser import parse_text
from segments.models import ContactTouch, Following, MemberChange, SegmentMember, Watch
from segments.services import following, rounds
from tests.cast import make_contact

pytestmark = pytest.mark.django_db

START = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands until it is told to go on."""

    class Clock:
        moment = START

        def pass_(self, **span):
            self.moment += dt.timedelta(**span)

    clock = Clock()
    monkeypatch.setattr(rounds, "present", lambda: clock.moment)
    return clock


def save(workspace, text, name="Friends", segment=None):
    values = {"name": name, "rule": parse_text(text)}
    return services.save_segment(workspace=workspace, actor=None, values=values, segment=segment)


def members(segment):
    return sorted(SegmentMember.objects.filter(segment=segment).values_list("contact__email", flat=True))


def changes(segment):
    rows = MemberChange.objects.filter(segment=segment).order_by("id")
    names = dict(Contact.objects.values_list("pk", "email"))
    return [(names.get(row.contact_id), row.change, row.cause) for row in rows]


def order(workspace, contact, at=START, **properties):
    append_events(workspace, [NewEvent(name="order.placed", contact_id=contact.pk, at=at, properties=properties)])


def events_of(contact):
    rows = Event.objects.filter(contact_id=contact.pk, kind__startswith="segment.").order_by("id")
    return [(row.kind, row.properties) for row in rows]


def test_new_segment_is_filled_because_of_its_rule_and_nobody_hears_of_it(workspace, clock):
    anna = make_contact(workspace, "anna@example.org", country="DE")
    make_contact(workspace, "ben@example.org", country="NZ")
    segment = save(workspace, 'contact country is "DE"')

    services.follow_workspace(workspace)

    assert members(segment) == ["anna@example.org"]
    assert changes(segment) == [("anna@example.org", "entered", "rule")]
    assert events_of(anna) == []
    state = Following.objects.get()
    assert (state.is_filled, state.evaluated_at) == (True, START)


def test_changed_detail_moves_a_person_in_and_out_with_an_event_each(workspace, clock):
    anna = make_contact(workspace, "anna@example.org", country="NZ")
    segment = save(workspace, 'contact country is "DE"')
    services.follow_workspace(workspace)

    update_contact(contact=anna, values=ContactValues(country="DE"), actor=None)
    services.follow_workspace(workspace)
    assert members(segment) == ["anna@example.org"]
    update_contact(contact=anna, values=ContactValues(country="FR"), actor=None)
    services.follow_workspace(workspace)
    services.follow_workspace(workspace)

    assert changes(segment) == [("anna@example.org", "entered", "data"), ("anna@example.org", "left", "data")]
    about = {"segment": "friends", "name": "Friends", "cause": "data"}
    assert events_of(anna) == [("segment.entered", about), ("segment.left", about)]
    assert not ContactTouch.objects.exists()


def test_new_person_belongs_where_something_is_missing(workspace, clock):
    _declare(workspace)
    segment = save(workspace, "event order.placed never")
    services.follow_workspace(workspace)

    ben = make_contact(workspace, "ben@example.org")
    services.follow_workspace(workspace)
    order(workspace, ben)
    services.follow_workspace(workspace)

    assert changes(segment) == [("ben@example.org", "entered", "data"), ("ben@example.org", "left", "data")]


def _declare(workspace):
    return append_events(workspace, [NewEvent(name="order.placed", properties={"total": 1})])


def test_time_alone_moves_people_when_a_window_of_hours_passes(workspace, clock):
    _declare(workspace)
    anna = make_contact(workspace, "anna@example.org")
    segment = save(workspace, "event order.placed in the last 2 hours")
    services.follow_workspace(workspace)

    order(workspace, anna, at=START)
    services.follow_workspace(workspace)
    clock.pass_(hours=2)
    services.follow_workspace(workspace)
    assert members(segment) == ["anna@example.org"]
    clock.pass_(seconds=1)
    services.follow_workspace(workspace)

    assert changes(segment) == [("anna@example.org", "entered", "data"), ("anna@example.org", "left", "time")]


def test_event_of_the_future_counts_from_its_moment_on(workspace, clock):
    _declare(workspace)
    anna = make_contact(workspace, "anna@example.org")
    segment = save(workspace, "event order.placed")
    services.follow_workspace(workspace)

    order(workspace, anna, at=START + dt.timedelta(hours=1))
    Event.objects.filter(contact_id=anna.pk).update(recorded_at=START)
    services.follow_workspace(workspace)
    assert members(segment) == []
    clock.pass_(hours=1)
    services.follow_workspace(workspace)

    assert changes(segment) == [("anna@example.org", "entered", "time")]


def test_day_ends_at_midnight_of_the_workspace(workspace, clock):
    _declare(workspace)
    anna = make_contact(workspace, "anna@example.org")
    # Auckland is twelve hours ahead: this is the first instant of 2 June there.
    order(workspace, anna, at=START)
    segment = save(workspace, "event order.placed in today")
    services.follow_workspace(workspace)
    clock.pass_(hours=24, seconds=-1)
    services.follow_workspace(workspace)
    assert members(segment) == ["anna@example.org"]
    clock.pass_(seconds=1)
    services.follow_workspace(workspace)

    assert changes(segment)[1:] == [("anna@example.org", "left", "time")]


def test_edited_rule_moves_people_because_of_the_rule_also_through_another_segment(workspace, clock):
    make_contact(workspace, "anna@example.org", country="DE")
    make_contact(workspace, "ben@example.org", country="NZ")
    inner = save(workspace, 'contact country is "DE"', name="Inner")
    outer = save(workspace, "not segment inner", name="Outer")
    services.follow_workspace(workspace)
    assert members(outer) == ["ben@example.org"]

    save(workspace, 'contact country is "NZ"', name="Inner", segment=inner)
    services.follow_workspace(workspace)

    assert members(inner) == ["ben@example.org"]
    assert members(outer) == ["anna@example.org"]
    assert changes(outer)[1:] == [("anna@example.org", "entered", "rule"), ("ben@example.org", "left", "rule")]


def test_nothing_is_noted_that_no_segment_depends_on(workspace, clock):
    anna = make_contact(workspace, "anna@example.org")
    _declare(workspace)
    order(workspace, anna)
    assert not ContactTouch.objects.exists()

    save(workspace, 'contact country is "DE"')
    services.follow_workspace(workspace)
    order(workspace, anna)

    assert sorted(Watch.objects.values_list("what", flat=True)) == ["*", "contact"]
    assert not ContactTouch.objects.exists()
    update_contact(contact=anna, values=ContactValues(country="DE"), actor=None)
    assert set(ContactTouch.objects.values_list("contact_id", "what")) == {(anna.pk, "contact")}


def test_segment_no_longer_followed_forgets_its_members_and_keeps_its_record(workspace, owner, clock):
    make_contact(workspace, "anna@example.org")
    segment = save(workspace, "everyone")
    services.follow_workspace(workspace)

    services.follow_segment(segment=segment, is_followed=False, actor=owner)
    services.follow_workspace(workspace)

    assert (members(segment), len(changes(segment))) == ([], 1)
    assert not Watch.objects.exists()
    assert not Following.objects.exists()
    assert AuditEntry.objects.filter(action="segment.unfollowed").count() == 1


def test_broken_rule_keeps_its_people_and_starts_again_when_mended(workspace, clock):
    attribute = Attribute.objects.create(workspace=workspace, key="plan", label="Plan", type="text")
    anna = make_contact(workspace, "anna@example.org", attributes={"plan": "pro"}, folded={"plan": "pro"})
    segment = save(workspace, 'attribute plan is "pro"')
    services.follow_workspace(workspace)

    attribute.delete()
    services.follow_workspace(workspace)
    assert (members(segment), Following.objects.get().is_broken) == (["anna@example.org"], True)
    Contact.objects.filter(pk=anna.pk).update(attributes={}, folded={})
    Attribute.objects.create(workspace=workspace, key="plan", label="Plan", type="text")
    services.follow_workspace(workspace)

    assert (members(segment), Following.objects.get().is_broken) == ([], False)
    assert changes(segment)[-1] == ("anna@example.org", "left", "rule")


def test_erased_person_is_nowhere_and_the_record_forgets_who_it_was(workspace, clock):
    anna = make_contact(workspace, "anna@example.org")
    segment = save(workspace, "everyone")
    services.follow_workspace(workspace)

    erase_contact(contact=anna)
    services.follow_workspace(workspace)

    assert not SegmentMember.objects.exists()
    assert list(MemberChange.objects.values_list("segment_id", "contact_id")) == [(segment.pk, None)]


def test_record_of_changes_takes_no_changes(workspace, clock):
    anna = make_contact(workspace, "anna@example.org")
    save(workspace, "everyone")
    services.follow_workspace(workspace)

    for attempt in (
        lambda: MemberChange.objects.update(change="left"),
        lambda: MemberChange.objects.update(contact_id=anna.pk + 1),
        lambda: MemberChange.objects.all().delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            attempt()
    assert list(MemberChange.objects.values_list("contact_id", "change")) == [(anna.pk, "entered")]


def test_merged_people_are_one_in_their_segments_and_apart_again_afterwards(workspace, owner, clock):
    anna = make_contact(workspace, "anna@example.org", country="DE")
    ben = make_contact(workspace, "ben@example.org", country="NZ")
    segment = save(workspace, 'contact country is "NZ"')
    services.follow_workspace(workspace)

    batch = merge_contacts(workspace=workspace, keep=anna.public_id, merge=[ben.public_id], actor=owner).batch
    services.follow_workspace(workspace)
    assert list(SegmentMember.objects.values_list("contact_id", flat=True)) == [anna.pk]
    undo_batch(batch=batch, actor=owner)
    services.follow_workspace(workspace)

    told = MemberChange.objects.filter(segment=segment).order_by("id").values_list("contact_id", "change", "cause")
    assert list(told) == [
        (ben.pk, "entered", "rule"),
        (ben.pk, "left", "merge"),
        (anna.pk, "entered", "merge"),
        (anna.pk, "left", "merge"),
        (ben.pk, "entered", "merge"),
    ]
    assert members(segment) == ["ben@example.org"]
    assert not Event.objects.filter(kind__startswith="segment.").exists()


def test_expired_agreement_leaves_at_its_end(workspace, clock):
    anna = make_contact(workspace, "anna@example.org")
    segment = save(workspace, "consent email/*/marketing is granted")
    services.follow_workspace(workspace)
    ConsentState.objects.create(
        workspace=workspace, contact=anna, channel="email", purpose="marketing", state=State.GRANTED,
        changed_at=START, expires_at=START + dt.timedelta(minutes=5),
    )  # fmt: skip
    services.follow_workspace(workspace)
    clock.pass_(minutes=5)
    services.follow_workspace(workspace)

    assert changes(segment) == [("anna@example.org", "entered", "data"), ("anna@example.org", "left", "time")]


def test_night_repairs_what_was_noted_wrong_and_says_by_how_many(workspace, clock):
    make_contact(workspace, "anna@example.org")
    segment = save(workspace, "everyone")
    services.follow_workspace(workspace)
    SegmentMember.objects.all().delete()

    services.follow_workspace(workspace)
    assert members(segment) == []
    clock.pass_(hours=24)
    services.follow_workspace(workspace)

    assert members(segment) == ["anna@example.org"]
    assert Following.objects.get().drift == 1
    clock.pass_(hours=24)
    services.follow_workspace(workspace)
    assert Following.objects.get().drift == 0


def test_workspace_that_cannot_be_followed_keeps_no_other_waiting(workspace, other_workspace, monkeypatch, caplog):
    for one in (workspace, other_workspace):
        save(one, 'contact country is "NZ"')
    genuine = following.follow_workspace

    def fail_in_first(where):
        if where.pk == workspace.pk:
            raise DataError('invalid input: "anna@kea.example"')
        return genuine(where)

    monkeypatch.setattr(following, "follow_workspace", fail_in_first)
    assert services.follow_all() > 0
    assert list(Following.objects.values_list("workspace", flat=True)) == [other_workspace.pk]
    assert "error=DataError" in caplog.text
    assert "anna@" not in caplog.text


def test_tags_bring_people_in_and_take_them_out(workspace, clock):
    anna = make_contact(workspace, "anna@example.org")
    segment = save(workspace, 'tags has any ("vip")')
    for tags, expected in (["VIP"], ["anna@example.org"]), ([], []):
        services.follow_workspace(workspace)
        update_contact(contact=anna, values=ContactValues(tags=tags), actor=None)
        services.follow_workspace(workspace)
        assert members(segment) == expected
    assert changes(segment) == [("anna@example.org", "entered", "data"), ("anna@example.org", "left", "data")]
