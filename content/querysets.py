"""Reads of templates and content versions."""

from typing import Any, Self

from django.db import models

from accounts.querysets import WorkspaceScopedQuerySet


class TemplateQuerySet(models.QuerySet[Any]):
    """Templates."""

    def in_workspace(self, workspace: Any) -> Self:
        """Of the workspace, last edited first."""
        return self.filter(workspace=workspace).order_by("-updated_at", "-id")

    def search(self, text: str) -> Self:
        """Those whose name or subject holds `text`; all when it is empty."""
        text = text.strip()
        return self.filter(models.Q(name__icontains=text) | models.Q(subject__icontains=text)) if text else self.all()

    def for_list(self) -> Self:
        """Without the sources, which a list does not show."""
        return self.defer("mjml", "text")


class ContentVersionQuerySet(WorkspaceScopedQuerySet):
    """Pinned content."""
