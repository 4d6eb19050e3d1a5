"""Reads of segments and lists."""

import datetime as dt
from typing import Any, Self

from django.apps import apps
from django.db import models
from django.db.models import Q

from accounts.querysets import WorkspaceScopedQuerySet
from core.clock import now


class SegmentQuerySet(models.QuerySet[Any]):
    """Segments."""

    def in_workspace(self, workspace: Any) -> Self:
        """Of the workspace, by name."""
        return self.filter(workspace=workspace).order_by("name", "id")

    def search(self, words: str) -> Self:
        """Those whose name or description holds the words; all when there are none."""
        return self.filter(Q(name__icontains=words) | Q(description__icontains=words)) if words else self


class SegmentSizeQuerySet(models.QuerySet[Any]):
    """Sizes of segments."""

    def in_workspace(self, workspace: Any) -> Self:
        """Of the workspace's segments, in the order of days."""
        return self.filter(segment__workspace=workspace).order_by("segment", "day")


class SegmentDraftQuerySet(WorkspaceScopedQuerySet):
    """Unsaved work."""

    def of(self, user: Any) -> Self:
        """Of one person, the latest first."""
        return self.filter(user=user).order_by("-updated_at", "-id")


class StaticListQuerySet(models.QuerySet[Any]):
    """Lists."""

    def in_workspace(self, workspace: Any) -> Self:
        """Of the workspace, by name."""
        return self.filter(workspace=workspace).order_by("name", "id")

    def search(self, words: str) -> Self:
        """Those whose name or description holds the words; all when there are none."""
        return self.filter(Q(name__icontains=words) | Q(description__icontains=words)) if words else self

    def with_contact(self, contact: Any) -> Self:
        """Those somebody is on."""
        members = apps.get_model("segments", "ListMember")._default_manager
        return self.filter(pk__in=members.filter(contact=contact).values("list"))


class ListMemberQuerySet(WorkspaceScopedQuerySet):
    """Who is on which list."""


class FollowingQuerySet(WorkspaceScopedQuerySet):
    """How far the noting has come."""

    def of_segment(self, segment: Any) -> Any:
        """The row of one segment, or None while it is not followed."""
        return self.filter(segment=segment).first()


class SegmentMemberQuerySet(WorkspaceScopedQuerySet):
    """Who was in which segment when it was last brought up to date."""


class MemberChangeQuerySet(WorkspaceScopedQuerySet):
    """Who came and who went."""

    def own(self) -> Self:
        """Whom what is known of them, or time, brought in or out: not a rule that was saved, nor a merge."""
        return self.filter(cause__in=["data", "time"])

    def by_rule(self) -> Self:
        """Whom a rule that was saved brought in or out, the first one included."""
        return self.filter(cause="rule")

    def of_week(self, segment: Any) -> dict[str, int]:
        """How many came into a segment and left it by themselves in the last seven days."""
        recent = self.own().filter(segment=segment, at__gte=now() - dt.timedelta(days=7))
        return recent.aggregate(
            came=models.Count("pk", filter=Q(change="entered")), left=models.Count("pk", filter=Q(change="left"))
        )

    def of_person(self, contact: Any) -> Self:
        """Of one person, with what was noted of contacts that have become part of them."""
        aliases = apps.get_model("contacts", "ContactAlias")._default_manager
        return self.filter(contact_id__in=[contact.pk, *aliases.former_ids(contact.pk)])
