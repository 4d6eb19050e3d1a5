"""Pages of lists: making, filling, freezing, refusing, and putting people on one from elsewhere."""

import pytest
from django.urls import reverse

from contacts.models import Contact
from core.clock import now
from segments import services
from segments.language.text_parser import parse_text
from segments.models import ListMember, MemberChange, Segment, StaticList
from segments.services import lists
from tests.cast import client_of, make_contact

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(teammate):
    return client_of(teammate)


@pytest.fixture
def aroha(workspace):
    return make_contact(workspace, "aroha@example.org", first_name="Aroha")


@pytest.fixture
def crew(workspace, aroha):
    made = lists.save_list(workspace=workspace, actor=None, values={"name": "Crew"})
    lists.add_to_list(static_list=made, contact_ids=[aroha.pk], actor=None)
    return made


def url(name, workspace, *args):
    return reverse(f"segments:{name}", args=[workspace.slug, *args])


def said(response):
    return [str(one) for one in response.context["messages"]]


def on_it(row):
    return set(ListMember.objects.filter(list=row).values_list("contact__email", flat=True))


def test_first_list_is_made_of_pasted_addresses_and_says_who_is_unknown(editor, workspace, aroha):
    assert "No lists yet" in editor.get(url("lists", workspace)).content.decode()
    pasted = "Aroha <aroha@example.org>\naroha@example.org, nobody@example.org"
    page = editor.post(url("new-list", workspace), {"name": "Crew", "people": pasted}, follow=True)

    row = StaticList.objects.get()
    assert page.redirect_chain[-1][0] == url("one-list", workspace, row.public_id)
    assert (row.key, on_it(row)) == ("crew", {"aroha@example.org"})
    assert said(page)[0] == "1 person was put on the list."
    assert "nobody@example.org" in said(page)[1]
    assert Contact.objects.count() == 1


def test_list_without_a_name_is_not_made(editor, workspace):
    page = editor.post(url("new-list", workspace), {"name": " "})

    assert page.status_code == 422
    assert "Give the list a name" in page.content.decode()
    assert not StaticList.objects.exists()


def test_people_ticked_elsewhere_are_put_on_a_list_chosen_or_new(editor, workspace, crew, other_workspace):
    bill = make_contact(workspace, "bill@example.org")
    theirs = make_contact(other_workspace, "theirs@example.org")
    ticked = {"contact": [str(bill.public_id), str(theirs.public_id), "nonsense"]}
    asked = editor.post(url("put-on-list", workspace), ticked)
    assert "1 person is ticked." in asked.content.decode()
    editor.post(url("put-on-list", workspace), {**ticked, "chosen": str(crew.public_id), "name": ""})
    assert on_it(crew) == {"aroha@example.org", "bill@example.org"}
    editor.post(url("put-on-list", workspace), {**ticked, "chosen": "", "name": "Guests"})
    assert on_it(StaticList.objects.get(key="guests")) == {"bill@example.org"}
    refused = editor.post(url("put-on-list", workspace), {**ticked, "chosen": "", "name": ""})
    assert (refused.status_code, StaticList.objects.count()) == (422, 2)


def test_people_are_taken_off_and_stay_contacts(editor, workspace, crew, aroha):
    address = url("list-remove", workspace, crew.public_id)
    page = editor.post(address, {"contact": [str(aroha.public_id)]}, follow=True)

    assert said(page) == ["1 person is off the list."]
    assert (on_it(crew), Contact.objects.count()) == (set(), 1)


def test_snapshot_shows_its_moment_and_takes_nobody(editor, workspace, aroha):
    segment = Segment.objects.create(workspace=workspace, name="Everyone", key="all", rule=parse_text("everyone"))
    page = editor.post(url("freeze", workspace, segment.public_id), follow=True)
    row = StaticList.objects.get()
    assert "Nobody is added to it or taken off." in page.content.decode()
    make_contact(workspace, "late@example.org")

    refused = editor.post(url("list-add", workspace, row.public_id), {"people": "late@example.org"}, follow=True)
    assert said(refused) == ["A snapshot stays as it was."]
    assert on_it(row) == {"aroha@example.org"}


def test_list_becomes_a_segment_once_and_is_then_needed(editor, workspace, crew):
    for _time in range(2):
        editor.post(url("list-segment", workspace, crew.public_id))
    assert [one.rule["where"] for one in Segment.objects.all()] == [{"kind": "list", "key": "crew"}]

    written = editor.post(url("list-segment", workspace, crew.public_id), {"then": "write"})
    assert written.url == f"/w/{workspace.slug}/campaigns/new/?segment={Segment.objects.get().public_id}"

    page = editor.post(url("list-delete", workspace, crew.public_id), follow=True)
    assert said(page)[-1] == "Nothing was deleted. This list is still needed by “Crew”."
    Segment.objects.all().delete()
    editor.post(url("list-delete", workspace, crew.public_id))
    assert (StaticList.objects.count(), Contact.objects.count()) == (0, 1)


def test_contacts_can_be_narrowed_to_a_list(editor, workspace, crew):
    make_contact(workspace, "bill@example.org")
    here = reverse("contacts:list", args=[workspace.slug])
    page = editor.get(here, {"list": str(crew.public_id)}).content.decode()
    assert "aroha@example.org" in page
    assert "bill@example.org" not in page
    assert "Nobody fits these filters." in editor.get(here, {"list": "nonsense"}).content.decode()


def test_viewer_looks_and_changes_nothing(viewer, workspace, crew):
    client = client_of(viewer)
    page = client.get(url("one-list", workspace, crew.public_id)).content.decode()
    assert "Aroha" in page
    assert "Take them off the list" not in page
    assert client.post(url("one-list", workspace, crew.public_id), {"name": "X"}).status_code == 403
    assert StaticList.objects.get().name == "Crew"


@pytest.mark.parametrize("number", [1, 20])
def test_pages_ask_the_same_number_of_questions_however_long(
    editor, workspace, crew, number, django_assert_max_num_queries
):
    people = [make_contact(workspace, f"p{one}@example.org").pk for one in range(number)]
    lists.add_to_list(static_list=crew, contact_ids=people, actor=None)
    for one in range(number):
        lists.save_list(workspace=workspace, actor=None, values={"name": f"List {one}"})
    editor.get(url("lists", workspace))
    with django_assert_max_num_queries(12):
        editor.get(url("lists", workspace))
    with django_assert_max_num_queries(14):
        editor.get(url("one-list", workspace, crew.public_id))


def test_contact_page_shows_the_lists_and_takes_somebody_off(editor, workspace, crew, aroha):
    panel = editor.get(url("contact-panel", workspace, aroha.public_id)).content.decode()
    assert "Crew" in panel
    body = {"contact": [str(aroha.public_id)], "back": "contact"}
    page = editor.post(url("list-remove", workspace, crew.public_id), body)
    assert page.url == reverse("contacts:detail", args=[workspace.slug, aroha.public_id])
    assert on_it(crew) == set()


def test_record_of_a_segment_is_shown_and_switched_off(editor, viewer, workspace, aroha):
    segment = Segment.objects.create(workspace=workspace, name="Everyone", key="all", rule=parse_text("everyone"))
    here = url("comings", workspace, segment.public_id)
    assert "Being looked at for the first time" in editor.get(here).content.decode()
    services.follow_workspace(workspace)
    page = client_of(viewer).get(here).content.decode()
    assert "Aroha" not in page
    assert "Up to date" in page
    page = client_of(viewer).get(here, {"show": "rule"}).content.decode()
    assert "Aroha" in page
    assert "Joined" in page

    assert client_of(viewer).post(here, {"follow": "off"}).status_code == 403
    switched = editor.post(here, {"follow": "off"}, follow=True).content.decode()
    assert "Switched off" in switched
    assert not Segment.objects.get().is_followed


@pytest.mark.parametrize(
    ("show", "named"),
    [("own", "By"), ("", "By"), ("nonsense", "By"), ("rule", "Rita"), ("all", "By Mia Rita")],
)
def test_record_keeps_apart_who_moved_themselves_and_whom_the_rule_moved(viewer, workspace, show, named):
    segment = Segment.objects.create(workspace=workspace, name="Everyone", key="all", rule=parse_text("everyone"))
    for first_name, cause in (("By", "data"), ("Mia", "merge"), ("Rita", "rule")):
        contact = make_contact(workspace, f"{cause}@kea.example", first_name=first_name)
        MemberChange.objects.create(
            workspace=workspace, segment=segment, contact=contact, change="entered", cause=cause, at=now()
        )
    answer = client_of(viewer).get(url("comings", workspace, segment.public_id), {"show": show})
    assert sorted(change.contact.first_name for change in answer.context["page"].object_list) == named.split()
    assert MemberChange.objects.of_week(segment) == {"came": 1, "left": 0}


@pytest.mark.parametrize(
    "spelling", [lambda one: one.hex, lambda one: [str(one), "nobody"], lambda one: str(one).upper()]
)
def test_whoever_took_somebody_off_from_their_page_comes_back_to_it_however_they_were_named(
    editor, workspace, crew, aroha, spelling
):
    sent = {"contact": spelling(aroha.public_id), "back": "contact"}
    response = editor.post(url("list-remove", workspace, crew.public_id), sent)
    assert response["Location"] == reverse("contacts:detail", args=[workspace.slug, aroha.public_id])
    assert on_it(crew) == set()


def test_list_deleted_meanwhile_does_not_come_back_with_a_new_name(workspace, crew):
    lists.delete_list(static_list=StaticList.objects.get(pk=crew.pk), actor=None)
    with pytest.raises(StaticList.DoesNotExist):
        lists.save_list(workspace=workspace, actor=None, values={"name": "Crew again"}, static_list=crew)
    assert not StaticList.objects.exists()
