import pytest

from accounts.models import Workspace
from channels.models import Sender, SendingDomain
from channels.services import MAILS_AN_HOUR
from events.models import Event
from tests.api import ApiClient


@pytest.fixture
def api(workspace: Workspace) -> ApiClient:
    return ApiClient(workspace)


def test_a_sender_is_added_changed_and_put_away(api: ApiClient) -> None:
    made = api.post("senders/", {"name": "Kea Cabins", "email": "Hello@Kea.example"})
    assert (made["email"], made["verified"]) == ("hello@kea.example", False)
    assert Event.objects.filter(kind="sender.verification_requested").count() == 1
    Sender.objects.update(verified_at="2026-01-01T00:00:00Z")
    changed = api.patch(f"senders/{made['id']}/", {"reply_to": "desk@kea.example"})
    assert (changed["name"], changed["reply_to"], changed["verified"]) == ("Kea Cabins", "desk@kea.example", True)
    moved = api.patch(f"senders/{made['id']}/", {"email": "news@kea.example"})
    assert moved["verified"] is False
    api.post(f"senders/{made['id']}/verify/", {}, 202)
    assert Event.objects.filter(kind="sender.verification_requested").count() == 3
    api.delete(f"senders/{made['id']}/")
    assert api.get("senders/")["results"] == []


def test_a_second_sender_of_the_same_address_is_refused(api: ApiClient) -> None:
    api.post("senders/", {"name": "A", "email": "a@kea.example"})
    assert api.post("senders/", {"name": "B", "email": "A@kea.example"}, 409)["error"]["code"] == "sender_exists"


def test_nobody_verifies_a_sender_by_saying_so(api: ApiClient) -> None:
    body = {"name": "A", "email": "a@kea.example", "verified": True}
    assert list(api.post("senders/", body, 400)["error"]["fields"]) == ["verified"]
    assert not Sender.objects.exists()


def test_strangers_senders_do_not_exist(api: ApiClient, other_workspace: Workspace) -> None:
    made = api.post("senders/", {"name": "A", "email": "a@kea.example"})
    stranger = ApiClient(other_workspace)
    for method, path in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "verify/")):
        assert stranger.call(method, f"senders/{made['id']}/{path}", {}).status_code == 404
    assert stranger.get("senders/")["results"] == []


def test_nobodys_mailbox_is_flooded_with_links_to_confirm(api: ApiClient, workspace: Workspace) -> None:
    made = api.post("senders/", {"name": "A", "email": "victim@kea.example"})
    path = f"senders/{made['id']}/verify/"
    for _count in range(MAILS_AN_HOUR - 1):
        api.post(path, {}, 202)

    assert api.call("POST", path, {}).status_code == 429
    assert ApiClient(workspace).call("POST", path, {}).headers["Retry-After"] == "3600"
    api.patch(f"senders/{made['id']}/", {"email": "next@kea.example"}, 429)
    api.post("senders/", {"name": "B", "email": "b@kea.example"}, 429)
    assert api.patch(f"senders/{made['id']}/", {"name": "C"})["name"] == "C"
    assert Event.objects.filter(kind="sender.verification_requested").count() == MAILS_AN_HOUR


def test_a_domain_is_shown_with_its_records(workspace: Workspace) -> None:
    domain = SendingDomain.objects.create(workspace=workspace, domain="kea.example", spf="missing")
    api = ApiClient(workspace)
    listed = api.call("GET", "domains/").json()["results"]
    assert [(row["domain"], row["spf"], row["checked_at"]) for row in listed] == [("kea.example", "missing", None)]
    shown = api.call("GET", f"domains/{domain.public_id}/").json()
    assert {(row["type"], row["name"]) for row in shown["records"]} >= {("TXT", "kea.example")}
    assert api.call("POST", "domains/", {"domain": "lake.example"}).status_code == 405
