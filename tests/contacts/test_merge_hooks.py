"""No table that names a contact is forgotten when two contacts become one."""

from collections.abc import Iterator

from django.apps import apps
from django.db import models

from contacts import merge_hooks
from contacts.models import Contact


def columns_with_contacts() -> Iterator[str]:
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.concrete_fields:
            is_key = field.is_relation and field.related_model is Contact
            is_loose = isinstance(field, models.BigIntegerField) and field.column == "contact_id"
            if is_key or is_loose:
                yield f"{model._meta.db_table}.{field.column}"


def test_every_column_with_a_contact_is_answered_for() -> None:
    answered = {column for part in merge_hooks.parts().values() for column in part.columns}

    assert set(columns_with_contacts()) == answered


def test_no_column_is_answered_for_twice() -> None:
    columns = [column for part in merge_hooks.parts().values() for column in part.columns]

    assert sorted(columns) == sorted(set(columns))


def test_addresses_move_behind_everything_that_a_sender_locks_before_them() -> None:
    assert list(merge_hooks.parts())[-1] == "contacts.addresses"


def test_columns_without_a_constraint_are_asked_about_again() -> None:
    unchecked = {"events_event.contact_id", "delivery_message.contact_id"}
    loose = {column for part in merge_hooks.parts().values() if part.is_loose for column in part.columns}

    assert loose == unchecked
