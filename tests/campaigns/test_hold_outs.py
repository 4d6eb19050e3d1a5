"""People kept back: from one campaign, and from all of a workspace for a while."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns import services
from campaigns.hold_outs import effect_of, effect_of_group
from campaigns.models import Campaign, HoldOutGroup
from campaigns.preflight import audience_of
from campaigns.services.hold_outs import months_later
from core.buckets import bucket_of
from core.clock import now
from delivery.models import Message
from tests.campaigns.crowd import let_all_be_sent, let_buy, make_crowd


def start(campaign, ago=dt.timedelta(seconds=1)):
    Campaign.objects.filter(pk=campaign.pk).update(status="scheduled", scheduled_at=now() - ago)
    services.launch_campaign(campaign_id=campaign.pk)
    return Campaign.objects.with_parts().get(pk=campaign.pk)


@pytest.fixture
def crowd(workspace, topic, people):
    return make_crowd(workspace, topic, 400)


def kept(campaign):
    return set(Message.objects.filter(dispatch=campaign.dispatch, reason="held_out").values_list("contact", flat=True))


def test_the_same_people_are_kept_back_from_all_campaigns_of_a_group(campaign, crowd, workspace, owner):
    group = services.set_hold_out_group(workspace=workspace, actor=owner, percent=10, months=3)
    HoldOutGroup.objects.update(starts_at=now() - dt.timedelta(days=1))
    other = services.duplicate_campaign(campaign=campaign, actor=owner)
    first, second = start(campaign), start(other)
    wanted = {person.pk for person in crowd if bucket_of(person.bucket_seed, group.salt) < 1000}
    assert kept(first) >= wanted
    assert kept(first) == kept(second)
    assert 8 < len(wanted) < 80


def test_a_test_of_versions_and_people_kept_back_go_together(campaign, crowd, owner):
    services.set_versions(
        campaign=campaign,
        actor=owner,
        versions=[{}, {"subject": "Other"}],
        settings={"share": 50},
        values={"hold_out": 20},
    )
    row = start(campaign)
    before = kept(row)
    services.choose_version(campaign=row, actor=owner, position=2)
    after = kept(row)
    salt = f"hold-out:{row.public_id}"
    assert before < after
    assert after >= {person.pk for person in crowd if bucket_of(person.bucket_seed, salt) < 2000}
    assert Message.objects.values("contact").distinct().count() == Message.objects.count() == 404


def test_an_effect_counts_events_after_the_start_and_within_the_days(campaign, crowd):
    services.update_campaign(campaign=campaign, actor=None, values={"hold_out": 20})
    row = start(campaign, ago=dt.timedelta(hours=2))
    let_all_be_sent(row)
    sent, out = Message.objects.filter(status="sent"), Message.objects.filter(reason="held_out")
    let_buy(sent[:30], "order.placed", amount=10)
    let_buy(sent[:30], "order.placed", amount=10)
    let_buy(sent[30:60], "order.placed", at=now() - dt.timedelta(hours=3))
    let_buy(out[:4], "order.placed", amount=5)
    found = effect_of(campaign=row, dispatch=row.dispatch, kind="order.placed", days=1, with_amounts=True, now=now())
    assert (found.targeted.people, found.targeted.successes, found.targeted.total) == (sent.count(), 30, 600.0)
    assert (found.kept_back.people, found.kept_back.successes, found.kept_back.total) == (out.count(), 4, 20.0)
    assert found.targeted.squares == 30 * 400.0


def test_who_was_drawn_counts_also_if_it_did_not_arrive_and_who_may_not_be_written_to_does_not(campaign, crowd):
    services.update_campaign(campaign=campaign, actor=None, values={"hold_out": 20})
    row = start(campaign)
    out = kept(row)
    let_all_be_sent(row)
    lost = Message.objects.filter(status="sent")[:50]
    Message.objects.filter(pk__in=[message.pk for message in lost]).update(status="failed", reason="refused")
    found = effect_of(campaign=row, dispatch=row.dispatch, kind="order.placed", days=1, with_amounts=False, now=now())
    assert found.targeted.people + len(out) == 403
    assert not found.difference.is_clear


def test_without_anybody_kept_back_there_is_no_effect_to_tell(campaign, crowd):
    row = start(campaign)
    arguments = {"kind": "order.placed", "days": 1, "with_amounts": False, "now": now()}
    assert effect_of(campaign=row, dispatch=row.dispatch, **arguments) is None


def test_people_of_the_group_are_on_neither_side_of_one_campaign(campaign, crowd, workspace, owner):
    group = services.set_hold_out_group(workspace=workspace, actor=owner, percent=10, months=3)
    HoldOutGroup.objects.update(starts_at=now() - dt.timedelta(days=1))
    services.update_campaign(campaign=campaign, actor=None, values={"hold_out": 20})
    row = start(campaign)
    let_all_be_sent(row)
    found = effect_of(campaign=row, dispatch=row.dispatch, kind="x.y", days=1, with_amounts=False, now=now())
    in_group = sum(bucket_of(p.bucket_seed, group.salt) < 1000 for p in crowd)
    assert found.targeted.people + found.kept_back.people <= 403 - in_group


def test_a_group_is_compared_over_all_its_campaigns_each_person_once(campaign, crowd, workspace, owner):
    group = services.set_hold_out_group(workspace=workspace, actor=owner, percent=20, months=3)
    HoldOutGroup.objects.update(starts_at=now() - dt.timedelta(days=1))
    group.refresh_from_db()
    other = services.duplicate_campaign(campaign=campaign, actor=owner)
    first, second = start(campaign), start(other)
    let_all_be_sent(first)
    let_all_be_sent(second)
    let_buy(Message.objects.filter(dispatch=first.dispatch, status="sent")[:40], "order.placed")
    found = effect_of_group(group=group, kind="order.placed", with_amounts=False, now=now())
    assert found.targeted.people + found.kept_back.people == 403
    assert (found.targeted.successes, found.kept_back.successes) == (40, 0)
    assert found.kept_back.people == len(kept(first))


def test_another_size_begins_another_group_and_the_same_one_stays(workspace, owner):
    first = services.set_hold_out_group(workspace=workspace, actor=owner, percent=10, months=3)
    assert services.set_hold_out_group(workspace=workspace, actor=owner, percent=10, months=3) == first
    second = services.set_hold_out_group(workspace=workspace, actor=owner, percent=5, months=3)
    first.refresh_from_db()
    assert second.salt != first.salt
    assert first.ends_at == second.starts_at
    assert services.set_hold_out_group(workspace=workspace, actor=owner, percent=0) is None
    assert not HoldOutGroup.objects.lasting(now()).exists()
    assert services.renew_hold_out_groups() == 0


@pytest.mark.parametrize(("percent", "months"), [(51, 3), (-1, 3), (5, 2)])
def test_a_group_that_is_not_offered_is_refused(workspace, owner, percent, months):
    with pytest.raises(ValueError, match="not possible"):
        services.set_hold_out_group(workspace=workspace, actor=owner, percent=percent, months=months)
    assert not HoldOutGroup.objects.exists()


def test_after_its_time_other_people_are_kept_back_once(workspace, owner):
    first = services.set_hold_out_group(workspace=workspace, actor=owner, percent=10, months=1)
    HoldOutGroup.objects.update(ends_at=now() - dt.timedelta(seconds=1))
    assert services.renew_hold_out_groups() == 1
    assert services.renew_hold_out_groups() == 0
    present = HoldOutGroup.objects.lasting(now()).get()
    assert (present.percent, present.months) == (10, 1)
    assert present.salt != first.salt


@given(st.integers(0, 36_000), st.sampled_from([1, 3, 6, 12]))
def test_months_later_is_a_day_of_that_month(days, months):
    begin = dt.datetime(2000, 1, 31, 9, tzinfo=dt.UTC) + dt.timedelta(days=days)
    later = months_later(begin, months)
    assert (later.year * 12 + later.month) - (begin.year * 12 + begin.month) == months
    assert later.day <= begin.day
    assert later.time() == begin.time()


def test_the_review_counts_who_will_be_kept_back(campaign, crowd, workspace, owner):
    services.set_hold_out_group(workspace=workspace, actor=owner, percent=10, months=3)
    HoldOutGroup.objects.update(starts_at=now() - dt.timedelta(days=1))
    services.update_campaign(campaign=campaign, actor=None, values={"hold_out": 20})
    seen = audience_of(Campaign.objects.with_parts().get(pk=campaign.pk))
    row = start(campaign)
    assert seen.excluded["held_out"] == len(kept(row)) > 80
    assert seen.will_get == Message.objects.filter(status="pending").count()
