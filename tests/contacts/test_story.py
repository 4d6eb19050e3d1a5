"""How events are told to people."""

import datetime as dt

import pytest

from contacts.story import tell
from events.models import Event

NOON = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("kind", "properties", "title", "note"),
    [
        ("consent.granted", {"topic": "river-news", "topic_name": "River news"}, "Agreed", "River news"),
        ("consent.granted", {"purpose": "tracking"}, "Agreed", "Counting opens and clicks"),
        ("consent.withdrawn", {"topic": "river-news"}, "Withdrew agreement", "river-news"),
        ("page.viewed", {"path": "/walks"}, "Page viewed", "path: /walks"),
    ],
)
def test_event_is_told_in_words(kind, properties, title, note):
    item = tell([Event(kind=kind, at=NOON, properties=properties)])[0]
    assert (item.title, item.note) == (title, note)
