import datetime as dt
from typing import Any

import pytest

from accounts.models import Workspace
from campaigns.models import Campaign
from campaigns.services import launch_campaign
from channels.models import Sender
from consent.models import ConsentState, Topic
from contacts.models import Contact
from core.clock import now
from delivery.models import Message
from tests.api import ApiClient
from tests.cast import make_contact

MJML = (
    "<mjml><mj-body><mj-section><mj-column><mj-text>Kia ora."
    ' <a href="{{ unsubscribe_url }}">Unsubscribe</a></mj-text></mj-column></mj-section></mj-body></mjml>'
)
EVERYONE = {"version": 1, "where": {"kind": "everyone"}}


@pytest.fixture
def api(workspace: Workspace) -> ApiClient:
    return ApiClient(workspace)


@pytest.fixture
def people(workspace: Workspace) -> list[Contact]:
    """Two people; only the first agreed."""
    topic = Topic.objects.create(workspace=workspace, key="news", name="News")
    contacts = [make_contact(workspace, "aroha@example.org"), make_contact(workspace, "bill@example.org")]
    ConsentState.objects.create(
        workspace=workspace,
        contact=contacts[0],
        channel="email",
        topic=topic,
        purpose="marketing",
        state="granted",
        changed_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    )
    return contacts


@pytest.fixture
def parts(api: ApiClient, workspace: Workspace, people: list[Contact]) -> dict[str, Any]:
    """A whole campaign's body."""
    sender = Sender.objects.create(
        workspace=workspace, name="Kea", email="hello@kea.example", verified_at=dt.datetime.now(dt.UTC)
    )
    segment = api.post("segments/", {"name": "All", "rule": EVERYONE})
    template = api.post("templates/", {"name": "News", "subject": "News", "mjml": MJML})
    return {
        "name": "Summer",
        "topic": "news",
        "segment": segment["id"],
        "template": template["id"],
        "sender": str(sender.public_id),
    }


@pytest.fixture
def campaign(api: ApiClient, parts: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = api.post("campaigns/", parts)
    return made


def in_days(days: int) -> str:
    at = dt.datetime.now(dt.UTC).replace(microsecond=0) + dt.timedelta(days=days)
    return at.isoformat().replace("+00:00", "Z")


def test_a_draft_is_made_changed_and_deleted(api: ApiClient, parts: dict[str, Any], campaign: dict[str, Any]) -> None:
    assert campaign["status"] == "draft"
    assert campaign["schedule"] is None
    assert campaign["topic"] == str(Topic.objects.get().public_id)
    assert {name: campaign[name] for name in ("name", "segment", "template", "sender")} == {
        name: parts[name] for name in ("name", "segment", "template", "sender")
    }
    changed = api.patch(f"campaigns/{campaign['id']}/", {"name": "Winter", "sender": None})
    assert (changed["name"], changed["sender"]) == ("Winter", None)
    stale = {"name": "Lost", "version": campaign["version"]}
    assert api.patch(f"campaigns/{campaign['id']}/", stale, 409)["error"]["code"] == "edit_conflict"
    assert api.get("campaigns/?search=wint&status=draft")["results"] == [changed]
    api.delete(f"campaigns/{campaign['id']}/")
    assert not Campaign.objects.exists()


def test_a_campaign_runs_from_schedule_to_report(
    api: ApiClient, people: list[Contact], campaign: dict[str, Any]
) -> None:
    address = f"campaigns/{campaign['id']}/"
    preflight = api.get(f"{address}preflight/")
    assert (preflight["matched"], preflight["will_get"], preflight["may_send"]) == (2, 1, True)
    assert sum(preflight["excluded"].values()) == 1

    at = in_days(1)
    scheduled = api.post(f"{address}schedule/", {"at": at, "time_zone": "Europe/Berlin"}, 200)
    assert scheduled["status"] == "scheduled"
    assert scheduled["schedule"] == {"kind": "once", "at": at, "time_zone": "Europe/Berlin"}
    assert api.post(f"{address}unschedule/", None, 200)["status"] == "draft"

    assert api.post(f"{address}send/", {}, 200)["status"] == "scheduled"
    row = Campaign.objects.get()
    launch_campaign(campaign_id=row.pk, at=row.scheduled_at)
    assert api.get(address)["status"] == "sending"
    report = api.get(f"{address}report/")
    assert (report["targeted"], report["pending"], sum(report["skipped"].values())) == (2, 1, 1)
    assert report["opened"] == {"human": 0, "machine": 0, "uncertain": 0}

    (skipped,) = api.get(f"{address}recipients/?outcome=skipped")["results"]
    assert (skipped["contact"], skipped["status"], skipped["reason"]) == (
        str(people[1].public_id),
        "skipped",
        "no_consent",
    )
    assert api.get(f"{address}recipients/?reason=no_consent")["results"] == [skipped]
    assert len(api.get(f"{address}recipients/")["results"]) == 2

    assert api.post(f"{address}pause/", None, 200)["status"] == "paused"
    assert api.post(f"{address}resume/", None, 200)["status"] == "sending"
    assert api.post(f"{address}cancel/", None, 200)["status"] == "cancelled"
    assert api.post(f"{address}resume/", None, 409)["error"]["code"] == "wrong_state"
    assert api.patch(address, {"name": "Late"}, 409)["error"]["code"] == "wrong_state"
    assert api.delete(address, 409)["error"]["code"] == "wrong_state"


def test_another_try_for_those_nobody_knows_of(api: ApiClient, people: list[Contact], campaign: dict[str, Any]) -> None:
    address = f"campaigns/{campaign['id']}/"
    assert api.post(f"{address}send_to_unknown/", None, 409)["error"]["code"] == "wrong_state"
    api.post(f"{address}send/", None, 200)
    row = Campaign.objects.get()
    launch_campaign(campaign_id=row.pk, at=row.scheduled_at)
    assert api.post(f"{address}send_to_unknown/", None, 200) == {"people": 0}
    Message.objects.filter(status="pending").update(status="unknown", settled_at=now())
    assert api.post(f"{address}send_to_unknown/", None, 200) == {"people": 1}
    assert Message.objects.get(contact=people[0]).status == "pending"
    assert api.post(f"{address}send_to_unknown/", None, 200) == {"people": 0}


def test_what_is_not_ready_is_not_scheduled(api: ApiClient, workspace: Workspace) -> None:
    made = api.post("campaigns/", {"name": "Empty"})
    error = api.post(f"campaigns/{made['id']}/schedule/", {"at": in_days(1)}, 422)["error"]
    assert error["code"] == "not_ready"
    assert "no_segment" in error["fields"]
    assert Campaign.objects.get().status == "draft"
    assert api.get(f"campaigns/{made['id']}/report/")["targeted"] == 0
    assert api.get(f"campaigns/{made['id']}/recipients/")["results"] == []


def test_a_schedule_in_the_body_is_all_or_nothing(api: ApiClient, parts: dict[str, Any]) -> None:
    api.post("campaigns/", {"name": "Empty", "schedule": {"at": in_days(1)}}, 422)
    assert not Campaign.objects.exists()
    made = api.post("campaigns/", {**parts, "schedule": {"at": in_days(1)}})
    assert made["status"] == "scheduled"
    assert api.patch(f"campaigns/{made['id']}/", {"schedule": None})["status"] == "draft"


def test_sending_is_a_scope_of_its_own(api: ApiClient, workspace: Workspace, parts: dict[str, Any]) -> None:
    writer = ApiClient(workspace, ["campaigns:write"])
    made = writer.post("campaigns/", parts)
    for path, body in (("send/", None), ("schedule/", {"at": in_days(1)}), ("cancel/", None)):
        writer.post(f"campaigns/{made['id']}/{path}", body, 403)
    writer.patch(f"campaigns/{made['id']}/", {"schedule": {"at": in_days(1)}}, 403)
    assert Campaign.objects.get().status == "draft"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "X", "topic": "unknown"},
        {"name": "X", "segment": "00000000-0000-7000-8000-000000000000"},
        {"name": "X", "schedule": {"at": "tomorrow"}},
        {"name": "X", "schedule": {"at": "2030-01-01T10:00:00"}},
        {"name": "X", "schedule": {"at": "2030-01-01T10:00:00Z", "time_zone": "Mars"}},
        {"name": "X", "status": "sent"},
        {"name": "X", "variants": [{}]},
        {"name": "X", "colour": "red"},
    ],
)
def test_a_campaign_that_cannot_be_is_refused(api: ApiClient, body: dict[str, Any]) -> None:
    api.post("campaigns/", body, 400)
    assert not Campaign.objects.exists()


def test_a_test_goes_to_one_address_and_a_copy_is_a_draft(
    api: ApiClient, people: list[Contact], campaign: dict[str, Any]
) -> None:
    address = f"campaigns/{campaign['id']}/"
    api.post(f"{address}test/", {"email": "Me@Kea.example", "contact": str(people[0].public_id)}, 202)
    assert list(Message.objects.values_list("purpose", "recipient")) == [("test", "me@kea.example")]
    api.post(f"{address}test/", {"email": "nobody"}, 400)
    copy = api.post(f"{address}duplicate/")
    assert (copy["status"], copy["segment"]) == ("draft", campaign["segment"])
    assert copy["id"] != campaign["id"]


def test_strangers_campaigns_and_parts_do_not_exist(
    api: ApiClient, other_workspace: Workspace, campaign: dict[str, Any], parts: dict[str, Any]
) -> None:
    stranger = ApiClient(other_workspace)
    for method, path in (
        ("GET", ""),
        ("PATCH", ""),
        ("DELETE", ""),
        ("POST", "schedule/"),
        ("POST", "unschedule/"),
        ("POST", "send/"),
        ("POST", "pause/"),
        ("POST", "resume/"),
        ("POST", "cancel/"),
        ("POST", "send_to_unknown/"),
        ("POST", "duplicate/"),
        ("GET", "preflight/"),
        ("GET", "report/"),
        ("GET", "recipients/"),
    ):
        body = {"at": in_days(1)} if path == "schedule/" else {}
        response = stranger.call(method, f"campaigns/{campaign['id']}/{path}", None if method == "GET" else body)
        assert response.status_code == 404, (method, path)
    stranger.post(f"campaigns/{campaign['id']}/test/", {"email": "x@example.org"}, 404)
    refused = stranger.post("campaigns/", parts, 400)
    assert sorted(refused["error"]["fields"]) == ["segment", "sender", "template", "topic"]
    assert Campaign.objects.get().status == "draft"


def test_lists_cost_the_same_however_long(
    api: ApiClient, parts: dict[str, Any], django_assert_num_queries: Any
) -> None:
    api.post("campaigns/", parts)
    with django_assert_num_queries(4):
        api.get("campaigns/")
    for _ in range(10):
        api.post("campaigns/", parts)
    with django_assert_num_queries(4):
        api.get("campaigns/")


def test_tests_are_no_way_to_send_to_many(
    api: ApiClient, people: list[Contact], campaign: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("campaigns.api.TESTS_AN_HOUR", 2)
    path = f"campaigns/{campaign['id']}/test/"
    for number in range(2):
        api.post(path, {"email": f"person{number}@example.org"}, 202)

    api.post(path, {"email": "person3@example.org"}, 429)
    assert Message.objects.count() == 2
