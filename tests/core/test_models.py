"""What every table has in common."""

import datetime as dt

import pytest

from accounts.models import Workspace
from core import clock
from core.models import PublicIdModel

pytestmark = pytest.mark.django_db


@pytest.fixture
def later():
    """The clock that everybody goes by is ten days ahead of this machine's."""
    moment = dt.datetime.now(dt.UTC) + dt.timedelta(days=10)
    clock.follow(moment)
    yield moment
    clock.follow_nobody()


def test_row_is_written_at_the_time_everybody_goes_by(later):
    row = Workspace.objects.create(name="Kea", slug="kea-later")

    assert abs(row.created_at - later) < dt.timedelta(minutes=1)


def test_changing_a_row_keeps_when_it_was_written(workspace):
    before = workspace.created_at
    workspace.name = "Kea Lodge"
    workspace.save()

    assert workspace.created_at == before == Workspace.objects.get(pk=workspace.pk).created_at


def test_migrations_see_a_plain_field():
    _name, path, _args, values = PublicIdModel._meta.get_field("created_at").deconstruct()

    assert (path, values["auto_now_add"]) == ("django.db.models.DateTimeField", True)
