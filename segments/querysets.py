"""Reads of segments."""

from typing import Any, Self

from django.db import models


class SegmentQuerySet(models.QuerySet[Any]):
    """Segments."""

    def in_workspace(self, workspace: Any) -> Self:
        """Of the workspace, by name."""
        return self.filter(workspace=workspace).order_by("name", "id")
