"""Deciding what holds for all campaigns of a workspace."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from accounts.models import User, Workspace
from accounts.services import record_audit
from campaigns.models import CampaignRules


@transaction.atomic
def set_rules(*, workspace: Workspace, actor: User | None, values: Mapping[str, Any]) -> CampaignRules:
    """Change the workspace's rules to `values`, names of CampaignRules.

    What waits for a yes goes on waiting, whatever the new limit is; what is scheduled is asked again when it starts.
    Raises ValidationError.
    """
    rules, _new = CampaignRules.objects.select_for_update().get_or_create(workspace=workspace)
    changed = {name: str(value) for name, value in values.items() if getattr(rules, name) != value}
    for name, value in values.items():
        setattr(rules, name, value)
    rules.full_clean()
    rules.save()
    if changed:
        record_audit(
            workspace=workspace, actor=actor, action="campaign_rules.changed", target=str(workspace), detail=changed
        )
    return rules
