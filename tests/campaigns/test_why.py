"""Why did she not get it? The hard cases: merged, in another version, later steps, several times, slowed down."""

import datetime as dt

import pytest
from django.db import connection
from django.urls import reverse

from campaigns import services
from campaigns.models import Campaign
from campaigns.why import why
from core.clock import now
from delivery.merge_hook import follow_person
from delivery.models import Dispatch, Message, MessageFact, PaceSlowdown
from delivery.pace.receivers import GMAIL
from tests.cast import client_of


@pytest.fixture
def sending(campaign):
    """On its way to three people, none of whom has got it."""
    Campaign.objects.filter(pk=campaign.pk).update(status="scheduled", scheduled_at=now() - dt.timedelta(seconds=1))
    services.launch_campaign(campaign_id=campaign.pk)
    return Campaign.objects.with_parts().get(pk=campaign.pk)


def of(contact):
    return Message.objects.filter(contact=contact)


def sent(contact, **fields):
    of(contact).update(status="sent", settled_at=now(), **fields)


def react(contact, action, verdict="human"):
    row = of(contact).get()
    MessageFact.objects.create(
        workspace=row.workspace, message=row, dispatch=row.dispatch, contact=contact, action=action, verdict=verdict,
        at=now(), last_at=now(),
    )  # fmt: skip


def merge(kept, merged):
    with connection.cursor() as cursor:
        follow_person(cursor, kept.pk, merged.pk)


def test_of_two_merged_contacts_the_message_that_left_is_told_about(sending, people):
    sent(people[1])
    merge(people[0], people[1])
    assert sorted(of(people[0]).values_list("step", "status", "reason")) == [(-1, "sent", ""), (0, "skipped", "merged")]
    (answer,) = why(sending, people[0])
    assert answer.code == "sent"
    assert "Two contacts were merged into this one, so that only one message was meant to go." in answer.sentences


def test_two_contacts_that_both_got_it_before_they_were_merged_got_it_twice(sending, people):
    sent(people[0])
    sent(people[1])
    merge(people[0], people[1])
    (answer,) = why(sending, people[0])
    assert (answer.code, answer.message.step) == ("sent", 0)
    assert "It was sent to them twice: it went out before two contacts were merged into one." in answer.sentences


def test_who_got_another_version_reads_which(sending, people):
    sent(people[0], variant=2, is_tracked=True)
    assert why(sending, people[0])[0].sentences[1] == "They got version B."


def test_what_they_did_afterwards_and_what_is_not_noted_is_said(sending, people):
    sent(people[0])
    (answer,) = why(sending, people[0])
    assert answer.sentences[-1] == "Whether they opened it is not noted: they did not agree to that."
    react(people[0], "unsubscribed")
    react(people[0], "complained")
    sentences = " ".join(why(sending, people[0])[0].sentences)
    assert "They unsubscribed with it on " in sentences
    assert "They called it spam on " in sentences


def test_a_program_that_opened_it_does_not_make_it_read(sending, people):
    sent(people[0], is_tracked=True)
    react(people[0], "opened", "machine")
    assert why(sending, people[0])[0].code == "sent"


def test_what_slows_their_mailbox_is_said_and_nobody_elses(sending, people, sender):
    of(people[0]).update(receiver=GMAIL)
    until = now() + dt.timedelta(minutes=20)
    PaceSlowdown.objects.create(sender=sender, receiver=GMAIL, rate=300, full_rate=6000, paused_until=until)
    (slowed,), (free,) = why(sending, people[0]), why(sending, people[1])
    assert (slowed.code, free.code) == ("waiting", "waiting")
    assert [sentence.startswith("Gmail asked us to wait until") for sentence in slowed.sentences] == [True]
    assert free.sentences == []


def test_each_time_of_a_series_is_told_apart(sending, people, workspace):
    earlier = now() - dt.timedelta(days=7)
    Dispatch.objects.create(
        workspace=workspace, source_kind="campaign", source_id=sending.pk, occurrence=earlier, name="Last week",
        status="finished",
    )  # fmt: skip
    sent(people[0])
    answers = why(sending, people[0])
    assert [answer.code for answer in answers] == ["sent", "added_later"] or answers[1].code == "not_in_segment"
    assert answers[1].occurrence == earlier
    assert answers[0].occurrence > earlier


def test_a_campaign_stopped_before_its_start_says_so(campaign, people):
    Campaign.objects.filter(pk=campaign.pk).update(status="cancelled")
    (answer,) = why(Campaign.objects.with_parts().get(pk=campaign.pk), people[0])
    assert (answer.title, answer.sentences) == ("The campaign was stopped before it started", ["Nobody got it."])


def test_who_was_erased_is_not_found_and_the_page_says_why(sending, owner):
    url = reverse("campaigns:why", args=["kea-cabins", sending.public_id])
    page = client_of(owner).get(url, {"q": "gone@example.com"}).content.decode()
    assert "Whoever was erased cannot be found any more" in page
