import datetime as dt

import pytest

from campaigns import services
from campaigns.models import Campaign
from campaigns.preflight import inspect_campaign, preflight_data
from channels.models import SendingDomain
from core.clock import now
from core.models import Heartbeat
from tests.cast import make_contact


def codes(campaign, level, **options):
    campaign = Campaign.objects.with_parts().get(pk=campaign.pk)
    return [check.code for check in inspect_campaign(campaign, **options).checks if check.level == level]


def test_a_good_campaign_has_nothing_to_fix_or_consider(campaign):
    found = inspect_campaign(campaign)
    assert found.blocking == []
    assert found.warnings == []
    assert (found.audience.matched, found.audience.will_get, found.audience.excluded) == (4, 3, {"no_consent": 1})


def test_an_empty_campaign_says_everything_that_is_missing(workspace, owner):
    draft = services.create_campaign(workspace=workspace, actor=owner, name="Nothing yet")
    assert codes(draft, "block") == ["no_topic", "no_segment", "no_template", "no_sender"]


def test_nobody_matches_the_segment(campaign):
    campaign.segment.rule = {"version": 1, "where": {"not": {"kind": "everyone"}}}
    campaign.segment.save()
    assert codes(campaign, "block") == ["nobody"]


def test_nobody_may_be_written_to_names_the_main_reason(campaign, topic):
    from consent.models import ConsentState

    ConsentState.objects.update(state="withdrawn")
    check = inspect_campaign(Campaign.objects.with_parts().get()).blocking[0]
    assert check.code == "nobody"
    assert check.text == "4 match the segment, but none may be written to. Most often: Withdrew agreement."


def test_a_segment_that_names_something_gone_is_broken(campaign):
    campaign.segment.rule = {
        "version": 1,
        "where": {"kind": "attribute", "attribute": "gone", "op": "eq", "value": "x"},
    }
    campaign.segment.save()
    assert codes(campaign, "block") == ["segment_broken"]


def test_an_unverified_sender_blocks(campaign, sender):
    sender.verified_at = None
    sender.save()
    assert codes(campaign, "block") == ["sender_unverified"]


def test_an_unknown_field_blocks_before_anybody_reads_it(campaign, template):
    template.mjml = template.mjml.replace("the lake", "{{ contact.shoe_size }}")
    template.save()
    assert codes(campaign, "block") == ["unknown_field"]


def test_a_missing_unsubscribe_link_blocks(campaign, template):
    template.mjml = template.mjml.replace("{{ unsubscribe_url }}", "https://kea.example/")
    template.save()
    assert codes(campaign, "block") == ["no_unsubscribe"]


def test_a_template_without_words_blocks(campaign, template):
    template.mjml = " "
    template.save()
    assert codes(campaign, "block") == ["template_empty"]


def test_a_picture_without_description_is_to_consider(campaign, template):
    template.mjml = template.mjml.replace("<mj-button", '<mj-image src="https://kea.example/a.png" /><mj-button', 1)
    template.save()
    assert codes(campaign, "warn") == ["image_alt"]


def test_missing_first_names_are_counted_when_there_is_no_fallback(campaign, template):
    template.mjml = template.mjml.replace(' | default: "there"', "")
    template.save()
    warnings = inspect_campaign(Campaign.objects.with_parts().get()).warnings
    assert [check.title for check in warnings] == ["1 person in the segment has no first name"]


def test_a_missing_postal_address_is_to_consider(campaign, workspace):
    workspace.postal_address = ""
    workspace.save()
    assert codes(campaign, "warn") == ["postal_address"]


def test_stopped_workers_are_to_consider(campaign):
    Heartbeat.objects.update(seen_at=now() - dt.timedelta(minutes=3))
    assert codes(campaign, "warn") == ["workers_down"]


def test_a_time_in_the_past_blocks(campaign):
    assert codes(campaign, "block", at=now() - dt.timedelta(minutes=2)) == ["past"]


def test_another_campaign_of_the_same_day_is_named(campaign, workspace, owner):
    other = services.duplicate_campaign(campaign=campaign, actor=owner)
    Campaign.objects.filter(pk=other.pk).update(status="scheduled", scheduled_at=now(), name="Kayak week")
    check = inspect_campaign(campaign).warnings[0]
    assert check.code == "neighbours"
    assert check.text == "People in both get more than one message: “\u2068Kayak week\u2069”."


def test_preflight_data_is_plain(campaign):
    data = preflight_data(campaign)
    assert (data["matched"], data["will_get"], data["excluded"], data["may_send"]) == (4, 3, {"no_consent": 1}, True)
    assert {"code": "sender", "level": "ok", "title": "Sender", "text": ""} in data["checks"]


@pytest.mark.parametrize("amount", [1, 15])
def test_preflight_needs_the_same_statements_for_any_number_of_people(
    campaign, workspace, amount, django_assert_max_num_queries
):
    for number in range(amount):
        make_contact(workspace, f"more{number}@example.com")
    campaign = Campaign.objects.with_parts().get()
    with django_assert_max_num_queries(45):
        inspect_campaign(campaign)


def test_a_feed_campaign_whose_message_shows_no_feed_is_warned(campaign):
    Campaign.objects.filter(pk=campaign.pk).update(kind="feed")
    assert codes(campaign, "warn") == ["feed_unused"]


def test_a_message_for_a_feed_in_a_campaign_without_one_is_warned(campaign, template):
    template.mjml = template.mjml.replace("Kia ora", "{% for item in feed.items %}{{ item.title }}{% endfor %} Kia ora")
    template.save()
    assert codes(campaign, "warn") == ["feed_missing"]
    Campaign.objects.filter(pk=campaign.pk).update(kind="feed")
    assert codes(campaign, "warn") == []


@pytest.mark.parametrize(
    ("way", "found", "is_fine"),
    [
        # DKIM vouches, and the provider's own return path answers for SPF: nothing is missing.
        ("brevo://K@", {"spf": "missing", "dmarc": "ok", "findings": {"dkim_provider": {"state": "ok"}}}, True),
        ("postmark://T@", {"spf": "missing", "dmarc": "ok"}, True),
        ("postmark://T@", {"spf": "ok", "dmarc": "missing"}, False),
        ("", {"spf": "missing", "dkim": "ok", "dmarc": "ok"}, False),
        ("", {"spf": "ok", "dkim": "ok", "dmarc": "ok"}, True),
        ("", {"spf": "ok", "dkim": "ok", "dmarc": "ok",
              "findings": {"mail": {"name": "kea.example", "problem": "mail_refused"}}}, False),
    ],
)  # fmt: skip
def test_only_what_receivers_really_miss_is_to_consider(campaign, sender, way, found, is_fine):
    SendingDomain.objects.create(workspace=sender.workspace, domain="kea.example", checked_at=now(), **found)
    sender.smtp_url = way
    sender.save()

    assert ("domain" in codes(campaign, "warn")) is not is_fine
    assert ("domain" in codes(campaign, "ok")) is is_fine
