"""Reads of the event log."""

from typing import Any, Self

from django.db import models


class EventQuerySet(models.QuerySet[Any]):
    """Events."""

    def in_workspace(self, workspace: Any) -> Self:
        """Of the workspace."""
        return self.filter(workspace=workspace)

    def of_contact(self, contact_id: int) -> Self:
        """What happened to one contact, newest first; served by index event_contact_at."""
        return self.filter(contact_id=contact_id).order_by("-at", "-id")
