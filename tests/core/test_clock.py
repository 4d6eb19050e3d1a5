"""One clock for every machine."""

import datetime as dt
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from core import clock, services

SECOND = dt.timedelta(seconds=1)
HOURS = dt.timedelta(hours=2)


@pytest.fixture(autouse=True)
def _own_clock_again() -> Iterator[None]:
    yield
    clock.follow_nobody()
    services._clock_asked.clear()


@pytest.fixture
def shifts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that moves the world's clock and ours."""
    path = tmp_path / "clock"
    monkeypatch.setattr(clock, "_shifts_file", path)
    return path


def test_without_a_reference_this_machine_tells_the_time() -> None:
    assert abs(clock.now() - dt.datetime.now(dt.UTC)) < SECOND


def test_followed_clock_counts_on_by_itself() -> None:
    behind = clock.follow(dt.datetime.now(dt.UTC) + HOURS)

    time.sleep(0.05)

    assert abs(behind - HOURS) < SECOND
    assert dt.timedelta() < clock.now() - dt.datetime.now(dt.UTC) - HOURS + dt.timedelta(milliseconds=20) < SECOND


def test_machine_whose_clock_is_set_while_it_works_stays_with_the_reference(shifts: Path) -> None:
    clock.follow(dt.datetime.now(dt.UTC))
    shifts.write_text("0 7200")

    assert abs(clock.now() - dt.datetime.now(dt.UTC)) < SECOND
    assert abs(clock.machine_time() - dt.datetime.now(dt.UTC) - HOURS) < SECOND


def test_worker_two_hours_ahead_goes_by_the_database(db: Any, shifts: Path, caplog: pytest.LogCaptureFixture) -> None:
    shifts.write_text("0 7200")
    assert abs(clock.now() - dt.datetime.now(dt.UTC) - HOURS) < SECOND

    services.follow_database_clock()

    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        assert abs(clock.now() - cursor.fetchone()[0]) < SECOND
    assert [record.getMessage() for record in caplog.records] == ["clock_is_wrong seconds_behind_the_database=-7200"]


def test_database_is_asked_for_its_time_now_and_then(db: Any, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        services.follow_database_clock()
        services.follow_database_clock()


def test_nobody_moves_the_clock_outside_tests(shifts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "_shifts_file", Path())
    shifts.write_text("7200 7200")

    assert clock.world_shift() == dt.timedelta()
