"""The statements of the queue, where other tests do not look."""

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from delivery.claims import text_array


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), max_size=5))
def test_an_array_of_texts_comes_back_as_it_was(words: list[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::text[]", [text_array(words)])
        assert cursor.fetchone()[0] == words


test_an_array_of_texts_comes_back_as_it_was = pytest.mark.django_db(test_an_array_of_texts_comes_back_as_it_was)
