"""Pages of limits: who may change what, what is kept, and what people are told."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEntry, User, Workspace
from channels.models import Sender
from contacts.models import MailDomain
from contacts.services.hygiene import request_refresh, run_refresh
from delivery.models import PaceBucket, PaceSlowdown, SenderStop
from delivery.pace.receivers import GMAIL
from delivery.services.pace import company_domains, limits_of, today_of
from tests.cast import client_of, make_contact
from tests.delivery.test_pace import fill, make_dispatch

ALL = "/w/kea-cabins/delivery/pace/"


def of(sender: Sender) -> str:
    return f"{ALL}{sender.public_id}/"


def save(client: Client, sender: Sender, **values: Any) -> Any:
    return client.post(of(sender), {"warmup": "", "warmup_from": "2026-11-22", "plan": "", **values})


def test_owner_sets_limits_of_the_workspace(workspace: Workspace, owner: User) -> None:
    client = client_of(owner)

    answer = client.post(ALL, {"hourly": "1000", "daily": "5000"}, follow=True)

    assert "The limits are saved" in answer.content.decode()
    limits = limits_of(workspace)
    assert (limits.hourly, limits.daily) == (1000, 5000)
    assert AuditEntry.objects.get(action="pace.changed").actor == owner

    client.post(ALL, {"hourly": "", "daily": ""})
    assert not PaceBucket.objects.exists()


def test_editor_may_not_change_the_workspaces_limits(workspace: Workspace, teammate: User) -> None:
    client = client_of(teammate)

    assert client.post(ALL, {"hourly": "1"}).status_code == 403
    page = client.get(ALL)
    assert page.status_code == 200
    assert "Owners of the workspace can change them" in page.content.decode()
    assert not PaceBucket.objects.exists()


def test_page_tells_how_many_companies_mailboxes_are_whose(
    workspace: Workspace, other_workspace: Workspace, owner: User
) -> None:
    client = client_of(owner)
    assert "Companies with a domain" not in client.get(ALL).content.decode()
    for domain, keeper in (("kea.nz", "google"), ("tui.nz", "google"), ("moa.nz", ""), ("theirs.nz", "microsoft")):
        MailDomain.objects.create(domain=domain, keeper=keeper, answer="mail", next_check_at=timezone.now())
    for email in ("a@kea.nz", "b@kea.nz", "a@tui.nz", "a@moa.nz"):
        make_contact(workspace, email)
    make_contact(other_workspace, "a@theirs.nz")
    request_refresh(workspace=workspace)

    assert run_refresh(workspace_id=workspace.pk)

    assert [(str(one.label), one.domains, one.people) for one in company_domains(workspace)] == [("Gmail", 2, 3)]
    page = client.get(ALL).content.decode()
    assert "2 domains" in page
    assert "3 addresses" in page


def test_editor_sets_a_senders_limits_and_plan(workspace: Workspace, teammate: User, sender: Sender) -> None:
    answer = save(
        client_of(teammate), sender, hourly="400", warmup="double", first="50", target="1000", receiver_1="90"
    )

    assert answer.status_code == 302
    limits = limits_of(workspace, sender)
    assert (limits.hourly, limits.daily, limits.receivers) == (400, None, {GMAIL: 90})
    assert (limits.plan_from, limits.plan) == (dt.date(2026, 11, 22), [50, 100, 200, 400, 800])


def test_plan_of_ones_own_is_kept_and_shown_again(workspace: Workspace, teammate: User, sender: Sender) -> None:
    client = client_of(teammate)
    today = today_of(workspace)
    save(client, sender, warmup="own", plan="30, 60\n90", warmup_from=str(today - dt.timedelta(days=1)))

    page = client.get(of(sender)).content.decode()

    assert limits_of(workspace, sender).plan == [30, 60, 90]
    assert "30, 60, 90" in page
    assert "0 of 60" in page


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"hourly": "0"}, "greater than or equal to 1"),
        ({"daily": "many"}, "Enter a whole number"),
        ({"warmup": "own", "plan": "50, ten"}, "Write whole numbers only"),
        ({"warmup": "own", "plan": "50, ٣"}, "Write whole numbers only"),
        ({"warmup": "own", "plan": ""}, "The plan needs this"),
        ({"warmup": "own", "plan": "1 " * 91}, "90 days at most"),
        ({"warmup": "double", "first": "", "target": "100"}, "The plan needs this"),
        ({"warmup": "double", "first": "5", "target": "100", "warmup_from": ""}, "The plan needs this"),
        ({"warmup": "faster"}, "Select a valid choice"),
        ({"warmup_from": "tomorrow"}, "Enter a valid date"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_changes(
    workspace: Workspace, teammate: User, sender: Sender, values: dict[str, str], words: str
) -> None:
    answer = save(client_of(teammate), sender, **values)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not PaceBucket.objects.exists()


def test_page_says_which_provider_asks_for_less(workspace: Workspace, viewer: User, sender: Sender) -> None:
    PaceSlowdown.objects.create(
        sender=sender, receiver=GMAIL, rate=600, full_rate=1200, words="421 4.7.28 slow <b>",
        paused_until=timezone.now() + dt.timedelta(minutes=4),
    )  # fmt: skip

    page = client_of(viewer).get(of(sender)).content.decode()

    assert "Gmail asks us to slow down." in page
    assert "421 4.7.28 slow &lt;b&gt;" in page
    assert "Slowed down" in client_of(viewer).get(ALL).content.decode()


def test_stopped_sender_says_why_and_may_be_tried_again(workspace: Workspace, teammate: User, sender: Sender) -> None:
    SenderStop.objects.create(sender=sender, receiver=GMAIL, words="550 5.7.26 no", stopped_at=timezone.now())
    client = client_of(teammate)

    page = client.get(of(sender)).content.decode()
    assert "550 5.7.26 no" in page
    assert "A receiving server does not accept this sender" in page

    answer = client.post(f"{of(sender)}again/", follow=True)

    assert "is a try" in answer.content.decode()
    assert SenderStop.objects.get().probing_at is not None
    assert AuditEntry.objects.get().action == "sender.tried_again"


def test_campaign_is_told_how_many_leave_today(workspace: Workspace, viewer: User, sender: Sender) -> None:
    dispatch = make_dispatch(workspace)
    fill(dispatch, sender, 30)
    path = f"{ALL}dispatches/{dispatch.public_id}/"
    assert client_of(viewer).get(path).content.decode().strip() == ""
    PaceBucket.objects.create(
        workspace=workspace, sender=sender, warmup_from=today_of(workspace), warmup_plan=[12, 24], hourly_limit=5000
    )

    part = client_of(viewer).get(path).content.decode()

    assert "12 today, 18 on the days after." in part
    assert "The sender begins slowly" in part
    assert "At most 5,000 messages an hour." in part


def test_list_asks_as_many_questions_for_twenty_senders_as_for_one(
    workspace: Workspace, viewer: User, sender: Sender, django_assert_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = client_of(viewer)
    client.get(ALL)
    with CaptureQueriesContext(connection) as few:
        client.get(ALL)
    for number in range(20):
        other = Sender.objects.create(workspace=workspace, name=f"S{number}", email=f"s{number}@kea.example")
        PaceBucket.objects.create(workspace=workspace, sender=other, daily_limit=100)
    with django_assert_num_queries(len(few)):
        assert client.get(ALL).status_code == 200
