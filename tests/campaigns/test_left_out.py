"""Who would not get a campaign, one by one, before it goes out."""

import pytest
from django.urls import reverse

from campaigns import services
from campaigns.models import Campaign
from campaigns.preflight import audience_of, left_out_of
from contacts.models import Contact
from tests.campaigns.crowd import make_crowd
from tests.cast import make_contact


@pytest.fixture
def signed_in(client, owner):
    client.force_login(owner)
    return client


def left_out_url(campaign, query=""):
    return reverse("campaigns:left-out", args=[campaign.workspace.slug, campaign.public_id]) + query


def test_each_reason_lists_the_people_it_counts(campaign, workspace, topic):
    make_crowd(workspace, topic, 40)
    gone = Contact.objects.filter(email__startswith="crowd")[:5]
    for person in gone:
        person.addresses.update(status="invalid")
    Campaign.objects.filter(pk=campaign.pk).update(hold_out=50)
    campaign.refresh_from_db()
    found = audience_of(campaign)
    listed = {reason: left_out_of(campaign, reason) for reason in found.excluded}
    assert {reason: len(people) for reason, people in listed.items()} == found.excluded
    assert set(listed) == {"no_consent", "address_invalid", "held_out"}
    everybody = [person.pk for people in listed.values() for person in people]
    assert len(everybody) == len(set(everybody)) == found.matched - found.will_get
    assert [person.email for person in listed["no_consent"]] == ["never@example.com"]


def test_the_review_links_each_number_to_its_people(signed_in, campaign):
    page = signed_in.get(reverse("campaigns:review", args=[campaign.workspace.slug, campaign.public_id]))
    assert left_out_url(campaign, "?reason=no_consent") in page.content.decode()
    listed = signed_in.get(left_out_url(campaign, "?reason=no_consent"))
    assert [person.email for person in listed.context["people"]] == ["never@example.com"]
    assert "Never agreed to this topic" in listed.content.decode()


def test_pages_go_on_where_the_last_one_ended(signed_in, campaign, workspace):
    for number in range(60):
        make_contact(workspace, f"later{number}@example.com")
    first = signed_in.get(left_out_url(campaign))
    second = signed_in.get(left_out_url(campaign, f"?reason=no_consent&before={first.context['next_before']}"))
    keys = [person.pk for page in (first, second) for person in page.context["people"]]
    assert len(keys) == len(set(keys)) == 61
    assert second.context["next_before"] is None


@pytest.mark.parametrize("query", ["?reason=nothing", "?before=x", "?before=99999999999999999999", "?reason=%00"])
def test_nonsense_shows_the_first_reason(signed_in, campaign, query):
    page = signed_in.get(left_out_url(campaign, query))
    assert (page.status_code, page.context["reason"]) == (200, "no_consent")


def test_nobody_left_out_is_said(signed_in, campaign):
    Contact.objects.get(email="never@example.com").delete()
    assert "Nobody is left out" in signed_in.get(left_out_url(campaign)).content.decode()


def test_without_people_or_with_a_broken_segment_the_review_says_what_is_wrong(signed_in, campaign, segment):
    segment.rule = {"version": 1, "where": {"kind": "attribute", "key": "gone", "op": "eq", "value": "x"}}
    segment.save()
    review = reverse("campaigns:review", args=[campaign.workspace.slug, campaign.public_id])
    assert signed_in.get(left_out_url(campaign)).headers["Location"] == review
    services.update_campaign(campaign=campaign, actor=None, values={"topic": None})
    assert signed_in.get(left_out_url(campaign)).headers["Location"] == review


def test_one_person_can_be_asked_about_before_it_goes_out(signed_in, campaign, people):
    url = reverse("campaigns:why", args=[campaign.workspace.slug, campaign.public_id])
    page = signed_in.get(f"{url}?contact={people[3].public_id}").content.decode()
    assert "Would they get it?" in page
    assert "they would not get it: Never agreed to this topic" in page
