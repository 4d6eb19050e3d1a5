"""A second person's yes: who gives it, what it holds for, and what takes it back."""

import datetime as dt

import pytest

from accounts.models import AuditEntry, Membership, Role
from campaigns import services
from campaigns.approval import launch_problem
from campaigns.errors import ApprovalOutdated, NotAllowed, WrongState
from campaigns.models import Approval, Campaign, CampaignRules
from campaigns.services import approve_campaign, refuse_campaign
from campaigns.timing import Timing
from campaigns.variants import salt_of
from contacts.models import Contact
from core.buckets import BUCKETS, bucket_of
from core.clock import now
from delivery.models import Dispatch, Message
from segments.models import ListMember, Segment, StaticList

Status = Campaign.Status


@pytest.fixture
def rules(workspace):
    return CampaignRules.objects.create(workspace=workspace, approval_from=2, undo_seconds=30)


@pytest.fixture
def asked(campaign, rules, teammate, people):
    """A campaign that its writer wants to send now."""
    Campaign.objects.filter(pk=campaign.pk).update(updated_by=teammate)
    services.send_now(campaign=campaign, actor=teammate)
    return fresh(campaign)


def fresh(campaign):
    return Campaign.objects.with_parts().get(pk=campaign.pk)


def test_from_the_limit_on_somebody_is_asked_and_nothing_starts(asked, teammate):
    approval = asked.approvals.get()
    assert (asked.status, approval.answer, approval.people, approval.is_at_once) == (Status.WAITING, "open", 3, True)
    assert approval.asked_by == teammate
    assert services.wake_due_campaigns(at=now() + dt.timedelta(days=1)) == []


def test_below_the_limit_nobody_is_asked(campaign, rules, teammate, people):
    CampaignRules.objects.update(approval_from=4)
    services.send_now(campaign=campaign, actor=teammate)
    assert fresh(campaign).status == Status.SCHEDULED


def test_pressing_twice_asks_once(asked, teammate):
    services.send_now(campaign=asked, actor=teammate)
    assert asked.approvals.count() == 1


def test_a_second_persons_yes_sends_it_after_the_undo_window(asked, owner, teammate):
    before = now()
    approve_campaign(campaign=asked, actor=owner, comment="Lovely")
    row = fresh(asked)
    assert (row.status, row.scheduled_by) == (Status.SCHEDULED, teammate)
    assert dt.timedelta(seconds=29) < row.scheduled_at - before < dt.timedelta(seconds=60)
    assert row.approvals.values_list("answer", "comment", "answered_by").get() == ("yes", "Lovely", owner.pk)
    assert launch_problem(row, 3) == ""
    assert "campaign.approved" in AuditEntry.objects.values_list("action", flat=True)


def test_neither_who_asked_nor_who_changed_it_last_may_say_yes(asked, owner, teammate, viewer):
    Campaign.objects.filter(pk=asked.pk).update(updated_by=owner)
    for actor in (teammate, owner, viewer, None):
        with pytest.raises(NotAllowed):
            approve_campaign(campaign=asked, actor=actor)
    assert fresh(asked).status == Status.WAITING
    assert asked.approvals.get().answer == "open"


def test_editors_may_say_yes_only_where_the_workspace_lets_them(asked, owner, teammate, rules):
    asked.approvals.update(asked_by=owner)
    Campaign.objects.filter(pk=asked.pk).update(updated_by=owner)
    with pytest.raises(NotAllowed):
        approve_campaign(campaign=asked, actor=teammate)
    CampaignRules.objects.update(approver_role="editor")
    approve_campaign(campaign=asked, actor=teammate)
    assert fresh(asked).status == Status.SCHEDULED


def test_somebody_who_left_may_not_say_yes(asked, owner):
    Membership.objects.filter(user=owner).delete()
    with pytest.raises(NotAllowed):
        approve_campaign(campaign=asked, actor=owner)


def test_a_no_makes_it_a_draft_with_the_comment(asked, owner):
    refuse_campaign(campaign=asked, actor=owner, comment="The date is wrong")
    row = fresh(asked)
    assert (row.status, row.scheduled_at) == (Status.DRAFT, None)
    assert row.approvals.values_list("answer", "comment").get() == ("no", "The date is wrong")
    with pytest.raises(WrongState):
        approve_campaign(campaign=asked, actor=owner)


def test_any_edit_withdraws_the_question(asked, teammate):
    services.update_campaign(campaign=asked, actor=teammate, values={"name": "Other"})
    assert fresh(asked).status == Status.DRAFT
    assert asked.approvals.get().answer == "withdrawn"


def test_any_edit_withdraws_the_yes(asked, owner, teammate):
    approve_campaign(campaign=asked, actor=owner)
    services.update_campaign(campaign=asked, actor=teammate, values={"priority": 1})
    assert fresh(asked).status == Status.DRAFT
    assert not asked.approvals.standing().exists()


def test_taking_it_back_withdraws_the_question(asked, teammate):
    services.unschedule_campaign(campaign=asked, actor=teammate)
    assert fresh(asked).status == Status.DRAFT
    assert asked.approvals.get().answer == "withdrawn"


def test_a_message_changed_after_the_question_needs_a_new_one(asked, owner, template):
    template.subject = "Something else"
    template.save()
    with pytest.raises(ApprovalOutdated):
        approve_campaign(campaign=asked, actor=owner)
    assert asked.approvals.get().answer == "open"


@pytest.mark.parametrize("part", ["template", "segment", "sender"])
def test_a_part_changed_after_the_yes_stops_the_start(asked, owner, template, segment, sender, part):
    approve_campaign(campaign=asked, actor=owner)
    if part == "template":
        template.mjml = template.mjml.replace("warm", "cold")
        template.save()
    elif part == "segment":
        segment.rule = {"version": 1, "where": {"any": [{"kind": "everyone"}]}}
        segment.save()
    else:
        sender.reply_to = "other@kea.example"
        sender.save()
    assert launch_problem(fresh(asked), 3) == "approval_changed"


def test_a_segment_inside_the_segment_changed_after_the_yes_stops_the_start(
    campaign, rules, owner, teammate, segment, workspace
):
    inner = Segment.objects.create(workspace=workspace, name="Inner", key="inner", rule=segment.rule)
    segment.rule = {"version": 1, "where": {"kind": "segment", "key": "inner"}}
    segment.save()
    Campaign.objects.filter(pk=campaign.pk).update(updated_by=teammate)
    services.send_now(campaign=campaign, actor=teammate)
    approve_campaign(campaign=campaign, actor=owner)
    assert launch_problem(fresh(campaign), 3) == ""
    inner.rule = {"version": 1, "where": {"any": [{"kind": "everyone"}]}}
    inner.save()
    assert launch_problem(fresh(campaign), 3) == "approval_changed"


def test_the_way_it_leaves_and_its_hourly_limit_are_part_of_the_yes(asked, owner, sender):
    approve_campaign(campaign=asked, actor=owner)
    assert launch_problem(fresh(asked), 3) == ""
    sender.smtp_url = "smtp://mail.kea.example"
    sender.save()
    assert launch_problem(fresh(asked), 3) == "approval_changed"
    sender.smtp_url = ""
    sender.save()
    assert launch_problem(fresh(asked), 3) == ""
    Campaign.objects.filter(pk=asked.pk).update(hourly_limit=50)
    assert launch_problem(fresh(asked), 3) == "approval_changed"


def test_somebody_put_on_a_list_of_the_segment_stops_the_start(
    campaign, rules, owner, teammate, segment, workspace, people
):
    named = StaticList.objects.create(workspace=workspace, name="Guests", key="guests")
    add = {"workspace": workspace, "list": named, "added_at": now()}
    ListMember.objects.create(**add, contact=people[0])
    segment.rule = {"version": 1, "where": {"not": {"kind": "list", "key": "guests"}}}
    segment.save()
    Campaign.objects.filter(pk=campaign.pk).update(updated_by=teammate)
    services.send_now(campaign=campaign, actor=teammate)
    approve_campaign(campaign=campaign, actor=owner)
    assert launch_problem(fresh(campaign), 3) == ""
    ListMember.objects.create(**add, contact=people[1])
    assert launch_problem(fresh(campaign), 3) == "approval_changed"


def test_a_time_told_with_another_offset_is_the_same_time(campaign, rules, owner, teammate, people):
    Campaign.objects.filter(pk=campaign.pk).update(updated_by=teammate)
    at = (now() + dt.timedelta(days=2)).astimezone(dt.timezone(dt.timedelta(hours=13)))
    services.schedule_campaign(campaign=campaign, actor=teammate, at=at)
    approve_campaign(campaign=campaign, actor=owner)
    assert (fresh(campaign).status, fresh(campaign).scheduled_at) == (Status.SCHEDULED, at)


def narrow(segment):
    """The segment as it was: one person."""
    words = {"kind": "contact", "field": "first_name", "op": "eq", "value": "Lina"}
    segment.rule = {"version": 1, "where": words}
    segment.save()


def widen(segment):
    segment.rule = {"version": 1, "where": {"kind": "everyone"}}
    segment.save()


def launch(campaign):
    return services.launch_campaign(campaign_id=campaign.pk, at=now() + dt.timedelta(minutes=2))


def test_newcomers_segment_that_grew_before_the_start_waits_for_a_yes(campaign, rules, owner, segment):
    narrow(segment)
    services.schedule_campaign(campaign=campaign, actor=owner, kind="evergreen", timing=Timing(with_present=True))
    assert fresh(campaign).status == Status.SCHEDULED
    widen(segment)
    row = launch(campaign)
    assert (row.status, row.launch_problem) == (Status.DRAFT, "approval_missing")
    assert not Dispatch.objects.exists()


VERSIONS = [{"subject": ""}, {"subject": "Your cabin waits"}]


def test_a_test_of_versions_counts_the_rest_too(campaign, rules, owner):
    CampaignRules.objects.update(approval_from=100)
    services.set_versions(campaign=campaign, actor=owner, versions=VERSIONS, settings={"share": 5})
    services.send_now(campaign=campaign, actor=owner)
    # As if so many had joined since: the part in the test is smaller, all of them are not.
    CampaignRules.objects.update(approval_from=3)
    row = launch(campaign)
    assert (row.status, row.launch_problem) == (Status.DRAFT, "approval_missing")
    assert not Dispatch.objects.exists()


def test_the_rest_waits_for_a_yes_when_there_are_too_many_now(campaign, owner, rules):
    CampaignRules.objects.update(approval_from=100)
    services.set_versions(campaign=campaign, actor=owner, versions=VERSIONS, settings={"share": 5})
    outside = next(seed for seed in range(100) if bucket_of(seed, salt_of(campaign)) >= BUCKETS // 20)
    Contact.objects.update(bucket_seed=outside)
    services.send_now(campaign=campaign, actor=owner)
    assert launch(campaign).status == Status.SENDING
    before = Message.objects.count()
    CampaignRules.objects.update(approval_from=1)
    with pytest.raises(WrongState):
        services.choose_version(campaign=campaign, actor=owner, position=2)
    assert Message.objects.count() == before
    CampaignRules.objects.update(approval_from=100)
    services.choose_version(campaign=campaign, actor=owner, position=2)
    assert Message.objects.count() == 4


def test_a_chosen_time_is_part_of_the_yes(campaign, rules, owner, teammate, people):
    Campaign.objects.filter(pk=campaign.pk).update(updated_by=teammate)
    at = now() + dt.timedelta(days=2)
    services.schedule_campaign(campaign=campaign, actor=teammate, at=at)
    approve_campaign(campaign=campaign, actor=owner)
    assert (fresh(campaign).status, fresh(campaign).scheduled_at) == (Status.SCHEDULED, at)
    services.schedule_campaign(campaign=campaign, actor=owner, at=at + dt.timedelta(hours=1))
    assert fresh(campaign).status == Status.WAITING
    assert sorted(campaign.approvals.values_list("answer", flat=True)) == ["open", "withdrawn"]


def test_an_audience_that_grew_past_the_limit_waits_for_a_yes(campaign, rules):
    assert launch_problem(campaign, 1) == ""
    assert launch_problem(campaign, 2) == "approval_missing"


def test_one_campaign_has_one_question_at_a_time(asked):
    with pytest.raises(Exception, match="approval_one_at_a_time"):
        Approval.objects.create(campaign=asked, mark="")


def test_owners_alone_are_told_that_nobody_could_say_yes(campaign, rules, owner, people, workspace):
    from campaigns.preflight import inspect_campaign

    Membership.objects.filter(workspace=workspace).exclude(user=owner).update(role=Role.VIEWER)
    Campaign.objects.filter(pk=campaign.pk).update(updated_by=owner)
    assert "approval_nobody" in [check.code for check in inspect_campaign(fresh(campaign)).warnings]
