"""Statements of rules run read-only, for a limited time, and only a few at once."""

import threading
import time

import pytest
from django.db import InternalError, connection

from accounts.models import Workspace
from segments.models import Segment
from segments.services import asking
from segments.services.asking import SAMPLES, WHOLE, run_limited

pytestmark = pytest.mark.django_db


@pytest.fixture
def neighbour():
    """Another process, as far as the database can tell."""
    other = connection.copy()
    other.inc_thread_sharing()
    yield other
    other.close()


def occupy(cursor, lane):
    for place in range(1, lane.width + 1):
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", [0x5E6 + lane.number, place])


def test_statement_is_stopped_at_its_limit_and_the_transaction_goes_on():
    assert run_limited("SELECT pg_sleep(5)", [], 40) is None
    [(limit,)] = run_limited("SELECT current_setting('statement_timeout')", [], 500)
    assert 400 <= int(limit.removesuffix("ms")) <= 500
    assert Segment.objects.count() == 0


def test_settings_of_a_statement_do_not_outlive_it():
    run_limited("SELECT 1", [], 500)
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('statement_timeout'), current_setting('transaction_read_only')")
        assert cursor.fetchone() == ("0", "off")


def test_nothing_can_be_written_by_it_and_everything_after_it(workspace):
    with pytest.raises(InternalError):
        run_limited("UPDATE accounts_workspace SET name = 'x' RETURNING id", [], 500)
    run_limited("SELECT 1", [], 500)
    assert Workspace.objects.filter(pk=workspace.pk).update(name="Changed") == 1


def test_statement_waits_for_a_place_no_longer_than_its_limit(neighbour):
    with neighbour.cursor() as cursor:
        occupy(cursor, WHOLE)
        began = time.monotonic()
        assert run_limited("SELECT 1", [], 60) is None
        assert time.monotonic() - began < 0.5
        assert run_limited("SELECT 1", [], 60, lane=SAMPLES) == [(1,)]
        assert run_limited("SELECT 1", [], 60, lane=None) == [(1,)]


def test_patient_statement_does_not_stand_in_line_for_all_its_time(neighbour, monkeypatch):
    monkeypatch.setattr(asking, "_LONGEST_WAIT_SECONDS", 0.05)
    with neighbour.cursor() as cursor:
        occupy(cursor, WHOLE)
        began = time.monotonic()
        assert run_limited("SELECT 1", [], 20_000) is None
        assert time.monotonic() - began < 2


def test_statement_runs_when_a_place_comes_free(neighbour):
    with neighbour.cursor() as cursor:
        occupy(cursor, WHOLE)
    freed = threading.Timer(0.05, neighbour.close)
    freed.start()
    assert run_limited("SELECT 1", [], 5000) == [(1,)]
    freed.join()
