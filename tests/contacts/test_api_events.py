"""Events through the API: every form is read as the serializer reads it; nothing sent is an error of ours."""

import datetime as dt
import json
import uuid

import pytest
from django.db.models import F, Q
from hypothesis import given, settings
from hypothesis import strategies as st
from rest_framework.exceptions import ValidationError

from contacts.api.reading import incoming_event, read_batch, read_plain
from contacts.api.serializers import IncomingEventSerializer
from contacts.models import Attribute, Contact
from contacts.services import ContactValues, create_contact, erase_contact
from events.models import Event, EventKind, EventSummary
from events.services import appending, check_event_summaries
from tests.api import ApiClient

GOOD = {"contact": {"email": "ada@example.org"}, "name": "order.placed", "at": "2026-03-01T10:00:00Z", "id": "a-1"}


@pytest.fixture
def api(workspace):
    return ApiClient(workspace)


@pytest.fixture
def ada(workspace):
    return create_contact(workspace=workspace, values=ContactValues(email="ada@example.org", external_id="42"))


texts = st.sampled_from(
    ["", " ", "seen", " seen", "seen\n", "x" * 81, "x" * 300, "ada@example.org", "é\u200b", "2026-01-01", "\x85"]
)
instants = st.sampled_from(
    [
        "2026-03-01T10:00:00Z", "2026-03-01 10:00:00+13:45", "2026-03-01T10:00:00", "2026-03-01",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-12:00", "2026-02-30T10:00:00Z", "20260301T100000Z", "2026-03-01T10:00:00.123456789Z",
        "2026-W09-7T10:00:00Z", "2026-03-01T24:00:00Z", "10:00", "2026-03-01T10:00:00,5Z", "2026-03-01T10:00Z",
        " 2026-03-01T10:00:00Z",
    ]
)  # fmt: skip
others = st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.floats(), st.just([]), st.just({}), texts)
ids = st.sampled_from(
    [
        "0190a2b4-7c1d-7e3f-8a5b-123456789abc", "0190A2B4-7C1D-7E3F-8A5B-123456789ABC",
        "0190a2b47c1d7e3f8a5b123456789abc", "{0190a2b4-7c1d-7e3f-8a5b-123456789ab}",
    ]
)  # fmt: skip
subjects = st.one_of(
    others,
    st.dictionaries(st.sampled_from(["email", "external_id", "id", "phone"]), st.one_of(others, ids), max_size=2),
)
members = {"contact": subjects, "name": others, "at": st.one_of(instants, others), "id": others, "properties": others}
whole = {"contact": subjects, "name": texts, "at": instants}
items = st.one_of(
    others,
    st.fixed_dictionaries({}, optional=members),
    st.fixed_dictionaries(whole, optional={"more": others}),
)


@settings(max_examples=400, deadline=None)
@given(items)
def test_what_is_read_at_once_is_what_the_serializer_reads(item):
    plain = read_plain(item)
    serializer = IncomingEventSerializer(data=item)
    try:
        expected = incoming_event(serializer.run_validation(item))
    except ValidationError:
        assert plain is None
    else:
        assert plain in (None, expected)


def test_the_everyday_form_is_read_at_once():
    for about in ({"email": "ada@example.org"}, {"external_id": "42"}, {"id": str(uuid.uuid4())}):
        read = read_plain({**GOOD, "contact": about, "properties": {"n": 1}})
        assert read is not None
        assert (read.at, read.id, read.properties) == (dt.datetime(2026, 3, 1, 10, tzinfo=dt.UTC), "a-1", {"n": 1})


def test_every_item_keeps_its_place_and_its_sentence():
    read = read_batch([GOOD, {"name": "seen"}, "no", {**GOOD, "at": "2026-03-01T10:00:00"}], {})
    assert [isinstance(one, str) for one in read] == [False, True, True, True]
    assert read[1] == "contact: This field is required."
    assert read[3] == "at: Say the offset too, such as 2026-03-02T10:00:00Z."


def test_a_batch_of_every_way_to_name_somebody(api, ada):
    ways = [{"email": " Ada@Example.org "}, {"external_id": "42"}, {"id": str(ada.public_id)}, {"external_id": "43"}]
    answer = api.post(
        "events/", {"events": [{**GOOD, "contact": way, "id": str(n)} for n, way in enumerate(ways)]}, 200
    )
    assert [one["status"] for one in answer["results"]] == ["created"] * 3 + ["refused"]
    assert EventSummary.objects.get(kind="order.placed").times == 3


def test_somebody_of_another_workspace_is_nobody(api, other_workspace):
    stranger = create_contact(workspace=other_workspace, values=ContactValues(email="x@example.org", external_id="9"))
    ways = [{"id": str(stranger.public_id)}, {"external_id": "9"}]
    answer = api.post("events/", {"events": [{**GOOD, "contact": way} for way in ways]}, 200)
    assert answer["refused"] == 2
    assert answer["results"][0]["message"] == "There is no such contact."
    assert not Event.objects.filter(kind="order.placed").exists()


@pytest.mark.parametrize(
    ("properties", "problem"),
    [
        ({"a": [1]}, "neither text, number"),
        ({"a": {"b": {"c": 1}}}, "neither text, number"),
        ({"a": {"amount": "NaN", "currency": "EUR"}}, "is money"),
        ({"a": {"amount": "1e400", "currency": "EUR"}}, "is money"),
        ({"a": {"amount": {}, "currency": []}}, "is money"),
        ({"a": {"amount": "0.00001", "currency": "EUR"}}, "is money"),
        ({"a": 10**15}, "too many digits"),
        ({"a": "x" * 1001}, "longer than 1,000"),
        ({"1a": 1}, "property name"),
        ({"a b": 1}, "property name"),
        ({"": 1}, "property name"),
        ({f"p{n}": n for n in range(51)}, "at most 50"),
    ],
)
def test_properties_that_are_nonsense_refuse_their_event_alone(api, ada, properties, problem):
    answer = api.post("events/", {"events": [{**GOOD, "properties": properties, "id": "x"}, GOOD]}, 200)
    assert [one["status"] for one in answer["results"]] == ["refused", "created"]
    assert problem in answer["results"][0]["message"]
    assert Event.objects.filter(kind="order.placed").count() == 1


@pytest.mark.parametrize(
    ("at", "status"),
    [
        ("0001-01-01T00:00:00Z", "created"),
        ("0001-01-01T00:00:00+14:00", "refused"),
        ("9999-12-31T23:59:59Z", "created"),
        ("9999-12-31T23:59:59-12:00", "refused"),
        ("10000-01-01T00:00:00Z", "refused"),
        ("2026-02-30T00:00:00Z", "refused"),
        ("1969-07-20T20:17:00Z", "created"),
        (5, "refused"),
        ({}, "refused"),
    ],
)
def test_any_time_is_kept_or_refused(api, ada, at, status):
    answer = api.post("events/", {"events": [{**GOOD, "at": at}]}, 200)
    assert answer["results"][0]["status"] == status
    assert check_event_summaries().wrong == 0


def test_too_many_events_change_nothing(api, ada):
    api.post("events/", {"events": [GOOD] * 10_000}, 413)
    api.post("events/", {"events": []}, 400)
    api.post("events/", {"events": {"a": 1}}, 400)
    api.post("events/", {"events": [1, GOOD]}, 400)
    api.post("events/", {"events": [GOOD], "more": 1}, 400)
    assert not Event.objects.filter(kind="order.placed").exists()


def test_deep_and_broken_bodies_are_refused(api, ada):
    deep = "[" * 100_000 + "]" * 100_000
    for body in (deep, '{"events": ' + "{" * 40 + '"a":1' + "}" * 40 + "}", '{"events": [NaN', '{"events": "\\ud800"}'):
        answer = api.client.generic(
            "POST", "/api/v1/events/", body.encode(), "application/json",
            headers={"Authorization": f"Bearer {api.secret}"},
        )  # fmt: skip
        assert answer.status_code == 400, answer.content[:200]
        assert json.loads(answer.content)["error"]["message"]


def test_names_without_end_do_not_fill_the_registry(api, ada, monkeypatch):
    monkeypatch.setattr(appending, "MAX_KINDS", 3)
    batch = [{**GOOD, "id": str(n), "name": f"kind_{n}"} for n in range(5)]
    answer = api.post("events/", {"events": batch}, 200)
    assert [one["status"] for one in answer["results"]] == ["created"] * 3 + ["refused"] * 2
    assert "1,000 names" in answer["results"][4]["message"]
    assert api.post("events/", {"events": batch[:3]}, 200)["repeated"] == 3
    assert EventKind.objects.count() == 3


def test_properties_without_end_do_not_fill_the_registry(api, ada):
    batch = [{**GOOD, "id": str(n), "properties": {f"p{n}_{m}": m for m in range(50)}} for n in range(11)]
    answer = api.post("events/", {"events": batch}, 200)
    assert [one["status"] for one in answer["results"]] == ["created"] * 10 + ["refused"]
    assert len(EventKind.objects.get().properties) == 500


def test_unknown_addresses_become_contacts_once_each_and_all_at_once(api, workspace, django_assert_max_num_queries):
    Attribute.objects.create(workspace=workspace, key="tier", type="text", label="Tier", default="Basic")
    batch = [{**GOOD, "contact": {"email": f" New{n % 30}@Example.org"}, "id": str(n)} for n in range(60)]
    with django_assert_max_num_queries(30):
        assert api.post("events/", {"events": batch}, 200)["created"] == 60
    assert Contact.objects.filter(address_is_right()).count() == 30
    person = Contact.objects.get(email="new7@example.org")
    assert (person.attributes, person.folded) == ({"tier": "Basic"}, {"tier": "basic"})
    assert person.bucket_seed == Contact.seed_of(person.public_id.bytes)
    created = Event.objects.get(kind="contact.created", contact_id=person.pk)
    assert created.properties == {"contact": str(person.public_id), "source": "event"}
    found = api.get("contacts/?search=new7")["results"]
    assert [one["email"] for one in found] == ["new7@example.org"]


def address_is_right():
    return Q(addresses__value=F("email"), addresses__domain="example.org", addresses__is_primary=True)


def test_somebody_who_was_erased_is_not_brought_back(api, ada):
    erase_contact(contact=ada)
    batch = [GOOD, {**GOOD, "contact": {"email": "new@example.org"}, "id": "2"}, {**GOOD, "id": "3"}]
    answer = api.post("events/", {"events": batch}, 200)
    assert [one["status"] for one in answer["results"]] == ["refused", "created", "refused"]
    assert answer["results"][0]["code"] == "erased"
    assert list(Contact.objects.values_list("email", flat=True)) == ["new@example.org"]


def test_events_of_one_second_keep_the_order_of_the_batch(api, ada):
    batch = [{**GOOD, "id": str(n), "name": f"step_{n}"} for n in range(30)]
    api.post("events/", {"events": batch}, 200)
    kept = Event.objects.filter(kind__startswith="step_").order_by("at", "id").values_list("kind", flat=True)
    assert list(kept) == [f"step_{n}" for n in range(30)]
