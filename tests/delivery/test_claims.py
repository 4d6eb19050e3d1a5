"""The statements of the queue, where other tests do not look."""

import datetime as dt

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from delivery.arrays import number_array, text_array, time_array


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), max_size=5))
def test_an_array_of_texts_comes_back_as_it_was(words: list[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::text[]", [text_array(words)])
        assert cursor.fetchone()[0] == words


test_an_array_of_texts_comes_back_as_it_was = pytest.mark.django_db(test_an_array_of_texts_comes_back_as_it_was)


def test_arrays_of_numbers_and_moments_come_back_as_they_were(db):
    half_past = dt.datetime(2026, 11, 22, 20, 30, 0, 125, tzinfo=dt.timezone(dt.timedelta(hours=5, minutes=45)))
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::bigint[], %s::timestamptz[]", [number_array([1, -2]), time_array([half_past, None])])
        assert cursor.fetchone() == ([1, -2], [half_past, None])
        cursor.execute("SELECT %s::bigint[], %s::timestamptz[]", [number_array([]), time_array([])])
        assert cursor.fetchone() == ([], [])
