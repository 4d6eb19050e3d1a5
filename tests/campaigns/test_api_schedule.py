"""Campaigns of several kinds over REST."""

import datetime as dt

import pytest

from campaigns.models import Campaign
from campaigns.services import launch_campaign
from delivery.models import Message
from tests.api import ApiClient
from tests.campaigns.test_api import campaign, in_days, parts, people  # noqa: F401 - fixtures

WEEKLY = {"kind": "recurring", "every": "week", "weekdays": [0, 3], "clock": "08:30", "time_zone": "Pacific/Auckland"}


@pytest.fixture
def api(workspace):
    return ApiClient(workspace)


def test_a_weekly_campaign_says_its_rules_and_its_next_time(api, campaign):  # noqa: F811
    shown = api.post(f"campaigns/{campaign['id']}/schedule/", WEEKLY, 200)
    row = Campaign.objects.get()
    schedule = shown["schedule"]
    assert (shown["status"], schedule["kind"], schedule["weekdays"]) == ("scheduled", "recurring", [0, 3])
    assert (str(schedule["clock"])[:5], schedule["when_late"]) == ("08:30", "skip")
    assert row.scheduled_at.isoformat().replace("+00:00", "Z") == schedule["at"]
    (planned,) = api.get(f"campaigns/{campaign['id']}/occurrences/")["results"]
    assert (planned["status"], planned["at"], planned["targeted"]) == ("planned", schedule["at"], 0)


def test_what_is_shown_can_be_sent_back(api, campaign):  # noqa: F811
    shown = api.post(f"campaigns/{campaign['id']}/schedule/", WEEKLY, 200)["schedule"]
    again = api.patch(f"campaigns/{campaign['id']}/", {"schedule": shown})["schedule"]
    assert again == shown


def test_each_time_has_a_report_and_recipients_of_its_own(api, campaign):  # noqa: F811
    api.post(f"campaigns/{campaign['id']}/schedule/", {**WEEKLY, "every": "day"}, 200)
    for _each in range(2):
        row = Campaign.objects.get()
        launch_campaign(campaign_id=row.pk, at=row.scheduled_at)
    Message.objects.filter(dispatch=Campaign.objects.get().dispatch).update(status="sent")
    rows = api.get(f"campaigns/{campaign['id']}/occurrences/")["results"]
    begun = sorted((row for row in rows if row["status"] == "launched"), key=lambda row: row["at"])
    first, last = (api.get(f"campaigns/{campaign['id']}/report/?occurrence={row['id']}") for row in begun)
    assert (first["targeted"], first["sent"], last["sent"]) == (2, 0, 2)
    recipients = api.get(f"campaigns/{campaign['id']}/recipients/?occurrence={begun[0]['id']}")["results"]
    assert len(recipients) == 2
    assert api.get(f"campaigns/{campaign['id']}/report/")["sent"] == 2
    api.get(f"campaigns/{campaign['id']}/report/?occurrence=nothing", 400)


def test_local_time_and_a_window_are_part_of_a_schedule(api, campaign):  # noqa: F811
    body = {"at": in_days(3), "local_time": True, "if_passed": "next_day", "send_within": 4}
    schedule = api.post(f"campaigns/{campaign['id']}/schedule/", body, 200)["schedule"]
    assert {name: schedule[name] for name in body} == body


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "kind"),
        ({"kind": "once"}, "at"),
        ({"kind": "yearly"}, "kind"),
        ({"kind": "recurring", "every": "week"}, "weekdays"),
        ({"kind": "recurring", "every": "week", "weekdays": [9]}, "weekdays"),
        ({"kind": "recurring", "every": "month", "month_days": [32]}, "month_days"),
        ({"kind": "recurring", "every": "day", "times": 0}, "times"),
        ({"kind": "evergreen", "ends_on": "9999-12-31"}, "ends_on"),
        ({"kind": "recurring", "every": "day", "starts_on": "soon"}, "starts_on"),
        ({"kind": "date"}, "attribute"),
        ({"kind": "feed", "every": "day", "feed_url": "file:///etc/passwd"}, "feed_url"),
        ({"kind": "once", "at": "2030-01-01T10:00:00Z", "send_within": 1000}, "send_within"),
        ({"every": "day"}, "kind"),
        ({"kind": "evergreen", "often": True}, "often"),
    ],
)
def test_rules_that_cannot_be_are_refused_by_name_and_nothing_changes(api, campaign, body, field):  # noqa: F811
    answer = api.post(f"campaigns/{campaign['id']}/schedule/", body, 400)
    assert list(answer["error"]["fields"]) == [field]
    row = Campaign.objects.get()
    assert (row.status, row.kind, row.scheduled_at) == ("draft", "once", None)


def test_a_date_that_does_not_exist_is_said_so(api, campaign):  # noqa: F811
    api.post(f"campaigns/{campaign['id']}/schedule/", {"kind": "date", "attribute": "birthday"}, 422)
    assert Campaign.objects.get().status == "draft"


def test_the_next_time_is_in_the_future(api, campaign):  # noqa: F811
    api.post(f"campaigns/{campaign['id']}/schedule/", {**WEEKLY, "starts_on": "2020-01-01"}, 200)
    assert Campaign.objects.get().scheduled_at > dt.datetime.now(dt.UTC)


@pytest.mark.parametrize("rules", [{}, {"local_time": True}, {"kind": "evergreen"}])
def test_no_clock_reaches_the_end_of_time(api, campaign, rules):  # noqa: F811
    body = {"at": "9999-12-31T23:59:59Z", **rules}
    assert "too far away" in api.post(f"campaigns/{campaign['id']}/schedule/", body, 422)["error"]["message"]
    assert Campaign.objects.get().scheduled_at is None
