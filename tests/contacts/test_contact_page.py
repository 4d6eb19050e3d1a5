"""The page of a person and everything it loads takes the same queries however much happened to them."""

import html
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.clock import now
from events.models import Event
from segments.models import Segment
from tests.cast import client_of, make_contact

HTMX = {"HX-Request": "true"}


def whole_story(client, contact) -> int:
    """Open the page with its panels; returns how many queries that took."""
    with CaptureQueriesContext(connection) as queries:
        page = client.get(reverse("contacts:detail", args=["kea-cabins", contact.public_id])).content.decode()
        panels = re.findall(r'hx-get="([^"]+)" hx-trigger="load"', page)
        for panel in panels:
            assert client.get(html.unescape(panel), headers=HTMX).status_code == 200
    assert len(panels) >= 3
    return len(queries)


@pytest.mark.django_db
def test_whole_story_takes_the_same_queries_with_5_and_500_events(workspace, viewer):
    where = {"kind": "event", "event": "order_placed"}
    Segment.objects.create(workspace=workspace, key="bought", name="Bought", rule={"version": 1, "where": where})
    few, many = make_contact(workspace, "few@example.org"), make_contact(workspace, "many@example.org")
    for contact, count in ((few, 5), (many, 500)):
        Event.objects.bulk_create(
            Event(workspace=workspace, contact_id=contact.pk, kind="order_placed", at=now()) for _number in range(count)
        )
    client = client_of(viewer)
    whole_story(client, few)
    assert whole_story(client, few) == whole_story(client, many)
