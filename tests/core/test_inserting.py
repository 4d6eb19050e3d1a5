"""Rows that are inserted by a statement of their own come out as those that Django saves."""

import datetime as dt

import pytest
from django.db import IntegrityError, models

from contacts.models import Contact
from core.inserting import insert
from flows.models import Flow

pytestmark = pytest.mark.django_db


def stored(row: models.Model, *leaving_out: str) -> dict[str, object]:
    """What the database has of a row, without what differs from row to row."""
    names = {field.attname for field in row._meta.concrete_fields} - {"id", "public_id", *leaving_out}
    return type(row).objects.values(*names).get(pk=row.pk)


def test_row_is_stored_as_django_would(workspace):
    said = {"workspace": workspace, "tags": ["Lake", "it's"], "attributes": {"visits": 2}, "bucket_seed": 7}
    ours, django = Contact(email="ada@example.org", **said), Contact(email="ada@example.org", **said)
    django.save()

    insert(ours)

    moments = ("created_at", "updated_at")
    assert stored(ours, *moments) == stored(django, *moments)
    assert abs(ours.created_at - django.created_at) < dt.timedelta(seconds=30)
    assert not ours._state.adding
    ours.first_name = "Ada"
    ours.save()
    assert Contact.objects.get(pk=ours.pk).first_name == "Ada"


def test_several_rows_are_one_statement_and_get_their_keys_in_order(workspace, django_assert_num_queries):
    flows = [Flow(workspace=workspace, key=key, name=key) for key in ("c", "a", "b")]

    with django_assert_num_queries(1):
        insert(*flows)
        insert()

    assert [Flow.objects.get(pk=flow.pk).key for flow in flows] == ["c", "a", "b"]


def test_value_that_only_the_database_knows_is_left_to_django(workspace):
    flow = Flow(workspace=workspace, key="a", name=models.functions.Lower(models.Value("ASK")))

    insert(flow)

    assert Flow.objects.get(pk=flow.pk).name == "ask"


def test_row_that_is_there_is_refused(workspace):
    insert(Flow(workspace=workspace, key="a", name="a"))

    with pytest.raises(IntegrityError):
        insert(Flow(workspace=workspace, key="a", name="b"))
