"""A sender's limits through the API."""

from accounts.models import Workspace
from channels.models import Sender
from delivery.models import PaceBucket
from delivery.pace.receivers import GMAIL, YAHOO
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
