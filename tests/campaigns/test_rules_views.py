"""Pages of the rules for all campaigns, of a second person's yes and of campaign templates."""

import datetime as dt

import pytest
from django.urls import reverse

from campaigns.models import Campaign, CampaignRules
from campaigns.rules import dispatch_rules, rules_of, undo_window
from campaigns.services import save_as_template, send_now
from core.clock import now
from delivery.models import Dispatch, FrequencyRule, Message
from delivery.services import forecast_rule
from tests.api import ApiClient
from tests.cast import client_of

Status = Campaign.Status


def url(name, workspace, *args):
    return reverse(f"campaigns:{name}", args=[workspace.slug, *args])


@pytest.fixture
def waiting(campaign, teammate):
    CampaignRules.objects.create(workspace=campaign.workspace, approval_from=1)
    Campaign.objects.filter(pk=campaign.pk).update(updated_by=teammate)
    return send_now(campaign=campaign, actor=teammate)


def status_of(campaign):
    return Campaign.objects.get(pk=campaign.pk).status


def test_owners_change_the_rules_and_others_only_look(workspace, owner, teammate):
    values = {
        "needs_approval": "on", "approval_from": "500", "approver_role": "editor", "undo_seconds": "60",
        "price": "1.5", "currency": "eur",
    }  # fmt: skip
    assert client_of(teammate).post(url("rules", workspace), values).status_code == 403
    assert client_of(teammate).get(url("rules", workspace)).status_code == 200
    assert not CampaignRules.objects.exists()
    assert client_of(owner).post(url("rules", workspace), values).status_code == 302
    rules = rules_of(workspace)
    assert (rules.approval_from, rules.approver_role, rules.currency) == (500, "editor", "EUR")
    assert undo_window(workspace) == dt.timedelta(minutes=1)
    client_of(owner).post(url("rules", workspace), values | {"needs_approval": ""})
    assert rules_of(workspace).approval_from is None


@pytest.mark.parametrize("wrong", [{"price": "-1"}, {"currency": ""}, {"undo_seconds": "4000"}, {"approval_from": "x"}])
def test_rules_that_cannot_be_are_refused(workspace, owner, wrong):
    values = {"needs_approval": "on", "approver_role": "owner", "undo_seconds": "10", "price": "2", "currency": "EUR"}
    assert client_of(owner).post(url("rules", workspace), values | wrong).status_code == 422
    assert not CampaignRules.objects.exists()


def test_a_rule_of_how_often_is_made_changed_and_removed(workspace, owner):
    client = client_of(owner)
    client.post(url("rule-add", workspace), {"messages": "3", "days": "7", "channel": ""})
    client.post(url("rule-add", workspace), {"messages": "2", "days": "7", "channel": ""})
    rule = FrequencyRule.objects.get()
    assert (rule.messages, rule.days, rule.channel) == (2, 7, "")
    assert "At most 2 in 7 days, all channels together" in client.get(url("rules", workspace)).content.decode()
    client.post(url("rule-remove", workspace, rule.public_id))
    assert not FrequencyRule.objects.exists()


def test_a_rule_out_of_bounds_is_refused(workspace, owner):
    answer = client_of(owner).post(url("rule-add", workspace), {"messages": "0", "days": "90"})
    assert answer.status_code == 422
    assert not FrequencyRule.objects.exists()


def test_the_forecast_counts_who_got_more_than_that(workspace, people, owner):
    dispatch = Dispatch.objects.create(
        workspace=workspace, source_kind="campaign", source_id=1, occurrence=now(), name="Old", targeted=5
    )
    other = Dispatch.objects.create(
        workspace=workspace, source_kind="campaign", source_id=2, occurrence=now(), name="Old", targeted=5
    )
    for contact, sent, days in ((0, dispatch, 3), (0, other, 1), (1, dispatch, 20), (1, other, 2), (2, other, 4)):
        at = now() - dt.timedelta(days=days)
        Message.objects.create(
            workspace=workspace, dispatch=sent, contact=people[contact], purpose="marketing", status="sent",
            recipient="x@example.com", created_at=at, due_at=at, settled_at=at,
        )  # fmt: skip
    found = forecast_rule(workspace=workspace, messages=1, days=7)
    assert (found.people, found.messages, found.is_about) == (1, 1, False)
    assert forecast_rule(workspace=workspace, messages=1, days=30).people == 2
    page = client_of(owner).get(url("rule-forecast", workspace), {"messages": "1", "days": "7"})
    assert "1 of your people" in page.content.decode()


def test_the_review_asks_the_second_person_only(waiting, workspace, owner, teammate):
    question = "Yes, send it"
    assert question in client_of(owner).get(url("review", workspace, waiting.public_id)).content.decode()
    assert question not in client_of(teammate).get(url("review", workspace, waiting.public_id)).content.decode()
    needs = url("home-panel", workspace) + "?part=needs"
    assert "waits for your yes" in client_of(owner).get(needs).content.decode()
    assert "waits for your yes" not in client_of(teammate).get(needs).content.decode()


def test_yes_and_no_are_given_on_the_page(waiting, workspace, owner, teammate):
    client = client_of(owner)
    client.post(url("say-no", workspace, waiting.public_id), {"comment": " "})
    assert status_of(waiting) == Status.WAITING
    client.post(url("say-no", workspace, waiting.public_id), {"comment": "Wrong date"})
    assert status_of(waiting) == Status.DRAFT
    assert "Wrong date" in client_of(teammate).get(url("review", workspace, waiting.public_id)).content.decode()
    assert "said no to" in client_of(teammate).get(url("home-panel", workspace) + "?part=needs").content.decode()
    client_of(teammate).post(url("send", workspace, waiting.public_id))
    assert status_of(waiting) == Status.WAITING
    client.post(url("approve", workspace, waiting.public_id))
    assert status_of(waiting) == Status.SCHEDULED


def test_importance_is_saved_on_the_review(campaign, workspace, owner):
    values = {
        "priority": "1", "wait_days": "5", "hourly_limit": "400", "lock_version": str(campaign.lock_version)
    }  # fmt: skip
    client_of(owner).post(url("standing", workspace, campaign.public_id), values)
    campaign.refresh_from_db()
    assert (campaign.priority, campaign.wait_days, campaign.hourly_limit) == (1, 5, 400)
    assert dispatch_rules(campaign)["hourly_limit"] == 400
    client_of(owner).post(url("standing", workspace, campaign.public_id), values | {"wait_days": "900"})
    client_of(owner).post(url("standing", workspace, campaign.public_id), values | {"hourly_limit": "0"})
    campaign.refresh_from_db()
    assert (campaign.wait_days, campaign.hourly_limit) == (5, 400)


def test_templates_have_a_page_and_are_not_in_the_list(campaign, workspace, owner):
    client = client_of(owner)
    client.post(url("save-template", workspace, campaign.public_id), {"name": "Monthly letter"})
    kept = Campaign.objects.get(status=Status.TEMPLATE)
    assert "Monthly letter" in client.get(url("templates", workspace)).content.decode()
    page = client.get(url("list", workspace)).content.decode()
    assert "Monthly letter" not in page
    client.post(url("start", workspace, kept.public_id))
    assert Campaign.objects.filter(name="Monthly letter", status=Status.DRAFT).count() == 1


def test_a_template_is_looked_at_like_any_campaign(campaign, workspace, owner):
    kept = save_as_template(campaign=campaign, actor=owner, name="Monthly letter")
    for page in ("who", "message", "review"):
        assert client_of(owner).get(url(page, workspace, kept.public_id)).status_code == 200


def test_the_api_asks_answers_and_explains(campaign, workspace, teammate, people, owner):
    CampaignRules.objects.create(workspace=workspace, approval_from=1, approver_role="editor")
    mine, theirs = ApiClient(workspace, maker=owner), ApiClient(workspace, maker=teammate)
    path = f"campaigns/{campaign.public_id}/"
    assert mine.post(f"{path}send/", {}, 200)["status"] == "waiting"
    assert mine.post(f"{path}approve/", {}, 409)["error"]["code"] == "not_allowed"
    assert mine.get(path)["approval"]["answer"] == "open"
    theirs.post(f"{path}refuse/", {}, 400)
    assert theirs.post(f"{path}refuse/", {"comment": "Wrong date"}, 200)["status"] == "draft"
    assert mine.post(f"{path}send/", {}, 200)["status"] == "waiting"
    assert theirs.post(f"{path}approve/", {}, 200)["status"] == "scheduled"
    assert mine.patch(path, {"priority": 1, "wait_days": 2})["status"] == "draft"
    (answer,) = mine.get(f"{path}why/?contact={people[3].public_id}")
    assert (answer["code"], answer["message"]) == ("not_started", None)
    mine.get(f"{path}why/?contact=nonsense", 400)
    mine.get(f"{path}recipients/?variant=x", 400)
    assert mine.get(f"{path}recipients/?search=lina")["results"] == []


@pytest.mark.parametrize(("name", "field"), [("approve", "comment"), ("say-no", "comment"), ("save-template", "name")])
def test_what_cannot_be_stored_is_left_out_of_what_people_write(waiting, workspace, owner, name, field):
    answer = client_of(owner).post(url(name, workspace, waiting.public_id), {field: "Love\0ly"})
    assert answer.status_code == 302
    assert "Lovely" in (waiting.approvals.get().comment, Campaign.objects.latest("id").name)
