"""Reads of dispatches, messages and facts."""

from typing import Self

from django.db.models import Q

from accounts.querysets import WorkspaceScopedQuerySet

PERHAPS_ARRIVED = Q(status="unknown") | Q(status="pending", reason="sent_again")


class DispatchQuerySet(WorkspaceScopedQuerySet):
    """Dispatches."""


class MessageQuerySet(WorkspaceScopedQuerySet):
    """Messages."""

    def of_contact(self, contact_id: int) -> Self:
        """To one contact, newest first; served by the index of message_to_contact_once."""
        return self.filter(contact_id=contact_id).order_by("-id")

    def perhaps_arrived(self) -> Self:
        """Of unknown fate, also where a second copy was asked for and has not left yet."""
        return self.filter(PERHAPS_ARRIVED)

    def with_reader(self) -> Self:
        """Those that somebody may have before them, so that their links have to work."""
        return self.filter(Q(status__in=["sending", "sent"]) | PERHAPS_ARRIVED)


class MessageFactQuerySet(WorkspaceScopedQuerySet):
    """Facts."""
