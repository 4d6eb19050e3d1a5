"""NUL in an address or a form never reaches the database."""

import pytest
from django.urls import reverse

from contacts.services import create_contact
from contacts.services.contacts import ContactValues
from tests.cast import client_of

LISTS = ("contacts:list", "segments:list", "content:list", "campaigns:list", "consent:ledger", "consent:suppressions")


@pytest.mark.parametrize("page", LISTS)
def test_nul_in_the_query_is_left_out(workspace, owner, page):
    query = dict.fromkeys(("q", "search", "language", "country", "tag", "reason", "state"), "a\x00")

    answer = client_of(owner).get(reverse(page, args=[workspace.slug]), query)

    assert answer.status_code == 200
    assert answer.wsgi_request.GET["q"] == "a"


def test_nul_in_a_tag_is_left_out_too(workspace, owner):
    person = create_contact(workspace=workspace, values=ContactValues(email="anna@example.com"), actor=owner)

    answer = client_of(owner).post(
        reverse("contacts:change-many", args=[workspace.slug]),
        {"action": "tag", "tag": "a\x00", "contact": str(person.public_id)},
    )

    assert answer.status_code == 302
    person.refresh_from_db()
    assert person.tags == ["a"]


def test_pages_with_people_are_kept_in_no_cache(workspace, owner):
    client = client_of(owner)

    for page in ("contacts:list", "accounts:keys"):
        assert "no-store" in client.get(reverse(page, args=[workspace.slug]))["Cache-Control"]
    assert "no-store" in client.get("/api/v1/contacts/")["Cache-Control"]
