"""Reads of approvals and of links that were looked at."""

from typing import Self

from django.db import models

from accounts.querysets import WorkspaceScopedQuerySet


class ApprovalQuerySet(models.QuerySet):
    """Approvals."""

    def standing(self) -> Self:
        """Open ones and those that hold."""
        return self.filter(answer__in=("open", "yes"))

    def latest_first(self) -> Self:
        """With the people in them."""
        return self.select_related("asked_by", "answered_by").order_by("-id")


class LinkCheckQuerySet(WorkspaceScopedQuerySet):
    """Links that were looked at."""
