"""Reads of senders."""

from typing import Any, Self

from django.db import models


class SenderQuerySet(models.QuerySet[Any]):
    """Senders."""

    def in_workspace(self, workspace: Any) -> Self:
        """Of the workspace, by name, without those put away."""
        return self.filter(workspace=workspace, is_active=True).order_by("name", "id")

    def verified(self) -> Self:
        """Those that may send."""
        return self.filter(verified_at__isnull=False)
