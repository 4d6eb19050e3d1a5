"""The list of contacts narrowed by every filter, alone, together, with words, on all its pages."""

import datetime as dt

import pytest
from django.urls import reverse

from consent.models import ConsentState, Topic
from contacts import listing
from contacts.list_counts import Sample
from contacts.list_filters import ContactFilter
from contacts.listing import audience_of, contact_page, count_audience
from contacts.models import Address, Attribute, Contact, ListColumns, Restriction
from contacts.services import ContactValues, create_contact
from contacts.services.attributes import AttributeValues, save_attribute
from core.clock import now
from segments.models import Segment
from tests.cast import client_of


@pytest.fixture
def people(workspace) -> dict[str, Contact]:
    """Ada agreed and is restricted, Bob waits and has a dead address, Cleo withdrew, Dora was never asked."""
    save_attribute(workspace=workspace, values=AttributeValues(label="Boat", type="text"))
    topic = Topic.objects.create(workspace=workspace, key="news", name="News")
    found = {}
    for name, state in (("Ada", "granted"), ("Bob", "pending"), ("Cleo", "withdrawn"), ("Dora", "")):
        attributes = {"boat": "Kea"} if name in {"Ada", "Cleo"} else {}
        found[name] = create_contact(
            workspace=workspace,
            values=ContactValues(
                email=f"{name.lower()}@example.org", first_name=name, country="NZ" if name < "C" else "DE",
                attributes=attributes,
            ),
        )  # fmt: skip
        if state:
            ConsentState.objects.create(
                workspace=workspace, contact=found[name], channel="email", topic=topic, purpose="marketing",
                state=state, changed_at=now(),
            )  # fmt: skip
    Restriction.objects.create(workspace=workspace, contact=found["Ada"])
    Address.objects.filter(contact=found["Bob"]).update(status="dead")
    Contact.objects.filter(pk=found["Dora"].pk).update(created_at=dt.datetime(2026, 1, 1, 11, 30, tzinfo=dt.UTC))
    return found


@pytest.fixture
def kiwis(workspace) -> Segment:
    rule = {"version": 1, "where": {"kind": "contact", "field": "country", "op": "eq", "value": "NZ"}}
    return Segment.objects.create(workspace=workspace, key="nz", name="Kiwis", rule=rule)


def names_of(workspace, **query) -> set[str]:
    wanted = ContactFilter.from_query(query)
    page = contact_page(workspace, wanted)
    names = {contact.first_name for contact in page.contacts}
    assert (page.count, page.is_exact) == (len(names), True)
    assert count_audience(audience_of(workspace, wanted), at_most=100, milliseconds=5000) == len(names)
    return names


FILTERS = [
    ({"consent": "news:granted"}, {"Ada"}),
    ({"consent": "news:pending"}, {"Bob"}),
    ({"consent": "news:refused"}, {"Cleo"}),
    ({"consent": "news:expired"}, set()),
    ({"consent": "news:none"}, {"Dora"}),
    ({"consent": "gone:granted"}, set()),
    ({"consent": "nonsense"}, set()),
    ({"address": "dead"}, {"Bob"}),
    ({"address": "nonsense"}, {"Ada", "Bob", "Cleo", "Dora"}),
    ({"has": "boat"}, {"Ada", "Cleo"}),
    ({"restricted": "yes"}, {"Ada"}),
    # 2026-01-01 11:30 in UTC is 2 January, 0:30 in Auckland.
    ({"until": "2026-01-01"}, set()),
    ({"until": "2026-01-02"}, {"Dora"}),
    ({"since": "2026-01-03"}, {"Ada", "Bob", "Cleo"}),
    ({"since": "2026-01-02", "until": "2026-01-02"}, {"Dora"}),
    ({"since": "nonsense", "until": "9999-12-31"}, {"Ada", "Bob", "Cleo", "Dora"}),
    ({"segment": "nonsense"}, set()),
    ({"has": "boat", "q": "cle"}, {"Cleo"}),
    ({"has": "boat", "q": "*!"}, set()),
    ({"has": "boat", "country": "NZ", "consent": "news:granted"}, {"Ada"}),
    ({"q": "dora@example.org"}, {"Dora"}),
    ({"q": "dora@example.org", "has": "boat"}, set()),
]


@pytest.mark.parametrize(("query", "names"), FILTERS)
def test_filters_find_whom_they_say(workspace, people, query, names):
    assert names_of(workspace, **query) == names


@pytest.mark.parametrize(("query", "names"), FILTERS)
def test_filters_find_the_same_when_few_match(workspace, people, monkeypatch, query, names):
    monkeypatch.setattr(listing, "STEPS", (1,))
    page = contact_page(workspace, ContactFilter.from_query(query))
    assert {contact.first_name for contact in page.contacts} == names


def test_segment_narrows_the_list(workspace, people, kiwis):
    assert names_of(workspace, segment=str(kiwis.public_id)) == {"Ada", "Bob"}
    assert names_of(workspace, segment=str(kiwis.public_id), has="boat") == {"Ada"}


def test_broken_segment_has_nobody(workspace, people):
    rule = {"version": 1, "where": {"kind": "attribute", "key": "gone", "op": "eq", "value": "x"}}
    segment = Segment.objects.create(workspace=workspace, key="broken", name="Broken", rule=rule)
    assert names_of(workspace, segment=str(segment.public_id)) == set()


def test_segment_of_another_workspace_has_nobody(workspace, other_workspace, people):
    rule = {"version": 1, "where": {"kind": "everyone"}}
    segment = Segment.objects.create(workspace=other_workspace, key="all", name="All", rule=rule)
    assert names_of(workspace, segment=str(segment.public_id)) == set()


@pytest.mark.parametrize("sort", ["newest", "name", "email"])
@pytest.mark.parametrize("steps", [(7,), (30, 500)])
def test_paging_a_filtered_list_walks_everybody_once_and_back(workspace, monkeypatch, sort, steps):
    monkeypatch.setattr(listing, "STEPS", steps)
    for number in range(240):
        Contact.objects.create(
            workspace=workspace, email=f"p{number:03}@example.org", attributes={"boat": "x"} if number % 2 else {}
        )
    wanted = ContactFilter.from_query({"has": "boat", "sort": sort})
    first = contact_page(workspace, wanted)
    second = contact_page(workspace, wanted, after=first.next)
    third = contact_page(workspace, wanted, after=second.next)
    seen = [contact.email for page in (first, second, third) for contact in page.contacts]
    assert (len(seen), len(set(seen)), third.next) == (120, 120, "")
    back = contact_page(workspace, wanted, before=third.previous)
    assert [contact.email for contact in back.contacts] == seen[50:100]


def test_a_list_that_takes_too_long_shows_what_was_found(workspace, people, owner, monkeypatch):
    monkeypatch.setattr(listing, "STEPS", (3,))
    monkeypatch.setattr(listing, "GATHER_MILLISECONDS", 3000)
    run = listing._run

    def slow(sql, params, milliseconds=3000):
        return None if "MATERIALIZED" in sql else run(sql, params, milliseconds)

    monkeypatch.setattr(listing, "_run", slow)
    answer = client_of(owner).get(reverse("contacts:list", args=["kea-cabins"]) + "?has=boat")
    assert [contact.first_name for contact in answer.context["page"].contacts] == ["Cleo"]
    assert "Not everybody could be looked at in time." in answer.content.decode()


def test_filters_are_chips_that_can_be_taken_off(workspace, people, kiwis, viewer):
    here = reverse("contacts:list", args=["kea-cabins"])
    query = f"?has=boat&since=2026-01-01&segment={kiwis.public_id}&consent=news:granted"
    page = client_of(viewer).get(here + query)
    chips = {chip.label: (chip.chosen, chip.without) for chip in page.context["chips"]}
    assert chips["Segment"] == ("Kiwis", "?has=boat&since=2026-01-01&consent=news%3Agranted")
    assert chips["Consent"][0] == "News: Agreed"
    assert chips["Has a value"][0] == "Boat"
    assert chips["Added from"][0] == "1 Jan 2026"
    assert page.content.decode().count("(remove this filter)") == 4


def test_chosen_columns_are_remembered_for_one_person(workspace, people, viewer, owner):
    here = reverse("contacts:list", args=["kea-cabins"])
    answer = client_of(viewer).post(
        reverse("contacts:list-columns", args=["kea-cabins"]),
        {"columns": ["attribute:boat", "country", "nonsense"], "back": "?q=ada"},
    )
    assert ListColumns.objects.count() == 0, "nonsense is refused as a whole"
    answer = client_of(viewer).post(
        reverse("contacts:list-columns", args=["kea-cabins"]),
        {"columns": ["attribute:boat", "country"], "back": "?q=ada"},
    )
    assert answer.url == here + "?q=ada"
    page = client_of(viewer).get(here)
    assert [column.key for column, _url, _current in page.context["columns"]] == ["country", "attribute:boat"]
    assert "Kea" in page.content.decode()
    page = client_of(owner).get(here)
    assert [column.key for column, *_rest in page.context["columns"]] == ["address", "language", "tags", "created_at"]


def test_a_deleted_detail_leaves_the_list(workspace, people, viewer):
    ListColumns.objects.create(workspace=workspace, user=viewer, columns=["attribute:boat", "phone"])
    Attribute.objects.all().delete()
    page = client_of(viewer).get(reverse("contacts:list", args=["kea-cabins"]))
    assert [column.key for column, *_rest in page.context["columns"]] == ["phone"]


@pytest.mark.parametrize("query", ["has=boat", "consent=news:granted", "address=valid", "restricted=yes"])
def test_query_count_of_a_filtered_list_does_not_grow(workspace, people, viewer, query, django_assert_max_num_queries):
    client, here = client_of(viewer), reverse("contacts:list", args=["kea-cabins"])
    client.get(f"{here}?{query}")
    with django_assert_max_num_queries(40) as few:
        client.get(f"{here}?{query}")
    Contact.objects.bulk_create(
        Contact(workspace=workspace, email=f"p{number}@example.org", attributes={"boat": "x"}) for number in range(40)
    )
    with django_assert_max_num_queries(40) as many:
        client.get(f"{here}?{query}")
    assert len(many) == len(few)


def test_of_many_people_a_sample_is_counted_and_said_to_be_about(workspace, monkeypatch):
    Contact.objects.bulk_create(Contact(workspace=workspace, attributes={"plan": "pro"}) for _number in range(120))
    wanted = ContactFilter.from_query({"has": "plan"})
    exact = contact_page(workspace, wanted)
    monkeypatch.setattr(listing, "COUNTED_ONE_BY_ONE", 0)
    sampled = contact_page(workspace, wanted)
    assert (exact.count, exact.is_exact) == (120, True)
    assert (sampled.count, sampled.is_exact) == (120, False)


@pytest.mark.parametrize(("found", "share", "people"), [(0, 0.01, 51), (7, 0.01, 700), (12_345, 0.01, 1_200_000)])
def test_what_a_sample_found_grows_to_two_figures(found, share, people):
    assert Sample("", share).grown(found, at_least=51) == people
