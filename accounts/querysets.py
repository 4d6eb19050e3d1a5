"""Reads of users, workspaces and what belongs to them."""

from typing import Any, Self

from django.db import models
from django.utils import timezone


def with_public_id(rows: models.QuerySet[Any], public_id: Any) -> models.QuerySet[Any]:
    """The row the outside calls so. Rows that can go by more than one id say themselves how they are found."""
    follow = getattr(rows, "with_public_id", None)
    found: models.QuerySet[Any] = follow(public_id) if follow else rows.filter(public_id=public_id)
    return found


class WorkspaceScopedQuerySet(models.QuerySet[Any]):
    """Rows that carry their workspace."""

    def in_workspace(self, workspace: Any) -> Self:
        """Of the workspace."""
        return self.filter(workspace=workspace)


class WorkspaceQuerySet(models.QuerySet[Any]):
    """Workspaces."""

    def of_user(self, user: Any) -> Self:
        """The workspaces the user is a member of, by name."""
        return self.filter(memberships__user=user).order_by("name", "id")


class MembershipQuerySet(models.QuerySet[Any]):
    """Memberships."""

    def in_workspace(self, workspace: Any) -> Self:
        """Members of the workspace with their users, oldest first."""
        return self.filter(workspace=workspace).select_related("user").order_by("created_at", "id")


class InvitationQuerySet(models.QuerySet[Any]):
    """Invitations."""

    def in_workspace(self, workspace: Any) -> Self:
        """Of the workspace, newest first."""
        return self.filter(workspace=workspace).order_by("-created_at")

    def open(self) -> Self:
        """Neither accepted nor expired."""
        return self.filter(accepted_at=None, expires_at__gt=timezone.now())


class ApiKeyQuerySet(models.QuerySet[Any]):
    """API keys."""

    def in_workspace(self, workspace: Any) -> Self:
        """Of the workspace, newest first."""
        return self.filter(workspace=workspace).order_by("-created_at")

    def working(self) -> Self:
        """Not revoked."""
        return self.filter(revoked_at=None)


class AuditQuerySet(models.QuerySet[Any]):
    """Lines of the history."""

    def in_workspace(self, workspace: Any) -> Self:
        """Of the workspace with who did it, newest first."""
        return self.filter(workspace=workspace).select_related("actor").order_by("-at", "-pk")
