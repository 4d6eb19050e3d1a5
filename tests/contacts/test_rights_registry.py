"""No app forgets a person: every table that points at one is shown to them, or says why not."""

from typing import Any

from django.apps import apps

from contacts.models import Address, Contact
from contacts.rights.registry import answered_for, reasons_for_leaving_out
from tests.test_architecture import RANK


def points_at_a_contact(model: Any) -> bool:
    """True for a relation to Contact, and for a bare column that holds a contact's id."""
    for field in model._meta.get_fields():
        if not field.concrete or (field.auto_created and not field.is_relation):
            continue
        if field.is_relation and field.related_model in {Contact, Address}:
            return True
        if field.name in {"contact_id", "merged_id", "former_id"}:
            return True
    return False


def test_every_table_that_points_at_a_person_is_shown_to_them_or_says_why_not():
    models = {
        f"{model._meta.app_label}.{model.__name__}"
        for model in apps.get_models()
        if model._meta.app_label in RANK and points_at_a_contact(model)
    }

    assert {"events.Event", "delivery.Message", "consent.ConsentRecord", "contacts.Address"} <= models
    assert sorted(models - answered_for()) == []


def test_what_is_left_out_is_a_table_and_has_a_reason():
    for label, reason in reasons_for_leaving_out().items():
        assert apps.get_model(label)
        assert len(reason) > 20
