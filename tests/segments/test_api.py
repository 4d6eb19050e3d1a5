from typing import Any

import pytest

from accounts.models import Workspace
from contacts.models import Contact
from segments import services
from segments.models import Segment
from tests.api import ApiClient
from tests.cast import make_contact

KIWIS = {"version": 1, "where": {"kind": "contact", "field": "country", "op": "eq", "value": "NZ"}}


@pytest.fixture
def api(workspace: Workspace) -> ApiClient:
    return ApiClient(workspace)


@pytest.fixture
def aroha(workspace: Workspace) -> Contact:
    return make_contact(workspace, "aroha@example.org", first_name="Aroha", country="NZ")


@pytest.fixture
def bill(workspace: Workspace) -> Contact:
    return make_contact(workspace, "bill@example.org", first_name="Bill", country="AU")


@pytest.fixture
def kiwis(api: ApiClient) -> dict[str, Any]:
    made: dict[str, Any] = api.post("segments/", {"name": "Kiwis", "rule": KIWIS})
    return made


def test_a_segment_is_made_in_either_form(api: ApiClient, kiwis: dict[str, Any]) -> None:
    assert (kiwis["key"], kiwis["rule"], kiwis["version"]) == ("kiwis", KIWIS, 1)
    same = api.post("segments/", {"name": "Kiwis again", "text": kiwis["text"]})
    assert same["rule"] == KIWIS
    assert same["id"] != kiwis["id"]


def test_a_segment_is_changed_and_deleted(api: ApiClient, kiwis: dict[str, Any]) -> None:
    address = f"segments/{kiwis['id']}/"
    assert api.patch(address, {"name": "New Zealand"})["rule"] == KIWIS
    everyone = {"version": 1, "where": {"kind": "everyone"}}
    changed = api.patch(address, {"rule": everyone, "version": 1})
    assert (changed["name"], changed["rule"], changed["version"]) == ("New Zealand", everyone, 2)
    assert api.patch(address, {"rule": KIWIS, "version": 1}, 409)["error"]["code"] == "edit_conflict"
    assert list(api.patch(address, {"key": "other"}, 400)["error"]["fields"]) == ["key"]
    assert api.post("segments/", {"name": "X", "key": "kiwis", "rule": KIWIS}, 409)["error"]["code"] == "key_taken"
    api.delete(address)
    assert not Segment.objects.exists()


def test_a_segment_that_others_need_stays(api: ApiClient, kiwis: dict[str, Any]) -> None:
    api.post("segments/", {"name": "Not", "rule": {"version": 1, "where": {"kind": "segment", "key": "kiwis"}}})
    assert api.delete(f"segments/{kiwis['id']}/", 409)["error"]["code"] == "segment_in_use"


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ({"version": 2, "where": {"kind": "everyone"}}, {"code": "unsupported_version", "path": "/version"}),
        ({"version": 1, "where": {"all": []}}, {"code": "empty_group", "path": "/where/all"}),
        ({"version": 1, "where": {"kind": "magic"}}, {"code": "unknown_kind", "path": "/where/kind"}),
        (
            {"version": 1, "where": {"all": [{"kind": "attribute", "key": "shoe", "op": "is_set"}]}},
            {"code": "unknown_attribute", "path": "/where/all/0/key"},
        ),
    ],
)
def test_a_broken_rule_is_refused_with_code_and_place(
    api: ApiClient, rule: dict[str, Any], problem: dict[str, str]
) -> None:
    for path, body in (("segments/", {"name": "X", "rule": rule}), ("segments/preview/", {"rule": rule})):
        error = api.post(path, body, 400)["error"]
        assert error["code"] == "invalid_rule"
        assert error["fields"] == {"rule": [problem]}
    assert not Segment.objects.exists()


def test_an_unreadable_text_says_where(api: ApiClient) -> None:
    (problem,) = api.post("segments/preview/", {"text": "country is ("}, 400)["error"]["fields"]["text"]
    assert problem["code"] == "bad_text"
    assert isinstance(problem["offset"], int)


@pytest.mark.parametrize("body", [{}, {"rule": KIWIS, "text": "everyone"}, {"rule": []}, {"rule": "x"}, {"text": ""}])
def test_a_preview_of_nothing_is_refused(api: ApiClient, body: dict[str, Any]) -> None:
    api.post("segments/preview/", body, 400)


def test_a_preview_counts_and_names_people(api: ApiClient, aroha: Contact, bill: Contact) -> None:
    preview = api.post("segments/preview/", {"rule": KIWIS}, 200)
    assert (preview["count"], preview["is_exact"]) == (1, True)
    person = {"id": str(aroha.public_id), "email": "aroha@example.org", "first_name": "Aroha", "last_name": ""}
    assert preview["sample"] == [person]
    assert not Segment.objects.exists()


def test_people_of_a_segment_are_listed(api: ApiClient, aroha: Contact, bill: Contact, kiwis: dict[str, Any]) -> None:
    expected = [str(aroha.public_id)]
    for path in (f"segments/{kiwis['id']}/contacts/", "contacts/?segment=kiwis", f"contacts/?segment={kiwis['id']}"):
        assert [contact["id"] for contact in api.get(path)["results"]] == expected
    api.get("contacts/?segment=unknown", 400)


def test_a_segment_explains_itself(api: ApiClient, aroha: Contact, bill: Contact, kiwis: dict[str, Any]) -> None:
    why = api.post(f"segments/{kiwis['id']}/explain/", {"contact": str(bill.public_id)}, 200)
    assert (why["path"], why["result"], why["decisive"]) == ("/where", False, True)
    inside = api.get(f"contacts/{aroha.public_id}/segments/")["results"]
    assert [(one["key"], one["why"]["result"]) for one in inside] == [("kiwis", True)]
    assert api.get(f"contacts/{bill.public_id}/segments/")["results"] == []


def test_strangers_segments_and_contacts_do_not_exist(
    api: ApiClient, other_workspace: Workspace, kiwis: dict[str, Any]
) -> None:
    stranger = ApiClient(other_workspace)
    for method, path in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("GET", "contacts/"), ("POST", "explain/")):
        body = None if method == "GET" else {}
        assert stranger.call(method, f"segments/{kiwis['id']}/{path}", body).status_code == 404
    stranger.get("contacts/?segment=kiwis", 400)
    theirs = make_contact(other_workspace, "x@example.org", country="NZ")
    api.post(f"segments/{kiwis['id']}/explain/", {"contact": str(theirs.public_id)}, 400)
    api.get(f"contacts/{theirs.public_id}/segments/", 404)
    assert api.post("segments/preview/", {"rule": KIWIS}, 200)["count"] == 0


def test_people_are_for_keys_that_may_read_contacts(
    workspace: Workspace, aroha: Contact, kiwis: dict[str, Any]
) -> None:
    only_segments = ApiClient(workspace, ["segments:write"])

    only_segments.get(f"segments/{kiwis['id']}/contacts/", 403)
    preview = only_segments.post("segments/preview/", {"rule": KIWIS}, 200)
    assert (preview["count"], preview["sample"]) == (1, [])
    with_contacts = ApiClient(workspace, ["contacts:read"])
    assert [one["id"] for one in with_contacts.get(f"segments/{kiwis['id']}/contacts/")["results"]] == [
        str(aroha.public_id)
    ]


def test_who_came_and_who_left_is_told_newest_first(api: ApiClient, kiwis: dict[str, Any], aroha: Contact) -> None:
    services.follow_workspace(aroha.workspace)
    Contact.objects.filter(pk=aroha.pk).update(country="AU")
    services.follow_workspace(aroha.workspace)

    rows = api.get(f"segments/{kiwis['id']}/changes/")["results"]
    assert [(row["contact"], row["change"], row["cause"]) for row in rows] == [
        (str(aroha.public_id), "left", "data"),
        (str(aroha.public_id), "entered", "rule"),
    ]


def test_noting_is_switched_off_and_on(api: ApiClient, kiwis: dict[str, Any]) -> None:
    address = f"segments/{kiwis['id']}/"
    assert api.patch(address, {"is_followed": False})["is_followed"] is False
    assert not Segment.objects.get().is_followed
    assert api.patch(address, {"is_followed": True})["is_followed"] is True


def test_what_is_known_of_a_person_is_told_only_to_keys_that_may_read_contacts(
    workspace: Workspace, api: ApiClient, aroha: Contact, kiwis: dict[str, Any]
) -> None:
    narrow = ApiClient(workspace, ["segments:read"])
    path, body = f"segments/{kiwis['id']}/explain/", {"contact": str(aroha.public_id)}
    assert api.post(path, body, 200)["found"] == {"value": "NZ"}
    assert narrow.post(path, body, 200) == {"path": "/where", "result": True, "decisive": True}
    [inside] = narrow.get(f"contacts/{aroha.public_id}/segments/")["results"]
    assert inside["why"] == {"path": "segment:kiwis/where", "result": True, "decisive": True}
