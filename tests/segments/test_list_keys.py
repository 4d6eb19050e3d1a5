"""Nobody is on a list that is not there, though no foreign key says so."""

import pytest
from django.db import IntegrityError, connection, transaction

from segments.models import ListMember, Segment, StaticList
from segments.services import lists
from tests.cast import make_contact

EVERYBODY = {"version": 1, "where": {"kind": "everyone"}}


@pytest.fixture
def crew(workspace):
    return lists.save_list(workspace=workspace, actor=None, values={"name": "Crew"})


def rows():
    return list(ListMember.objects.order_by("list", "contact").values_list("list", "contact"))


def test_a_list_that_is_not_there_takes_nobody(workspace, crew):
    ann = make_contact(workspace, "ann@kea.example")
    with pytest.raises(IntegrityError, match="there is no list"), transaction.atomic():
        ListMember.objects.bulk_create(
            [
                ListMember(workspace=workspace, list_id=number, contact=ann, added_at=crew.created_at)
                for number in (crew.pk, crew.pk + 1)
            ]
        )
    assert rows() == []


def test_nobody_moves_to_a_list_that_is_not_there(workspace, crew):
    ann = make_contact(workspace, "ann@kea.example")
    lists.add_to_list(static_list=crew, contact_ids=[ann.pk], actor=None)
    with pytest.raises(IntegrityError, match="there is no list"), transaction.atomic():
        ListMember.objects.update(list_id=crew.pk + 1)
    assert rows() == [(crew.pk, ann.pk)]


def test_a_list_with_people_is_not_taken_from_under_them(workspace, crew):
    ann = make_contact(workspace, "ann@kea.example")
    lists.add_to_list(static_list=crew, contact_ids=[ann.pk], actor=None)
    with (
        pytest.raises(IntegrityError, match="still on list"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("DELETE FROM segments_staticlist WHERE id = %s", [crew.pk])
    assert rows() == [(crew.pk, ann.pk)]


def test_deleting_a_list_takes_its_people_off(workspace, crew):
    ann = make_contact(workspace, "ann@kea.example")
    other = lists.save_list(workspace=workspace, actor=None, values={"name": "Other"})
    for one in (crew, other):
        lists.add_to_list(static_list=one, contact_ids=[ann.pk], actor=None)
    lists.delete_list(static_list=crew, actor=None)
    assert rows() == [(other.pk, ann.pk)]


def test_deleting_a_workspace_takes_lists_and_people_along(workspace, crew):
    lists.add_to_list(static_list=crew, contact_ids=[make_contact(workspace, "ann@kea.example").pk], actor=None)
    workspace.delete()
    assert not StaticList.objects.exists()
    assert rows() == []


def test_snapshots_hold_everybody_once_one_after_the_other(workspace):
    people = [make_contact(workspace, f"p{number}@kea.example").pk for number in range(4)]
    segment = Segment.objects.create(workspace=workspace, name="All", key="all", rule=EVERYBODY)
    first = lists.freeze_segment(segment=segment, values={"name": "First"}, actor=None)
    second = lists.freeze_segment(segment=segment, values={"name": "Second"}, actor=None)
    assert rows() == [(one.pk, pk) for one in (first, second) for pk in people]
