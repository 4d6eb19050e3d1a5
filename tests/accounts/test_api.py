"""What every resource of the API shares, shown on topics."""

import datetime as dt
import threading
from typing import Any

import pytest
import time_machine
from django.db import connection

from accounts.api import throttling
from accounts.models import IdempotencyRecord, User, Workspace
from accounts.services import revoke_api_key
from accounts.services.idempotency import forget_old_answers
from consent.models import Topic
from tests.api import ApiClient


@pytest.fixture
def api(workspace: Workspace) -> ApiClient:
    return ApiClient(workspace)


def test_a_request_without_a_key_is_refused(api: ApiClient) -> None:
    response = api.call("GET", "topics/", Authorization="")
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="api"'
    assert response.json()["error"]["code"] == "not_authenticated"


@pytest.mark.parametrize("header", ["Bearer rk_wrong", "Bearer", "Bearer a b", "Bearer \u00e9", "Bearer " + "x" * 5000])
def test_a_wrong_key_is_refused(api: ApiClient, header: str) -> None:
    assert api.get("topics/", 401, Authorization=header)["error"]["fields"] == {}


def test_a_revoked_key_stops_at_once(api: ApiClient, owner: User) -> None:
    api.get("topics/")
    revoke_api_key(key=api.key, actor=owner)
    api.get("topics/", 401)


def test_a_key_does_only_what_its_scopes_say(workspace: Workspace) -> None:
    reader = ApiClient(workspace, ["consents:read"])
    reader.get("topics/")
    refused = reader.post("topics/", {"name": "News"}, 403)
    assert "consents:write" in refused["error"]["message"]
    assert not Topic.objects.exists()
    ApiClient(workspace, ["segments:write"]).get("topics/", 403)
    ApiClient(workspace, ["consents:write"]).get("topics/")


def test_strangers_things_do_not_exist(api: ApiClient, other_workspace: Workspace) -> None:
    theirs = Topic.objects.create(workspace=other_workspace, key="news", name="News")
    assert api.get("topics/")["results"] == []
    assert api.get(f"topics/{theirs.public_id}/", 404)["error"]["code"] == "not_found"
    api.patch(f"topics/{theirs.public_id}/", {"name": "Ours"}, 404)
    api.delete(f"topics/{theirs.public_id}/", 404)
    theirs.refresh_from_db()
    assert theirs.name == "News"


@pytest.mark.parametrize("path", ["topics/1/", "topics", "nothing/", "topics/not-a-uuid/", "", "topics/%00/"])
def test_an_address_that_leads_nowhere_says_so(api: ApiClient, path: str) -> None:
    assert api.get(path, 404)["error"]["code"] == "not_found"


def test_unknown_and_read_only_fields_are_refused_by_name(api: ApiClient) -> None:
    error = api.post("topics/", {"name": "News", "colour": "red", "id": "x"}, 400)["error"]
    assert error["code"] == "invalid"
    assert error["fields"] == {"colour": ["There is no such field."], "id": ["This field cannot be set."]}
    assert not Topic.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'"text"',
        b"null",
        b"\xff\xfe",
        b'{"name": "a\\u0000b"}',
        b'{"name": "\\ud800"}',
        b'{"name": NaN}',
        b'{"name": 1e999}',
        b"[" * 100_000,
        b'{"name": ' + b'{"a":' * 50 + b"1" + b"}" * 50 + b"}",
        b'{"name": ' + b"9" * 5000 + b"}",
        b'{"name": "' + b"x" * 100 + b'"}',
        b'{"name": {"a": 1}}',
    ],
)
def test_a_broken_body_is_refused_and_changes_nothing(api: ApiClient, body: bytes) -> None:
    response = api.client.post(
        "/api/v1/topics/", body, "application/json", headers={"Authorization": f"Bearer {api.secret}"}
    )
    assert response.status_code == 400
    assert set(response.json()["error"]) == {"code", "message", "fields"}
    assert not Topic.objects.exists()


def test_another_content_type_is_refused(api: ApiClient) -> None:
    response = api.client.post(
        "/api/v1/topics/", "name=x", "text/plain", headers={"Authorization": f"Bearer {api.secret}"}
    )
    assert response.status_code == 415


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=501", "limit=x", "limit=٣", "cursor=x", "colour=red", "cursor=%00"]
)
def test_a_query_that_means_nothing_is_refused(api: ApiClient, query: str) -> None:
    api.get(f"topics/?{query}", 400)


def test_pages_lead_through_everything_both_ways(api: ApiClient, workspace: Workspace) -> None:
    Topic.objects.bulk_create(Topic(workspace=workspace, key=f"t{n}", name=f"T{n}") for n in range(7))
    seen = []
    page = api.get("topics/?limit=3")
    assert page["previous"] is None
    while True:
        seen += [topic["key"] for topic in page["results"]]
        if page["next"] is None:
            break
        page = api.get(page["next"])
    assert seen == ["t6", "t5", "t4", "t3", "t2", "t1", "t0"]
    back = api.get(page["previous"])
    assert [topic["key"] for topic in back["results"]] == ["t3", "t2", "t1"]
    first = api.get(back["previous"])
    assert [topic["key"] for topic in first["results"]] == ["t6", "t5", "t4"]
    assert first["previous"] is None


def test_a_repeated_post_happens_once(api: ApiClient) -> None:
    first = api.post("topics/", {"name": "News"}, **{"Idempotency-Key": "a1"})
    response = api.call("POST", "topics/", {"name": "News"}, **{"Idempotency-Key": "a1"})
    assert (response.status_code, response.json()) == (201, first)
    assert response.headers["Idempotent-Replay"] == "true"
    assert Topic.objects.count() == 1
    api.post("topics/", {"name": "News"}, **{"Idempotency-Key": "a2"})
    assert Topic.objects.count() == 2


def test_a_key_used_for_another_body_is_a_conflict(api: ApiClient) -> None:
    api.post("topics/", {"name": "News"}, **{"Idempotency-Key": "a1"})
    error = api.post("topics/", {"name": "Other"}, 409, **{"Idempotency-Key": "a1"})["error"]
    assert error["code"] == "idempotency_key_reused"
    assert Topic.objects.count() == 1


def test_a_refusal_is_repeated_too(api: ApiClient) -> None:
    refused = api.post("topics/", {}, 400, **{"Idempotency-Key": "a1"})
    assert api.post("topics/", {}, 400, **{"Idempotency-Key": "a1"}) == refused


def test_a_key_is_forgotten_after_a_day(api: ApiClient) -> None:
    with time_machine.travel(dt.datetime.now(dt.UTC) - dt.timedelta(hours=25), tick=True):
        api.post("topics/", {"name": "News"}, **{"Idempotency-Key": "a1"})
    api.post("topics/", {"name": "Other"}, **{"Idempotency-Key": "a1"})
    assert Topic.objects.count() == 2
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(hours=25)):
        forget_old_answers()
    assert not IdempotencyRecord.objects.exists()


@pytest.mark.parametrize("key", ["", "x" * 201, "käse"])
def test_an_idempotency_key_that_is_none_is_refused(api: ApiClient, key: str) -> None:
    api.post("topics/", {"name": "News"}, 400, **{"Idempotency-Key": key})
    assert not Topic.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_equal_posts_at_once_happen_once(workspace: Workspace) -> None:
    api = ApiClient(workspace)
    answers: list[Any] = []

    def post() -> None:
        answers.append(api.post("topics/", {"name": "News"}, **{"Idempotency-Key": "a1"}))
        connection.close()

    threads = [threading.Thread(target=post) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Topic.objects.count() == 1
    assert len(answers) == 4
    assert all(answer == answers[0] for answer in answers)


def test_too_many_requests_wait_for_the_next_minute(api: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttling, "REQUESTS_PER_MINUTE", 2)
    with time_machine.travel("2026-11-21 10:00:45Z", tick=False):
        api.get("topics/")
        api.get("topics/")
        response = api.call("GET", "topics/")
    assert response.status_code == 429
    assert response.headers["Retry-After"] == "15"
    assert response.json()["error"]["code"] == "throttled"


def test_lists_cost_the_same_however_long(api: ApiClient, workspace: Workspace, django_assert_num_queries: Any) -> None:
    Topic.objects.create(workspace=workspace, key="t", name="T")
    api.get("topics/")
    with django_assert_num_queries(2):
        api.get("topics/")
    Topic.objects.bulk_create(Topic(workspace=workspace, key=f"t{n}", name=f"T{n}") for n in range(20))
    with django_assert_num_queries(2):
        api.get("topics/")


def test_the_schema_and_its_page_are_open_to_read(api: ApiClient) -> None:
    schema = api.client.get("/api/v1/schema/").json()
    assert schema["openapi"].startswith("3.")
    assert schema["paths"]["/api/v1/topics/"]["post"]["x-scope"] == "consents:write"
    page = api.client.get("/api/v1/docs/").content.decode()
    for path, operations in schema["paths"].items():
        assert path in page
        for name, operation in operations.items():
            assert operation["responses"].keys() != {"default"}, (path, name)
            assert operation.get("description"), (path, name)
