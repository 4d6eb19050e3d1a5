"""Creating, changing, finding and erasing contacts."""

from typing import Any

import pytest

from accounts.models import Workspace
from contacts.models import Address, Attribute, Contact, Tombstone
from contacts.services import (
    ContactValues,
    DuplicateContact,
    ErasedPerson,
    InvalidContact,
    add_tag,
    create_contact,
    delete_attribute,
    erase_contact,
    find_or_create_by_email,
    mark_address,
    update_contact,
)
from contacts.services.attributes import AttributeValues, save_attribute
from core.crypto import address_hash
from events.models import Event


def make(workspace: Workspace, **values: Any) -> Contact:
    return create_contact(workspace=workspace, values=ContactValues(**values))


def search_of(contact: Contact) -> str:
    return str(Contact.objects.filter(pk=contact.pk).values_list("search", flat=True).get())


def test_create_contact_writes_addresses_folds_words_and_event(workspace):
    save_attribute(workspace=workspace, values=AttributeValues(label="City", type="text"))
    contact = make(
        workspace,
        email=" Ada.Lovelace@Example.ORG ",
        phone="+64 21 555 0142",
        first_name="Ada",
        language="en_nz",
        country="nz",
        attributes={"city": " Dunedin "},
        tags=["VIP", "vip", "Beach"],
    )
    contact.refresh_from_db()
    assert (contact.email, contact.phone) == ("ada.lovelace@example.org", "+64215550142")
    assert (contact.language, contact.country, contact.tags) == ("en-NZ", "NZ", ["VIP", "Beach"])
    assert contact.attributes == {"city": "Dunedin"}
    assert contact.folded == {"first_name": "ada", "city": "dunedin"}
    assert contact.bucket_seed == Contact.seed_of(contact.public_id.bytes)
    assert set(Address.objects.values_list("channel", "value", "domain", "is_primary")) == {
        ("email", "ada.lovelace@example.org", "example.org", True),
        ("sms", "+64215550142", "", True),
    }
    assert set(search_of(contact).replace("'", "").split()) == {
        "ada", "lovelace", "example", "org", "=l:en", "=l:en-nz", "=c:NZ", "=t:vip", "=t:beach",
    }  # fmt: skip
    assert list(Event.objects.values_list("kind", "contact_id")) == [("contact.created", contact.pk)]


def test_create_contact_with_bad_values_names_each_and_saves_nothing(workspace):
    with pytest.raises(InvalidContact) as error:
        make(workspace, email="nobody@", phone="12", country="Atlantis", attributes={"shoe": "9"})
    assert set(error.value.fields) == {"email", "phone", "country", "attributes.shoe"}
    assert error.value.fields["email"] == ["The part after @ is missing."]
    assert not Contact.objects.exists()


def test_create_contact_without_any_identity_is_refused(workspace):
    with pytest.raises(InvalidContact, match="external id"):
        make(workspace, first_name="Nobody")


def test_duplicate_email_names_the_existing_contact(workspace):
    first = make(workspace, email="ada@example.org", first_name="Ada")
    with pytest.raises(DuplicateContact) as error:
        make(workspace, email="ADA@example.org")
    assert error.value.existing == first
    assert error.value.fields == {"email": ["Ada has this e-mail address already."]}
    assert Contact.objects.count() == 1


def test_same_email_in_another_workspace_is_another_person(workspace, other_workspace):
    make(workspace, email="ada@example.org")
    make(other_workspace, email="ada@example.org")
    assert Contact.objects.count() == 2


def test_update_contact_replaces_the_address_and_says_what_changed(workspace):
    contact = make(workspace, email="ada@example.org", first_name="Ada")
    update_contact(contact=contact, values=ContactValues(email="ada@new.example", last_name="Lovelace"))
    contact.refresh_from_db()
    assert contact.email == "ada@new.example"
    assert list(Address.objects.values_list("value", flat=True)) == ["ada@new.example"]
    assert "'new'" in search_of(contact)
    assert contact.folded == {"first_name": "ada", "last_name": "lovelace"}
    event = Event.objects.get(kind="contact.updated")
    assert event.properties["changed"] == ["email", "last_name"]


def test_update_contact_with_the_same_values_records_nothing(workspace):
    contact = make(workspace, email="ada@example.org", first_name="Ada")
    update_contact(contact=contact, values=ContactValues(first_name=" Ada ", email="ADA@example.org"))
    assert not Event.objects.filter(kind="contact.updated").exists()


def test_update_contact_to_a_taken_address_changes_nothing(workspace):
    make(workspace, email="ada@example.org")
    bob = make(workspace, email="bob@example.org")
    with pytest.raises(DuplicateContact):
        update_contact(contact=bob, values=ContactValues(email="ada@example.org", first_name="Bob"))
    bob.refresh_from_db()
    assert (bob.email, bob.first_name) == ("bob@example.org", "")


def test_find_or_create_by_email_creates_once(workspace):
    first, was_created = find_or_create_by_email(
        workspace=workspace, email="Ada@example.org", defaults=ContactValues(first_name="Ada")
    )
    again, was_created_again = find_or_create_by_email(workspace=workspace, email="ada@EXAMPLE.org")
    assert (was_created, was_created_again) == (True, False)
    assert first == again
    assert again.first_name == "Ada"


def test_find_or_create_by_email_finds_a_secondary_address(workspace):
    contact = make(workspace, email="ada@example.org")
    Address.objects.create(
        workspace=workspace, contact=contact, channel="email", value="old@example.org", is_primary=False
    )
    assert find_or_create_by_email(workspace=workspace, email="old@example.org") == (contact, False)


def test_erase_contact_leaves_only_digests(workspace):
    contact = make(workspace, email="ada@example.org", phone="+64215550142", first_name="Ada")
    erase_contact(contact=contact)
    assert not Contact.objects.exists()
    assert not Address.objects.exists()
    assert {bytes(digest) for digest in Tombstone.objects.values_list("address_hash", flat=True)} == {
        address_hash("ada@example.org"),
        address_hash("+64215550142"),
    }
    event = Event.objects.get()
    assert (event.kind, event.properties) == ("contact.erased", {"contact": str(contact.public_id)})


def test_erased_person_is_not_added_again_but_may_come_back_alone(workspace):
    erase_contact(contact=make(workspace, email="ada@example.org"))
    with pytest.raises(ErasedPerson):
        make(workspace, email="ada@example.org")
    contact, was_created = find_or_create_by_email(workspace=workspace, email="ada@example.org")
    assert was_created
    assert Tombstone.objects.count() == 1
    assert contact.email == "ada@example.org"


def test_mark_address_ignores_older_news(workspace):
    contact = make(workspace, email="ada@example.org")
    created = Address.objects.get(contact=contact).status_at
    assert mark_address(workspace=workspace, channel="email", value="ada@example.org", status="dead", reason="bounced")
    assert mark_address(workspace=workspace, channel="email", value="ada@example.org", status="valid", at=created)
    assert Address.objects.values_list("status", "status_reason").get() == ("dead", "bounced")
    assert not mark_address(workspace=workspace, channel="email", value="eve@example.org", status="dead")


def test_add_tag_keeps_other_tags_and_finds_them(workspace):
    ada = make(workspace, email="ada@example.org", tags=["vip"])
    bob = make(workspace, email="bob@example.org")
    ids = [str(ada.public_id), str(bob.public_id)]
    assert add_tag(workspace=workspace, public_ids=ids, tag="VIP") == 1
    bob.refresh_from_db()
    assert bob.tags == ["VIP"]
    assert "'=t:vip'" in search_of(bob)


def test_delete_attribute_removes_its_values(workspace):
    attribute = save_attribute(workspace=workspace, values=AttributeValues(label="City", type="text"))
    contact = make(workspace, email="ada@example.org", attributes={"city": "Berlin"})
    assert delete_attribute(attribute=attribute) == 1
    contact.refresh_from_db()
    assert (contact.attributes, contact.folded) == ({}, {})
    assert not Attribute.objects.exists()


def test_attribute_keys_are_free_readable_and_never_ours(workspace):
    keys = [
        save_attribute(workspace=workspace, values=AttributeValues(label=label, type="text")).key
        for label in ("Last stay", "Last Stay!", "Город", "Email")
    ]
    assert keys == ["last_stay", "last_stay_2", "detail", "email_2"]
    with pytest.raises(InvalidContact):
        save_attribute(workspace=workspace, values=AttributeValues(label="X", key="email", type="text"))
