"""Reads of segments."""

from typing import Any, Self

from django.db import models
from django.db.models import Q


class SegmentQuerySet(models.QuerySet[Any]):
    """Segments."""

    def in_workspace(self, workspace: Any) -> Self:
        """Of the workspace, by name."""
        return self.filter(workspace=workspace).order_by("name", "id")

    def search(self, words: str) -> Self:
        """Those whose name or description holds the words; all when there are none."""
        return self.filter(Q(name__icontains=words) | Q(description__icontains=words)) if words else self
