"""The versions of a campaign: what each says, and who gets which. Reading only; services.experiments writes."""

import copy
import dataclasses
import datetime as dt
from collections.abc import Sequence

from campaigns.hold_outs import hold_outs_of
from campaigns.models import Campaign, CampaignVariant, Experiment
from channels.models import Sender
from content.models import ContentVersion, Template
from content.services import pin_version
from core.buckets import BUCKETS
from delivery.services import Arm, Plan

FEWEST, MOST = 2, 8


def experiment_of(campaign: Campaign) -> Experiment | None:
    """The comparison of its versions; None where there is only one, or where it goes out more than once."""
    if campaign.kind != Campaign.Kind.ONCE:
        return None
    found: Experiment | None = Experiment.objects.filter(campaign=campaign).first()
    if found is not None:
        # What the caller knows of the campaign, such as its parts, need not be read again.
        found.campaign = campaign
    return found


def keeps_open(campaign: Campaign) -> bool:
    """Whether people are added after the start, once it is known which version they get."""
    experiment = experiment_of(campaign)
    return experiment is not None and not experiment.is_split


def template_of(campaign: Campaign, variant: CampaignVariant) -> Template | None:
    """The message as this version says it; never saved."""
    template = variant.template or campaign.template
    if template is None or not variant.subject:
        return template
    own = copy.copy(template)
    own.subject = variant.subject
    return own


def shown_variant(campaign: Campaign, letter: str) -> CampaignVariant | None:
    """The version with this `letter`, else the first one; None where there is one message only."""
    if experiment_of(campaign) is None:
        return None
    variants = list(campaign.variants.select_related("sender", "template"))
    return next((variant for variant in variants if variant.letter == letter), variants[0] if variants else None)


def sender_of(campaign: Campaign, variant: CampaignVariant) -> Sender | None:
    """Who this version comes from."""
    return variant.sender or campaign.sender


def parts_of_versions(campaign: Campaign) -> tuple[list[Sender], list[Template]]:
    """The senders and the messages of all its versions, for whoever checks them; empty where there is one version."""
    if experiment_of(campaign) is None:
        return [], []
    variants = list(campaign.variants.select_related("sender", "template"))
    senders = [sender_of(campaign, variant) for variant in variants]
    templates = [template_of(campaign, variant) for variant in variants]
    return [sender for sender in senders if sender], [template for template in templates if template]


def with_versions(campaign: Campaign, plan: Plan, at: dt.datetime) -> Plan:
    """The plan of the occurrence `at` with its versions, if there are any, and the people kept back.

    Raises ContentError when a version cannot be compiled. What each version says is kept with it.
    """
    plan = dataclasses.replace(plan, hold_outs=hold_outs_of(campaign, at))
    experiment = experiment_of(campaign)
    if experiment is None:
        return plan
    variants = list(campaign.variants.select_related("sender", "template"))
    for variant in variants:
        template = template_of(campaign, variant)
        assert template is not None  # noqa: S101 - a launch has looked
        variant.content_version = pin_version(template)
        variant.save(update_fields=["content_version"])
    arms = arms_of(campaign, variants, last=BUCKETS * experiment.share // 100)
    return dataclasses.replace(plan, arms=arms, salt=salt_of(campaign))


def salt_of(campaign: Campaign) -> str:
    """What mixes the people of this campaign, and of no other, into its versions."""
    return f"versions:{campaign.public_id}"


def arms_of(campaign: Campaign, variants: Sequence[CampaignVariant], *, last: int = BUCKETS) -> list[Arm]:
    """Equal parts of the first `last` buckets, one for each version."""
    edges = [last * place // len(variants) for place in range(len(variants) + 1)]
    arms = []
    for place, variant in enumerate(variants):
        sender, version = sender_of(campaign, variant), variant.content_version
        assert sender is not None  # noqa: S101 - a launch has looked
        assert isinstance(version, ContentVersion)  # noqa: S101 - kept when the campaign started
        delay = dt.timedelta(minutes=variant.delay_minutes)
        arms.append(Arm(sender, version, variant.position, edges[place], edges[place + 1] - 1, delay))
    return arms


def shares_of(experiment: Experiment, versions: int) -> list[int]:
    """How many buckets each version has in the test: what its size is compared with."""
    last = BUCKETS * experiment.share // 100
    return [last * (place + 1) // versions - last * place // versions for place in range(versions)]
