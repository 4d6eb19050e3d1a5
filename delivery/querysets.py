"""Reads of dispatches, messages and facts."""

from typing import Self

from accounts.querysets import WorkspaceScopedQuerySet


class DispatchQuerySet(WorkspaceScopedQuerySet):
    """Dispatches."""


class MessageQuerySet(WorkspaceScopedQuerySet):
    """Messages."""

    def of_contact(self, contact_id: int) -> Self:
        """To one contact, newest first; served by the index of message_to_contact_once."""
        return self.filter(contact_id=contact_id).order_by("-id")


class MessageFactQuerySet(WorkspaceScopedQuerySet):
    """Facts."""
