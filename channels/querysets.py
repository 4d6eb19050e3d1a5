"""Reads of senders and their domains."""

import datetime as dt
from typing import Any, Self

from django.db import connection, models

NAME_IN_USE = "SELECT host FROM channels_pagehost WHERE workspace_id = %s AND state = 'verified'"


class SenderQuerySet(models.QuerySet[Any]):
    """Senders."""

    def in_workspace(self, workspace: Any) -> Self:
        """Of the workspace, by name, without those put away."""
        return self.filter(workspace=workspace, is_active=True).order_by("name", "id")

    def verified(self) -> Self:
        """Those that may send."""
        return self.filter(verified_at__isnull=False)


class SendingDomainQuerySet(models.QuerySet[Any]):
    """Domains mail comes from."""

    def in_workspace(self, workspace: Any) -> Self:
        """Of the workspace, by name."""
        return self.filter(workspace=workspace).order_by("domain", "id")

    def due(self, moment: dt.datetime) -> Self:
        """Those whose records are to be looked up, the longest waiting first."""
        return self.filter(next_check_at__lte=moment).order_by("next_check_at", "id")


class PageHostQuerySet(models.QuerySet[Any]):
    """Host names for public pages."""

    def of_workspace(self, workspace: Any) -> Any:
        """The workspace's own, None without any."""
        return self.filter(workspace=workspace).first()

    def name_in_use(self, workspace_id: int) -> str:
        """The workspace's name that serves pages now, "" without one: asked for by every public page."""
        with connection.cursor() as cursor:
            cursor.execute(NAME_IN_USE, [workspace_id])
            row = cursor.fetchone()
        return str(row[0]) if row else ""

    def serving(self, host: str) -> Any:
        """The one at which pages are served now, with its workspace; served by index page_host_once."""
        return self.filter(host=host, state="verified").select_related("workspace").first()

    def due(self, moment: dt.datetime) -> Self:
        """Those whose records are to be looked up, the longest waiting first."""
        return self.filter(next_check_at__lte=moment).order_by("next_check_at", "id")
