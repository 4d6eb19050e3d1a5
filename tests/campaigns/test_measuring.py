"""What counts when versions are compared: whose reactions, until when, and how often."""

import datetime as dt

from campaigns import services
from campaigns.measuring import measure
from campaigns.models import Experiment
from core.clock import now
from delivery.models import Message
from tests.campaigns.comparison import SETTINGS, experiment_of, let_time_pass, look, start
from tests.campaigns.crowd import let_all_be_sent, let_buy, let_react


def test_what_the_rest_does_later_does_not_change_what_was_compared(tested, crowd):
    campaign = start(tested)
    let_all_be_sent(campaign)
    let_react(campaign, 2, 70)
    look(campaign)
    before = [count.sample for count in measure(experiment_of(campaign))]
    let_all_be_sent(campaign)
    assert [count.sample for count in measure(experiment_of(campaign))] == before


def test_machines_uncertain_opens_and_late_clicks_are_not_counted(tested, crowd):
    campaign = start(tested)
    let_all_be_sent(campaign, ago=dt.timedelta(hours=5))
    let_react(campaign, 2, 70)
    let_all_be_sent(campaign)
    let_react(campaign, 1, 30, verdict="machine")
    let_react(campaign, 1, 20, verdict="uncertain")
    assert [count.sample.successes for count in measure(experiment_of(campaign))] == [0, 0]


def test_versions_at_different_hours_are_compared_only_at_the_end(campaign, crowd, owner):
    versions = [{}, {"delay_minutes": 180}]
    services.set_versions(campaign=campaign, actor=owner, versions=versions, settings={**SETTINGS, "share": 100})
    campaign = start(campaign)
    dues = sorted(set(Message.objects.exclude(status="skipped").values_list("due_at", flat=True)))
    assert dues[1] - dues[0] == dt.timedelta(hours=3)
    assert experiment_of(campaign).deadline_at >= dues[1] + dt.timedelta(hours=4)
    let_all_be_sent(campaign)
    let_react(campaign, 1, 80)
    assert look(campaign) == "too_early"
    let_time_pass(campaign)
    assert look(campaign) == "winner"


def test_revenue_compares_what_people_spend(tested, crowd):
    Experiment.objects.update(goal="revenue", event_kind="order.placed")
    campaign = start(tested)
    let_all_be_sent(campaign)
    few, many = (Message.objects.filter(variant=variant, status="sent") for variant in (1, 2))
    let_buy(few[:20], "order.placed", amount=30)
    let_buy(many[:80], "order.placed", amount=30)
    first, second = (count.sample for count in measure(experiment_of(campaign)))
    assert (first.successes, first.total, first.squares) == (20, 600.0, 18_000.0)
    assert (second.successes, second.total) == (80, 2400.0)
    assert look(campaign) == "winner"


def test_an_event_counts_each_person_once(tested, crowd):
    Experiment.objects.update(goal="event", event_kind="booking.made")
    campaign = start(tested)
    let_all_be_sent(campaign)
    one = Message.objects.filter(variant=1, status="sent")[:10]
    let_buy(one, "booking.made")
    let_buy(one, "booking.made")
    let_buy(one, "something.else")
    let_buy(Message.objects.filter(variant=2, status="sent")[:5], "booking.made", at=now() - dt.timedelta(days=2))
    assert [count.sample.successes for count in measure(experiment_of(campaign))] == [10, 0]
