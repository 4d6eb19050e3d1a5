import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.errors import NotReady
from campaigns.footer import profiles_asking_for_address
from campaigns.models import Campaign
from campaigns.preflight import inspect_campaign
from campaigns.services import schedule_campaign
from consent.models import ConsentSettings
from contacts.models import Contact

FIELD = ", {{ workspace.address }}"


def postal(campaign):
    checks = inspect_campaign(Campaign.objects.with_parts().get(pk=campaign.pk)).checks
    return next(check for check in checks if check.code == "postal_address")


def move_to(country):
    Contact.objects.filter(email="lina@example.com").update(country=country)


def without_address(workspace):
    workspace.postal_address = " "
    workspace.save()


def replace_field(template, words):
    template.mjml = template.mjml.replace(FIELD, words)
    template.save()


@pytest.mark.parametrize(
    ("country", "level"),
    [("CA", "block"), ("US", "block"), ("DE", "warn"), ("GB", "warn"), ("NZ", "warn"), ("", "warn")],
)
def test_a_missing_address_stops_only_where_a_law_of_the_audience_asks_for_it(campaign, workspace, country, level):
    move_to(country)
    without_address(workspace)
    assert postal(campaign).level == level


def test_the_laws_that_ask_are_named(campaign, workspace):
    move_to("CA")
    Contact.objects.filter(email="wiremu@example.com").update(country="US")
    without_address(workspace)
    check = postal(campaign)
    assert check.title == "Your postal address is missing"
    assert check.text == "The rules for people in this segment ask for it: “United States, e-mail”, “Canada”."


def test_the_usual_rules_hold_for_people_whose_country_nobody_knows(campaign, workspace):
    ConsentSettings.objects.create(workspace=workspace, default_profile="casl")
    without_address(workspace)
    assert postal(campaign).level == "block"


def test_people_outside_the_segment_ask_for_nothing(campaign, workspace):
    move_to("CA")
    without_address(workspace)
    campaign.segment.rule = {"version": 1, "where": {"kind": "field", "field": "country", "op": "ne", "value": "CA"}}
    campaign.segment.save()
    assert postal(campaign).level == "warn"


def test_a_message_that_does_not_say_the_address_is_stopped_and_not_scheduled(campaign, template, owner):
    move_to("CA")
    replace_field(template, "")
    check = postal(campaign)
    assert (check.level, check.title) == ("block", "The message does not show your postal address")
    with pytest.raises(NotReady):
        schedule_campaign(campaign=campaign, actor=owner, at=None)
    campaign.refresh_from_db()
    assert campaign.status == "draft"


@pytest.mark.parametrize("words", ["1 Lake Road<br />Wānaka", "1 LAKE ROAD,&#32;Wānaka."])
def test_an_address_written_out_counts(campaign, template, words):
    move_to("CA")
    replace_field(template, words)
    assert postal(campaign).level == "ok"


def test_another_address_written_out_does_not_count(campaign, template):
    move_to("CA")
    replace_field(template, "11 Lake Road, Wānaka")
    assert postal(campaign).level == "block"


def test_countries_are_asked_for_in_one_question(campaign):
    move_to("CA")
    campaign = Campaign.objects.with_parts().get(pk=campaign.pk)
    with CaptureQueriesContext(connection) as queries:
        assert [profile.key for profile in profiles_asking_for_address(campaign)] == ["casl"]
    assert sum("contacts_contact" in query["sql"] for query in queries) == 1


def test_a_broken_segment_does_not_hide_the_missing_address(campaign, workspace):
    without_address(workspace)
    campaign.segment.rule = {
        "version": 1,
        "where": {"kind": "attribute", "attribute": "gone", "op": "eq", "value": "x"},
    }
    campaign.segment.save()
    assert postal(campaign).level == "warn"
