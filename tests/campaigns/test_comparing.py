"""Pages of versions and of people kept back."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils.translation import override

from campaigns import services
from campaigns.models import Campaign, Experiment, ExperimentLook, HoldOutGroup
from campaigns.version_forms import ComparisonForm, EffectForm
from core.clock import now
from delivery.models import Message
from tests.campaigns.crowd import let_all_be_sent, let_buy, let_react, make_crowd
from tests.cast import client_of

FORM = {
    "versions": 2,
    "lock_version": 1,
    "v1-subject": "",
    "v2-subject": "Your cabin waits",
    "v2-delay_hours": "2",
    "share": 40,
    "goal": "clicked",
    "wait_hours": 4,
    "is_automatic": "no",
    "otherwise": "wait",
    "hold_out": 10,
}


@pytest.fixture
def visitor(owner):
    return client_of(owner)


def url(name, campaign):
    return reverse(f"campaigns:{name}", args=["kea-cabins", campaign.public_id])


def start(campaign):
    Campaign.objects.filter(pk=campaign.pk).update(status="scheduled", scheduled_at=now() - dt.timedelta(seconds=1))
    services.launch_campaign(campaign_id=campaign.pk)
    return Campaign.objects.with_parts().get(pk=campaign.pk)


def test_two_versions_are_offered_at_first(campaign, visitor):
    text = visitor.get(url("versions", campaign)).content.decode()
    assert "Version A" in text
    assert "Version B" in text
    assert "The lake is warm again" in text
    assert not campaign.variants.exists()


def test_saving_stores_versions_settings_and_the_share_kept_back(campaign, visitor):
    answer = visitor.post(url("versions", campaign), FORM)
    assert answer.url == url("review", campaign)
    rows = list(campaign.variants.values_list("position", "subject", "delay_minutes"))
    assert rows == [(1, "", 0), (2, "Your cabin waits", 120)]
    experiment = Experiment.objects.get()
    assert (experiment.share, experiment.goal, experiment.wait_hours) == (40, "clicked", 4)
    assert (experiment.is_automatic, experiment.otherwise) == (False, "wait")
    campaign.refresh_from_db()
    assert (campaign.hold_out, campaign.lock_version) == (10, 2)


def test_the_preview_shows_each_version_as_it_will_be_sent(campaign, visitor):
    visitor.post(url("versions", campaign), FORM)
    first = visitor.get(url("review", campaign)).context
    assert (first["shown_letter"], first["letters"]) == ("A", ["A", "B"])
    assert first["preview"].subject != "Your cabin waits"
    second = visitor.get(url("preview", campaign), {"version": "B"})
    assert second.context["preview"].subject == "Your cabin waits"
    assert '<input type="hidden" name="version" value="B" form="test-form">' in second.content.decode()


def test_a_test_is_sent_in_the_version_that_is_looked_at(campaign, visitor):
    visitor.post(url("versions", campaign), FORM)
    visitor.post(url("test", campaign), {"to_email": "me@example.com", "version": "B"})
    assert Message.objects.get().content_version.subject == "Your cabin waits"


def test_hours_and_days_are_written_in_the_language_of_the_reader():
    with override("ar"):
        hours = dict(ComparisonForm.base_fields["wait_hours"].choices)[24]
        days = dict(EffectForm.base_fields["days"].choices)[14]
        assert (str(hours), str(days)) != ("24 hours", "14 days")
        assert "24" in str(hours)


def test_how_many_people_there_are_is_handed_on_without_a_separator(campaign, visitor, monkeypatch):
    monkeypatch.setattr("campaigns.sizes._people_of", lambda row: 12_345)
    assert 'name="people" value="12345"' in visitor.get(url("versions", campaign)).content.decode()


def test_one_version_left_takes_the_comparison_away(campaign, visitor):
    visitor.post(url("versions", campaign), FORM)
    visitor.post(url("versions", campaign), {"versions": 1, "v1-subject": "", "hold_out": 0, "lock_version": 2})
    assert not Experiment.objects.exists()
    assert Campaign.objects.get().hold_out == 0


def test_adding_and_removing_keeps_what_was_typed_and_stores_nothing(campaign, visitor):
    text = visitor.post(url("versions", campaign), {**FORM, "add": 1}).content.decode()
    assert "Version C" in text
    assert "Your cabin waits" in text
    text = visitor.post(url("versions", campaign), {**FORM, "remove": 1}).content.decode()
    assert "Version B" not in text
    assert "Your cabin waits" in text
    assert not Experiment.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"share": 4},
        {"share": "x"},
        {"goal": "revenue", "event_kind": ""},
        {"goal": "luck"},
        {"wait_hours": 5},
        {"hold_out": 99},
        {"v2-sender": "00000000-0000-0000-0000-000000000000"},
        {"v2-delay_hours": "7000"},
        {"v2-subject": "x" * 301},
    ],
)
def test_what_is_not_possible_is_answered_with_what_was_typed(campaign, visitor, wrong):
    answer = visitor.post(url("versions", campaign), {**FORM, **wrong})
    assert answer.status_code == 422
    assert "Version B" in answer.content.decode()
    assert not Experiment.objects.exists()


def test_somebody_elses_edit_is_not_overwritten_without_a_word(campaign, visitor, owner):
    services.update_campaign(campaign=campaign, actor=owner, values={"name": "Other"})
    answer = visitor.post(url("versions", campaign), FORM)
    assert answer.status_code == 422
    assert "changed this campaign" in answer.content.decode()
    assert not Experiment.objects.exists()


def test_sizes_say_how_many_and_what_they_can_show(campaign, visitor):
    page = url("sizes", campaign)
    text = visitor.get(page, {"share": 20, "versions": 2, "goal": "clicked", "people": 40_000}).content.decode()
    assert "4,000" in text
    assert "32,000" in text
    few = visitor.get(page, {"share": 20, "versions": 2, "goal": "clicked", "people": 300}).content.decode()
    assert "too few people" in few
    for odd in ({"share": "x", "people": "-1"}, {"versions": "99999999", "people": "9" * 30}, {}):
        assert visitor.get(page, odd).status_code == 200


def test_the_review_and_the_message_say_what_is_tried(campaign, visitor):
    visitor.post(url("versions", campaign), FORM)
    assert "versions/summary/?people=" in visitor.get(url("review", campaign)).content.decode()
    text = visitor.get(url("versions-summary", campaign), {"people": 1000}).content.decode()
    assert "The lake is warm again" in text
    assert "Your cabin waits · 2 hours later" in text
    assert "10 % of the people are kept back" in text
    assert "2 versions" in visitor.get(url("message", campaign)).content.decode()


def test_saving_the_message_leads_on_to_the_versions(campaign, visitor):
    data = {"template": campaign.template.public_id, "sender": campaign.sender.public_id, "lock_version": 1}
    assert visitor.post(url("message", campaign), {**data, "versions": 1}).url == url("versions", campaign)


def test_the_comparison_shows_both_and_lets_somebody_choose(campaign, workspace, topic, visitor):
    make_crowd(workspace, topic, 400)
    visitor.post(url("versions", campaign), {**FORM, "v2-delay_hours": "0", "hold_out": 0})
    row = start(campaign)
    text = visitor.get(url("comparison", row)).content.decode()
    assert "Too early to say" in text
    let_all_be_sent(row)
    let_react(row, 2, 60)
    for minutes in (10, 5):
        samples = [[80, 0, None, 0], [80, minutes, None, 0]]
        at = now() - dt.timedelta(minutes=minutes)
        ExperimentLook.objects.create(experiment=row.experiment, at=at, samples=samples, finding="too_early")
    text = visitor.get(url("comparison", row)).content.decode()
    assert "There is a winner" in text
    assert "2 looks so far" in text
    assert "Choose version B" in text
    assert "<svg" in text
    answer = visitor.post(url("choose", row), {"version": 2})
    assert answer.url == url("report", row)
    assert "Version B was chosen" in visitor.get(url("comparison", row)).content.decode()
    assert Message.objects.count() == 404
    assert "comparison/" in visitor.get(url("report", row)).content.decode()


@pytest.mark.parametrize("version", ["", "x", "9", "0"])
def test_choosing_what_is_not_there_changes_nothing(campaign, visitor, version):
    visitor.post(url("versions", campaign), FORM)
    row = start(campaign)
    visitor.post(url("choose", row), {"version": version})
    assert Experiment.objects.get().status == "running"


def test_who_only_looks_on_cannot_choose(campaign, viewer, visitor):
    visitor.post(url("versions", campaign), FORM)
    row = start(campaign)
    assert client_of(viewer).post(url("choose", row), {"version": 1}).status_code == 403
    assert "Choose version" not in client_of(viewer).get(url("comparison", row)).content.decode()


def test_people_kept_back_are_compared_with_the_others(campaign, workspace, topic, visitor):
    make_crowd(workspace, topic, 400)
    services.update_campaign(campaign=campaign, actor=None, values={"hold_out": 20})
    row = start(campaign)
    kept = Message.objects.filter(reason="held_out")
    assert 50 < kept.count() < 110
    let_all_be_sent(row, ago=dt.timedelta())
    let_buy(Message.objects.filter(status="sent")[:200], "booking.made", amount=20)
    let_buy(kept[:2], "booking.made", amount=20)
    page = url("comparison", row)
    text = visitor.get(page, {"event": "booking.made", "days": 7}).content.decode()
    assert f"Control group ({kept.count()})" in text
    assert "Zero is outside of the bar" in text
    assert "per person" in visitor.get(page, {"event": "booking.made", "amounts": "on"}).content.decode()
    assert visitor.get(page, {"event": "no.such", "days": "x"}).status_code == 200


def test_the_workspaces_group_is_set_by_an_owner_and_shown_to_all(workspace, visitor, viewer):
    page = reverse("campaigns:hold-out", args=["kea-cabins"])
    assert visitor.get(page).status_code == 200
    assert client_of(viewer).post(page, {"percent": 5, "months": 3}).status_code == 403
    assert visitor.post(page, {"percent": 51, "months": 3}).status_code == 422
    assert not HoldOutGroup.objects.exists()
    assert visitor.post(page, {"percent": 5, "months": 3}).status_code == 302
    assert "5 % are kept back" in client_of(viewer).get(page).content.decode()


def test_home_asks_for_a_choice_that_only_a_person_can_make(campaign, workspace, visitor):
    visitor.post(url("versions", campaign), FORM)
    start(campaign)
    page = reverse("campaigns:home-panel", args=["kea-cabins"])
    assert "Choose a version" not in visitor.get(page, {"part": "needs"}).content.decode()
    Experiment.objects.update(status="waiting", outcome="undecided")
    text = visitor.get(page, {"part": "needs"}).content.decode()
    assert "Choose a version of “Summer at the lake”" in text
    assert "The rest waits until somebody chooses" in text
