"""Versions through the API."""

import pytest

from campaigns.models import Campaign, CampaignVariant, Experiment
from core.clock import now
from tests.api import ApiClient
from tests.campaigns.test_api import parts, people  # noqa: F401 - fixtures
from tests.campaigns.test_experiments import start

BODY = {"variants": [{}, {"subject": "Other", "delay_minutes": 60}], "comparison": {"share": 40, "goal": "opened"}}


@pytest.fixture
def api(workspace):
    return ApiClient(workspace)


@pytest.fixture
def made(api, parts):  # noqa: F811
    return api.post("campaigns/", {**parts, **BODY, "hold_out": 10})


def test_versions_come_with_a_new_campaign(made):
    assert [row["subject"] for row in made["variants"]] == ["", "Other"]
    assert made["variants"][1]["delay_minutes"] == 60
    assert (made["comparison"]["share"], made["comparison"]["goal"]) == (40, "opened")
    assert (made["comparison"]["status"], made["comparison"]["winner"], made["hold_out"]) == ("planned", None, 10)


def test_a_change_leaves_what_it_does_not_name(api, made):
    path = f"campaigns/{made['id']}/"
    changed = api.patch(path, {"comparison": {"wait_hours": 8}})
    assert (changed["comparison"]["share"], changed["comparison"]["wait_hours"]) == (40, 8)
    assert len(changed["variants"]) == 2
    changed = api.patch(path, {"variants": [{}, {}, {"subject": "Third"}]})
    assert (len(changed["variants"]), changed["comparison"]["share"]) == (3, 40)
    assert api.patch(path, {"variants": []})["comparison"] is None
    assert not CampaignVariant.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"variants": [{}]},
        {"variants": [{}] * 9},
        {"variants": [{}, {"size": 3}]},
        {"variants": [{}, {"delay_minutes": -1}]},
        {"variants": [{}, {"sender": "00000000-0000-0000-0000-000000000000"}]},
        {"variants": "x"},
        {"comparison": {"share": 101}},
        {"comparison": {"goal": "revenue"}},
        {"comparison": {"winner": 2}},
        {"variants": [], "comparison": {"share": 50}},
        {"hold_out": 51},
    ],
)
def test_what_is_not_possible_is_refused_and_changes_nothing(api, made, wrong):
    api.patch(f"campaigns/{made['id']}/", wrong, status=400)
    assert CampaignVariant.objects.count() == 2
    assert (Experiment.objects.get().share, Campaign.objects.get().hold_out) == (40, 10)


def test_a_campaign_without_versions_has_none(api, parts):  # noqa: F811
    made = api.post("campaigns/", parts)
    assert (made["variants"], made["comparison"], made["hold_out"]) == ([], None, 0)
    assert api.get(f"campaigns/{made['id']}/report/")["comparison"] is None


def test_the_report_tells_versions_apart_and_one_can_be_chosen(api, made):
    campaign = start(Campaign.objects.get())
    report = api.get(f"campaigns/{made['id']}/report/")["comparison"]
    assert (report["status"], report["finding"]) == ("running", "too_early")
    assert [row["version"] for row in report["versions"]] == [1, 2]
    api.post(f"campaigns/{made['id']}/choose/", {"version": 2}, status=200)
    assert api.get(f"campaigns/{made['id']}/")["comparison"]["winner"] == 2
    api.post(f"campaigns/{made['id']}/choose/", {"version": 1}, status=409)
    assert Experiment.objects.get(campaign=campaign).decided_at < now()
