"""What every start has in common: looking whether it may begin, and freezing its audience."""

import datetime as dt
import logging
from dataclasses import dataclass

from campaigns import holds
from campaigns.approval import launch_problem
from campaigns.models import Campaign
from campaigns.planning import make_audience, make_plan
from campaigns.preflight import template_is_broken
from campaigns.preflight.audience import audience_of
from campaigns.rules import dispatch_rules, rules_of
from campaigns.services.versions import start_experiment
from campaigns.variants import keeps_open, parts_of_versions
from content.models import ContentVersion
from content.problems import ContentError
from content.services import pin_version
from delivery.models import Dispatch
from delivery.services import Audience, freeze_audience, messages_of, open_dispatch, preview_audience
from segments.language.problems import RuleError

logger = logging.getLogger(__name__)

SOURCE = "campaign"


class Held(Exception):
    """It cannot start; `code` is one of campaigns.holds."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Started:
    """What a start has opened."""

    dispatch: Dispatch
    version: ContentVersion
    targeted: int


def require_startable(campaign: Campaign) -> None:
    """Raise Held unless the campaign has all its parts and they may be used."""
    if not (campaign.segment and campaign.topic and campaign.template and campaign.sender):
        raise Held(holds.INCOMPLETE)
    if not (campaign.sender.is_verified and campaign.sender.is_active):
        raise Held(holds.SENDER_UNVERIFIED)
    senders, templates = parts_of_versions(campaign)
    if not all(sender.is_verified and sender.is_active for sender in senders):
        raise Held(holds.SENDER_UNVERIFIED)
    if template_is_broken(campaign.template) or any(template_is_broken(template) for template in templates):
        raise Held(holds.TEMPLATE_BROKEN)


def pinned_content(campaign: Campaign) -> ContentVersion:
    """The campaign's message as it stands now. Raises Held where it cannot be sent."""
    assert campaign.template is not None  # noqa: S101 - require_startable has looked
    try:
        return pin_version(campaign.template)
    except ContentError as error:
        raise Held(holds.TEMPLATE_BROKEN) from error


def people_meant(campaign: Campaign) -> int:
    """How many would get it now; 0 where no number of people needs a second person's yes. Raises RuleError."""
    if rules_of(campaign.workspace).approval_from is None:
        return 0
    found = audience_of(campaign)
    return found.will_get if found else 0


def start_occurrence(
    campaign: Campaign, at: dt.datetime, moment: dt.datetime, *, version: ContentVersion | None = None
) -> Started:
    """Pin the content, open the dispatch of (campaign, `at`) and write everybody who is meant, once.

    Doing it again adds only who is missing. Call it in a transaction of its own: raises Held, also when nobody is
    meant, and then nothing may stay.
    """
    version = version or pinned_content(campaign)
    try:
        plan = make_plan(campaign, at, version=version, moment=moment)
        audience = make_audience(campaign, at, moment)
        # A test of versions writes to a part first; the rest of them need the yes as well.
        whole = people_meant(campaign) if keeps_open(campaign) else 0
    except ContentError as error:
        raise Held(holds.TEMPLATE_BROKEN) from error
    except RuleError as error:
        raise Held(holds.SEGMENT_BROKEN) from error
    dispatch, _opened = open_dispatch(
        workspace=campaign.workspace,
        source=(SOURCE, campaign.pk),
        occurrence=at,
        name=campaign.name,
        is_open=keeps_open(campaign),
        **dispatch_rules(campaign),
    )
    targeted = freeze_audience(dispatch=dispatch, audience=audience, plan=plan)
    if not targeted and not _is_rest_left(campaign, audience):
        raise Held(holds.NOBODY)
    if problem := launch_problem(campaign, max(whole, messages_of(dispatch, outcome="pending").count())):
        raise Held(problem)
    dispatch.targeted = targeted
    start_experiment(campaign=campaign, dispatch=dispatch)
    return Started(dispatch, version, targeted)


def _is_rest_left(campaign: Campaign, audience: Audience) -> bool:
    """Whether nobody of a very small segment fell into the test of versions, and the rest gets it later."""
    return keeps_open(campaign) and preview_audience(workspace=campaign.workspace, audience=audience).matched > 0


def hold(campaign: Campaign, code: str) -> str:
    """Make the locked campaign a draft again that says why; returns the event to tell of. Saves it."""
    logger.warning("campaign_held campaign=%s reason=%s", campaign.pk, code)
    campaign.status = Campaign.Status.DRAFT
    campaign.launch_problem = code
    campaign.launch_at = None
    campaign.save()
    return "campaign.paused"
