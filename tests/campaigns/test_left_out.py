"""Who would not get a campaign, one by one, before it goes out."""

import csv
import io

import pytest
from django.urls import reverse

from accounts.models import AuditEntry
from campaigns import services
from campaigns.models import Campaign
from campaigns.preflight import audience_of, left_out_of
from contacts.list_filters import ContactFilter
from contacts.listing import contact_page
from contacts.models import Contact, Export
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


def export_url(campaign):
    return reverse("campaigns:left-out-export", args=[campaign.workspace.slug, campaign.public_id])


def rows_of(answer):
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return [(row["E-mail address"], row["Why"]) for row in csv.DictReader(io.StringIO(text))]


@pytest.fixture
def two_reasons(campaign, people):
    people[0].addresses.update(status="invalid")
    Contact.objects.filter(pk=people[3].pk).update(first_name="=1+1")
    return campaign


@pytest.mark.parametrize(
    ("reason", "found"),
    [
        ("no_consent", [("never@example.com", "Never agreed to this topic")]),
        (
            "",
            [("lina@example.com", "Address does not work"), ("never@example.com", "Never agreed to this topic")],
        ),
        (
            "nonsense",
            [("lina@example.com", "Address does not work"), ("never@example.com", "Never agreed to this topic")],
        ),
    ],
)
def test_the_file_holds_those_of_a_reason_or_everybody(signed_in, two_reasons, reason, found):
    answer = signed_in.post(export_url(two_reasons), {"reason": reason})
    assert sorted(rows_of(answer)) == found
    assert AuditEntry.objects.filter(action="contact.exported").count() == 1


def test_formulas_in_the_file_are_disarmed(signed_in, two_reasons):
    answer = signed_in.post(export_url(two_reasons), {"reason": "no_consent"})
    assert b"'=1+1" in b"".join(answer.streaming_content)


def test_a_worker_writes_the_file_where_many_have_to_be_asked_about(signed_in, two_reasons, monkeypatch, workspace):
    monkeypatch.setattr("campaigns.views.left_out.is_small", lambda _people: False)
    answer = signed_in.post(export_url(two_reasons), {"reason": "no_consent", "format": "xlsx"})
    (export,) = Export.objects.all()
    assert answer.headers["Location"].endswith(f"{export.public_id}/")
    assert (export.format, export.query) == ("xlsx", f"left_out={two_reasons.public_id}%3Ano_consent")
    page = signed_in.get(reverse("contacts:export", args=[workspace.slug]) + f"?{export.query}").content.decode()
    assert "Summer at the lake: Never agreed to this topic" in page


def test_looking_on_is_not_enough_for_the_file(client, viewer, two_reasons):
    client.force_login(viewer)
    assert client.post(export_url(two_reasons)).status_code == 403
    assert not Export.objects.exists()


def test_a_campaign_of_others_and_nonsense_list_nobody(signed_in, two_reasons, other_workspace):
    for value in (f"{two_reasons.public_id}:nothing", "nonsense", f"{other_workspace.public_id}:no_consent"):
        wanted = ContactFilter.from_query({"left_out": value})
        assert list(contact_page(two_reasons.workspace, wanted).contacts) == []
    elsewhere = ContactFilter.from_query({"left_out": str(two_reasons.public_id)})
    assert list(contact_page(other_workspace, elsewhere).contacts) == []
    assert len(contact_page(two_reasons.workspace, elsewhere).contacts) == 2
