"""Reads of campaigns."""

import datetime as dt
from typing import Any, Self

from django.db import models
from django.db.models.functions import Coalesce

from accounts.models import Workspace
from accounts.querysets import WorkspaceScopedQuerySet


class CampaignQuerySet(WorkspaceScopedQuerySet):
    """Campaigns."""

    def due(self, now: dt.datetime) -> Self:
        """Scheduled, and the time to prepare them has come."""
        prepared_at = Coalesce("launch_at", "scheduled_at")
        return self.filter(status="scheduled").alias(prepared_at=prepared_at).filter(prepared_at__lte=now)

    def with_parts(self) -> Self:
        """With everything a page says about one, in the same query."""
        return self.select_related(
            "workspace",
            "segment",
            "topic",
            "template",
            "sender",
            "dispatch",
            "content_version",
            "updated_by",
            "scheduled_by",
        )

    def ids_by_name(self) -> dict[str, int]:
        """The names rules of segments may use, of campaigns that have started; of two namesakes the later one."""
        started = self.exclude(dispatch=None).order_by("id")
        return dict(started.values_list("name", "id"))

    def found_by(self, words: str) -> Self:
        """Whose name, or whose segment's name, contains the words."""
        if not words:
            return self
        return self.filter(models.Q(name__icontains=words) | models.Q(segment__name__icontains=words))

    def in_states(self, states: tuple[str, ...]) -> Self:
        """In any of the states; all when none is named."""
        return self.filter(status__in=states) if states else self

    def latest_first(self) -> Self:
        """By when they go or went out, drafts by their last change, newest first."""
        return self.order_by(Coalesce("launched_at", "scheduled_at", "updated_at").desc(), "-id")

    def count_by_status(self) -> dict[str, int]:
        """How many there are in each state."""
        rows = self.order_by().values_list("status").annotate(models.Count("id"))
        return {status: count for status, count in rows}  # noqa: C416 - a typed copy of the rows

    def going_out(self) -> Self:
        """Being sent or held in the middle of it, the one started last first."""
        return self.filter(status__in=("sending", "paused")).order_by("-launched_at", "-id")

    def next_first(self) -> Self:
        """Scheduled, in the order in which they start."""
        return self.filter(status="scheduled").order_by("scheduled_at", "id")

    def lately_done(self) -> Self:
        """Sent or stopped, the last first."""
        return self.filter(status__in=("sent", "cancelled"), launched_at__isnull=False).order_by("-launched_at", "-id")

    def held_back(self) -> Self:
        """Drafts whose launch did not happen although their time came."""
        return self.filter(status="draft").exclude(launch_problem="").order_by("-updated_at", "-id")

    def stuck(self) -> Self:
        """To go out, but nobody may send from their sender's address any more; the next one first."""
        usable = models.Q(sender__is_active=True, sender__verified_at__isnull=False)
        return self.filter(status="scheduled").exclude(usable).order_by("scheduled_at", "id")

    def on_calendar(self, start: dt.datetime, end: dt.datetime) -> Self:
        """Begun between two instants, or planned to, drafts with a day too; in the order of time."""
        unbegun = models.Q(launched_at__isnull=True, scheduled_at__gte=start, scheduled_at__lt=end)
        begun = models.Q(launched_at__gte=start, launched_at__lt=end)
        return self.filter(begun | unbegun & ~models.Q(status="cancelled")).order_by("scheduled_at", "id")

    def on_the_same_day(self, start: dt.datetime, end: dt.datetime) -> Self:
        """Going out, or gone out, between two instants."""
        return self.filter(
            models.Q(status="scheduled", scheduled_at__gte=start, scheduled_at__lt=end)
            | models.Q(launched_at__gte=start, launched_at__lt=end)
        )


class OccurrenceQuerySet(WorkspaceScopedQuerySet):
    """Times that campaigns went out, or will."""

    def latest_first(self) -> Self:
        """The last or next one on top."""
        return self.order_by("-at", "-id")

    def begun(self) -> Self:
        """Those that have a dispatch, and so a report."""
        return self.filter(dispatch__isnull=False)

    def between(self, start: dt.datetime, end: dt.datetime) -> Self:
        """From `start` until before `end`."""
        return self.filter(at__gte=start, at__lt=end)


class FeedEntryQuerySet(models.QuerySet[Any]):
    """Entries of feeds that campaigns have seen."""

    def known_keys(self, campaign_id: int, keys: list[str]) -> set[str]:
        """Which of `keys` the campaign has seen."""
        return set(self.filter(campaign_id=campaign_id, key__in=keys).values_list("key", flat=True))


class ExperimentQuerySet(models.QuerySet[Any]):
    """Comparisons of versions."""

    def due(self, now: dt.datetime) -> Self:
        """Those to be looked at again."""
        return self.filter(status__in=("running", "waiting"), next_look_at__lte=now)

    def waiting_for_somebody(self, workspace: Workspace) -> Self:
        """Those of a workspace that nobody but a person can decide."""
        return self.filter(status="waiting", campaign__workspace=workspace).select_related("campaign")


class HoldOutGroupQuerySet(WorkspaceScopedQuerySet):
    """People who get no campaigns for a while."""

    def lasting(self, at: dt.datetime) -> Self:
        """The one that lasts at that moment, if any."""
        return self.filter(starts_at__lte=at, ends_at__gt=at).order_by("-starts_at")
