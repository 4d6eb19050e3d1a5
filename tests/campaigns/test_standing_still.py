"""A restored database holds what it would send once more."""

import datetime as dt
from dataclasses import replace
from io import StringIO

import pytest
from django.core.management import call_command

from campaigns import services
from campaigns.models import Campaign
from campaigns.services.standing_still import Stillness
from core.clock import now
from delivery.models import Dispatch, Message
from delivery.services import SendRequest, submit

NOTHING = Stillness(0, 0, 0)


def restore() -> str:
    said = StringIO()
    call_command("after_restore", stdout=said)
    return said.getvalue()


@pytest.fixture
def sending(campaign):
    Campaign.objects.filter(pk=campaign.pk).update(status="scheduled", scheduled_at=now() - dt.timedelta(seconds=1))
    return services.launch_campaign(campaign_id=campaign.pk)


def test_campaign_on_its_way_is_paused_and_says_why(sending):
    assert restore().startswith("Campaigns paused: 1. Taken off the schedule: 0.")

    dispatch = Dispatch.objects.get()
    assert (Campaign.objects.get().status, dispatch.status) == ("paused", "paused")
    assert dispatch.pause_reason.startswith("Rapport was restored from a backup.")


def test_campaign_that_waits_for_its_time_is_a_draft(campaign, owner):
    services.send_now(campaign=campaign, actor=owner)

    assert restore().startswith("Campaigns paused: 0. Taken off the schedule: 1.")

    campaign.refresh_from_db()
    assert (campaign.status, campaign.scheduled_at, campaign.launch_at) == ("draft", None, None)


def test_series_is_paused_with_its_plan(campaign):
    Campaign.objects.filter(pk=campaign.pk).update(status="scheduled", kind="recurring")

    assert services.stand_still().paused == 1
    assert Campaign.objects.get().status == "paused"


def test_single_mail_that_was_due_is_unknown_and_later_mail_waits(workspace):
    for key, wait in (("receipt", 0), ("reminder", 60)):
        data = {"subject": "Hello", "text": "You", "html": "", "from_name": "N", "from_email": "n@rapport.test"}
        request = SendRequest(workspace, "transactional", f"{key}@people.test", data=data, idempotency_key=key)
        submit(replace(request, send_at=now() + dt.timedelta(minutes=wait)))

    assert services.stand_still().unknown == 1

    outcomes = dict(Message.objects.values_list("idempotency_key", "status"))
    assert outcomes == {"receipt": "unknown", "reminder": "pending"}
    assert Message.objects.get(status="unknown").reason == "restored"


def test_standing_still_twice_is_the_same_as_once(sending):
    services.stand_still()

    assert services.stand_still() == NOTHING


def test_drafts_and_what_is_over_stay_as_they_are(campaign):
    assert services.stand_still() == NOTHING
    assert Campaign.objects.get().status == "draft"
