"""What the tests about merging share."""

import json
from typing import Any

from accounts.models import User
from contacts.models import (
    Address,
    Contact,
)
from contacts.services.merging import merge_contacts

ALL = (
    "contacts.Contact", "contacts.Address", "contacts.ContactAlias", "contacts.Merge", "contacts.Restriction",
    "events.Event", "consent.ConsentRecord", "consent.ConsentState", "delivery.Message",
)  # fmt: skip


def merge(kept: Contact, *others: Contact, actor: User | None = None, **choices: Contact) -> Any:
    return merge_contacts(
        workspace=kept.workspace,
        keep=kept.public_id,
        merge=[other.public_id for other in others],
        choices={name: contact.public_id for name, contact in choices.items()},
        actor=actor,
    )


def addresses(contact: Contact) -> set[tuple[str, str, bool]]:
    return set(Address.objects.filter(contact=contact).values_list("channel", "value", "is_primary"))


def everything(*tables: str) -> str:
    """All rows of the tables, to see that nothing changed."""
    from django.apps import apps

    return json.dumps(
        {table: list(apps.get_model(table).objects.order_by("pk").values()) for table in tables}, default=str
    )
