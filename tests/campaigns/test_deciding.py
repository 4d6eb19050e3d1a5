"""Which version goes to the rest: when and by whom it is decided, once, and that nobody gets two."""

import threading

import pytest
from django.db import connection
from django.utils import timezone

from campaigns import services
from campaigns.errors import WrongState
from campaigns.measuring import measure
from campaigns.models import Experiment, ExperimentLook
from campaigns.services.experiments import look_at_experiment
from campaigns.variants import salt_of
from channels.models import Sender
from contacts.models import Contact
from core.buckets import BUCKETS, bucket_of
from core.clock import now
from delivery.models import Dispatch, Message
from delivery.sender_process import SenderProcess
from delivery.services.dispatches import end_dispatches
from events.models import Event
from events.services import run_due_handlers
from tests.campaigns.comparison import SETTINGS, TWO, experiment_of, let_time_pass, look, make_due, start
from tests.campaigns.crowd import let_all_be_sent, let_react, make_crowd
from tests.smtp_server import running_smtp_server


def test_a_clear_winner_goes_to_the_rest_and_nobody_gets_two(tested, crowd):
    campaign = start(tested)
    let_all_be_sent(campaign)
    let_react(campaign, 1, 5)
    let_react(campaign, 2, 70)
    before = set(Message.objects.values_list("pk", flat=True))
    assert look(campaign) == "winner"
    experiment = experiment_of(campaign)
    assert (experiment.status, experiment.outcome, experiment.winner) == ("decided", "winner", 2)
    added = Message.objects.exclude(pk__in=before)
    assert set(added.exclude(status="skipped").values_list("variant", "content_version__subject")) == {
        (2, "Your cabin waits")
    }
    assert Message.objects.count() == Message.objects.values("contact").distinct().count() == 404
    assert not Dispatch.objects.get().is_open
    assert Event.objects.get(kind="campaign.version_chosen").properties["version"] == 2
    assert ExperimentLook.objects.get().samples == [
        [count.sample.people, count.sample.successes, None, 0.0] for count in measure(experiment)
    ]


def test_looking_again_after_the_decision_changes_nothing(tested, crowd):
    campaign = start(tested)
    let_all_be_sent(campaign)
    let_react(campaign, 2, 70)
    assert look(campaign) == "winner"
    assert look(campaign) == ""
    assert (ExperimentLook.objects.count(), Event.objects.filter(kind="campaign.version_chosen").count()) == (1, 1)


def test_a_small_difference_is_too_early_and_keeps_waiting(tested, crowd):
    campaign = start(tested)
    let_all_be_sent(campaign)
    let_react(campaign, 1, 10)
    let_react(campaign, 2, 14)
    assert look(campaign) == "too_early"
    experiment = experiment_of(campaign)
    assert experiment.status == "running"
    assert experiment.next_look_at > now()
    assert Dispatch.objects.get().is_open


@pytest.mark.parametrize(
    ("otherwise", "outcome", "status", "variants"),
    [
        ("first", "first", "decided", {1}),
        ("split", "split", "decided", {1, 2}),
        ("wait", "undecided", "waiting", set()),
    ],
)
def test_no_winner_in_time_does_what_was_decided_beforehand(tested, crowd, otherwise, outcome, status, variants):
    Experiment.objects.update(otherwise=otherwise)
    campaign = start(tested)
    let_all_be_sent(campaign)
    let_react(campaign, 1, 10)
    let_react(campaign, 2, 10)
    let_time_pass(campaign)
    before = set(Message.objects.values_list("pk", flat=True))
    assert look(campaign) == "close"
    experiment = experiment_of(campaign)
    assert (experiment.status, experiment.outcome, experiment.winner) == (status, outcome, None)
    added = Message.objects.exclude(pk__in=before).exclude(status="skipped")
    assert set(added.values_list("variant", flat=True)) == variants
    assert Dispatch.objects.get().is_open == (status == "waiting")


def test_groups_of_the_wrong_size_decide_nothing_and_ask_somebody(tested, crowd):
    campaign = start(tested)
    let_all_be_sent(campaign)
    let_react(campaign, 2, 70)
    gone = Message.objects.filter(variant=1, status="sent")[:60]
    Message.objects.filter(pk__in=[message.pk for message in gone]).update(status="failed", reason="refused")
    assert look(campaign) == "uneven"
    experiment = experiment_of(campaign)
    assert (experiment.status, experiment.outcome, experiment.winner) == ("waiting", "uneven", None)
    assert not Event.objects.filter(kind="campaign.version_chosen").exists()


def test_by_hand_the_machine_names_the_winner_but_sends_nothing(tested, crowd, owner):
    Experiment.objects.update(is_automatic=False)
    campaign = start(tested)
    let_all_be_sent(campaign)
    let_react(campaign, 2, 70)
    count = Message.objects.count()
    assert look(campaign) == "winner"
    assert experiment_of(campaign).status == "running"
    assert Message.objects.count() == count
    services.choose_version(campaign=campaign, actor=owner, position=1)
    experiment = experiment_of(campaign)
    assert (experiment.status, experiment.outcome, experiment.winner) == ("decided", "by_hand", 1)
    assert experiment.decided_by == owner
    assert Message.objects.count() == 404


def test_choosing_twice_is_one_choice_and_another_one_is_refused(tested, crowd, owner):
    campaign = start(tested)
    services.choose_version(campaign=campaign, actor=owner, position=2)
    services.choose_version(campaign=campaign, actor=owner, position=2)
    with pytest.raises(WrongState):
        services.choose_version(campaign=campaign, actor=owner, position=1)
    assert experiment_of(campaign).winner == 2
    assert Event.objects.filter(kind="campaign.version_chosen").count() == 1


@pytest.mark.parametrize("position", [0, 3])
def test_a_version_that_is_not_there_cannot_be_chosen(tested, crowd, owner, position):
    campaign = start(tested)
    with pytest.raises(WrongState):
        services.choose_version(campaign=campaign, actor=owner, position=position)
    assert experiment_of(campaign).status == "running"


def test_a_sender_revoked_meanwhile_blocks_the_rest_and_says_so(tested, crowd, owner):
    campaign = start(tested)
    let_all_be_sent(campaign)
    let_react(campaign, 2, 70)
    Sender.objects.update(verified_at=None)
    count = Message.objects.count()
    look(campaign)
    experiment = experiment_of(campaign)
    assert (experiment.status, experiment.outcome) == ("waiting", "blocked")
    assert Message.objects.count() == count
    with pytest.raises(WrongState):
        services.choose_version(campaign=campaign, actor=owner, position=2)
    Sender.objects.update(verified_at=timezone.now())
    services.choose_version(campaign=campaign, actor=owner, position=2)
    assert Message.objects.count() == 404


def test_a_paused_campaign_is_not_decided_by_the_machine(tested, crowd, owner):
    campaign = start(tested)
    let_all_be_sent(campaign)
    let_react(campaign, 2, 70)
    services.pause_campaign(campaign=campaign, actor=owner)
    assert look(campaign) == ""
    assert experiment_of(campaign).status == "running"
    services.resume_campaign(campaign=campaign, actor=owner)
    assert look(campaign) == "winner"


def test_a_stopped_campaign_stops_its_comparison(tested, crowd, owner):
    campaign = start(tested)
    let_all_be_sent(campaign)
    let_react(campaign, 2, 70)
    services.cancel_campaign(campaign=campaign, actor=owner)
    count = Message.objects.count()
    look(campaign)
    assert experiment_of(campaign).status == "stopped"
    assert Message.objects.count() == count


def test_everybody_split_is_compared_but_nothing_more_is_sent(tested, crowd):
    Experiment.objects.update(share=100)
    campaign = start(tested)
    assert Message.objects.count() == 404
    assert not campaign.dispatch.is_open
    let_all_be_sent(campaign)
    let_react(campaign, 1, 70)
    assert look(campaign) == "winner"
    experiment = experiment_of(campaign)
    assert (experiment.status, experiment.winner) == ("decided", 1)
    assert Message.objects.count() == 404


def test_due_looks_are_woken(tested, crowd, wakeups, django_capture_on_commit_callbacks):
    campaign = start(tested)
    Experiment.objects.update(next_look_at=now())
    with django_capture_on_commit_callbacks(execute=True):
        found = services.wake_due_looks()
    assert found == [experiment_of(campaign).pk]
    assert ("campaigns.look", {"experiment_id": found[0]}) in wakeups


def test_wake_ups_that_piled_up_look_once(tested, crowd):
    campaign = start(tested)
    let_all_be_sent(campaign)
    make_due(campaign)
    experiment = experiment_of(campaign)
    found = [look_at_experiment(experiment_id=experiment.pk) for _wake_up in range(3)]
    assert found == ["too_early", "", ""]
    assert ExperimentLook.objects.count() == 1


def test_a_look_that_is_not_due_is_not_taken(tested, crowd):
    campaign = start(tested)
    let_all_be_sent(campaign)
    let_react(campaign, 2, 70)
    planned = experiment_of(campaign).next_look_at
    assert look_at_experiment(experiment_id=experiment_of(campaign).pk) == ""
    assert experiment_of(campaign).next_look_at == planned
    assert not ExperimentLook.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_looks_and_a_person_at_once_decide_once(tested, workspace, topic, people, owner):
    make_crowd(workspace, topic, 400)
    campaign = start(tested)
    let_all_be_sent(campaign)
    let_react(campaign, 2, 70)
    make_due(campaign)
    key = experiment_of(campaign).pk
    begin = threading.Barrier(3)

    def run(deed):
        try:
            begin.wait()
            deed()
        finally:
            connection.close()

    deeds = [lambda: look_at_experiment(experiment_id=key)] * 2 + [
        lambda: services.choose_version(campaign=campaign, actor=owner, position=2),
    ]
    threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert experiment_of(campaign).winner == 2
    assert Event.objects.filter(kind="campaign.version_chosen").count() == 1
    assert Message.objects.count() == Message.objects.values("contact").distinct().count() == 404


def test_from_the_test_to_the_rest_through_the_real_sender(tested, workspace, topic, people, tmp_path, settings):
    make_crowd(workspace, topic, 400)
    campaign = start(tested)
    process = SenderProcess(tmp_path)
    with running_smtp_server() as server:
        settings.SMTP_URL = server.url
        process.run("bulk", 20)
        tested_people = set(server.recipients)
        assert end_dispatches() == []
        Message.objects.filter(status="sent").update(is_tracked=True)
        let_react(campaign, 2, 70)
        assert look(campaign) == "winner"
        process.run("bulk", 20)
    process.close()
    end_dispatches()
    run_due_handlers()
    assert 150 < len(tested_people) < 250
    assert len(server.recipients) == len(set(server.recipients)) == 403
    campaign.refresh_from_db()
    assert campaign.status == "sent"


def test_a_segment_so_small_that_nobody_is_in_the_test_still_gets_it(tested, people):
    services.set_versions(campaign=tested, actor=None, versions=TWO, settings={**SETTINGS, "share": 5})
    outside = next(seed for seed in range(100) if bucket_of(seed, salt_of(tested)) >= BUCKETS // 20)
    Contact.objects.update(bucket_seed=outside)
    campaign = start(tested)
    assert (campaign.status, Message.objects.count()) == ("sending", 0)
    let_time_pass(campaign)
    look(campaign)
    assert experiment_of(campaign).outcome == "first"
    assert Message.objects.filter(status="pending").count() == 3
