"""A campaign from the button to the mailbox: real PostgreSQL, the real sender, a real SMTP server."""

import datetime as dt

import pytest
from django.urls import reverse

from campaigns import services
from campaigns.models import Campaign
from campaigns.report import report_data
from core.clock import now
from delivery.sender_process import SenderProcess
from delivery.services.dispatches import end_dispatches
from events.services import run_due_handlers
from tests.cast import client_of
from tests.smtp_server import running_smtp_server


@pytest.fixture
def process(tmp_path, db):
    sender = SenderProcess(tmp_path)
    yield sender
    sender.close()


def let_it_start():
    Campaign.objects.filter(status="scheduled").update(
        scheduled_at=now() - dt.timedelta(seconds=1), launch_at=now() - dt.timedelta(seconds=1)
    )
    return services.launch_campaign(campaign_id=Campaign.objects.get().pk)


def test_send_pressed_twice_reaches_everybody_once(campaign, owner, process, settings):
    page = client_of(owner)
    send = reverse("campaigns:send", args=["kea-cabins", campaign.public_id])
    page.post(send, {"lock_version": 1})
    page.post(send, {"lock_version": 1})
    for _tick in range(3):
        let_it_start()
    with running_smtp_server() as server:
        settings.SMTP_URL = server.url
        process.run("bulk", 5)
        page.post(send, {"lock_version": 1})
        process.run("bulk", 1)
    end_dispatches()
    run_due_handlers()

    assert sorted(server.recipients) == ["lina@example.com", "nameless@example.com", "wiremu@example.com"]
    campaign.refresh_from_db()
    assert campaign.status == "sent"
    data = report_data(campaign)
    assert (data["targeted"], data["sent"], data["skipped"], data["pending"]) == (4, 3, {"no_consent": 1}, 0)


def test_cancel_before_the_sender_comes_reaches_nobody(campaign, owner, process, settings):
    services.send_now(campaign=campaign, actor=owner)
    let_it_start()
    services.cancel_campaign(campaign=Campaign.objects.get(), actor=owner)
    with running_smtp_server() as server:
        settings.SMTP_URL = server.url
        process.run("bulk", 1)
    end_dispatches()
    assert server.recipients == []
    campaign.refresh_from_db()
    data = report_data(campaign)
    assert (data["targeted"], data["sent"], data["cancelled"], data["pending"]) == (4, 0, 3, 0)


def test_paused_campaign_goes_on_with_those_who_wait(campaign, owner, process, settings):
    services.send_now(campaign=campaign, actor=owner)
    let_it_start()
    row = services.pause_campaign(campaign=Campaign.objects.get(), actor=owner)
    with running_smtp_server() as server:
        settings.SMTP_URL = server.url
        process.run("bulk", 1)
        assert server.recipients == []
        services.resume_campaign(campaign=row, actor=owner)
        process.run("bulk", 5)
    assert len(server.recipients) == 3
