"""Reads of campaigns."""

import datetime as dt
from typing import Any, Self

from django.db import models


class CampaignQuerySet(models.QuerySet[Any]):
    """Campaigns."""

    def in_workspace(self, workspace: Any) -> Self:
        """Of the workspace."""
        return self.filter(workspace=workspace)

    def due(self, now: dt.datetime) -> Self:
        """Scheduled, and their time has come."""
        return self.filter(status="scheduled", scheduled_at__lte=now)
