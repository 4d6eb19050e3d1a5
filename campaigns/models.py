"""Campaigns: to whom, about what, with which words, from whom and when, and each time one went out."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User, Workspace
from campaigns.querysets import CampaignQuerySet, FeedEntryQuerySet, OccurrenceQuerySet
from channels.models import Sender
from consent.models import Topic
from content.models import ContentVersion, Template
from core.models import PublicIdModel
from delivery.models import Dispatch
from segments.models import Segment


class Campaign(PublicIdModel):
    """A message to everyone in a segment who agreed to its topic: once, or again and again (`kind`).

    `timing` holds the rules of its times (campaigns.timing). `scheduled_at` is when it starts or, in a series, when
    it goes out next; `launch_at` is when that is prepared, where it is earlier because the day begins earlier
    elsewhere. A series stays scheduled between its occurrences; `dispatch` is its last one. `launch_problem` is a code of campaigns.holds: why a launch was held back and the campaign is a draft again.
    `lock_version` grows with each edit, so that two people cannot overwrite each other or send what neither read.
    """

    class Kind(models.TextChoices):
        ONCE = "once", _("Once")
        RECURRING = "recurring", _("Again and again")
        FEED = "feed", _("When there is something new in a feed")
        DATE = "date", _("On a date of each person")
        EVERGREEN = "evergreen", _("When somebody joins the segment")

    # Kinds that go out more than once, each time as an occurrence with a report of its own.
    SERIES: ClassVar[tuple[str, ...]] = (Kind.RECURRING, Kind.FEED, Kind.DATE)

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SCHEDULED = "scheduled", _("Scheduled")
        SENDING = "sending", _("Sending")
        PAUSED = "paused", _("Paused")
        SENT = "sent", _("Sent")
        CANCELLED = "cancelled", _("Cancelled")

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(_("name"), max_length=120)
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    segment = models.ForeignKey(Segment, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    template = models.ForeignKey(Template, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    sender = models.ForeignKey(Sender, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.ONCE, db_default=Kind.ONCE)
    status = models.CharField(_("state"), max_length=10, choices=Status.choices, default=Status.DRAFT)
    timing = models.JSONField(default=dict, db_default={}, blank=True)
    scheduled_at = models.DateTimeField(_("starts"), null=True, blank=True)
    launch_at = models.DateTimeField(null=True, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    content_version = models.ForeignKey(ContentVersion, on_delete=models.PROTECT, null=True, related_name="+")
    dispatch = models.OneToOneField(Dispatch, on_delete=models.SET_NULL, null=True, related_name="+")
    launch_problem = models.CharField(max_length=300, blank=True)
    lock_version = models.PositiveIntegerField(default=1)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    updated_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    scheduled_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    updated_at = models.DateTimeField(auto_now=True)
    launched_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = CampaignQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["workspace", "-created_at"], name="campaign_newest"),
            models.Index(fields=["scheduled_at"], condition=models.Q(status="scheduled"), name="campaign_due"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_editable(self) -> bool:
        """Nothing has left yet, and it may still be changed."""
        return self.status in (self.Status.DRAFT, self.Status.SCHEDULED)

    @property
    def is_series(self) -> bool:
        """Whether it goes out more than once."""
        return self.kind in self.SERIES

    @property
    def zone_name(self) -> str:
        """The zone in which its time was chosen."""
        return self.time_zone or self.workspace.time_zone


class Occurrence(PublicIdModel):
    """One time that a campaign goes out. (campaign, at) is unique, so that firing it twice is a no-op.

    Only the next one of a series is stored ahead; a series without an end is worked out one by one. `reason` says
    why one was skipped or held (campaigns.holds). `looked_at` is how far a campaign for newcomers has looked.
    """

    class Status(models.TextChoices):
        PLANNED = "planned", _("Planned")
        LAUNCHED = "launched", _("Sending")
        SKIPPED = "skipped", _("Skipped")
        HELD = "held", _("Held back")
        DONE = "done", _("Sent")

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", db_index=False)
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="occurrences", db_index=False)
    at = models.DateTimeField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PLANNED)
    reason = models.CharField(max_length=40, blank=True)
    dispatch = models.OneToOneField(Dispatch, on_delete=models.SET_NULL, null=True, related_name="+")
    content_version = models.ForeignKey(ContentVersion, on_delete=models.PROTECT, null=True, related_name="+")
    launched_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    looked_at = models.DateTimeField(null=True)

    objects = OccurrenceQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["campaign", "at"], name="occurrence_once")]
        indexes = [models.Index(fields=["workspace", "at"], name="occurrence_calendar")]

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.at}"


class FeedEntry(models.Model):
    """That a campaign has seen an entry of its feed; `occurrence` is where it was sent, empty when it never was.

    `key` is a digest of what the feed calls the entry, so that each is sent once however often it is edited.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="+", db_index=False)
    occurrence = models.ForeignKey(Occurrence, on_delete=models.SET_NULL, null=True, related_name="entries")
    key = models.CharField(max_length=64)
    title = models.CharField(max_length=300, blank=True)
    link = models.CharField(max_length=2000, blank=True)
    seen_at = models.DateTimeField()

    objects = FeedEntryQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["campaign", "key"], name="feed_entry_once")]

    def __str__(self) -> str:
        return self.title
