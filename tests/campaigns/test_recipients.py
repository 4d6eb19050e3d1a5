"""Everybody a campaign was meant for: narrowed, taken out as a file, and one by one."""

import csv
import datetime as dt
import io

import pytest
from django.db import connection
from django.urls import reverse

from accounts.models import AuditEntry
from campaigns import services
from campaigns.models import Campaign
from campaigns.preflight import inspect_campaign
from campaigns.why import why
from core.clock import now
from delivery.models import Dispatch, FrequencyRule, Message, MessageFact
from tests.api import ApiClient
from tests.campaigns.conftest import agree
from tests.cast import client_of, make_contact


@pytest.fixture
def sending(campaign):
    """On its way, and its people are in the index of words."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE contacts_contact SET search = to_tsvector('simple', first_name || ' ' || email)")
    Campaign.objects.filter(pk=campaign.pk).update(status="scheduled", scheduled_at=now() - dt.timedelta(seconds=1))
    services.launch_campaign(campaign_id=campaign.pk)
    return Campaign.objects.with_parts().get(pk=campaign.pk)


def url(name, campaign, **query):
    return reverse(f"campaigns:{name}", args=["kea-cabins", campaign.public_id], query=query)


def settle(contact, status, reason="", **fields):
    values = {"status": status, "reason": reason, "settled_at": now(), **fields}
    Message.objects.filter(contact=contact).update(**values)


def test_the_review_counts_what_the_launch_writes(campaign, workspace, people, topic):
    FrequencyRule.objects.create(workspace=workspace, messages=1, days=7)
    old = Dispatch.objects.create(
        workspace=workspace, source_kind="campaign", source_id=99, occurrence=now(), name="Old"
    )
    for person, days in ((people[0], 1), (people[1], 9)):
        at = now() - dt.timedelta(days=days)
        Message.objects.create(
            workspace=workspace, dispatch=old, contact=person, purpose="marketing", status="sent",
            recipient="x@example.com", created_at=at, due_at=at, settled_at=at,
        )  # fmt: skip
    found = inspect_campaign(Campaign.objects.with_parts().get(pk=campaign.pk)).audience
    Campaign.objects.filter(pk=campaign.pk).update(status="scheduled", scheduled_at=now() - dt.timedelta(seconds=1))
    row = services.launch_campaign(campaign_id=campaign.pk)
    rows = list(Message.objects.filter(dispatch=row.dispatch).values_list("status", "reason"))
    assert len(rows) == found.matched == 4
    assert rows.count(("pending", "")) == found.will_get == 2
    assert {reason for status, reason in rows if status == "skipped"} == set(found.excluded)
    assert found.excluded == {"no_consent": 1, "frequency_capped": 1}


def test_a_campaign_that_waits_for_people_counts_them_as_getting_it(campaign, workspace, people, owner):
    FrequencyRule.objects.create(workspace=workspace, messages=1, days=7)
    old = Dispatch.objects.create(
        workspace=workspace, source_kind="campaign", source_id=99, occurrence=now(), name="Old"
    )
    at = now() - dt.timedelta(days=5)
    Message.objects.create(
        workspace=workspace, dispatch=old, contact=people[0], purpose="marketing", status="sent",
        recipient="x@example.com", created_at=at, due_at=at, settled_at=at,
    )  # fmt: skip
    services.update_campaign(campaign=campaign, actor=owner, values={"wait_days": 3, "priority": 1})
    found = inspect_campaign(Campaign.objects.with_parts().get(pk=campaign.pk)).audience
    assert (found.will_get, found.later) == (3, 1)
    Campaign.objects.filter(pk=campaign.pk).update(status="scheduled", scheduled_at=now() - dt.timedelta(seconds=1))
    row = services.launch_campaign(campaign_id=campaign.pk)
    assert (row.dispatch.priority, row.dispatch.waits_for) == (1, dt.timedelta(days=3))
    message = Message.objects.get(dispatch=row.dispatch, contact=people[0])
    assert (message.status, message.reason, message.due_at) == (
        "pending",
        "frequency_capped",
        at + dt.timedelta(days=7),
    )


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, {"Never", "nameless", "Wiremu", "Lina"}),
        ({"outcome": "skipped"}, {"Never"}),
        ({"outcome": "skipped", "reason": "no_consent"}, {"Never"}),
        ({"outcome": "skipped", "reason": "other"}, set()),
        ({"q": "wire"}, {"Wiremu"}),
        ({"q": "lina@example.com"}, {"Lina"}),
        ({"q": "nobody"}, set()),
        ({"variant": "3"}, set()),
        ({"variant": "x", "outcome": "nonsense"}, {"Never", "nameless", "Wiremu", "Lina"}),
    ],
)
def test_the_list_is_narrowed_by_the_address(sending, owner, query, names):
    page = client_of(owner).get(url("messages", sending, **query))
    found = [row["message"].contact for row in page.context["rows"]]
    assert {person.first_name or person.email.partition("@")[0] for person in found} == names


def exported(client, campaign, **values):
    answer = client.post(url("export", campaign), values)
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_the_file_holds_everybody_with_outcome_and_reason(sending, owner, people):
    settle(people[0], "failed", "refused", detail="=550 no")
    rows = {row["E-mail address"]: row for row in exported(client_of(owner), sending)}
    assert len(rows) == 4
    lina, never = rows["lina@example.com"], rows["never@example.com"]
    assert (lina["Outcome"], lina["Why"]) == ("Failed", "Their server refused the message")
    assert lina["What their server said"].startswith("'=")
    assert (never["Outcome"], never["Why"]) == ("Skipped", "Never agreed to this topic")
    assert "contact.exported" in AuditEntry.objects.values_list("action", flat=True)


def test_the_file_is_narrowed_as_the_list_is(sending, owner):
    rows = exported(client_of(owner), sending, outcome="skipped", reason="no_consent")
    assert [row["E-mail address"] for row in rows] == ["never@example.com"]


def test_looking_on_is_not_enough_for_a_file(sending, viewer):
    assert client_of(viewer).post(url("export", sending)).status_code == 403


@pytest.mark.parametrize(
    ("status", "reason", "code", "tone"),
    [
        ("sent", "", "sent", "ok"),
        ("skipped", "consent_withdrawn", "consent_withdrawn", "warn"),
        ("skipped", "frequency_capped", "frequency_capped", "warn"),
        ("skipped", "held_out", "held_out", "warn"),
        ("failed", "hard_bounce", "hard_bounce", "bad"),
        ("unknown", "no_reply", "unknown", "warn"),
        ("cancelled", "cancelled", "cancelled", "warn"),
    ],
)
def test_why_tells_each_outcome_in_words(sending, people, status, reason, code, tone):
    settle(people[0], status, reason)
    (answer,) = why(sending, people[0])
    assert (answer.code, answer.tone) == (code, tone)
    assert answer.title
    assert answer.advice or code == "cancelled"


def test_why_knows_what_was_read(sending, people):
    settle(people[0], "sent")
    message = Message.objects.get(contact=people[0])
    MessageFact.objects.create(
        workspace=sending.workspace, message=message, dispatch=sending.dispatch, contact=people[0], action="opened",
        at=now(), last_at=now(),
    )  # fmt: skip
    assert why(sending, people[0])[0].code == "read"


def test_why_tells_when_their_time_comes(sending, people):
    Message.objects.filter(contact=people[0]).update(due_at=now() + dt.timedelta(days=2), reason="frequency_capped")
    (answer,) = why(sending, people[0])
    assert answer.code == "not_yet"
    assert "Had as many messages lately as your rule allows" in answer.sentences[0]


def test_why_of_somebody_it_was_never_meant_for(sending, workspace, segment, topic):
    late = make_contact(workspace, "late@example.com")
    assert why(sending, late)[0].code == "added_later"
    late.created_at = sending.launched_at - dt.timedelta(days=1)
    late.save(update_fields=["created_at"])
    segment.rule = {"version": 1, "where": {"kind": "contact", "field": "country", "op": "eq", "value": "NZ"}}
    segment.save()
    (answer,) = why(Campaign.objects.with_parts().get(pk=sending.pk), late)
    assert answer.code == "not_in_segment"
    assert answer.sentences[0].startswith("As of today they are not in “Everyone” either")


def test_why_before_the_start_tells_what_would_happen(campaign, people, workspace, topic):
    row = Campaign.objects.with_parts().get(pk=campaign.pk)
    assert why(row, people[0])[0].sentences == ["If it went out now, they would get it."]
    (answer,) = why(row, people[3])
    assert answer.sentences == ["If it went out now, they would not get it: Never agreed to this topic."]
    agree(people[3], topic)
    assert why(row, people[3])[0].tone == "ok"


def test_the_page_finds_people_and_answers(sending, owner, people):
    client = client_of(owner)
    assert "Lina" in client.get(url("why", sending, q="lin")).content.decode()
    page = client.get(url("why", sending, contact=people[3].public_id)).content.decode()
    assert "Never agreed to this topic" in page
    assert client.get(url("why", sending, contact="nonsense", q="\0 ' &|")).status_code == 200
    link = reverse("campaigns:why-contact", args=["kea-cabins", people[3].public_id])
    assert url("why", sending) in client.get(link).content.decode()


def react(contact, action, verdict="human", detail=""):
    message = Message.objects.get(contact=contact)
    MessageFact.objects.create(
        workspace=message.workspace, message=message, dispatch=message.dispatch, contact=contact, action=action,
        verdict=verdict, at=now(), last_at=now(), detail=detail,
    )  # fmt: skip


def emails(response):
    return sorted(row["message"].contact.email for row in response.context["rows"])


@pytest.fixture
def reacted(sending, people):
    """One opened and clicked, of one a machine did, one unsubscribed; the first two agreed to be counted."""
    for person in people[:3]:
        settle(person, "sent", is_tracked=person != people[2])
    react(people[0], "opened")
    react(people[0], "clicked")
    react(people[1], "clicked", verdict="machine")
    react(people[2], "unsubscribed")
    return sending


@pytest.mark.parametrize(
    ("did", "found"),
    [
        ("opened", ["lina@example.com"]),
        ("clicked", ["lina@example.com"]),
        ("unmoved", ["wiremu@example.com"]),
        ("uncounted", ["nameless@example.com"]),
        ("unsubscribed", ["nameless@example.com"]),
        ("complained", []),
    ],
)
def test_recipients_can_be_narrowed_to_what_they_did(owner, reacted, did, found):
    client = client_of(owner)
    assert emails(client.get(url("messages", reacted, did=did))) == found
    assert [row["E-mail address"] for row in exported(client, reacted, did=did)] == found


def test_the_list_offers_only_what_somebody_did(owner, reacted):
    client = client_of(owner)
    page = client.get(url("messages", reacted))
    assert [(did, count) for did, _label, count in page.context["deeds"]] == [
        ("opened", 1),
        ("clicked", 1),
        ("unmoved", 1),
        ("uncounted", 1),
        ("unsubscribed", 1),
    ]
    assert page.context["is_all"]
    assert page.content.decode().count("Opens and clicks are not counted") == 0
    MessageFact.objects.filter(action="unsubscribed").delete()
    assert client.get(url("messages", reacted)).content.decode().count("Opens and clicks are not counted") == 1
    assert len(emails(client.get(url("messages", reacted, did="danced")))) == 4


def test_the_api_narrows_to_what_they_did_and_refuses_nonsense(workspace, reacted):
    api = ApiClient(workspace)
    address = f"campaigns/{reacted.public_id}/recipients/"
    found = api.get(f"{address}?did=clicked")["results"]
    assert [row["id"] for row in found] == [str(Message.objects.get(contact__email="lina@example.com").public_id)]
    assert list(api.get(f"{address}?did=danced", 400)["error"]["fields"]) == ["did"]
