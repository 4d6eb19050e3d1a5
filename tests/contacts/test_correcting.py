"""Mistyped domains: corrected in every address at once, or left as they are for good."""

import pytest
from django.db import connection
from django.urls import reverse

from accounts.models import AuditEntry
from contacts.models import (
    Address,
    AddressState,
    Contact,
    MistypedDomain,
    Tombstone,
)
from contacts.services.correcting import correct_domain, keep_domain
from contacts.services.flagging import flag_addresses
from core.clock import now
from core.crypto import address_hash
from delivery.models import Message
from events.models import Event
from tests.cast import client_of, make_contact

pytestmark = pytest.mark.django_db


def url(name, workspace, *args):
    return reverse(f"contacts:{name}", args=[workspace.slug, *args])


@pytest.fixture
def mistyped(workspace):
    for email in ("ada@gmial.com", "info@gmial.com", "bob@gmial.com"):
        make_contact(workspace, email)
    flag_addresses(workspace)
    return MistypedDomain.objects.get()


def values(workspace):
    return sorted(Address.objects.filter(workspace=workspace).values_list("value", flat=True))


def test_a_mistyped_domain_is_mended_everywhere(workspace, teammate, mistyped):
    answer = client_of(teammate).post(url("hygiene-correct", workspace), {"domain": "gmial.com"}, follow=True)

    assert "3 addresses were mended." in answer.content.decode()
    assert values(workspace) == ["ada@gmail.com", "bob@gmail.com", "info@gmail.com"]
    assert sorted(Contact.objects.values_list("email", flat=True)) == values(workspace)
    assert dict(Address.objects.values_list("value", "flags")) == {
        "ada@gmail.com": None,
        "bob@gmail.com": None,
        "info@gmail.com": ["role"],
    }
    assert set(AddressState.objects.values_list("reason", "source", "actor")) == {("corrected", "person", teammate.pk)}
    assert Event.objects.filter(kind="contact.updated").count() == 3
    assert AuditEntry.objects.get(action="address.corrected").detail == {"addresses": 3, "left": 0}
    assert not MistypedDomain.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM contacts_contact WHERE search::text LIKE '%%gmail%%'")
        assert cursor.fetchone() == (3,)


def test_whoever_was_written_to_or_judged_is_left(workspace, mistyped):
    ada = Contact.objects.get(email="ada@gmial.com")
    Message.objects.create(
        workspace=workspace, purpose="marketing", contact=ada, recipient=ada.email, created_at=now(), due_at=now()
    )
    Address.objects.filter(value="bob@gmial.com").update(status="valid")

    done = correct_domain(workspace=workspace, domain="gmial.com")

    assert (done.mended, done.left) == (1, 2)
    assert values(workspace) == ["ada@gmial.com", "bob@gmial.com", "info@gmail.com"]
    assert MistypedDomain.objects.exists()


def test_an_address_that_is_known_or_erased_is_left(workspace, mistyped):
    make_contact(workspace, "ada@gmail.com")
    Tombstone.objects.create(workspace=workspace, channel="email", address_hash=address_hash("bob@gmail.com"))

    done = correct_domain(workspace=workspace, domain="gmial.com")

    assert (done.mended, done.left) == (1, 2)
    assert values(workspace) == ["ada@gmail.com", "ada@gmial.com", "bob@gmial.com", "info@gmail.com"]


def test_mending_goes_on_batch_by_batch(workspace, mistyped, monkeypatch):
    monkeypatch.setattr("contacts.services.correcting.BATCH", 1)

    assert correct_domain(workspace=workspace, domain="gmial.com").mended == 3


def test_one_press_mends_so_many_and_says_that_there_are_more(workspace, teammate, mistyped, monkeypatch):
    monkeypatch.setattr("contacts.services.correcting.BATCH", 1)
    monkeypatch.setattr("contacts.services.correcting.MOST", 2)
    client = client_of(teammate)

    first = client.post(url("hygiene-correct", workspace), {"domain": "gmial.com"}, follow=True)
    assert "There are more" in first.content.decode()

    client.post(url("hygiene-correct", workspace), {"domain": "gmial.com"})
    assert values(workspace) == ["ada@gmail.com", "bob@gmail.com", "info@gmail.com"]


def test_other_workspaces_are_left_alone(workspace, other_workspace, mistyped):
    make_contact(other_workspace, "ada@gmial.com")

    correct_domain(workspace=workspace, domain="gmial.com")

    assert values(other_workspace) == ["ada@gmial.com"]


def test_a_domain_that_is_right_is_not_asked_about_again(workspace, teammate, mistyped):
    client_of(teammate).post(url("hygiene-keep", workspace), {"domain": "gmial.com"})
    flag_addresses(workspace)

    assert not any("typo" in (flags or []) for flags in Address.objects.values_list("flags", flat=True))
    assert MistypedDomain.objects.get().is_right
    assert AuditEntry.objects.get(action="address.domain_kept").target == "gmial.com"


@pytest.mark.parametrize("name", ["hygiene-correct", "hygiene-keep"])
def test_a_domain_that_is_not_on_the_list_is_not_found(workspace, teammate, mistyped, name):
    for domain in ("lake.example", "", "x" * 3000, "lake\x00.example"):
        assert client_of(teammate).post(url(name, workspace), {"domain": domain}).status_code == 404


def test_a_domain_dealt_with_meanwhile_is_no_error(workspace, mistyped):
    keep_domain(workspace=workspace, domain="gmial.com")

    with pytest.raises(MistypedDomain.DoesNotExist):
        correct_domain(workspace=workspace, domain="gmial.com")
