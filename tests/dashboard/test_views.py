"""Home, search and the front door."""

import datetime as dt
import re

import pytest

from accounts.models import Membership
from core.clock import now
from core.models import Heartbeat
from tests.cast import client_of, make_contact, make_user


@pytest.fixture
def working(db):
    """The workers were seen a moment ago."""
    Heartbeat.objects.create(name="worker", seen_at=now())


def test_front_door_sends_strangers_to_sign_in(client, db):
    response = client.get("/")
    assert response.status_code == 302
    assert response.headers["Location"] == "/accounts/login/?next=/"


def test_front_door_opens_the_first_workspace(owner, workspace):
    assert client_of(owner).get("/").headers["Location"] == f"/w/{workspace.slug}/"


def test_front_door_offers_a_workspace_to_whoever_has_none(db):
    assert "workspaces/new" in client_of(make_user("Nina")).get("/").headers["Location"]


def test_home_greets_and_tells_the_place(owner, workspace, working):
    owner.time_zone = "Pacific/Auckland"
    owner.save()
    page = client_of(owner).get(f"/w/{workspace.slug}/").content.decode()
    assert "Alice" in page
    assert "in Auckland" in page
    assert "Nothing is being sent right now" not in page


@pytest.mark.parametrize("age", [None, 91, 3600])
def test_stopped_workers_are_said_on_the_home_page(owner, workspace, age):
    if age:
        Heartbeat.objects.create(name="worker", seen_at=now() - dt.timedelta(seconds=age))
    for address in ("", "workers/"):
        page = client_of(owner).get(f"/w/{workspace.slug}/{address}").content.decode()
        assert "Nothing is being sent right now" in page


def test_first_steps_are_shown_to_those_who_may_take_them(owner, viewer, workspace, working):
    assert "Getting started" in client_of(owner).get(f"/w/{workspace.slug}/").content.decode()
    assert "Getting started" not in client_of(viewer).get(f"/w/{workspace.slug}/").content.decode()


def test_steps_are_ticked_by_doing(owner, workspace, working):
    make_contact(workspace, "lina@example.com")
    page = client_of(owner).get(f"/w/{workspace.slug}/").content.decode()
    assert "1 of 6" in page


def test_joined_counts_days_in_the_viewers_zone(owner, workspace):
    contact = make_contact(workspace, "lina@example.com")
    make_contact(workspace, "omar@example.com")
    contact.imported_at = now()
    contact.save()
    page = client_of(owner).get(f"/w/{workspace.slug}/joined/").content.decode()
    assert "2 this week" in page
    assert page.count('class="c1"') == page.count('class="c3"') == 2


def test_joined_without_anybody_says_what_to_do(owner, workspace):
    assert "Nobody here yet" in client_of(owner).get(f"/w/{workspace.slug}/joined/").content.decode()


@pytest.mark.parametrize("address", ["", "joined/", "workers/", "search/"])
def test_another_workspace_is_not_found(stranger, workspace, address):
    assert client_of(stranger).get(f"/w/{workspace.slug}/{address}").status_code == 404


def test_joined_costs_the_same_for_one_and_twenty(owner, workspace, django_assert_max_num_queries):
    browser = client_of(owner)
    for count in (1, 20):
        for number in range(count):
            make_contact(workspace, f"p{count}.{number}@example.com")
        with django_assert_max_num_queries(5):
            browser.get(f"/w/{workspace.slug}/joined/")


def test_search_finds_people_of_this_workspace_only(owner, workspace, other_workspace):
    from contacts.models import Contact

    mine = make_contact(workspace, "lina.haddad@example.com", first_name="Lina")
    make_contact(other_workspace, "lina.other@example.com", first_name="Lina")
    for contact in Contact.objects.all():
        Contact.objects.filter(pk=contact.pk).set_search(f"'{contact.first_name.lower()}' '{contact.email}'")
    page = client_of(owner).get(f"/w/{workspace.slug}/search/", {"q": "LIN"}).content.decode()
    assert mine.email in page
    assert "lina.other" not in page


@pytest.mark.parametrize("words", ["", "   ", "zzz", "%", "'", "\\", "a & | ! :*", "\x00", "ø" * 500, "<script>"])
def test_search_takes_anything(owner, workspace, words):
    response = client_of(owner).get(f"/w/{workspace.slug}/search/", {"q": words})
    assert response.status_code == 200
    assert "<script>" not in response.content.decode().partition('id="results"')[2]


def test_search_answers_htmx_with_the_results_alone(owner, workspace):
    response = client_of(owner).get(f"/w/{workspace.slug}/search/", {"q": "zzz"}, headers={"HX-Request": "true"})
    assert "<html" not in response.content.decode()
    assert "Nothing found" in response.content.decode()


def test_member_of_two_sees_the_first_by_name(owner, other_workspace):
    Membership.objects.create(workspace=other_workspace, user=owner, role="viewer")
    assert client_of(owner).get("/").headers["Location"] == "/w/elsewhere/"


def test_small_screens_say_under_which_button_one_is(teammate, workspace):
    def current(place: str) -> list[str]:
        page = client_of(teammate).get(f"/w/{workspace.slug}/{place}").content.decode()
        bar = page.partition('<nav class="tabbar"')[2].partition("</nav>")[0]
        return re.findall(r"<(a|button)[^>]* aria-current=", bar)

    assert current("segments/") == ["a"]
    assert current("consent/") == ["button"]
