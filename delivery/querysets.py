"""Reads of dispatches, messages and facts."""

from typing import Self

from accounts.querysets import WorkspaceScopedQuerySet


class DispatchQuerySet(WorkspaceScopedQuerySet):
    """Dispatches."""

    def of_source(self, kind: str, source_id: int) -> Self:
        """Of one source, newest first."""
        return self.filter(source_kind=kind, source_id=source_id).order_by("-occurrence", "-id")


class MessageQuerySet(WorkspaceScopedQuerySet):
    """Messages."""

    def of_contact(self, contact_id: int) -> Self:
        """To one contact, newest first; served by index message_of_contact."""
        return self.filter(contact_id=contact_id).order_by("-id")


class MessageFactQuerySet(WorkspaceScopedQuerySet):
    """Facts."""
