"""An address belongs to a contact: the triggers that stand for a foreign key."""

import pytest
from django.db import IntegrityError, connection, transaction

from contacts.models import Address, Contact
from contacts.services import ContactValues, create_contact


@pytest.fixture
def ada(workspace):
    return create_contact(workspace=workspace, values=ContactValues(email="ada@example.org"))


def test_address_of_nobody_is_refused(workspace, ada):
    with pytest.raises(IntegrityError), transaction.atomic():
        Address.objects.bulk_create(
            Address(workspace=workspace, contact_id=contact_id, channel="push", value=str(contact_id))
            for contact_id in (ada.pk, ada.pk + 1)
        )
    assert list(Address.objects.values_list("value", flat=True)) == ["ada@example.org"]


def test_address_is_not_moved_to_nobody(ada):
    with pytest.raises(IntegrityError), transaction.atomic():
        Address.objects.update(contact_id=ada.pk + 1)
    assert Address.objects.get().contact == ada


def test_contact_is_not_removed_without_its_addresses(ada):
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM contacts_contact")
    assert Contact.objects.get() == ada
    ada.delete()
    assert not Address.objects.exists()
