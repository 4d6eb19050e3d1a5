"""Setting up a comparison of versions, as one edit of the campaign."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from accounts.models import User
from campaigns.models import Campaign
from campaigns.services.drafts import update_campaign
from campaigns.services.versions import write_versions


@transaction.atomic
def set_versions(
    *,
    campaign: Campaign,
    actor: User | None,
    versions: Sequence[Mapping[str, Any]],
    settings: Mapping[str, Any],
    values: Mapping[str, Any] | None = None,
    lock_version: int | None = None,
) -> Campaign:
    """Change a campaign that has not started to these versions (subject, sender, template, delay_minutes).

    `settings` say how they are compared (fields of Experiment); `values` are what `update_campaign` changes besides.
    Fewer than two versions take the comparison away. Raises ValueError for more than eight or for parts of another
    workspace, else as `update_campaign`; then nothing is changed.
    """
    row = update_campaign(campaign=campaign, actor=actor, values=values or {}, lock_version=lock_version)
    write_versions(campaign=row, versions=versions, settings=settings)
    return row
