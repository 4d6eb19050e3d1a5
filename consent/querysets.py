"""Reads of topics, consents and suppressions."""

from typing import Any, Self

from django.db import models


class WorkspaceScopedQuerySet(models.QuerySet[Any]):
    """Rows that carry their workspace."""

    def in_workspace(self, workspace: Any) -> Self:
        """Of the workspace."""
        return self.filter(workspace=workspace)


class TopicQuerySet(WorkspaceScopedQuerySet):
    """Topics."""


class ConsentRecordQuerySet(WorkspaceScopedQuerySet):
    """The ledger."""


class ConsentStateQuerySet(WorkspaceScopedQuerySet):
    """Where the ledger stands."""


class SuppressionQuerySet(WorkspaceScopedQuerySet):
    """Suppressions."""


class SignupPageQuerySet(WorkspaceScopedQuerySet):
    """Sign-up pages."""
