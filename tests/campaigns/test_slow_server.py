"""Pausing, going on and stopping a campaign while a slow server takes its messages, end to end."""

import datetime as dt
import threading
import time
from collections import Counter

import pytest
from django.db import connections

from campaigns import services
from campaigns.models import Campaign
from core.clock import now
from delivery.models import Message
from delivery.sender_process import SenderProcess
from delivery.services.dispatches import end_dispatches
from tests.campaigns.conftest import agree
from tests.cast import make_contact
from tests.smtp_server import Script, running_smtp_server

PEOPLE = 30
# A running batch looks ten times a second whether it may go on; a message takes that server about as long.
IN_FLIGHT = 3


@pytest.fixture
def sending(campaign, workspace, topic):
    for number in range(PEOPLE - 3):
        agree(make_contact(workspace, f"slow{number}@example.com"), topic)
    Campaign.objects.filter(pk=campaign.pk).update(status="scheduled", scheduled_at=now() - dt.timedelta(seconds=1))
    return services.launch_campaign(campaign_id=campaign.pk)


def wait_until(holds, seconds=60):
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def run(tmp_path):
    """Start a sender in a thread of its own; joined at the end."""
    threads = []

    def start(number):
        def work():
            process = SenderProcess(tmp_path / str(number))
            try:
                process.run("bulk", 20)
            finally:
                process.close()
                connections.close_all()

        threads.append(threading.Thread(target=work))
        threads[-1].start()
        return threads[-1]

    yield start
    for thread in threads:
        thread.join(60)


@pytest.mark.django_db(transaction=True)
def test_a_campaign_is_held_goes_on_and_stops_within_what_is_in_flight(sending, owner, run, settings):
    with running_smtp_server(Script(delay=0.05)) as server:
        settings.SMTP_URL = server.url + "?connections=1"
        first = run(1)
        wait_until(lambda: len(server.recipients) >= 4)
        services.pause_campaign(campaign=sending, actor=owner)
        held_at = len(server.recipients)
        first.join(60)
        assert len(server.recipients) <= held_at + IN_FLIGHT + 1
        assert Message.objects.filter(dispatch=sending.dispatch, status="unknown").count() == 0

        services.resume_campaign(campaign=sending, actor=owner)
        second = run(2)
        wait_until(lambda: len(server.recipients) >= held_at + IN_FLIGHT + 4)
        services.cancel_campaign(campaign=sending, actor=owner)
        stopped_at = len(server.recipients)
        second.join(60)
        assert len(server.recipients) <= stopped_at + IN_FLIGHT + 1
        assert len(server.recipients) < PEOPLE
    end_dispatches()
    states = Counter(Message.objects.filter(dispatch=sending.dispatch).values_list("status", flat=True))
    assert states["sent"] == len(server.recipients) == len(set(server.recipients))
    assert states["sent"] + states["cancelled"] + states["skipped"] == PEOPLE + 1
    assert Campaign.objects.get(pk=sending.pk).status == "cancelled"
