"""Writing a new contact together with its only address: what people who come by themselves nearly always are."""

import functools
from typing import Any

from django.db import connection

from contacts.addresses import domain_of
from contacts.details import contact_vector
from contacts.models import Channel, Contact
from contacts.services.flagging import flags_for
from core.clock import now
from core.inserting import columns_of

# The address decides: where somebody has it already, or takes it at this moment, neither row is written and nothing is
# raised, so that no savepoint is needed. That the address has a contact is checked when both are there.
INSERT = """
WITH taken AS (
    INSERT INTO contacts_address (workspace_id, contact_id, channel, value, domain, flags, status_at, created_at)
    VALUES (%s, nextval(pg_get_serial_sequence('contacts_contact', 'id')), %s, %s, %s, %s::varchar[], %s, %s)
    ON CONFLICT (workspace_id, channel, value) DO NOTHING
    RETURNING contact_id
)
INSERT INTO contacts_contact (id, {names}) SELECT contact_id, {places} FROM taken RETURNING id
"""


@functools.cache
def _statement() -> str:
    columns = columns_of(Contact)
    places = [
        "%s::tsvector" if field.name == "search" else place
        for field, place in zip(columns.fields, columns.places, strict=True)
    ]
    return INSERT.format(names=", ".join(columns.names), places=", ".join(places))


def add_with_address(contact: Contact, channel: str, value: str) -> bool:
    """Insert a new contact and its primary address; False when another contact has that, and nothing is written."""
    domain = domain_of(value) if channel == Channel.EMAIL else ""
    moment = now()
    contact.search = contact_vector(vars(contact))
    values: list[Any] = columns_of(Contact).values_of(contact)
    contact.search = None
    address = [contact.workspace_id, channel, value, domain, flags_for(contact.workspace_id, channel, value), moment]
    with connection.cursor() as cursor:
        arguments: list[Any] = [*address, contact.created_at, *values]
        cursor.execute(_statement(), arguments)
        row = cursor.fetchone()
    if row is None:
        return False
    contact.pk, contact._state.adding, contact._state.db = row[0], False, connection.alias
    return True
