"""People who asked for fewer messages get fewer, whoever sends and however many send at once."""

import datetime as dt
import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Workspace
from consent.models import ContactPreference, Topic
from contacts.models import Contact
from delivery import claims
from delivery.frequency import GRACE
from delivery.models import Dispatch, Message
from delivery.sender_process import SenderProcess
from delivery.services import Arm, Audience, Plan, freeze_audience, preview_audience, report_of
from tests.delivery.conftest import AUDIENCE
from tests.smtp_server import running_smtp_server

Make = Callable[..., Contact]
Launch = Callable[[], Dispatch]


def wants(contact: Contact, days: int | None) -> None:
    ContactPreference.objects.update_or_create(
        contact=contact, defaults={"workspace": contact.workspace, "days_between": days}
    )


def earlier(contact: Contact, ago: dt.timedelta, status: str = "sent", **fields: Any) -> Message:
    """A message of an earlier campaign that was settled some time ago."""
    moment = timezone.now() - ago
    values: dict[str, Any] = {"purpose": "marketing", "recipient": contact.email, "settled_at": moment} | fields
    if values["purpose"] == "marketing" and "dispatch" not in values:
        values["dispatch"] = Dispatch.objects.create(
            workspace=contact.workspace, source_kind="campaign", source_id=contact.pk, name="Earlier",
            occurrence=moment + dt.timedelta(microseconds=Dispatch.objects.count()),
            **({"status": "finished", "finished_at": moment} if status in ("sent", "failed", "skipped") else {}),
        )  # fmt: skip
    return Message.objects.create(
        workspace=contact.workspace, contact=contact, status=status, created_at=moment, due_at=moment, **values
    )


def freeze_reason(workspace: Workspace, topic: Topic) -> dict[str, int]:
    preview = preview_audience(workspace=workspace, audience=Audience(AUDIENCE, [workspace.pk], topic))
    return preview.excluded


@pytest.mark.parametrize(
    ("status", "fields", "excluded"),
    [
        ("sent", {}, True),
        ("unknown", {}, True),
        ("sending", {"settled_at": None}, True),
        ("sent", {"channel": "sms"}, True),
        ("failed", {}, False),
        ("skipped", {}, False),
        ("pending", {"settled_at": None}, False),
        ("sent", {"purpose": "transactional"}, False),
    ],
)
def test_preview_counts_who_had_one_lately(
    workspace: Workspace, topic: Topic, agreed: Make, status: str, fields: dict[str, Any], excluded: bool
) -> None:
    lina = agreed("lina@lake.example")
    wants(lina, 7)
    earlier(lina, dt.timedelta(days=2), status, **fields)
    assert freeze_reason(workspace, topic) == ({"frequency_chosen": 1} if excluded else {})


def test_nobody_else_is_asked_for_days(workspace: Workspace, topic: Topic, agreed: Make) -> None:
    for days in (None, 0):
        lina = agreed(f"lina{days}@lake.example")
        earlier(lina, dt.timedelta(minutes=1))
        wants(lina, days)
    earlier(agreed("omar@lake.example"), dt.timedelta(minutes=1))
    assert freeze_reason(workspace, topic) == {}


@given(
    days=st.integers(1, 60),
    offset=st.timedeltas(min_value=dt.timedelta(days=-3), max_value=dt.timedelta(days=3)),
)
def test_the_wait_is_the_days_less_half_a_day(days: int, offset: dt.timedelta) -> None:
    ago = max(dt.timedelta(0), dt.timedelta(days=days) + offset)
    with connection.cursor() as cursor:
        cursor.execute("SELECT now() - %s > now() - make_interval(days => %s) + %s", [ago, days, GRACE])
        assert cursor.fetchone()[0] == (ago < dt.timedelta(days=days) - GRACE)


test_the_wait_is_the_days_less_half_a_day = pytest.mark.django_db(test_the_wait_is_the_days_less_half_a_day)


def test_launch_skips_them_with_the_reason(agreed: Make, launch: Launch) -> None:
    lina, omar = agreed("lina@lake.example"), agreed("omar@lake.example")
    wants(lina, 7)
    wants(omar, 7)
    earlier(lina, dt.timedelta(days=2))
    earlier(omar, dt.timedelta(days=8))
    report = report_of(launch())
    assert (report.targeted, report.pending, report.skipped) == (2, 1, {"frequency_chosen": 1})


def test_launch_judges_by_the_day_it_goes_out(
    workspace: Workspace, topic: Topic, agreed: Make, launch: Launch, sender: Any, version: Any
) -> None:
    lina = agreed("lina@lake.example")
    wants(lina, 7)
    earlier(lina, dt.timedelta(days=2))
    dispatch = Dispatch.objects.create(
        workspace=workspace, source_kind="campaign", source_id=9, occurrence=timezone.now(), name="Later"
    )
    freeze_audience(
        dispatch=dispatch,
        audience=Audience(AUDIENCE, [workspace.pk], topic),
        plan=Plan(due_at=timezone.now() + dt.timedelta(days=5), arms=[Arm(sender, version)]),
    )
    assert Message.objects.get(dispatch=dispatch).status == "pending"


def test_of_two_campaigns_one_reaches_her(agreed: Make, launch: Launch, process: SenderProcess, settings: Any) -> None:
    lina = agreed("lina@lake.example")
    agreed("omar@lake.example")
    wants(lina, 7)
    first, second = launch(), launch()
    with running_smtp_server() as server:
        settings.SMTP_URL = server.url
        process.run("bulk", 5)
    assert sorted(server.recipients) == ["lina@lake.example", "omar@lake.example", "omar@lake.example"]
    outcome = Message.objects.filter(contact=lina, dispatch__in=[first, second])
    assert sorted((row.status, row.reason) for row in outcome) == [("sent", ""), ("skipped", "frequency_chosen")]
    row = outcome.get(status="skipped")
    assert (row.owner, row.lease_until, row.settled_at is None, row.attempts) == (None, None, False, 0)


def test_of_two_messages_in_one_batch_the_older_goes(workspace: Workspace, agreed: Make) -> None:
    lina = agreed("lina@lake.example")
    wants(lina, 7)
    rows = [earlier(lina, dt.timedelta(0), "pending", settled_at=None) for _number in range(2)]
    assert claims.hold(owner=uuid.uuid4(), tracked={row.pk: False for row in rows}) == {rows[0].pk}


@pytest.mark.django_db(transaction=True)
def test_two_processes_cannot_both_send(workspace: Workspace, agreed: Make) -> None:
    lina = agreed("lina@lake.example")
    wants(lina, 7)
    rows = [earlier(lina, dt.timedelta(0), "pending", settled_at=None) for _number in range(2)]
    second: list[set[int]] = []

    def hold_second() -> None:
        try:
            second.append(claims.hold(owner=uuid.uuid4(), tracked={rows[1].pk: False}))
        finally:
            connections.close_all()

    other = threading.Thread(target=hold_second)
    with transaction.atomic():
        assert claims.hold(owner=uuid.uuid4(), tracked={rows[0].pk: False}) == {rows[0].pk}
        other.start()
        other.join(0.3)
        assert second == []  # it waits for the first to commit, and then sees it
    other.join(10)
    assert second == [set()]
    assert [row.reason for row in Message.objects.order_by("id")] == ["", "frequency_chosen"]


def test_a_batch_without_such_people_asks_once(
    workspace: Workspace, agreed: Make, django_assert_num_queries: Any
) -> None:
    row = earlier(agreed("omar@lake.example"), dt.timedelta(0), "pending", settled_at=None)
    with django_assert_num_queries(2):  # the question, the hold
        assert claims.hold(owner=uuid.uuid4(), tracked={row.pk: False}) == {row.pk}
