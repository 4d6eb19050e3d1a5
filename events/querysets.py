"""Reads of the event log."""

from typing import Self

from accounts.querysets import WorkspaceScopedQuerySet


class EventQuerySet(WorkspaceScopedQuerySet):
    """Events."""

    def of_contact(self, contact_id: int) -> Self:
        """What happened to one contact, newest first; served by index event_contact_at."""
        return self.filter(contact_id=contact_id).order_by("-at", "-id")
