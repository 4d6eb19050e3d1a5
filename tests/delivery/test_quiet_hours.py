"""Campaigns wait for the end of a person's own quiet hours, in their own zone; mail they need does not."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from consent.models import ContactPreference
from contacts.models import Contact
from delivery import pipeline
from delivery.models import Dispatch, Message
from delivery.sender_process import SenderProcess
from tests.smtp_server import running_smtp_server

Make = Callable[..., Contact]
Launch = Callable[[], Dispatch]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[dt.datetime], None]:
    """Set the time at which batches are prepared."""
    return lambda moment: monkeypatch.setattr(pipeline, "now", lambda: moment)


def quiet(contact: Contact, start: str, end: str) -> None:
    ContactPreference.objects.create(
        contact=contact, workspace=contact.workspace, quiet_from=dt.time.fromisoformat(start),
        quiet_until=dt.time.fromisoformat(end),
    )  # fmt: skip


def instant(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("zone", "due"),
    [("America/New_York", "2036-07-02 12:00"), ("", "2036-07-02 20:00")],  # else the workspace's: Auckland
)
def test_a_campaign_waits_until_her_morning(
    agreed: Make, launch: Launch, process: SenderProcess, settings: Any, clock: Any, zone: str, due: str
) -> None:
    quiet(agreed("lina@lake.example", time_zone=zone), "20:00", "08:00")
    agreed("omar@lake.example")
    launch()
    clock(instant("2036-07-02 09:00") if not zone else instant("2036-07-02 03:00"))
    with running_smtp_server() as server:
        settings.SMTP_URL = server.url
        process.run("bulk", 5)
        assert server.recipients == ["omar@lake.example"]
        row = Message.objects.get(recipient="lina@lake.example")
        assert (row.status, row.due_at, row.attempts, row.owner, row.reason) == ("pending", instant(due), 0, None, "")
        assert row.lease_until is None
        clock(instant(due))
        Message.objects.filter(pk=row.pk).update(due_at=timezone.now())
        process.run("bulk", 5)
        assert server.recipients == ["omar@lake.example", "lina@lake.example"]


def test_mail_people_need_does_not_wait(agreed: Make, process: SenderProcess, settings: Any, clock: Any) -> None:
    lina = agreed("lina@lake.example")
    quiet(lina, "00:00", "23:59")
    Message.objects.create(
        workspace=lina.workspace, contact=lina, purpose="service", recipient=lina.email, created_at=timezone.now(),
        due_at=timezone.now(), data={"subject": "Confirm", "text": "Yes?", "html": ""},
    )  # fmt: skip
    clock(instant("2036-07-02 09:00"))
    with running_smtp_server() as server:
        settings.SMTP_URL = server.url
        process.run("transactional", 5)
    assert server.recipients == ["lina@lake.example"]


@pytest.mark.parametrize(
    ("own", "due"),
    [
        (None, "2036-07-02 11:00"),  # seven in the morning in New York
        (("19:00", "06:00"), "2036-07-02 11:00"),
        (("06:30", "09:00"), "2036-07-02 13:00"),  # hers begin before the workspace's end
    ],
)
def test_hours_of_the_workspace_hold_for_everybody_on_their_own_clock(
    agreed: Make, launch: Launch, process: SenderProcess, settings: Any, clock: Any, own: Any, due: str
) -> None:
    lina = agreed("lina@lake.example", time_zone="America/New_York")
    workspace = lina.workspace
    workspace.quiet_from, workspace.quiet_until = dt.time(21), dt.time(7)
    workspace.save()
    if own:
        quiet(lina, *own)
    launch()
    clock(instant("2036-07-02 03:00"))
    with running_smtp_server() as server:
        settings.SMTP_URL = server.url
        process.run("bulk", 5)
        assert server.recipients == []
    row = Message.objects.get(recipient="lina@lake.example")
    assert (row.status, row.due_at, row.attempts) == ("pending", instant(due), 0)
