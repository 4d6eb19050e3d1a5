"""What imports take and refuse where details have rules and defaults, and where people's data is not used."""

from pathlib import Path

import pytest

from contacts.models import Attribute, Contact, Import, ImportReject
from contacts.services import ContactValues, create_contact, restrict_contact
from tests.contacts.importing import imported


@pytest.fixture(autouse=True)
def _own_media(tmp_path: Path, settings) -> None:
    settings.MEDIA_ROOT = tmp_path


def reasons(import_: Import) -> list[tuple[int, str]]:
    return list(ImportReject.objects.of_import(import_).values_list("row_number", "reason"))


def test_rules_of_a_detail_refuse_rows_and_say_so(workspace):
    Attribute.objects.create(workspace=workspace, key="age", type="number", label="Age", rules={"min": 18, "max": 120})

    import_ = imported(
        workspace, "email,age\na@x.example,17\nb@x.example,18\nc@x.example,\n", ["email", "attribute:age"]
    )

    assert list(ImportReject.objects.values_list("row_number", "reason", "column", "value")) == [
        (2, "number_small:18", "age", "17")
    ]
    assert (import_.created, import_.rejected) == (2, 1)


def test_new_people_get_defaults_and_known_people_keep_what_they_have(workspace):
    known = create_contact(workspace=workspace, values=ContactValues(email="a@x.example"))
    Attribute.objects.create(workspace=workspace, key="boat", type="text", label="Boat", default="None yet")
    Attribute.objects.create(
        workspace=workspace, key="likes", type="multi_choice", label="L", choices=["a"], default=["a"]
    )

    imported(workspace, "email,boat\nb@x.example,\nc@x.example,Kea\na@x.example,\n", ["email", "attribute:boat"])

    attributes = dict(Contact.objects.values_list("email", "attributes"))
    assert attributes == {
        "a@x.example": {},
        "b@x.example": {"boat": "None yet", "likes": ["a"]},
        "c@x.example": {"boat": "Kea", "likes": ["a"]},
    }
    folded = dict(Contact.objects.exclude(pk=known.pk).values_list("email", "folded"))
    assert folded == {"b@x.example": {"boat": "none yet"}, "c@x.example": {"boat": "kea"}}


def test_a_file_changes_nothing_of_a_restricted_person(workspace):
    contact = create_contact(workspace=workspace, values=ContactValues(email="a@x.example", first_name="Ada"))
    restrict_contact(contact=contact)

    import_ = imported(workspace, "email,first name\na@x.example,Eve\nb@x.example,Bob\n", ["email", "first_name"])

    contact.refresh_from_db()
    assert contact.first_name == "Ada"
    assert (import_.created, import_.updated, reasons(import_)) == (1, 0, [(2, "restricted")])
