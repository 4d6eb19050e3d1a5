"""Campaigns that everybody gets once, when they join the segment: one dispatch that stays open."""

import datetime as dt

from django.db import connection, transaction

from campaigns.approval import launch_problem
from campaigns.holds import SEGMENT_BROKEN, SENDER_GONE
from campaigns.models import Campaign, Occurrence
from campaigns.planning import make_plan, zone_of
from campaigns.rules import dispatch_rules
from campaigns.schedule import instant_at
from campaigns.services.starting import SOURCE, Held, Started, people_meant, pinned_content
from campaigns.timing import timing_of
from core.clock import now
from core.queue import enqueue
from delivery.models import Dispatch
from delivery.services import Audience, close_dispatch, freeze_audience, open_dispatch, pause_dispatch
from segments.language.problems import RuleError
from segments.services import follow_segment

# How often newcomers are looked for.
EVERY = dt.timedelta(minutes=1)
# Changes of members are written in transactions that may commit long after the instant they are of.
OVERLAP = dt.timedelta(hours=1)
# Who came and is still there, and has no message of this dispatch. Whoever was there when it started came by no change,
# or by the ones that a new rule
# brings, which are theirs who get it `with_present`.
NEWCOMERS = """
SELECT DISTINCT change.contact_id FROM segments_memberchange change
JOIN segments_segmentmember member ON member.segment_id = change.segment_id AND member.contact_id = change.contact_id
WHERE change.segment_id = %(segment)s AND change.at >= %(since)s AND change.change = 'entered'
  AND (change.cause <> 'rule' OR %(with_rule)s)
  AND NOT EXISTS (SELECT FROM delivery_message m
                  WHERE m.dispatch_id = %(dispatch)s AND m.contact_id = change.contact_id AND m.step = 0)
"""
EVERYBODY = """
SELECT member.contact_id FROM segments_segmentmember member
WHERE member.segment_id = %(segment)s
  AND NOT EXISTS (SELECT FROM delivery_message m
                  WHERE m.dispatch_id = %(dispatch)s AND m.contact_id = member.contact_id AND m.step = 0)
"""


def begin_evergreen(campaign: Campaign, at: dt.datetime, moment: dt.datetime) -> Started:
    """Open the campaign's dispatch and have its segment followed; people are added by `fill_evergreen`."""
    assert campaign.segment is not None  # noqa: S101 - require_startable has looked
    version = pinned_content(campaign)
    if problem := launch_problem(campaign, _present(campaign)):
        raise Held(problem)
    dispatch, _opened = open_dispatch(
        workspace=campaign.workspace,
        source=(SOURCE, campaign.pk),
        occurrence=at,
        name=campaign.name,
        is_open=True,
        **dispatch_rules(campaign),
    )
    Occurrence.objects.update_or_create(
        campaign=campaign,
        at=at,
        defaults={
            "workspace": campaign.workspace,
            "status": Occurrence.Status.LAUNCHED,
            "dispatch": dispatch,
            "content_version": version,
            "launched_at": moment,
        },
    )
    if not campaign.segment.is_followed:
        follow_segment(segment=campaign.segment, is_followed=True, actor=campaign.scheduled_by)
    return Started(dispatch, version, 0)


def _present(campaign: Campaign) -> int:
    """How many get it as soon as it starts: the segment may have grown since somebody looked at it."""
    if not timing_of(campaign).with_present:
        return 0
    try:
        return people_meant(campaign)
    except RuleError as error:
        raise Held(SEGMENT_BROKEN) from error


def wake_evergreen(*, at: dt.datetime | None = None) -> list[int]:
    """Wake a worker for every running campaign of newcomers that was not looked at for a minute; returns their ids."""
    before = (at or now()) - EVERY
    rows = Campaign.objects.filter(kind=Campaign.Kind.EVERGREEN, status=Campaign.Status.SENDING)
    waiting = rows.filter(occurrences__looked_at__isnull=True) | rows.filter(occurrences__looked_at__lte=before)
    found = list(waiting.order_by("id").values_list("pk", flat=True).distinct()[:200])
    for campaign_id in found:
        enqueue("campaigns.fill", campaign_id=campaign_id)
    return found


@transaction.atomic
def fill_evergreen(*, campaign_id: int, at: dt.datetime | None = None) -> int:
    """Write a message to everybody who joined since the last look; returns how many are meant now.

    Each contact once ever, by the unique key of messages: looking twice, or at once, adds nobody twice. Nothing
    is added while the campaign is paused; whoever joins meanwhile is found afterwards.
    """
    moment = at or now()
    occurrence = (
        Occurrence.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(campaign_id=campaign_id, campaign__status=Campaign.Status.SENDING, dispatch__is_open=True)
        .select_related("dispatch", "content_version")
        .first()
    )
    if occurrence is None or occurrence.dispatch is None or occurrence.dispatch.status != Dispatch.Status.RUNNING:
        return 0
    campaign = Campaign.objects.with_parts().get(pk=campaign_id)
    if _has_ended(campaign, moment):
        close_dispatch(dispatch=occurrence.dispatch)
        return occurrence.dispatch.targeted
    if not _may_go_on(campaign):
        pause_dispatch(dispatch=occurrence.dispatch, reason=str(SENDER_GONE))
        return occurrence.dispatch.targeted
    launched_at = occurrence.launched_at or moment
    since = max(launched_at, (occurrence.looked_at or launched_at) - OVERLAP)
    targeted = _add(campaign, occurrence, since, moment)
    occurrence.looked_at = moment
    occurrence.save(update_fields=["looked_at"])
    return targeted


def _may_go_on(campaign: Campaign) -> bool:
    """Whoever joined would be failed one by one where the sender is no longer verified: better nobody is begun."""
    return campaign.sender is not None and campaign.sender.is_verified and campaign.sender.is_active


def _has_ended(campaign: Campaign, moment: dt.datetime) -> bool:
    ends_on = timing_of(campaign).ends_on
    if ends_on is None:
        return False
    return moment >= instant_at(ends_on + dt.timedelta(days=1), dt.time(0), zone_of(campaign))


def _add(campaign: Campaign, occurrence: Occurrence, since: dt.datetime, moment: dt.datetime) -> int:
    dispatch, version = occurrence.dispatch, occurrence.content_version
    assert dispatch is not None  # noqa: S101 - the caller has looked
    assert version is not None  # noqa: S101 - it was launched with one
    with_present = timing_of(campaign).with_present
    sql = EVERYBODY if with_present and occurrence.looked_at is None else NEWCOMERS
    params = {
        "segment": campaign.segment_id,
        "dispatch": dispatch.pk,
        "since": since,
        "with_rule": with_present,
    }
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS ({sql})", params)
        if not cursor.fetchone()[0]:
            return dispatch.targeted
    plan = make_plan(campaign, moment, version=version, moment=moment)
    return freeze_audience(dispatch=dispatch, audience=Audience(sql, params, campaign.topic), plan=plan)
