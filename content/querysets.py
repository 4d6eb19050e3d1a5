"""Reads of templates and content versions."""

from typing import Any, Self

from django.db import models


class TemplateQuerySet(models.QuerySet[Any]):
    """Templates."""

    def in_workspace(self, workspace: Any) -> Self:
        """Of the workspace, last edited first."""
        return self.filter(workspace=workspace).order_by("-updated_at", "-id")


class ContentVersionQuerySet(models.QuerySet[Any]):
    """Pinned content."""

    def in_workspace(self, workspace: Any) -> Self:
        """Of the workspace."""
        return self.filter(workspace=workspace)
