"""What a segment was, and how large."""

import datetime as dt

import pytest
from django.db import DataError

from segments import services
from segments.language.problems import RuleError
from segments.language.text_parser import parse_text
from segments.language.text_printer import print_rule
from segments.models import Segment, SegmentSize, SegmentVersion
from segments.services import Count, sizes
from segments.services.sizes import due_segments, local_day
from tests.cast import make_contact

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 3, 31, 12, 0, tzinfo=dt.UTC)


def save(workspace, text, segment=None, name="Kiwis", **more):
    values = {"name": name, "rule": parse_text(text)}
    return services.save_segment(workspace=workspace, actor=None, values=values, segment=segment, **more)


def versions(segment):
    rows = SegmentVersion.objects.filter(segment=segment).order_by("number")
    return [(row.number, row.name, print_rule(row.rule)) for row in rows]


def test_new_sentences_are_a_version_and_a_new_name_is_the_name_of_one(workspace):
    segment = save(workspace, "everyone")
    segment = save(workspace, "everyone", segment)
    segment = save(workspace, "not everyone", segment)
    segment = save(workspace, "not everyone", segment, name="Nobody")
    assert segment.version == 2
    assert versions(segment) == [(1, "Kiwis", "everyone"), (2, "Nobody", "not everyone")]


def test_going_back_is_a_new_version_with_todays_name(workspace, owner):
    segment = save(workspace, "everyone")
    save(workspace, "not everyone", segment, name="Nobody")
    first = SegmentVersion.objects.get(segment=segment, number=1)
    segment.refresh_from_db()
    again = services.restore_version(segment=segment, version=first, actor=owner)
    assert (again.version, again.name, print_rule(again.rule)) == (3, "Nobody", "everyone")
    assert SegmentVersion.objects.get(segment=segment, number=3).saved_by == owner


def test_going_back_to_what_names_something_gone_is_refused(workspace):
    segment = save(workspace, "everyone")
    old = SegmentVersion.objects.get(segment=segment)
    SegmentVersion.objects.filter(pk=old.pk).update(rule=parse_text("attribute gone is set"))
    old.refresh_from_db()
    with pytest.raises(RuleError):
        services.restore_version(segment=segment, version=old, actor=None)
    assert versions(segment) == [(1, "Kiwis", "attribute gone is set")]
    segment.refresh_from_db()
    assert print_rule(segment.rule) == "everyone"


def test_duplicate_has_a_key_and_versions_of_its_own(workspace):
    segment = save(workspace, "everyone")
    copy = services.duplicate_segment(segment=segment, name="Kiwis (2)", actor=None)
    assert (copy.key, copy.name, versions(copy)) == ("kiwis-2", "Kiwis (2)", [(1, "Kiwis (2)", "everyone")])


def test_size_of_today_is_the_latest_count(workspace):
    segment = save(workspace, "everyone")
    services.note_size(segment=segment, count=Count(5, is_exact=False))
    services.note_size(segment=segment, count=Count(7))
    services.note_size(segment=segment, count=Count(None))
    [size] = SegmentSize.objects.filter(segment=segment)
    segment.refresh_from_db()
    assert (size.day, size.count, size.is_exact) == (local_day(workspace), 7, True)
    assert segment.last_count == 7


def test_every_segment_is_sized_once_a_day(workspace):
    make_contact(workspace, "a@example.org")
    everyone = save(workspace, "everyone")
    broken = save(workspace, "everyone", name="Broken")
    type(broken).objects.filter(pk=broken.pk).update(rule=parse_text("attribute gone is set"))
    assert services.note_sizes() == 2
    assert services.note_sizes() == 0
    assert list(SegmentSize.objects.order_by("segment").values_list("segment", "count")) == [
        (everyone.pk, 1),
        (broken.pk, 0),
    ]


def test_day_begins_by_the_clock_of_the_workspace(workspace, other_workspace):
    for room, zone in ((workspace, "Pacific/Auckland"), (other_workspace, "America/New_York")):
        type(room).objects.filter(pk=room.pk).update(time_zone=zone)
        room.refresh_from_db()
    kiwis, yanks = save(workspace, "everyone"), save(other_workspace, "everyone")
    assert {one.pk for one in due_segments(NOON, 9)} == {kiwis.pk, yanks.pk}
    # At noon in Greenwich it is already 1 April in Auckland.
    SegmentSize.objects.create(segment=kiwis, day=dt.date(2026, 3, 31), count=1)
    SegmentSize.objects.create(segment=yanks, day=dt.date(2026, 3, 31), count=1)
    assert due_segments(NOON, 9) == [kiwis]


def test_segment_that_was_saved_is_counted(workspace):
    make_contact(workspace, "a@example.org")
    segment = save(workspace, "everyone")
    services.note_size_of(segment.pk)
    services.note_size_of(0)
    assert list(SegmentSize.objects.values_list("segment", "count")) == [(segment.pk, 1)]


def test_count_of_sentences_that_were_replaced_meanwhile_is_not_kept(workspace):
    segment = save(workspace, 'contact country is "NZ"')
    save(workspace, 'contact country is "DE"', segment=Segment.objects.get(pk=segment.pk))
    services.note_size(segment=segment, count=Count(5))
    segment.refresh_from_db()
    assert (segment.last_count, SegmentSize.objects.count()) == (None, 0)


def test_count_of_a_segment_deleted_meanwhile_is_not_kept(workspace):
    segment = save(workspace, 'contact country is "NZ"')
    services.delete_segment(segment=Segment.objects.get(pk=segment.pk), actor=None)
    services.note_size(segment=segment, count=Count(5))
    assert not SegmentSize.objects.exists()


def test_segment_that_cannot_be_counted_keeps_no_other_waiting(workspace, monkeypatch, caplog):
    first, second = save(workspace, 'contact country is "NZ"'), save(workspace, "everyone", name="All")
    genuine = sizes.count_rule

    def fail_on_first(where, rule, **more):
        if rule == first.rule:
            raise DataError('invalid input: "anna@kea.example"')
        return genuine(where, rule, **more)

    monkeypatch.setattr(sizes, "count_rule", fail_on_first)
    assert sizes.note_sizes() == 1
    assert SegmentSize.objects.get().segment_id == second.pk
    assert "error=DataError" in caplog.text
    assert "anna@" not in caplog.text
