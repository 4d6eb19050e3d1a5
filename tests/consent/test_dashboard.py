"""The workspace's own pages: who may see and change what, and what they say."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User, Workspace
from consent import links
from consent.evidence import Choice, Proof
from consent.models import ConsentRecord, ConsentSettings, SignupPage, State, Suppression, Topic
from consent.services import record_consent, remember_text, suppress_address
from contacts.models import Contact
from contacts.services import erase_contact
from tests.cast import client_of, make_contact
from tests.consent.conftest import ADDRESS, ledger, state_of

ROOT = "/w/kea-cabins/consent/"


@pytest.fixture
def record(contact: Contact, topic: Topic) -> ConsentRecord:
    text = remember_text(workspace=contact.workspace, body="Write to me about cabins.", language="en")
    return record_consent(
        contact=contact, choice=Choice(State.GRANTED, topic), proof=Proof("signup_page", detail="Front", text=text)
    )


@pytest.fixture
def pages(record: ConsentRecord, contact: Contact, topic: Topic, front_page: SignupPage) -> list[str]:
    """Every page that is read."""
    return [
        ROOT,
        f"{ROOT}topics/new/",
        f"{ROOT}topics/{topic.public_id}/",
        f"{ROOT}pages/new/",
        f"{ROOT}pages/{front_page.public_id}/",
        f"{ROOT}suppressions/",
        f"{ROOT}ledger/",
        f"{ROOT}ledger/{record.public_id}/",
        f"{ROOT}contacts/{contact.public_id}/",
    ]


def test_every_page_opens_for_an_editor_and_changes_nothing(pages: list[str], teammate: User, contact: Contact) -> None:
    before = ledger(contact)
    assert [client_of(teammate).get(url).status_code for url in pages] == [200] * len(pages)
    assert ledger(contact) == before


def test_a_stranger_finds_nothing(pages: list[str], stranger: User) -> None:
    assert {client_of(stranger).get(url).status_code for url in pages} == {404}
    assert {client_of(stranger).post(url).status_code for url in pages} == {404}


def test_things_of_another_workspace_are_not_found(
    pages: list[str], stranger: User, other_workspace: Workspace
) -> None:
    own = [url.replace("kea-cabins", other_workspace.slug) for url in pages if url.count("-") > 3]
    assert {client_of(stranger).get(url).status_code for url in own} == {404}


def test_without_signing_in_one_is_asked_to(pages: list[str]) -> None:
    assert {Client().get(url).status_code for url in pages} == {302}


def test_a_viewer_looks_and_changes_nothing(pages: list[str], viewer: User, contact: Contact) -> None:
    client = client_of(viewer)
    codes = {url: client.get(url).status_code for url in pages}
    assert [url for url, code in codes.items() if code != 200] == [f"{ROOT}topics/new/", f"{ROOT}pages/new/"]
    assert {client.post(url).status_code for url in pages if "ledger" not in url and url != ROOT} == {403}
    assert client.post(f"{ROOT}settings/").status_code == 403


def test_overview_counts_people_by_what_they_said(
    workspace: Workspace, viewer: User, topic: Topic, contact: Contact, record: ConsentRecord
) -> None:
    other = make_contact(workspace, "b@x.example")
    record_consent(contact=other, choice=Choice(State.WITHDRAWN, topic), proof=Proof("api"))
    shown = client_of(viewer).get(ROOT).context["topics"][0]
    assert (shown.agreed, shown.waiting, shown.left) == (1, 0, 1)


def test_overview_shows_where_a_lost_link_is_asked_for(workspace: Workspace, viewer: User) -> None:
    html = client_of(viewer).get(ROOT).content.decode()
    assert f'data-copy="{links.lost_link_url(workspace.public_id)}"' in html


def test_overview_asks_as_often_for_many_rows_as_for_one(
    workspace: Workspace, viewer: User, topic: Topic, record: ConsentRecord, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        other = make_contact(workspace, f"a{number}@x.example")
        record_consent(contact=other, choice=Choice(State.GRANTED, topic), proof=Proof("api"))
        Topic.objects.create(workspace=workspace, key=f"t{number}", name=f"T{number}")
    client = client_of(viewer)
    with django_assert_max_num_queries(16):
        client.get(ROOT)
    with django_assert_max_num_queries(12):
        client.get(f"{ROOT}ledger/")


def test_a_topic_is_made_with_a_key_from_any_script(workspace: Workspace, teammate: User) -> None:
    for name in ("Lake news", "أخبار البحيرة", "أخبار البحيرة"):
        assert client_of(teammate).post(f"{ROOT}topics/new/", {"name": name, "public": "on"}).status_code == 302
    assert list(Topic.objects.order_by("id").values_list("key", flat=True)) == ["lake-news", "topic", "topic-2"]


def test_a_topic_is_changed_but_its_key_stays(teammate: User, topic: Topic) -> None:
    client_of(teammate).post(f"{ROOT}topics/{topic.public_id}/", {"name": "Hut news", "key": "other"})
    topic.refresh_from_db()
    assert (topic.name, topic.key, topic.public) == ("Hut news", "news", False)


def test_a_topic_without_a_name_is_refused(teammate: User, topic: Topic) -> None:
    answer = client_of(teammate).post(f"{ROOT}topics/{topic.public_id}/", {"name": " ", "description": "keep me"})
    assert (answer.status_code, "keep me" in answer.content.decode()) == (422, True)
    topic.refresh_from_db()
    assert topic.name == "Cabin news"


def test_only_a_topic_nobody_answered_about_is_deleted(teammate: User, record: ConsentRecord, beds: Topic) -> None:
    client = client_of(teammate)
    client.post(f"{ROOT}topics/{record.topic.public_id}/delete/")
    client.post(f"{ROOT}topics/{beds.public_id}/delete/")
    assert list(Topic.objects.values_list("key", flat=True)) == ["news"]


def test_a_signup_page_is_made_and_its_link_shown(workspace: Workspace, teammate: User, topic: Topic) -> None:
    data = {"name": "Poster", "title": "Join", "consent_text": "Yes", "topics": [topic.public_id], "is_open": "on"}
    answer = client_of(teammate).post(f"{ROOT}pages/new/", data, follow=True)
    page = SignupPage.objects.get()
    assert (page.workspace, page.is_open, page.ask_name, list(page.topics.all())) == (workspace, True, False, [topic])
    assert f"/f/{page.public_id}/" in answer.content.decode()


def test_a_signup_page_offers_only_topics_of_its_workspace(teammate: User, other_workspace: Workspace) -> None:
    foreign = Topic.objects.create(workspace=other_workspace, key="x", name="Foreign")
    data = {"name": "Poster", "title": "Join", "consent_text": "Yes", "topics": [foreign.public_id]}
    assert client_of(teammate).post(f"{ROOT}pages/new/", data).status_code == 422
    assert not SignupPage.objects.exists()


@pytest.mark.parametrize(("sent", "needs"), [({"tracking_needs_consent": "on"}, True), ({}, False)])
def test_the_rule_about_counting_is_set(teammate: User, sent: dict[str, str], needs: bool) -> None:
    client_of(teammate).post(f"{ROOT}settings/", sent)
    assert ConsentSettings.objects.get().tracking_needs_consent is needs


def test_the_proof_shows_the_words_and_outlives_the_person(viewer: User, record: ConsentRecord) -> None:
    url = f"{ROOT}ledger/{record.public_id}/"
    html = client_of(viewer).get(url).content.decode()
    assert "Write to me about cabins." in html
    assert "لينا" in html
    erase_contact(contact=record.contact)
    html = client_of(viewer).get(url).content.decode()
    assert "Write to me about cabins." in html
    assert "لينا" not in html
    assert client_of(viewer).get(f"{ROOT}ledger/").status_code == 200


def test_the_ledger_filters_and_pages(workspace: Workspace, viewer: User, topic: Topic) -> None:
    for number in range(60):
        person = make_contact(workspace, f"a{number}@x.example")
        state = State.GRANTED if number else State.DENIED
        record_consent(contact=person, choice=Choice(state, topic), proof=Proof("api"))
    client = client_of(viewer)
    first = client.get(f"{ROOT}ledger/").context
    second = client.get(f"{ROOT}ledger/", {"after": first["following"]}).context
    assert (len(first["records"]), len(second["records"]), second["following"]) == (50, 10, "")
    assert len(client.get(f"{ROOT}ledger/", {"state": "denied"}).context["records"]) == 1
    assert len(client.get(f"{ROOT}ledger/", {"after": "nonsense", "state": "x"}).context["records"]) == 50


def test_the_panel_tells_the_persons_consents(viewer: User, contact: Contact, record: ConsentRecord) -> None:
    suppress_address(workspace=contact.workspace, addresses=[ADDRESS], reason="complaint")
    html = (
        client_of(viewer).get(f"{ROOT}contacts/{contact.public_id}/", headers={"HX-Request": "true"}).content.decode()
    )
    assert html.lstrip().startswith("<section")
    for words in ("Cabin news", "See the proof", "Complained", "/p/"):
        assert words in html


def test_what_somebody_said_is_written_down_by_hand_with_how_one_knows(
    teammate: User, contact: Contact, topic: Topic
) -> None:
    url = f"{ROOT}contacts/{contact.public_id}/"
    said = {"topic": topic.public_id, "state": "granted", "basis": "express", "note": "On the phone"}
    answer = client_of(teammate).post(url, said, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    row = ConsentRecord.objects.get()
    assert (row.source, row.source_detail, row.actor, row.basis) == ("manual", "On the phone", teammate, "express")
    assert state_of(contact, topic) == "granted"


def test_without_script_one_lands_on_the_persons_page(teammate: User, contact: Contact, topic: Topic) -> None:
    said = {"topic": topic.public_id, "state": "withdrawn", "note": "Wrote to us"}
    answer = client_of(teammate).post(f"{ROOT}contacts/{contact.public_id}/", said)
    assert (answer.status_code, answer["Location"]) == (302, f"/w/kea-cabins/contacts/{contact.public_id}/")
    assert state_of(contact, topic) == "withdrawn"


def test_without_saying_how_one_knows_nothing_is_written(teammate: User, contact: Contact, topic: Topic) -> None:
    said = {"topic": topic.public_id, "state": "granted", "basis": "express", "note": ""}
    answer = client_of(teammate).post(f"{ROOT}contacts/{contact.public_id}/", said, headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert ledger(contact) == []


def test_lifting_a_suppression_of_another_workspace_is_not_found(teammate: User, other_workspace: Workspace) -> None:
    suppress_address(workspace=other_workspace, addresses=[ADDRESS], reason="manual")
    url = f"{ROOT}suppressions/{Suppression.objects.get().public_id}/lift/"
    assert client_of(teammate).post(url).status_code == 404
    assert Suppression.objects.exists()
