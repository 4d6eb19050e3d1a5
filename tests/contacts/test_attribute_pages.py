"""Pages and API of details: rules, defaults, another type, renamed choices, and where they are used."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User, Workspace
from contacts.attribute_uses import uses_of
from contacts.models import Attribute, AttributeChange, Contact
from contacts.services import ContactValues, create_contact
from contacts.services.attribute_changes import run_change
from content.models import Template
from segments.models import Segment
from tests.api import ApiClient
from tests.cast import client_of


@pytest.fixture
def desk(owner: User) -> Client:
    return client_of(owner)


def url(name: str, attribute: Attribute) -> str:
    return reverse(f"contacts:attribute-{name}", args=["kea-cabins", attribute.public_id])


def detail(workspace: Workspace, kind: str, **fields: Any) -> Attribute:
    return Attribute.objects.create(workspace=workspace, key="stay", label="Stay", type=kind, **fields)


def contact(workspace: Workspace, name: str, value: Any) -> Contact:
    return create_contact(workspace=workspace, values=ContactValues(external_id=name, attributes={"stay": value}))


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def finish() -> None:
    run_change(change_id=AttributeChange.objects.latest("id").pk)


def test_rules_and_default_are_kept_and_shown_again(workspace, desk):
    attribute = detail(workspace, "number")

    desk.post(url("edit", attribute), {"label": "Stay", "rule-min": "1", "rule-max": "30,5", "default": "2"})

    attribute.refresh_from_db()
    assert (attribute.rules, attribute.default) == ({"min": 1, "max": 30.5}, 2)
    page = text_of(desk.get(url("edit", attribute)))
    assert 'value="30.5"' in page
    assert "Give it to everybody without a value" in page


def test_rules_that_cannot_be_are_explained_beside_their_field(workspace, desk):
    attribute = detail(workspace, "text")

    answer = desk.post(url("edit", attribute), {"label": "Stay", "rule-pattern": "(a+)+", "rule-max_length": "9"})

    assert answer.status_code == 422
    assert "We cannot read this pattern." in text_of(answer)
    attribute.refresh_from_db()
    assert attribute.rules == {}


def test_preview_says_what_fits_and_what_goes_and_changing_does_it(workspace, desk):
    attribute = detail(workspace, "text")
    for name, value in (("a", "3"), ("b", "soon"), ("c", "4")):
        contact(workspace, name, value)

    page = text_of(desk.get(url("type", attribute), {"type": "number"}))

    assert "Change it for 3 people" in page
    assert "soon" in page
    assert "This is not a number." in page
    assert not AttributeChange.objects.exists()
    desk.post(url("type", attribute), {"type": "number"})
    assert "Values people have are being changed" in text_of(desk.get(url("edit", attribute)))
    finish()
    page = text_of(desk.get(url("edit", attribute)))
    assert "3 values were changed; 1 of them did not fit." in page
    desk.post(url("undo", attribute))
    finish()
    assert sorted(row["stay"] for row in Contact.objects.values_list("attributes", flat=True)) == ["3", "4", "soon"]
    attribute.refresh_from_db()
    assert attribute.type == "text"


def test_a_choice_is_renamed_for_everybody(workspace, desk):
    attribute = detail(workspace, "choice", choices=["Lake", "Hill"])
    ada = contact(workspace, "a", "Lake")

    assert desk.post(url("rename", attribute), {"old": "Town", "new": "x"}).status_code == 422
    desk.post(url("rename", attribute), {"old": "Lake", "new": "Lakeside"})
    finish()

    ada.refresh_from_db()
    assert ada.attributes == {"stay": "Lakeside"}


def test_everybody_without_a_value_gets_the_default(workspace, desk):
    old = create_contact(workspace=workspace, values=ContactValues(external_id="old"))
    attribute = detail(workspace, "text", default="Lake")

    assert "1 person gets the value now." in text_of(desk.post(url("fill", attribute), follow=True))
    finish()

    old.refresh_from_db()
    assert old.attributes == {"stay": "Lake"}


def test_undoing_nothing_says_so(workspace, desk):
    attribute = detail(workspace, "text")

    assert "There is nothing to undo any more." in text_of(desk.post(url("undo", attribute), follow=True))


def test_where_a_detail_is_used_is_named_with_the_way_there(workspace, desk):
    attribute = detail(workspace, "text")
    rule = {"version": 1, "where": {"any": [{"not": {"kind": "attribute", "key": "stay", "op": "is_set"}}]}}
    Segment.objects.create(workspace=workspace, key="s", name="Stayed", rule=rule)
    Segment.objects.create(
        workspace=workspace, key="t", name="Other",
        rule={"version": 1, "where": {"kind": "attribute", "key": "stay_2", "op": "is_set"}},
    )  # fmt: skip
    Template.objects.create(workspace=workspace, name="Letter", mjml="{{ contact.attributes.stay }}")
    Template.objects.create(workspace=workspace, name="Note", mjml="{{ contact.attributes.stay_2 }}")

    assert sorted((use.kind, use.name) for use in uses_of(workspace, "stay")) == [
        ("Segment", "Stayed"),
        ("Template", "Letter"),
    ]
    for page in ("edit", "type", "delete"):
        text = text_of(desk.get(url(page, attribute)))
        assert "Stayed" in text
        assert "Letter" in text
        assert "Other" not in text


def test_saving_a_person_keeps_old_values_that_a_newer_rule_would_refuse(workspace, desk):
    attribute = detail(workspace, "number")
    ada = contact(workspace, "a", "500")
    Attribute.objects.filter(pk=attribute.pk).update(rules={"max": 30})
    edit = reverse("contacts:edit", args=["kea-cabins", ada.public_id])

    saved = desk.post(edit, {"first_name": "Ada", "external_id": "a", "attribute-stay": "500"})
    refused = desk.post(edit, {"first_name": "Eve", "external_id": "a", "attribute-stay": "501"})

    assert (saved.status_code, refused.status_code) == (302, 422)
    assert "The number is more than 30" in text_of(refused)
    ada.refresh_from_db()
    assert (ada.first_name, ada.attributes) == ("Ada", {"stay": 500})


def test_a_choice_that_is_none_any_more_survives_saving(workspace, desk):
    attribute = detail(workspace, "choice", choices=["Lake"])
    ada = contact(workspace, "a", "Lake")
    Attribute.objects.filter(pk=attribute.pk).update(choices=["Hill"])
    edit = reverse("contacts:edit", args=["kea-cabins", ada.public_id])

    desk.post(edit, {"first_name": "Ada", "external_id": "a", "attribute-stay": "Lake"})

    ada.refresh_from_db()
    assert (ada.first_name, ada.attributes) == ("Ada", {"stay": "Lake"})


def test_the_form_of_a_new_person_shows_the_default(workspace, desk):
    detail(workspace, "text", default="Lake")

    page = text_of(desk.get(reverse("contacts:create", args=["kea-cabins"])))

    assert 'value="Lake"' in page


def test_programs_set_rules_and_defaults_and_are_held_to_them(workspace):
    api = ApiClient(workspace)
    body = {"type": "number", "label": "Stay", "rules": {"min": 1}, "default": 2}

    made = api.post("attributes/", body)
    assert (made["rules"], made["default"]) == ({"min": 1}, 2)
    assert api.post("contacts/", {"external_id": "a"})["attributes"] == {"stay": 2}
    refused = api.post("contacts/", {"external_id": "b", "attributes": {"stay": 0}}, 400)
    assert refused["error"]["fields"] == {
        "attributes.stay": ["The number is less than 1, the least this detail allows."]
    }
    changed = api.patch(f"attributes/{made['id']}/", {"rules": {"max": 9}, "default": None})
    assert (changed["rules"], changed["default"]) == ({"max": 9}, None)
    bad = api.patch(f"attributes/{made['id']}/", {"rules": {"pattern": "x"}}, 400)
    assert list(bad["error"]["fields"]) == ["rules.pattern"]
