"""Reads of people known twice, and of their merging."""

import datetime as dt
from typing import Any, Self

from django.apps import apps
from django.db import models
from django.db.models import Q, Subquery

from accounts.querysets import WorkspaceScopedQuerySet
from core.ids import uuid_or_none


class DuplicateSearchQuerySet(WorkspaceScopedQuerySet):
    """Searches for people known twice."""

    def needing_work(self, moment: dt.datetime) -> Self:
        """Waiting, or begun by a worker that stopped answering."""
        free = Q(lease_until=None) | Q(lease_until__lt=moment)
        return self.filter(Q(status__in=["queued", "running"]) & free)

    def outdated(self, before: dt.datetime) -> Self:
        """Done, or given up, for the last time before that moment."""
        return self.filter(status__in=["done", "failed"], started_at__lt=before)


class DuplicateGroupQuerySet(WorkspaceScopedQuerySet):
    """People who may all be one."""

    def strongest_first(self) -> Self:
        """In the order they are shown; groups whose people were erased meanwhile are left out."""
        pairs = apps.get_model("contacts", "DuplicatePair")._default_manager.filter(group=models.OuterRef("pk"))
        return self.filter(models.Exists(pairs)).order_by("-strength", "id")

    def named(self, public_id: Any) -> Any:
        """The one with this public id, None for anything else."""
        return self.filter(public_id=uuid_or_none(public_id)).first() if uuid_or_none(public_id) else None

    def people_in_all(self) -> int:
        """How many people the groups have together."""
        return int(self.aggregate(people=models.Sum("size"))["people"] or 0)

    def at_least(self, strength: int, below: int = 101) -> Self:
        """From `strength` up to but not including `below`."""
        return self.filter(strength__gte=strength, strength__lt=below)


class DuplicatePairQuerySet(WorkspaceScopedQuerySet):
    """Two who may be one, or who are not."""

    def open(self) -> Self:
        """Nobody has said that they are two."""
        return self.filter(dismissed_at=None)

    def dismissed(self) -> Self:
        """Somebody said that they are two."""
        return self.filter(dismissed_at__isnull=False)

    def of_groups(self, groups: Any) -> Self:
        """Of any of these groups."""
        return self.filter(group__in=list(groups))

    def among(self, contact_ids: Any) -> Self:
        """Both in the set."""
        ids = list(contact_ids)
        return self.filter(first_id__in=ids, second_id__in=ids)


class MergeBatchQuerySet(WorkspaceScopedQuerySet):
    """Presses of a button that merged people."""

    def needing_work(self, moment: dt.datetime) -> Self:
        """Waiting, or begun by a worker that stopped answering."""
        free = Q(lease_until=None) | Q(lease_until__lt=moment)
        return self.filter(Q(status__in=["queued", "running", "undoing"]) & free)

    def newest_first(self) -> Self:
        """The last first, with who pressed."""
        return self.select_related("actor").order_by("-id")

    def named(self, public_id: Any) -> Any:
        """The one with this public id, None for anything else."""
        return self.filter(public_id=uuid_or_none(public_id)).first() if uuid_or_none(public_id) else None

    def with_kept(self) -> Self:
        """Each with `kept_name`, what the contact of its first merge that stands is called, and its public id."""
        merges = apps.get_model("contacts", "Merge")._default_manager
        first = merges.filter(batch=models.OuterRef("pk"), undone_at=None).order_by("id")
        return self.annotate(
            kept_id=Subquery(first.values("kept__public_id")[:1]),
            kept_first_name=Subquery(first.values("kept__first_name")[:1]),
            kept_last_name=Subquery(first.values("kept__last_name")[:1]),
            kept_email=Subquery(first.values("kept__email")[:1]),
        )


class MergeQuerySet(WorkspaceScopedQuerySet):
    """Contacts that became part of others."""

    def in_force(self) -> Self:
        """Not taken back."""
        return self.filter(undone_at=None)

    def of_batch(self, batch: Any) -> Self:
        """Of one press, in the order they were made, with who stayed."""
        return self.filter(batch=batch).select_related("kept").order_by("id")

    def undoable(self, since: dt.datetime) -> Self:
        """Those that can be taken back: made after `since`, with what is needed still here."""
        return self.in_force().filter(created_at__gt=since, before__isnull=False)


class ContactAliasQuerySet(WorkspaceScopedQuerySet):
    """Names people were known by before a merge."""

    def former_ids(self, contact_id: int) -> list[int]:
        """The ids of rows that became part of the contact."""
        return list(self.filter(contact_id=contact_id, former_id__isnull=False).values_list("former_id", flat=True))

    def kept_by_former_id(self, former_ids: Any) -> dict[int, Any]:
        """Former id to the contact that its row became part of; no query for nobody."""
        ids = list(former_ids)
        rows = self.filter(former_id__in=ids).select_related("contact") if ids else []
        return {row.former_id: row.contact for row in rows}
