import datetime as dt
from typing import Any

import pytest

from accounts.models import Workspace
from contacts.models import Attribute, Contact, Tombstone
from events.models import Event
from tests.api import ApiClient
from tests.cast import make_contact

AROHA = {
    "external_id": "c-1",
    "email": "Aroha@Example.org",
    "phone": "+64 21 555 0101",
    "first_name": "Aroha",
    "last_name": "Ngata",
    "language": "mi",
    "time_zone": "Pacific/Auckland",
    "country": "NZ",
    "tags": ["vip", "cabin"],
}


@pytest.fixture
def api(workspace: Workspace) -> ApiClient:
    return ApiClient(workspace)


@pytest.fixture
def stays(workspace: Workspace) -> Attribute:
    return Attribute.objects.create(workspace=workspace, key="stays", type="number", label="Stays")


def test_a_contact_is_made_read_changed_and_erased(api: ApiClient, stays: Attribute) -> None:
    made = api.post("contacts/", {**AROHA, "attributes": {"stays": 3}})
    assert made == {
        **AROHA,
        "id": made["id"],
        "email": "aroha@example.org",
        "phone": "+64215550101",
        "attributes": {"stays": 3},
        "created_at": made["created_at"],
        "updated_at": made["updated_at"],
    }
    assert made["created_at"].endswith("Z")
    changed = api.patch(f"contacts/{made['id']}/", {"last_name": None, "tags": [], "attributes": {"stays": None}})
    assert (changed["last_name"], changed["tags"], changed["attributes"]) == ("", [], {})
    assert changed["first_name"] == "Aroha"
    assert api.get(f"contacts/{made['id']}/") == changed
    api.delete(f"contacts/{made['id']}/")
    api.get(f"contacts/{made['id']}/", 404)
    assert Tombstone.objects.count() == 2


def test_a_duplicate_names_who_is_there(api: ApiClient) -> None:
    made = api.post("contacts/", AROHA)
    error = api.post("contacts/", {"email": "AROHA@example.org"}, 409)["error"]
    assert error["code"] == "duplicate"
    assert error["fields"]["existing"] == [made["id"]]
    assert "Aroha" in error["fields"]["email"][0]
    assert Contact.objects.count() == 1


def test_an_erased_person_is_not_added_again(api: ApiClient) -> None:
    made = api.post("contacts/", AROHA)
    api.delete(f"contacts/{made['id']}/")
    assert api.post("contacts/", {"email": "aroha@example.org"}, 409)["error"]["code"] == "erased"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "email"),
        ({"email": "nobody"}, "email"),
        ({"email": "a@example.org", "phone": "12"}, "phone"),
        ({"email": "a@example.org", "country": "Atlantis"}, "country"),
        ({"email": "a@example.org", "language": "klingon!"}, "language"),
        ({"email": "a@example.org", "time_zone": "Mars/Olympus"}, "time_zone"),
        ({"email": "a@example.org", "attributes": {"shoe": 1}}, "attributes.shoe"),
        ({"email": "a@example.org", "attributes": {"stays": "many"}}, "attributes.stays"),
        ({"email": "a@example.org", "attributes": []}, "attributes"),
        ({"email": "a@example.org", "tags": "vip"}, "tags"),
        ({"email": "a@example.org", "tags": ["x" * 61]}, "tags.0"),
        ({"email": "a@example.org", "age": 3}, "age"),
        ({"email": "x" * 255}, "email"),
        ({"email": ["a@example.org"]}, "email"),
    ],
)
def test_a_contact_that_cannot_be_is_refused(
    api: ApiClient, stays: Attribute, body: dict[str, Any], field: str
) -> None:
    assert list(api.post("contacts/", body, 400)["error"]["fields"]) == [field]
    assert not Contact.objects.exists()


def test_upsert_adds_then_changes(api: ApiClient) -> None:
    made = api.put("contacts/upsert/", AROHA, 201)
    by_email = api.put("contacts/upsert/", {"email": "aroha@example.org", "first_name": "Ari"})
    by_phone = api.put("contacts/upsert/", {"phone": "021 555 0101", "country": "NZ", "last_name": "N."})
    by_external_id = api.put("contacts/upsert/", {"external_id": "c-1", "email": "ari@example.org"})
    assert {made["id"]} == {by_email["id"], by_phone["id"], by_external_id["id"]}
    assert (by_external_id["first_name"], by_external_id["last_name"]) == ("Ari", "N.")
    assert by_external_id["email"] == "ari@example.org"
    assert Contact.objects.count() == 1


def test_upsert_of_two_people_at_once_is_refused(api: ApiClient) -> None:
    api.post("contacts/", {"external_id": "c-1", "email": "a@example.org"})
    api.post("contacts/", {"external_id": "c-2", "email": "b@example.org"})
    assert api.put("contacts/upsert/", {"external_id": "c-1", "email": "b@example.org"}, 409)
    assert api.put("contacts/upsert/", {"external_id": "c-3", "email": "b@example.org"}, 409)
    assert api.put("contacts/upsert/", {"first_name": "Nobody"}, 400)
    assert sorted(Contact.objects.values_list("external_id", "email")) == [
        ("c-1", "a@example.org"),
        ("c-2", "b@example.org"),
    ]


def test_contacts_are_found(api: ApiClient) -> None:
    aroha = api.post("contacts/", AROHA)
    bill = api.post("contacts/", {"email": "bill@example.org", "first_name": "Bill"})

    def found(query: str) -> list[str]:
        return [contact["id"] for contact in api.get(f"contacts/?{query}")["results"]]

    assert found("") == [bill["id"], aroha["id"]]
    assert found("email=AROHA@example.org") == [aroha["id"]]
    assert found("email=nonsense") == []
    assert found("external_id=c-1") == [aroha["id"]]
    assert found("search=aro+ng") == [aroha["id"]]
    assert found("search=zzz") == []
    assert found("search=%27%3A*%26") == [bill["id"], aroha["id"]]


def test_contacts_of_others_do_not_exist(api: ApiClient, other_workspace: Workspace) -> None:
    theirs = make_contact(other_workspace, "x@example.org")
    assert api.get("contacts/")["results"] == []
    for method, path in (
        ("GET", ""),
        ("PATCH", ""),
        ("DELETE", ""),
        ("GET", "timeline/"),
    ):
        response = api.call(method, f"contacts/{theirs.public_id}/{path}", {} if method == "PATCH" else None)
        assert response.status_code == 404, (method, path)
    assert api.put("contacts/upsert/", {"email": "x@example.org"}, 201)["id"] != str(theirs.public_id)


def test_the_timeline_is_told_by_time(api: ApiClient) -> None:
    made = api.post("contacts/", AROHA)
    about = {"contact": {"external_id": "c-1"}}
    for day in (3, 1, 2):
        api.post("events/", {**about, "name": "order.placed", "at": f"2020-01-0{day}T10:00:00Z"})
    first = api.get(f"contacts/{made['id']}/timeline/?limit=2")
    second = api.get(first["next"])
    names = [(event["name"], event["at"][:10]) for event in first["results"] + second["results"]]
    assert names[1:] == [("order.placed", f"2020-01-0{day}") for day in (3, 2, 1)]
    assert names[0][0] == "contact.created"
    assert second["next"] is None
    assert api.get(second["previous"])["results"] == first["results"]


def test_an_attribute_is_made_changed_and_removed(api: ApiClient) -> None:
    made = api.post("attributes/", {"type": "choice", "label": "Boat", "choices": ["row", "sail"]})
    assert (made["key"], made["choices"]) == ("boat", ["row", "sail"])
    contact = api.post("contacts/", {"email": "a@example.org", "attributes": {"boat": "sail"}})
    changed = api.patch(f"attributes/{made['id']}/", {"label": "Boats"})
    assert (changed["label"], changed["choices"]) == ("Boats", ["row", "sail"])
    assert list(api.patch(f"attributes/{made['id']}/", {"type": "text"}, 400)["error"]["fields"]) == ["type"]
    api.delete(f"attributes/{made['id']}/")
    assert api.get(f"contacts/{contact['id']}/")["attributes"] == {}


@pytest.mark.parametrize(
    "body",
    [
        {"type": "colour", "label": "X"},
        {"type": "text"},
        {"type": "choice", "label": "X"},
        {"type": "text", "label": "X", "key": "1x"},
        {"type": "text", "label": "X", "key": "email"},
        {"type": "choice", "label": "X", "choices": [1, {}]},
    ],
)
def test_an_attribute_that_cannot_be_is_refused(api: ApiClient, body: dict[str, Any]) -> None:
    api.post("attributes/", body, 400)
    assert not Attribute.objects.exists()


def test_an_event_is_recorded_once_by_its_id(api: ApiClient) -> None:
    event = {
        "id": "order-17",
        "contact": {"email": "aroha@example.org"},
        "name": "order.placed",
        "at": "2026-03-02T10:00:00+13:00",
        "properties": {"total": {"amount": "12.50", "currency": "NZD"}, "items": 2},
    }
    assert api.post("events/", event) == {"status": "created", "message": ""}
    assert api.post("events/", event, 200)["status"] == "repeated"
    row = Event.objects.get(kind="order.placed")
    assert (row.at, row.amount, row.currency) == (dt.datetime(2026, 3, 1, 21, tzinfo=dt.UTC), 125_000, "NZD")
    assert Contact.objects.get().email == "aroha@example.org"


@pytest.mark.parametrize(
    "event",
    [
        {"name": "order.placed"},
        {"name": "order.placed", "contact": {}},
        {"name": "order.placed", "contact": {"email": "a@example.org", "id": "x"}},
        {"name": "order.placed", "contact": {"email": "nobody"}},
        {"name": "order.placed", "contact": {"external_id": "unknown"}},
        {"name": "message.sent", "contact": {"email": "a@example.org"}},
        {"name": "order placed", "contact": {"email": "a@example.org"}},
        {"name": "order.placed", "contact": {"email": "a@example.org"}, "at": "yesterday"},
        {"name": "order.placed", "contact": {"email": "a@example.org"}, "at": "2026-03-02T10:00:00"},
        {"name": "order.placed", "contact": {"email": "a@example.org"}, "properties": {"list": [1]}},
        {"name": "order.placed", "contact": {"email": "a@example.org"}, "colour": "red"},
        {"name": "order.placed", "contact": "a@example.org"},
    ],
)
def test_an_event_that_cannot_be_is_refused(api: ApiClient, event: dict[str, Any]) -> None:
    api.post("events/", event, 400)
    assert not Event.objects.filter(kind="order.placed").exists()


def test_of_a_batch_each_event_stands_alone(api: ApiClient) -> None:
    good = {"contact": {"email": "a@example.org"}, "name": "page.viewed", "id": "1"}
    answer = api.post("events/", {"events": [good, {"name": "page.viewed"}, good, {**good, "id": "2"}]}, 200)
    assert [result["status"] for result in answer["results"]] == ["created", "refused", "repeated", "created"]
    assert (answer["created"], answer["repeated"], answer["refused"]) == (2, 1, 1)
    assert "contact" in answer["results"][1]["message"]
    assert Event.objects.filter(kind="page.viewed").count() == 2


@pytest.mark.parametrize(("body", "status"), [([], 400), ([1], 400), ("x", 400), ([{}] * 1001, 413)])
def test_a_batch_that_is_none_is_refused(api: ApiClient, body: Any, status: int) -> None:
    api.post("events/", {"events": body}, status)


def test_a_body_of_many_megabytes_is_refused(api: ApiClient) -> None:
    api.post("events/", {"events": ["x" * 6_000_000]}, 413)


def test_a_full_batch_costs_few_statements(api: ApiClient, django_assert_max_num_queries: Any) -> None:
    api.post("contacts/", AROHA)
    event = {"contact": {"external_id": "c-1"}, "name": "page.viewed", "properties": {"path": "/"}}
    with django_assert_max_num_queries(25):
        answer = api.post("events/", {"events": [event] * 1000}, 200)
    assert answer["created"] == 1000


def test_lists_cost_the_same_however_long(api: ApiClient, workspace: Workspace, django_assert_num_queries: Any) -> None:
    make_contact(workspace, "a@example.org")
    api.get("contacts/")
    with django_assert_num_queries(2):
        api.get("contacts/")
    for number in range(20):
        make_contact(workspace, f"a{number}@example.org")
    with django_assert_num_queries(2):
        api.get("contacts/")
