"""Every route of the API at once, taken from its own description: keys, scopes, strangers and nonsense."""

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from drf_spectacular.drainage import GENERATOR_STATS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.api.schema import openapi
from accounts.models import Workspace
from campaigns.models import Campaign
from channels.models import Sender, SendingDomain
from consent.models import ConsentRecord, Suppression, Topic
from contacts.models import Address, Attribute, Export, Import
from content.models import Template
from core.crypto import address_hash
from delivery.models import FrequencyRule, Message
from flows.models import Flow, FlowSession, FlowVersion
from segments.models import Segment, StaticList
from tests.api import ApiClient
from tests.cast import make_contact

AT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
EVERYONE = {"version": 1, "where": {"kind": "everyone"}}


def consent_of(workspace: Workspace) -> ConsentRecord:
    contact = make_contact(workspace, "ledger@example.org")
    return ConsentRecord.objects.create(
        workspace=workspace, contact=contact, channel="email", purpose="marketing", state="granted", source="api", at=AT
    )


def session_of(workspace: Workspace) -> FlowSession:
    flow = Flow.objects.create(workspace=workspace, key="ask", name="Ask")
    version = FlowVersion.objects.create(flow=flow, number=1, digest="0" * 64, document="{}")
    return FlowSession.objects.create(
        workspace=workspace, flow=flow, version=version, secret_digest=b"0" * 32, state="", last_at=AT
    )


# A row of each resource, by the first word of its address.
ROWS: dict[str, Callable[[Workspace], Any]] = {
    "attributes": lambda w: Attribute.objects.create(workspace=w, key="boat", type="text", label="Boat"),
    "campaigns": lambda w: Campaign.objects.create(workspace=w, name="Summer"),
    "consents": consent_of,
    "contacts": lambda w: make_contact(w, "aroha@example.org"),
    "domains": lambda w: SendingDomain.objects.create(workspace=w, domain="kea.example"),
    "exports": lambda w: Export.objects.create(workspace=w, columns=["email"]),
    "flows": lambda w: Flow.objects.create(workspace=w, key="ask", name="Ask", draft="{}", draft_number=1),
    "frequency_rules": lambda w: FrequencyRule.objects.create(workspace=w, messages=3, days=7),
    "imports": lambda w: Import.objects.create(workspace=w, file_name="people.csv", status="queued"),
    "lists": lambda w: StaticList.objects.create(workspace=w, key="crew", name="Crew"),
    "messages": lambda w: Message.objects.create(
        workspace=w, purpose="service", recipient="a@example.org", created_at=AT, due_at=AT
    ),
    "segments": lambda w: Segment.objects.create(workspace=w, key="all", name="All", rule=EVERYONE),
    "senders": lambda w: Sender.objects.create(workspace=w, name="Kea", email="hello@kea.example"),
    "sessions": session_of,
    "suppressions": lambda w: Suppression.objects.create(
        workspace=w, address="a@example.org", address_hash=address_hash("a@example.org"), reason="manual"
    ),
    "templates": lambda w: Template.objects.create(workspace=w, name="Welcome"),
    "topics": lambda w: Topic.objects.create(workspace=w, key="news", name="News"),
}
# Bodies that pass the checks which come before the row is looked up.
BODIES: dict[str, Any] = {
    "campaigns_choose_create": {"version": 1},
    "campaigns_schedule_create": {"at": "2030-01-01T10:00:00Z"},
    "campaigns_refuse_create": {"comment": "Not yet"},
    "campaigns_test_create": {"email": "a@example.org"},
    "sessions_events_create": {"type": "back"},
}


def routes() -> list[tuple[str, str, dict[str, Any]]]:
    found = []
    for path, operations in openapi()["paths"].items():
        found += [(method.upper(), path, operation) for method, operation in operations.items()]
    return found


def by_route(with_row: bool | None = None) -> Any:
    chosen = [route for route in routes() if with_row is None or ("{id}" in route[1]) == with_row]
    return pytest.mark.parametrize(
        ("method", "path", "operation"),
        chosen,
        ids=[f"{route[0]} {route[1].removeprefix('/api/v1')}" for route in chosen],
    )


def resource_of(path: str) -> str:
    return path.removeprefix("/api/v1/").split("/")[0]


def relative(path: str, public_id: Any = "00000000-0000-7000-8000-000000000000") -> str:
    inner = Address.objects.filter(contact__public_id=public_id).first() if "{address}" in path else None
    address = inner.public_id if inner else "00000000-0000-5000-8000-000000000000"
    return path.removeprefix("/api/v1/").replace("{id}", str(public_id)).replace("{address}", str(address))


@pytest.mark.django_db
@by_route()
def test_every_route_needs_a_key(method: str, path: str, operation: dict[str, Any], workspace: Workspace) -> None:
    assert ApiClient(workspace).call(method, relative(path), {}, Authorization="").status_code == 401


@pytest.mark.django_db
@by_route()
def test_every_route_needs_its_scope(method: str, path: str, operation: dict[str, Any], workspace: Workspace) -> None:
    api = ApiClient(workspace, ["webhooks:read"])
    refused = api.call(method, relative(path), {})
    assert refused.status_code == 403
    assert operation["x-scope"] in refused.json()["error"]["message"]


@pytest.mark.django_db
@by_route(with_row=True)
def test_every_route_hides_the_rows_of_others(
    method: str, path: str, operation: dict[str, Any], workspace: Workspace, other_workspace: Workspace
) -> None:
    theirs = ROWS[resource_of(path)](other_workspace)
    body = None if method == "GET" else BODIES.get(operation["operationId"], {})
    response = ApiClient(workspace).call(method, relative(path, theirs.public_id), body)
    assert response.status_code == 404
    assert type(theirs).objects.filter(pk=theirs.pk).exists()


@pytest.mark.django_db
@by_route(with_row=True)
def test_every_route_finds_our_own_rows(
    method: str, path: str, operation: dict[str, Any], workspace: Workspace
) -> None:
    ours = ROWS[resource_of(path)](workspace)
    body = None if method == "GET" else BODIES.get(operation["operationId"], {})
    assert ApiClient(workspace).call(method, relative(path, ours.public_id), body).status_code != 404


def field_names(node: Any, schema: dict[str, Any]) -> set[str]:
    """Every property name of a request body, inner ones too."""
    if isinstance(node, list):
        return set().union(*(field_names(item, schema) for item in node))
    if not isinstance(node, dict):
        return set()
    names = set(node.get("properties", {}))
    if "$ref" in node:
        return field_names(schema["components"]["schemas"][node["$ref"].rsplit("/", 1)[-1]], schema)
    return names.union(*(field_names(value, schema) for value in node.values()), set())


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | st.sampled_from(
        ["a@example.org", "2030-01-01T10:00:00Z", "text", "granted", "email", "x" * 400, "{{ a }}", "\u202e"]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("method", "path", "operation"),
    [route for route in routes() if "requestBody" in route[2]],
    ids=[f"{route[0]} {route[1].removeprefix('/api/v1')}" for route in routes() if "requestBody" in route[2]],
)
def test_no_nonsense_breaks_a_route(method: str, path: str, operation: dict[str, Any], workspace: Workspace) -> None:
    api = ApiClient(workspace)
    address = relative(path, ROWS[resource_of(path)](workspace).public_id) if "{id}" in path else relative(path)
    names = sorted(field_names(operation["requestBody"], openapi()))
    bodies = st.dictionaries(st.sampled_from(names or ["x"]), VALUES, max_size=6) | VALUES

    @settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
    @given(bodies)
    def check(body: Any) -> None:
        with transaction.atomic():
            response = api.call(method, address, body)
            assert response.status_code < 500
            if response.status_code >= 400:
                assert set(json.loads(response.content)["error"]) == {"code", "message", "fields"}
            transaction.set_rollback(True)

    check()


@pytest.mark.django_db
@by_route()
def test_no_query_breaks_a_route(method: str, path: str, operation: dict[str, Any], workspace: Workspace) -> None:
    if method != "GET":
        return
    api = ApiClient(workspace)
    address = relative(path, ROWS[resource_of(path)](workspace).public_id) if "{id}" in path else relative(path)
    for parameter in operation.get("parameters", []):
        for text in ("", "%00", "-1", "%F0%9F%A5%9D%27%25", "0" * 3000):
            assert api.call("GET", f"{address}?{parameter['name']}={text}").status_code in (200, 400), parameter["name"]


def test_every_operation_has_words_and_a_name_of_its_own() -> None:
    names = [operation["operationId"] for _, _, operation in routes()]
    assert len(names) == len(set(names))
    assert [path for _, path, operation in routes() if not operation.get("description")] == []


def test_the_description_is_complete() -> None:
    openapi()
    assert not GENERATOR_STATS, "drf-spectacular had to guess; run manage.py spectacular to see where"
