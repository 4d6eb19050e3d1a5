"""A second person's yes: when a campaign needs one, who may give it, and what exactly it holds for.

A yes is for a digest of everything that people will get and when. Whatever changes that afterwards, on whichever
page (the template's and the segment's too), makes it void: the campaign does not go out before it is asked again.
"""

import datetime as dt
import hashlib
import json
from typing import Any

from django.contrib.postgres.aggregates import BitXor
from django.db import models

from accounts.models import RANK, Membership, Role, User
from campaigns import holds
from campaigns.models import Approval, Campaign
from campaigns.rules import rules_of
from content.models import Template
from core.clock import UTC
from segments.language.dependencies import expanded_leaves, fingerprint_of
from segments.language.problems import RuleError
from segments.models import ListMember, Segment
from segments.registry import registry_of
from segments.services import require_valid

AT_ONCE = "at once"


def mark_of(campaign: Campaign, at: dt.datetime | None) -> str:
    """The digest of what is agreed to; `at` is the chosen start, None for at once. A series goes by its rules.

    The campaign's parts are read as they are stored now.
    """
    when = AT_ONCE if at is None else at.astimezone(UTC).isoformat()
    variants = [
        (row.subject, row.delay_minutes, row.sender_id, _words_of(row.template))
        for row in campaign.variants.select_related("template").order_by("position")
    ]
    sender = campaign.sender
    agreed: list[Any] = [
        [campaign.name, campaign.kind, campaign.timing, campaign.time_zone, "" if campaign.is_series else when],
        [campaign.priority, campaign.wait_days, campaign.hold_out],
        [campaign.topic_id, campaign.segment_id, _rule_of(campaign.segment)],
        [sender.name, sender.email, sender.reply_to] if sender else None,
        _words_of(campaign.template),
        variants,
        *_rarely_set(campaign),
    ]
    return hashlib.sha256(json.dumps(agreed, sort_keys=True, default=str).encode()).hexdigest()


def _rarely_set(campaign: Campaign) -> list[Any]:
    """What most campaigns do not have; left out where it is empty, so that a yes of before it counted still holds."""
    variants = campaign.variants.select_related("sender").order_by("position")
    ways = [sender.smtp_url if sender else "" for sender in (campaign.sender, *(row.sender for row in variants))]
    found = {
        "hourly_limit": campaign.hourly_limit,
        "ways": ways if any(ways) else None,
        "lists": _members_of(campaign.segment),
    }
    return [[name, value] for name, value in found.items() if value]


def _members_of(segment: Segment | None) -> list[Any]:
    """Who is on the lists that the segment names, in short: people are put there by hand, on pages of their own."""
    if segment is None:
        return []
    registry = registry_of(segment.workspace)
    try:
        require_valid(segment.rule, registry)
    except RuleError:
        return []
    named = {registry.lists[leaf["key"]] for leaf in expanded_leaves(segment.rule, registry) if leaf["kind"] == "list"}
    if not named:
        return []
    digest = BitXor(models.Func(models.F("contact_id"), 0, function="hashint8extended"))
    members = ListMember.objects.filter(list_id__in=named).order_by("list_id").values_list("list_id")
    return [list(row) for row in members.annotate(models.Count("contact_id"), digest=digest)]


def _rule_of(segment: Segment | None) -> str | None:
    """Who is meant: its rule with those of the segments it names, which anybody may change by themselves."""
    if segment is None:
        return None
    registry = registry_of(segment.workspace)
    try:
        require_valid(segment.rule, registry)
    except RuleError:
        return json.dumps(segment.rule, sort_keys=True)
    return fingerprint_of(segment.rule, registry)


def _words_of(template: Template | None) -> list[str] | None:
    if template is None:
        return None
    return [template.subject, template.preheader, template.mjml, template.text, template.language]


def is_needed(campaign: Campaign, people: int) -> bool:
    """Whether a campaign to so many people needs a second person's yes."""
    limit = rules_of(campaign.workspace).approval_from
    return limit is not None and people >= limit


def standing_approval(campaign: Campaign) -> Approval | None:
    """The one that is open, or that was given and not withdrawn."""
    return campaign.approvals.standing().latest_first().first()


def latest_approvals() -> models.Prefetch:
    """For prefetching: the campaign's approvals, the latest first, as `latest_approvals`."""
    return models.Prefetch("approvals", Approval.objects.latest_first(), to_attr="latest_approvals")


def has_yes(campaign: Campaign, at: dt.datetime | None) -> bool:
    """Whether somebody said yes to exactly this campaign at this time."""
    found = standing_approval(campaign)
    return found is not None and found.answer == Approval.Answer.YES and found.mark == mark_of(campaign, at)


def was_approved(campaign: Campaign) -> bool:
    """Whether somebody said yes to what has started since; what it sends was kept then."""
    found = standing_approval(campaign)
    return found is not None and found.answer == Approval.Answer.YES


def is_asked(campaign: Campaign, at: dt.datetime | None) -> bool:
    """Whether somebody is being asked about exactly this campaign at this time."""
    found = standing_approval(campaign)
    return found is not None and found.answer == Approval.Answer.OPEN and found.mark == mark_of(campaign, at)


def launch_problem(campaign: Campaign, people: int) -> str:
    """Why a scheduled campaign to so many people must not start: a code of campaigns.holds, or empty."""
    found = standing_approval(campaign)
    if found is not None and found.answer == Approval.Answer.YES:
        at = None if found.is_at_once else campaign.scheduled_at
        return "" if found.mark == mark_of(campaign, at) else holds.APPROVAL_CHANGED
    return holds.APPROVAL_MISSING if is_needed(campaign, people) else ""


def may_answer(approval: Approval, user: User | None) -> bool:
    """Whether this person may say yes or no: not who asked and not who changed the campaign last."""
    campaign = approval.campaign
    if user is None or user.pk in (approval.asked_by_id, campaign.updated_by_id):
        return False
    membership = Membership.objects.filter(workspace_id=campaign.workspace_id, user=user).first()
    return membership is not None and membership.may(_role(campaign))


def possible_approvers(campaign: Campaign, asked_by: User | None) -> list[User]:
    """Who could say yes if `asked_by` asked: the first few by name."""
    roles = [role for role, rank in RANK.items() if rank >= RANK[Role(_role(campaign))]]
    barred = [user.pk for user in (asked_by, campaign.updated_by) if user is not None]
    members = Membership.objects.filter(workspace_id=campaign.workspace_id, role__in=roles)
    rows = members.exclude(user__in=barred).select_related("user").order_by("user__name", "user_id")
    return [row.user for row in rows[:5]]


def _role(campaign: Campaign) -> str:
    return rules_of(campaign.workspace).approver_role
