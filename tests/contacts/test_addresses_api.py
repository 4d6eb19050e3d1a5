"""REST: contacts/{id}/addresses/."""

import pytest

from contacts.models import Address, AddressState
from contacts.services import mark_address
from tests.api import ApiClient
from tests.cast import make_contact

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(workspace):
    return ApiClient(workspace)


@pytest.fixture
def person(workspace):
    return make_contact(workspace, "ada@lake.example")


def test_addresses_are_added_listed_changed_and_removed(api, person):
    here = f"contacts/{person.public_id}/addresses/"

    added = api.post(here, {"channel": "email", "value": "Ada@Work.Example"}, 201)
    assert (added["value"], added["primary"], added["status"], added["flags"]) == (
        "ada@work.example",
        False,
        "unverified",
        [],
    )
    assert [row["value"] for row in api.get(here)["results"]] == ["ada@work.example", "ada@lake.example"]

    changed = api.patch(f"{here}{added['id']}/", {"primary": True, "status": "risky", "reason": "Told us"})
    assert (changed["primary"], changed["status"], changed["reason"]) == (True, "risky", "Told us")
    assert api.get(f"contacts/{person.public_id}/")["email"] == "ada@work.example"

    shown = api.get(f"{here}{added['id']}/")
    assert [(line["status"], line["source"]) for line in shown["history"]] == [("risky", "api")]

    api.delete(f"{here}{added['id']}/")
    assert [row["value"] for row in api.get(here)["results"]] == ["ada@lake.example"]


def test_an_address_somebody_has_names_them(api, person, workspace):
    other = make_contact(workspace, "bob@lake.example")

    refused = api.post(
        f"contacts/{person.public_id}/addresses/", {"channel": "email", "value": "bob@lake.example"}, 409
    )

    assert refused["error"]["fields"]["existing"] == [str(other.public_id)]
    assert Address.objects.count() == 2


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"channel": "email", "value": "nobody"}, "value"),
        ({"channel": "pigeon", "value": "coo"}, "channel"),
        ({"channel": "email", "value": "a@lake.example", "status": "valid"}, "status"),
        ({"channel": "email", "value": "a@lake.example", "flags": ["role"]}, "flags"),
    ],
)
def test_what_cannot_be_added_is_refused(api, person, body, field):
    refused = api.post(f"contacts/{person.public_id}/addresses/", body, 400)

    assert field in refused["error"]["fields"]
    assert Address.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"value": "other@lake.example"}, "value"),
        ({"primary": False}, "primary"),
        ({"status": "valid"}, "reason"),
        ({"status": "undead", "reason": "why"}, "status"),
    ],
)
def test_what_cannot_be_changed_is_refused(api, person, body, field):
    row = person.addresses.get()

    refused = api.patch(f"contacts/{person.public_id}/addresses/{row.public_id}/", body, 400)

    assert field in refused["error"]["fields"]
    row.refresh_from_db()
    assert (row.value, row.status, row.is_primary) == ("ada@lake.example", "unverified", True)
    assert not AddressState.objects.exists()


def test_the_last_address_stays(api, person):
    row = person.addresses.get()

    api.delete(f"contacts/{person.public_id}/addresses/{row.public_id}/", 400)

    assert Address.objects.count() == 1


def test_an_address_of_another_contact_is_not_found(api, person, workspace):
    other = make_contact(workspace, "bob@lake.example").addresses.get()
    mark_address(workspace=workspace, channel="email", value="bob@lake.example", status="dead")

    api.get(f"contacts/{person.public_id}/addresses/{other.public_id}/", 404)
