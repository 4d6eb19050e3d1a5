"""A new contact that is known by one address only: both rows in one statement."""

import pytest

from contacts.details import ContactValues
from contacts.models import Address, Contact
from contacts.services import DuplicateContact, create_contact, find_or_create_by_email
from contacts.services.adding import add_with_address

pytestmark = pytest.mark.django_db
SAID = ContactValues(first_name="Ada", tags=["Lake"], language="en")


def test_person_and_address_come_as_by_any_other_way(workspace):
    by_mail, is_new = find_or_create_by_email(workspace=workspace, email="ada@example.org", defaults=SAID)
    both = create_contact(
        workspace=workspace,
        values=ContactValues(
            first_name="Ada", tags=["Lake"], language="en", email="bob@example.org", phone="+64211234567"
        ),
    )

    assert is_new
    names = ("first_name", "tags", "language", "attributes", "folded", "external_id", "imported_at")
    assert Contact.objects.values(*names).get(pk=by_mail.pk) == Contact.objects.values(*names).get(pk=both.pk)
    kept = ("workspace", "channel", "domain", "status", "status_reason", "is_primary", "flags")
    ours, theirs = (Address.objects.values(*kept).get(contact=one, channel="email") for one in (by_mail, both))
    assert ours == theirs
    row = Contact.objects.get(pk=by_mail.pk)
    assert row.search == "'=l:en' '=t:lake' 'ada' 'example' 'org'"
    assert (row.bucket_seed, row.created_at) == (Contact.seed_of(row.public_id.bytes), by_mail.created_at)
    assert Address.objects.get(contact=by_mail).value == row.email == "ada@example.org"


def test_phone_alone_is_an_address_too(workspace):
    contact = create_contact(workspace=workspace, values=ContactValues(phone="+64211234567"))

    assert list(contact.addresses.values_list("channel", "value", "domain")) == [("sms", "+64211234567", "")]


def test_address_that_was_taken_meanwhile_writes_nothing(workspace):
    first = create_contact(workspace=workspace, values=ContactValues(email="ada@example.org"))
    late = Contact(workspace=workspace, email="ada@example.org")

    assert not add_with_address(late, "email", "ada@example.org")

    assert late.pk is None
    assert list(Contact.objects.all()) == [first]


def test_second_person_with_the_address_is_told_of_the_first(workspace):
    first = create_contact(workspace=workspace, values=ContactValues(email="ada@example.org"))

    with pytest.raises(DuplicateContact) as refused:
        create_contact(workspace=workspace, values=ContactValues(email="Ada@Example.org", first_name="Other"))

    assert (refused.value.existing, refused.value.field) == (first, "email")
    assert Contact.objects.get().first_name == ""
