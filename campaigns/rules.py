"""What a workspace has decided for all of its campaigns, and how one of them stands beside the others."""

import datetime as dt
from typing import Any

from accounts.models import Workspace
from campaigns.models import Campaign, CampaignRules
from delivery.services import Standing


def rules_of(workspace: Workspace) -> CampaignRules:
    """The workspace's rules; the usual ones, not stored, where it has decided nothing."""
    found: CampaignRules | None = CampaignRules.objects.filter(workspace=workspace).first()
    return found or CampaignRules(workspace=workspace)


def undo_window(workspace: Workspace) -> dt.timedelta:
    """How long somebody who pressed send can take it back with nothing sent."""
    return dt.timedelta(seconds=rules_of(workspace).undo_seconds)


def standing_of(campaign: Campaign) -> Standing:
    """How the campaign's messages stand beside those of others, for delivery."""
    return Standing(
        priority=campaign.priority,
        waits_for=dt.timedelta(days=campaign.wait_days) if campaign.wait_days else None,
    )


def dispatch_rules(campaign: Campaign) -> dict[str, Any]:
    """The same for opening a dispatch."""
    standing = standing_of(campaign)
    return {"priority": standing.priority, "waits_for": standing.waits_for, "hourly_limit": campaign.hourly_limit}
