import datetime as dt
from typing import Any

import pytest

from accounts.models import User, Workspace
from consent.models import ConsentRecord, ConsentState, Suppression, Topic
from contacts.models import Contact
from tests.api import ApiClient
from tests.cast import make_contact


@pytest.fixture
def api(workspace: Workspace, owner: User) -> ApiClient:
    return ApiClient(workspace, maker=owner)


@pytest.fixture
def contact(workspace: Workspace) -> Contact:
    return make_contact(workspace, "aroha@example.org")


@pytest.fixture
def topic(workspace: Workspace) -> Topic:
    return Topic.objects.create(workspace=workspace, key="news", name="News")


def test_a_topic_is_made_changed_and_deleted(api: ApiClient) -> None:
    made = api.post("topics/", {"name": "Cabin news", "description": "Twice a month"})
    assert (made["key"], made["name"], made["public"]) == ("cabin-news", "Cabin news", True)
    changed = api.patch(f"topics/{made['id']}/", {"public": False})
    assert (changed["name"], changed["description"], changed["public"]) == ("Cabin news", "Twice a month", False)
    assert api.get(f"topics/{made['id']}/") == changed
    api.delete(f"topics/{made['id']}/")
    api.get(f"topics/{made['id']}/", 404)


def test_a_topic_keeps_its_key(api: ApiClient, topic: Topic) -> None:
    assert "key" in api.patch(f"topics/{topic.public_id}/", {"key": "other"}, 400)["error"]["fields"]
    assert api.post("topics/", {"name": "News", "key": "news"}, 409)["error"]["code"] == "key_taken"


def test_a_consent_is_written_into_the_ledger(api: ApiClient, contact: Contact, topic: Topic) -> None:
    made = api.post(
        "consents/",
        {
            "contact": str(contact.public_id),
            "topic": "news",
            "state": "granted",
            "basis": "express",
            "source": "checkout",
            "text": "Yes, write to me",
            "at": "2026-03-02T10:00:00Z",
        },
    )
    assert made == {
        "id": made["id"],
        "contact": str(contact.public_id),
        "channel": "email",
        "topic": str(topic.public_id),
        "purpose": "marketing",
        "state": "granted",
        "basis": "express",
        "source": "checkout",
        "text": "Yes, write to me",
        "at": "2026-03-02T10:00:00Z",
        "expires_at": None,
    }
    state = ConsentState.objects.get(contact=contact, topic=topic)
    assert (state.state, state.changed_at) == ("granted", dt.datetime(2026, 3, 2, 10, tzinfo=dt.UTC))
    assert api.get(f"consents/{made['id']}/") == made
    assert api.get(f"contacts/{contact.public_id}/consents/")["results"] == [made]
    assert api.get(f"consents/?topic=news&contact={contact.public_id}")["results"] == [made]


def test_the_ledger_only_grows(api: ApiClient, contact: Contact, topic: Topic) -> None:
    made = api.post("consents/", {"contact": str(contact.public_id), "topic": "news", "state": "granted"})
    api.patch(f"consents/{made['id']}/", {"state": "withdrawn"}, 405)
    api.delete(f"consents/{made['id']}/", 405)
    assert ConsentRecord.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"at": "2999-01-01T00:00:00Z"}, "at"),
        ({"source": "signup_page"}, "source"),
        ({"topic": "nothing"}, "topic"),
        ({"contact": "00000000-0000-7000-8000-000000000000"}, "contact"),
        ({"state": "pending"}, "state"),
        ({"purpose": "everything"}, "purpose"),
    ],
)
def test_a_consent_that_cannot_be_is_refused(
    api: ApiClient, contact: Contact, topic: Topic, change: dict[str, Any], field: str
) -> None:
    body = {"contact": str(contact.public_id), "topic": "news", "state": "granted", **change}
    assert list(api.post("consents/", body, 400)["error"]["fields"]) == [field]
    assert not ConsentRecord.objects.exists()


def test_a_strangers_contact_has_no_ledger_here(api: ApiClient, other_workspace: Workspace) -> None:
    theirs = make_contact(other_workspace, "x@example.org")
    api.get(f"contacts/{theirs.public_id}/consents/", 404)
    body = {"contact": str(theirs.public_id), "state": "withdrawn"}
    assert list(api.post("consents/", body, 400)["error"]["fields"]) == ["contact"]


def test_the_ledger_names_nobody_once_erased(api: ApiClient, contact: Contact, topic: Topic) -> None:
    made = api.post("consents/", {"contact": str(contact.public_id), "topic": "news", "state": "granted"})
    Contact.objects.filter(pk=contact.pk).delete()
    assert api.get(f"consents/{made['id']}/")["contact"] is None


def test_the_ledger_is_read_in_one_statement(
    api: ApiClient, contact: Contact, topic: Topic, django_assert_num_queries: Any
) -> None:
    for _ in range(5):
        api.post("consents/", {"contact": str(contact.public_id), "topic": "news", "state": "granted", "text": "Yes"})
    with django_assert_num_queries(2):
        assert len(api.get("consents/")["results"]) == 5


def test_an_address_is_suppressed_and_freed(api: ApiClient) -> None:
    made = api.post("suppressions/", {"address": "Aroha@Example.org", "reason": "manual", "note": "Asked by phone"})
    assert (made["address"], made["reason"], made["channel"]) == ("aroha@example.org", "manual", "email")
    assert api.get("suppressions/?address=aroha@example.org")["results"] == [made]
    assert api.post("suppressions/", {"address": "aroha@example.org"})["id"] == made["id"]
    api.delete(f"suppressions/{made['id']}/")
    assert not Suppression.objects.exists()


def test_a_domain_is_suppressed(api: ApiClient) -> None:
    made = api.post("suppressions/", {"domain": "Example.ORG"})
    assert made["domain"] == "example.org"
    assert api.get("suppressions/?domain=example.org")["results"] == [made]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"address": "a@example.org", "domain": "example.org"},
        {"address": "nobody"},
        {"domain": "not a domain"},
        {"domain": "example.org", "channel": "sms"},
        {"address": "a@example.org", "reason": "mood"},
    ],
)
def test_a_suppression_that_names_nothing_is_refused(api: ApiClient, body: dict[str, Any]) -> None:
    api.post("suppressions/", body, 400)
    assert not Suppression.objects.exists()


def test_what_only_the_person_may_lift_stays(api: ApiClient) -> None:
    made = api.post("suppressions/", {"address": "a@example.org", "reason": "complaint"})
    assert api.delete(f"suppressions/{made['id']}/", 409)["error"]["code"] == "cannot_lift"
    assert Suppression.objects.count() == 1


def test_a_basis_that_does_not_count_where_the_person_lives_is_refused(
    api: ApiClient, workspace: Workspace, topic: Topic
) -> None:
    german = make_contact(workspace, "g@x.example", country="DE")
    body = {"contact": str(german.public_id), "topic": "news", "state": "granted", "basis": "implied_purchase"}
    refused = api.post("consents/", body, 400)["error"]["fields"]
    assert "European Union and EEA" in refused["basis"][0]
    assert not ConsentRecord.objects.exists()
    api.post("consents/", {**body, "basis": "soft_opt_in"})
