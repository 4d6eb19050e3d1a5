"""Reads of contests, entries, codes and winners."""

import datetime as dt
from typing import Any, Self

from django.db.models import Count, Q

from accounts.querysets import WorkspaceScopedQuerySet


class ContestQuerySet(WorkspaceScopedQuerySet):
    """Contests."""

    def due(self, moment: dt.datetime) -> Self:
        """Those that something is to be done for; served by index contest_due."""
        return self.filter(next_at__lte=moment)

    def newest_first(self) -> Self:
        """The one made last first."""
        return self.select_related("flow").order_by("-pk")


class EntryQuerySet(WorkspaceScopedQuerySet):
    """Entries."""

    def counts(self) -> dict[str, int]:
        """How many there are, by status; served by index contest_entry_by_status."""
        return dict(self.values_list("status").annotate(number=Count("pk")).order_by())

    def of_contact(self, contact: Any) -> Self:
        """One person's, newest first; served by index contest_entry_of_contact."""
        return self.filter(contact=contact).select_related("contest__flow").order_by("-pk")


class CodePoolQuerySet(WorkspaceScopedQuerySet):
    """Pools of codes."""

    def with_counts(self) -> Self:
        """Each with `total` and `left`."""
        return self.annotate(
            total=Count("codes"), left=Count("codes", filter=Q(codes__given_at__isnull=True))
        ).order_by("key")


class WinnerQuerySet(WorkspaceScopedQuerySet):
    """Winners and alternates."""

    def overdue(self, moment: dt.datetime) -> Self:
        """Winners who were told and did not answer in time; served by index contest_claim_due."""
        return self.filter(state="notified", claim_until__lte=moment)
