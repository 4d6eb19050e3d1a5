"""Whatever comes in through the API and the pages is answered with a clear refusal, never with an error of ours.

`SEGMENT_SPOILT` says how many requests to try.
"""

import json
import os
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent.models import Topic
from segments.language.text_printer import print_rule
from segments.models import Segment, StaticList
from segments.services.saving import storable_rule
from tests.api import ApiClient
from tests.cast import client_of, make_contact
from tests.segments.junk import ANYTHING, spoilt
from tests.segments.random_rules import rules

LIMITED = settings(
    max_examples=int(os.environ.get("SEGMENT_SPOILT", "12")), deadline=None, suppress_health_check=list(HealthCheck)
)
EVERYONE = {"version": 1, "where": {"kind": "everyone"}}
BUILDER = "/w/kea-cabins/segments/new/"


def as_sent(document):
    """The document as a program would send it: whatever Python's JSON writes, nonsense like NaN and 1e400 too."""
    return json.loads(json.dumps(document, default=lambda value: float(value) if isinstance(value, Decimal) else None))


@pytest.fixture
def api(workspace):
    return ApiClient(workspace)


@LIMITED
@given(spoilt(rules().map(lambda drawn: drawn[0])) | ANYTHING)
def test_any_rule_through_the_api_is_answered(api, document):
    for path, body in (("segments/preview/", {}), ("segments/", {"name": "X"})):
        response = api.call("POST", path, {**body, "rule": as_sent(document)})
        assert response.status_code in (200, 201, 400), response.content
        if response.status_code == 400:
            assert response.json()["error"]["message"]
    Segment.objects.all().delete()


def refused(api, rule, where="rule"):
    body = {where: rule}
    error = api.post("segments/preview/", body, 400)["error"]
    assert error["code"] == "invalid_rule"
    return error["fields"][where]


def test_thousand_levels_are_refused_with_their_place(api):
    node = {"kind": "everyone"}
    for _level in range(20):
        node = {"not": node}
    assert refused(api, {"version": 1, "where": node}) == [{"code": "too_deep", "path": "/where" + "/not" * 8}]
    text = b'{"rule": {"version": 1, "where": %s{"kind": "everyone"}%s}}' % (b'{"not": ' * 1000, b"}" * 1000)
    headers = {"Authorization": f"Bearer {api.secret}"}
    for path in ("preview/", ""):
        response = api.client.generic("POST", f"/api/v1/segments/{path}", text, "application/json", headers=headers)
        assert response.status_code == 400
        assert response.json()["error"]["fields"] == {"rule": [{"code": "too_deep", "path": "/where"}]}
    [problem] = refused(api, "not " * 1000 + "everyone", "text")
    assert problem["code"] == "bad_text"
    [problem] = refused(api, "all(" * 1000 + "everyone" + ")" * 1000, "text")
    assert problem["code"] == "bad_text"


def test_ten_thousand_values_are_refused_with_their_place(api):
    where = {"kind": "contact", "field": "first_name", "op": "in", "value": ["x"] * 10_000}
    assert refused(api, {"version": 1, "where": where}) == [{"code": "too_many_items", "path": "/where/value"}]


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("2026-01-01", "bad_value"),
        ("yesterday", "bad_value"),
        (20260101, "bad_type"),
        (None, "bad_type"),
        (["2026-01-01T00:00:00Z"], "bad_type"),
    ],
)
def test_text_compared_with_dates_is_refused(api, value, code):
    where = {"kind": "contact", "field": "created_at", "op": "lt", "value": value}
    assert refused(api, {"version": 1, "where": where}) == [{"code": code, "path": "/where/value"}]


def test_names_of_another_workspace_do_not_exist(api, other_workspace):
    Topic.objects.create(workspace=other_workspace, key="secret", name="Secret")
    StaticList.objects.create(workspace=other_workspace, key="secret", name="Secret")
    Segment.objects.create(workspace=other_workspace, key="secret", name="Secret", rule=EVERYONE)
    topic = {"kind": "consent", "channel": "email", "topic": "secret", "purpose": "marketing", "state": ["granted"]}
    for leaf, member, code in (
        (topic, "topic", "unknown_topic"),
        ({"kind": "list", "key": "secret"}, "key", "unknown_list"),
        ({"kind": "segment", "key": "secret"}, "key", "unknown_segment"),
        ({"kind": "flow", "flow": "secret"}, "flow", "unknown_flow"),
        ({"kind": "engagement", "action": "sent", "campaign": "secret"}, "campaign", "unknown_campaign"),
        ({"kind": "event", "event": "secret"}, "event", "unknown_event"),
    ):
        assert refused(api, {"version": 1, "where": leaf}) == [{"code": code, "path": f"/where/{member}"}]


def test_rule_that_reaches_itself_is_refused_when_saved(api):
    api.post("segments/", {"name": "A", "key": "a", "rule": EVERYONE})
    b = api.post("segments/", {"name": "B", "key": "b", "text": "not segment a"})
    a = Segment.objects.get(key="a")
    error = api.patch(f"segments/{a.public_id}/", {"text": "segment b"}, 400)["error"]
    assert error["fields"] == {"text": [{"code": "segment_cycle", "path": "/where/key"}]}
    error = api.post("segments/", {"name": "C", "key": "c", "text": "segment c"}, 400)["error"]
    assert error["fields"] == {"text": [{"code": "segment_cycle", "path": "/where/key"}]}
    assert Segment.objects.get(pk=a.pk).rule == EVERYONE
    assert b["version"] == 1


@LIMITED
@given(rules())
def test_segment_that_names_deleted_things_is_shown_and_refused(owner, workspace, drawn):
    rule, segments = drawn
    for key, inner in {"kept": rule, **segments}.items():
        Segment.objects.update_or_create(
            workspace=workspace, key=key, defaults={"name": key, "rule": storable_rule(inner)}
        )
    segment = Segment.objects.get(key="kept")
    contact = make_contact(workspace, f"{os.urandom(6).hex()}@example.org")
    browser, api = client_of(owner), ApiClient(workspace)
    for path in ("", f"{segment.public_id}/", f"of/{contact.public_id}/"):
        assert browser.get(f"/w/kea-cabins/segments/{path}").status_code in (200, 404)
    assert api.get(f"segments/{segment.public_id}/")["text"] == print_rule(segment.rule)
    assert api.call("GET", f"segments/{segment.public_id}/contacts/").status_code in (200, 400)
    explained = api.call("POST", f"segments/{segment.public_id}/explain/", {"contact": str(contact.public_id)})
    assert explained.status_code in (200, 400)
    assert api.call("GET", f"contacts/{contact.public_id}/segments/").status_code == 200
    assert api.call("GET", "contacts/?segment=kept").status_code in (200, 400)


TOKENS = (
    "all any not everyone attribute contact first_name is in the last days ago from to event login times where "
    '( ) , and or "x" 3 -1 9999999 0.5 sum having bucket "\\ud800" "\\u0000" list flow segment address email '
    "consent / * EUR"
)
WORDS = st.sampled_from(TOKENS.split())


@LIMITED
@given(
    st.lists(WORDS, max_size=14).map(" ".join) | st.text(max_size=60) | rules().map(lambda drawn: print_rule(drawn[0]))
)
def test_any_text_in_the_builder_is_answered(owner, text):
    browser = client_of(owner)
    state = browser.get(BUILDER).context["state"]
    for operation in ("text", "save"):
        sent = {"op": operation, "text": text, "state": state, "name": "X"}
        response = browser.post(BUILDER, {name: value.encode("utf-8", "surrogatepass") for name, value in sent.items()})
        assert response.status_code in (200, 204, 302, 422)


@LIMITED
@given(
    st.dictionaries(
        st.sampled_from(["op", "state", "history", "name", "seen", "text", "draft", "/where/all/0:value", "x"]),
        st.text(max_size=30)
        | st.sampled_from(["remove /where", "move /where/all/0 /where,9", "add /x", "undo", "\x00"]),
    )
)
def test_any_form_in_the_builder_is_answered(owner, sent):
    response = client_of(owner).post(BUILDER, {name: value.encode("utf-8", "replace") for name, value in sent.items()})
    assert response.status_code in (200, 204, 302, 400, 404, 422)


ODD = st.sampled_from(
    ["", "x", "0", "-1", "9" * 30, "\x00", "é", "\u202e", "a" * 3000, "/where/all/0", "null", "{}", "on"]
)
PLACES = [
    *["", "start/", "overlap/", "preview/", "check/", "lists/", "lists/new/", "lists/put/", "of/{contact}/"],
    *[f"lists/{{list}}/{what}" for what in ("", "add/", "remove/", "segment/", "delete/")],
    *[f"{{segment}}/{what}" for what in ("", "delete/", "duplicate/", "freeze/", "versions/", "versions/1/")],
    *["{segment}/versions/99999999999999999999/", "{segment}/versions/0/restore/", "drafts/{segment}/discard/"],
]
FIELDS = [
    "q", "page", "part", "starter", "to", "draft", "back", "description", "dragged", "history", "name", "op", "other",
    "seen", "segment", "state", "text", "touched", "version", "who", "contact", "number",
]  # fmt: skip


@LIMITED
@given(
    st.sampled_from(PLACES), st.sampled_from(["get", "post"]), st.dictionaries(st.sampled_from(FIELDS), ODD, max_size=4)
)
def test_any_page_of_segments_answers_any_words(owner, workspace, place, method, sent):
    segment = Segment.objects.create(workspace=workspace, key=os.urandom(6).hex(), name="X", rule=EVERYONE)
    contact = make_contact(workspace, f"{os.urandom(6).hex()}@example.org")
    members = StaticList.objects.create(workspace=workspace, key=segment.key, name="X")
    path = place.format(segment=segment.public_id, contact=contact.public_id, list=members.public_id)
    response = getattr(client_of(owner), method)(f"/w/kea-cabins/segments/{path}", sent)
    assert response.status_code in (200, 204, 302, 400, 404, 405, 409, 422, 429)
