"""Reads of contacts, addresses, attributes and imports."""

from typing import Any, Self

from django.db import models


class WorkspaceScopedQuerySet(models.QuerySet[Any]):
    """Rows that carry their workspace."""

    def in_workspace(self, workspace: Any) -> Self:
        """Of the workspace."""
        return self.filter(workspace=workspace)


class AttributeQuerySet(WorkspaceScopedQuerySet):
    """Attributes."""


class ContactQuerySet(WorkspaceScopedQuerySet):
    """Contacts."""


class AddressQuerySet(WorkspaceScopedQuerySet):
    """Addresses."""


class ImportQuerySet(WorkspaceScopedQuerySet):
    """Imports."""
