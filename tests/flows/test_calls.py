"""The page with the key of calls: owners only, and what it says about checking is true."""

import uuid

import pytest
from django.urls import reverse

from flows.models import FollowUp
from flows.services.follow_up import call_key, signed_headers
from flows.views.calls import CHECK
from tests.cast import client_of

pytestmark = pytest.mark.django_db


def test_owner_sees_the_key_and_nobody_else(workspace, owner, teammate, viewer, stranger):
    address, key = reverse("flows:calls", args=[workspace.slug]), call_key(workspace.pk).decode()

    page = client_of(owner).get(address)

    assert (page.status_code, page["Cache-Control"]) == (200, "no-store")
    assert page.text.count(key) == 2  # to read and to copy
    for somebody in (teammate, viewer, stranger):
        refused = client_of(somebody).get(address)
        assert refused.status_code in (403, 404)
        assert key not in refused.text


@pytest.mark.parametrize(("change", "is_genuine"), [({}, True), ({"body": b"{ }"}, False), ({"key": "0" * 64}, False)])
def test_program_of_the_page_tells_our_calls_from_others(workspace, change, is_genuine):
    body = '{"answers": {"name": "ليلى"}}'.encode()
    row = FollowUp(workspace=workspace, public_id=uuid.uuid4())
    names: dict = {}
    exec(CHECK, names)

    given = {"key": call_key(workspace.pk).decode(), "headers": signed_headers(row, body), "body": body} | change

    assert names["is_genuine"](**given) is is_genuine
    late = {**given["headers"], "Rapport-Timestamp": "1700000000"}
    assert names["is_genuine"](**{**given, "headers": late}) is False
