"""The link to one's own page, mailed again, without telling anybody who is known."""

import pytest
from django.core.cache import cache
from django.test import Client

from consent import links
from consent.models import LinkRequest
from contacts.models import Contact
from delivery.models import Message
from events.models import Event
from events.services import run_due_handlers
from tests.consent.conftest import ADDRESS


def test_a_lost_link_is_mailed_to_those_we_know_and_nobody_learns_who(visitor: Client, contact: Contact) -> None:
    here = f"/p/lost/{contact.workspace.public_id}/"
    assert visitor.get(here).status_code == 200
    known = visitor.post(here, {"email": f" {ADDRESS.upper()}"})
    unknown = visitor.post(here, {"email": "nobody@lake.example"})
    assert (
        (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"]) == (302, f"{here}?sent=1")
    )
    assert LinkRequest.objects.count() == 2
    assert ADDRESS not in str(list(Event.objects.values_list("properties", flat=True)))
    run_due_handlers()
    mail = Message.objects.get()
    assert mail.recipient == ADDRESS
    assert mail.data is not None
    assert links.preferences_url(contact.public_id) in mail.data["text"]
    assert not LinkRequest.objects.exists()


def test_a_mailbox_gets_three_lost_links_a_day(visitor: Client, contact: Contact) -> None:
    here = f"/p/lost/{contact.workspace.public_id}/"
    for _time in range(5):
        assert visitor.post(here, {"email": ADDRESS}).status_code == 302
    assert LinkRequest.objects.count() == 3


def test_lost_links_of_one_network_are_limited(visitor: Client, contact: Contact) -> None:
    here = f"/p/lost/{contact.workspace.public_id}/"
    statuses = [visitor.post(here, {"email": f"a{n}@lake.example"}).status_code for n in range(21)]
    assert statuses == [302] * 20 + [429]
    cache.clear()


@pytest.mark.parametrize("email", ["", "nonsense", "a\0b@lake.example", "x" * 400])
def test_what_is_no_address_is_said_to_be_none(visitor: Client, contact: Contact, email: str) -> None:
    assert visitor.post(f"/p/lost/{contact.workspace.public_id}/", {"email": email}).status_code == 422
    assert not LinkRequest.objects.exists()
