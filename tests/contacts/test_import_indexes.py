"""Indexes that imports pay for: one sees to it that a person has one primary address per channel, and finds all."""

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import Workspace
from contacts.models import Address, Contact


def address(contact: Contact, value: str, *, is_primary: bool, channel: str = "email") -> Address:
    return Address.objects.create(
        workspace_id=contact.workspace_id, contact=contact, channel=channel, value=value, is_primary=is_primary
    )


def test_second_primary_of_a_channel_is_refused_and_nothing_changes(workspace: Workspace) -> None:
    contact = Contact.objects.create(workspace=workspace)
    address(contact, "ada@example.org", is_primary=True)
    with pytest.raises(IntegrityError, match="address_leads_once"), transaction.atomic():
        address(contact, "lovelace@example.org", is_primary=True)
    assert list(Address.objects.filter(contact=contact).values_list("value", "is_primary")) == [
        ("ada@example.org", True)
    ]


def test_second_address_cannot_become_primary_beside_the_first(workspace: Workspace) -> None:
    contact = Contact.objects.create(workspace=workspace)
    address(contact, "ada@example.org", is_primary=True)
    second = address(contact, "lovelace@example.org", is_primary=False)
    with pytest.raises(IntegrityError, match="address_leads_once"), transaction.atomic():
        Address.objects.filter(pk=second.pk).update(is_primary=True)
    second.refresh_from_db()
    assert second.is_primary is False


def test_others_and_other_channels_are_as_many_as_one_likes(workspace: Workspace) -> None:
    contact = Contact.objects.create(workspace=workspace)
    for number in range(3):
        address(contact, f"ada{number}@example.org", is_primary=False)
    address(contact, "ada@example.org", is_primary=True)
    address(contact, "+6421000001", is_primary=True, channel="sms")
    assert Address.objects.filter(contact=contact).count() == 5


def test_addresses_of_a_contact_are_found_by_index(workspace: Workspace) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN SELECT value FROM contacts_address WHERE contact_id = 1")
        assert "address_leads_once" in "\n".join(line for (line,) in cursor.fetchall())


def test_words_wait_in_a_short_list_only(workspace: Workspace) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT reloptions FROM pg_class WHERE relname = 'contact_search'")
        assert cursor.fetchone()[0] == ["gin_pending_list_limit=1024"]
