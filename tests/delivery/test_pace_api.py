"""A sender's limits through the API."""

import datetime as dt

from accounts.models import AuditEntry, Workspace
from channels.models import Sender
from core.clock import now
from delivery.models import PaceBucket, PaceSlowdown, SenderStop
from delivery.pace.receivers import GMAIL, YAHOO
from delivery.services import Limits, set_limits
from delivery.services.pace import limits_of, today_of
from tests.api import ApiClient

NOTHING = dict.fromkeys(
    ["gmail", "microsoft", "yahoo", "apple", "united_internet", "mail_ru", "yandex", "others"], None
)


def test_limits_are_told_and_changed_field_by_field(workspace: Workspace, sender: Sender) -> None:
    api, path = ApiClient(workspace), f"senders/{sender.public_id}/pace/"

    assert api.call("GET", path).json() == {
        "hourly_limit": None,
        "daily_limit": None,
        "receivers": NOTHING,
        "warmup_from": None,
        "warmup_plan": [],
        "used_today": 0,
        "allowed_today": None,
        "stopped_because": "",
        "slowed": [],
    }
    first = api.call("PATCH", path, {"hourly_limit": 400, "receivers": {"gmail": 90}, "warmup_plan": [50, 100]})
    assert first.status_code == 200
    second = api.call("PATCH", path, {"daily_limit": 30, "receivers": {"yahoo": 10}}).json()

    assert (second["hourly_limit"], second["daily_limit"], second["allowed_today"]) == (400, 30, 30)
    limits = limits_of(workspace, sender)
    assert limits.receivers == {GMAIL: 90, YAHOO: 10}
    assert (limits.plan_from, limits.plan) == (today_of(workspace), [50, 100])

    api.call("PATCH", path, {"hourly_limit": None, "daily_limit": None, "receivers": {"gmail": None, "yahoo": None}})
    api.call("PATCH", path, {"warmup_plan": []})
    assert not PaceBucket.objects.exists()


def test_limits_of_the_workspace_are_told_and_changed_field_by_field(workspace: Workspace, sender: Sender) -> None:
    api = ApiClient(workspace)
    assert api.call("GET", "pace/").json() == {"hourly_limit": None, "daily_limit": None, "used_today": 0}

    set_limits(workspace=workspace, actor=None, sender=sender, limits=Limits(hourly=5))
    assert api.call("PATCH", "pace/", {"daily_limit": 9000}).status_code == 200
    changed = api.call("PATCH", "pace/", {"hourly_limit": 700}).json()

    assert changed == {"hourly_limit": 700, "daily_limit": 9000, "used_today": 0}
    assert limits_of(workspace) == Limits(hourly=700, daily=9000, plan=[])
    assert limits_of(workspace, sender).hourly == 5
    assert AuditEntry.objects.filter(action="pace.changed", target=str(workspace)).count() == 2
    for body in ({"daily_limit": 0}, {"hourly_limit": "x"}, {"used_today": 1}, {"receivers": {"gmail": 1}}):
        assert api.call("PATCH", "pace/", body).status_code == 400, body
    assert limits_of(workspace).hourly == 700

    api.call("PATCH", "pace/", {"hourly_limit": None, "daily_limit": None})
    assert not PaceBucket.objects.filter(sender=None).exists()


def test_receivers_that_asked_for_less_are_told(workspace: Workspace, sender: Sender) -> None:
    until = now() + dt.timedelta(minutes=5)
    PaceSlowdown.objects.create(
        sender=sender, receiver=GMAIL, rate=300, full_rate=600, paused_until=until, words="421 4.7.28 slow down"
    )

    [slowed] = ApiClient(workspace).call("GET", f"senders/{sender.public_id}/pace/").json()["slowed"]

    assert (slowed["receiver"], slowed["hourly_limit"], slowed["words"]) == ("gmail", 300, "421 4.7.28 slow down")
    assert dt.datetime.fromisoformat(slowed["paused_until"]) == until


def test_stopped_sender_may_try_again(workspace: Workspace, sender: Sender) -> None:
    api, path = ApiClient(workspace), f"senders/{sender.public_id}/pace/try_again/"
    refused = api.call("POST", path, {})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "not_stopped")

    SenderStop.objects.create(sender=sender, receiver=GMAIL, words="550 5.7.26", stopped_at=now())
    assert api.call("POST", path, {"now": True}).status_code == 400
    assert SenderStop.objects.get().probing_at is None
    assert api.call("POST", path, {}).json()["stopped_because"] == "550 5.7.26"
    assert SenderStop.objects.get().probing_at is not None


def test_limits_that_make_no_sense_are_refused(workspace: Workspace, sender: Sender) -> None:
    api, path = ApiClient(workspace), f"senders/{sender.public_id}/pace/"

    for body in (
        {"hourly_limit": 0},
        {"hourly_limit": "fast"},
        {"receivers": {"gmial": 5}},
        {"receivers": 5},
        {"warmup_plan": [0]},
        {"warmup_plan": [1] * 91},
        {"warmup_from": "soon"},
        {"used_today": 0},
    ):
        assert api.call("PATCH", path, body).status_code == 400, body
    assert not PaceBucket.objects.exists()
