"""Versions of a campaign: who gets which, and what stops them."""

import datetime as dt

import pytest

from campaigns import services
from campaigns.models import Experiment
from campaigns.preflight import inspect_campaign
from channels.models import Sender
from core.buckets import bucket_of
from core.clock import now
from core.ids import uuid7
from delivery.models import Dispatch, Message
from tests.campaigns.comparison import SETTINGS, experiment_of, start


def test_the_test_part_is_written_by_bucket_and_the_rest_is_not(tested, crowd):
    campaign = start(tested)
    seeds = {person.pk: person.bucket_seed for person in crowd}
    found = dict(Message.objects.filter(contact__in=crowd).values_list("contact", "variant"))
    salt = f"versions:{campaign.public_id}"
    wanted = {key: 1 + bucket_of(seed, salt) // 2500 for key, seed in seeds.items() if bucket_of(seed, salt) < 5000}
    assert found == wanted
    assert 150 < len(found) < 250
    assert campaign.dispatch.is_open
    experiment = experiment_of(campaign)
    assert (experiment.status, experiment.winner) == ("running", None)
    assert dt.timedelta(hours=3) < experiment.deadline_at - now() < dt.timedelta(hours=5)


def test_each_version_says_its_own(tested, crowd):
    campaign = start(tested)
    subjects = dict(Message.objects.values_list("variant", "content_version__subject").distinct())
    assert subjects == {1: "The lake is warm again", 2: "Your cabin waits"}
    assert [variant.content_version.subject for variant in campaign.variants.all()] == [subjects[1], subjects[2]]


def test_a_copy_has_the_same_versions_and_its_own_comparison(tested, crowd, owner):
    start(tested)
    copy = services.duplicate_campaign(campaign=tested, actor=owner)
    assert [variant.subject for variant in copy.variants.all()] == ["", "Your cabin waits"]
    experiment = experiment_of(copy)
    assert (experiment.status, experiment.share, experiment.wait_hours) == ("planned", 50, 4)


def test_fewer_than_two_versions_take_the_comparison_away(tested, owner):
    services.set_versions(campaign=tested, actor=owner, versions=[{}], settings={})
    assert not tested.variants.exists()
    assert not Experiment.objects.exists()


def test_more_than_eight_versions_and_parts_of_others_are_refused(tested, owner, stranger):
    other = Sender.objects.create(workspace=stranger.memberships.get().workspace, name="X", email="x@x.example")
    for versions in ([{}] * 9, [{}, {"sender": other}]):
        with pytest.raises(ValueError, match=r"versions|another workspace"):
            services.set_versions(campaign=tested, actor=owner, versions=versions, settings={})
    assert tested.variants.count() == 2


def test_an_empty_segment_is_held_with_versions_too(tested, people):
    for person in people:
        person.delete()
    held = start(tested)
    assert (held.status, held.launch_problem) == ("draft", "nobody")
    assert not Dispatch.objects.exists()
    assert Experiment.objects.get().status == "planned"


@pytest.mark.parametrize("breaking", ["sender", "template"])
def test_a_broken_part_of_one_version_holds_the_start(tested, workspace, people, template, breaking):
    if breaking == "sender":
        part = Sender.objects.create(workspace=workspace, name="New", email="new@kea.example")
        problem = "sender_unverified"
    else:
        template.pk, template.public_id = None, uuid7()
        template.mjml = "<mjml><mj-body>{{ contact.shoe }}</mj-body></mjml>"
        template.save()
        part, problem = template, "template_broken"
    services.set_versions(campaign=tested, actor=None, versions=[{}, {breaking: part}], settings=SETTINGS)
    blocking = [check.code for check in inspect_campaign(tested).blocking]
    assert blocking == [f"version_{breaking}"]
    held = start(tested)
    assert (held.status, held.launch_problem) == ("draft", problem)
    assert not Message.objects.exists()
