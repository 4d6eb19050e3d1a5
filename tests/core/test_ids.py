"""Identifiers as the database makes them."""

import time
import uuid

import pytest
from django.db import connection

from core.ids import statement_secret, uuid7_sql


@pytest.mark.django_db
def test_identifiers_of_a_statement_are_of_version_7_of_now_and_all_different() -> None:
    statement = f"SELECT n, {uuid7_sql('%(secret)s::bytea', 'n')} FROM generate_series(1::bigint, 1000) AS n ORDER BY n"
    before = time.time_ns() // 1_000_000

    with connection.cursor() as cursor:
        cursor.execute(statement, {"secret": statement_secret()})
        first: list[uuid.UUID] = [row[1] for row in cursor.fetchall()]
        cursor.execute(statement, {"secret": statement_secret()})
        second: list[uuid.UUID] = [row[1] for row in cursor.fetchall()]

    made = [*first, *second]
    # The database's clock and ours are of one machine, and round differently.
    assert all(before - 1 <= one.int >> 80 <= time.time_ns() // 1_000_000 + 1 for one in made)
    assert {(one.version, one.variant) for one in made} == {(7, uuid.RFC_4122)}
    assert len({one.int & (1 << 64) - 1 for one in made}) == 2000
    assert [one.int >> 80 for one in first] == sorted(one.int >> 80 for one in first)
