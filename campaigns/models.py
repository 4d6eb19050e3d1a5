"""Campaigns: to whom, about what, with which words, from whom and when, and each time one went out."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User, Workspace
from campaigns.control_models import Approval, CampaignRules, LinkCheck
from campaigns.querysets import (
    CampaignQuerySet,
    ExperimentQuerySet,
    FeedEntryQuerySet,
    HoldOutGroupQuerySet,
    OccurrenceQuerySet,
)
from channels.models import Sender
from consent.models import Topic
from content.models import ContentVersion, Template
from core.models import PublicIdModel
from delivery.models import Dispatch
from segments.models import Segment

__all__ = [
    "Approval",
    "Campaign",
    "CampaignRules",
    "CampaignVariant",
    "Experiment",
    "ExperimentLook",
    "FeedEntry",
    "HoldOutGroup",
    "LinkCheck",
    "Occurrence",
]


class Campaign(PublicIdModel):
    """A message to everyone in a segment who agreed to its topic: once, or again and again (`kind`).

    `timing` holds the rules of its times (campaigns.timing). `scheduled_at` is when it starts or, in a series, when
    it goes out next; `launch_at` is when that is prepared, where that is earlier because the day begins earlier
    elsewhere. A series stays scheduled between its occurrences; `dispatch` is its last one. `launch_problem` is a
    code of campaigns.holds: why a launch was held back and the campaign is a draft again. `lock_version` grows with
    each edit, so that two people cannot overwrite each other or send what neither read. Of two that want the same
    person, the one with the higher `priority` goes; somebody who had enough lately waits up to `wait_days`.
    At most `hourly_limit` messages leave in an hour, where it is set.
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
        WAITING = "waiting", _("Waits for a yes")
        SCHEDULED = "scheduled", _("Scheduled")
        SENDING = "sending", _("Sending")
        PAUSED = "paused", _("Paused")
        SENT = "sent", _("Sent")
        CANCELLED = "cancelled", _("Cancelled")
        TEMPLATE = "template", _("Template")

    class Priority(models.IntegerChoices):
        LOW = -1, _("Low")
        NORMAL = 0, _("Normal")
        HIGH = 1, _("High")

    EDITABLE_STATES: ClassVar[tuple[str, ...]] = (Status.DRAFT, Status.WAITING, Status.SCHEDULED, Status.TEMPLATE)

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
    # Of a hundred people who would get it, so many get nothing, to see what the message changes.
    hold_out = models.PositiveSmallIntegerField(_("kept back, in percent"), default=0, db_default=0)
    priority = models.SmallIntegerField(_("importance"), choices=Priority.choices, default=0, db_default=0)
    wait_days = models.PositiveSmallIntegerField(_("days to wait"), default=0, db_default=0)
    hourly_limit = models.PositiveIntegerField(_("messages an hour"), null=True, blank=True)
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
        return self.status in self.EDITABLE_STATES

    @property
    def is_series(self) -> bool:
        """Whether it goes out more than once."""
        return self.kind in self.SERIES

    @property
    def is_stuck(self) -> bool:
        """It is to go out, but nobody may send from its sender's address any more."""
        sender = self.sender
        return self.status == self.Status.SCHEDULED and not (sender and sender.is_verified and sender.is_active)

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


class CampaignVariant(models.Model):
    """One version of a campaign's message. What is empty is as in the campaign itself; `position` counts from 1.

    `content_version` is what it said when the campaign started.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="variants", db_index=False)
    position = models.SmallIntegerField()
    subject = models.CharField(_("subject"), max_length=300, blank=True)
    sender = models.ForeignKey(Sender, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    template = models.ForeignKey(Template, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    delay_minutes = models.PositiveIntegerField(_("minutes later"), default=0)
    content_version = models.ForeignKey(ContentVersion, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["position"]
        constraints = [models.UniqueConstraint(fields=["campaign", "position"], name="variant_once")]

    def __str__(self) -> str:
        return self.letter

    @property
    def letter(self) -> str:
        """What people call it: A, B, C …"""
        return chr(64 + self.position)


class Experiment(models.Model):
    """How a campaign's versions are compared, and what came of it (docs/experiments.md).

    `share` of a hundred people get one of the versions at the start; the rest, if any, is written down when it is
    decided. `frozen_at` parts both: rows written by then are the test. `outcome` is a code of campaigns.verdicts.
    """

    class Goal(models.TextChoices):
        OPENED = "opened", _("Opened by a person")
        CLICKED = "clicked", _("Clicked by a person")
        EVENT = "event", _("Something people do afterwards")
        REVENUE = "revenue", _("What people spend afterwards")

    class Otherwise(models.TextChoices):
        FIRST = "first", _("Send version A")
        SPLIT = "split", _("Send each version to an equal part")
        WAIT = "wait", _("Wait until somebody chooses")

    class Status(models.TextChoices):
        PLANNED = "planned", _("Planned")
        RUNNING = "running", _("Running")
        WAITING = "waiting", _("Waits for you")
        DECIDED = "decided", _("Decided")
        STOPPED = "stopped", _("Stopped")

    campaign = models.OneToOneField(Campaign, on_delete=models.CASCADE, related_name="experiment")
    share = models.PositiveSmallIntegerField(_("people in the test, in percent"), default=20)
    goal = models.CharField(_("what counts"), max_length=8, choices=Goal.choices, default=Goal.CLICKED)
    event_kind = models.CharField(_("event"), max_length=80, blank=True)
    wait_hours = models.PositiveSmallIntegerField(_("hours to wait"), default=24)
    is_automatic = models.BooleanField(_("choose the winner for me"), default=True)
    otherwise = models.CharField(_("if none is better"), max_length=5, choices=Otherwise.choices, default="first")
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.PLANNED)
    outcome = models.CharField(max_length=20, blank=True)
    winner = models.SmallIntegerField(null=True)
    frozen_at = models.DateTimeField(null=True)
    deadline_at = models.DateTimeField(null=True)
    next_look_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")

    objects = ExperimentQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["next_look_at"], condition=models.Q(status__in=["running", "waiting"]), name="experiment_due"
            )
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.status}"

    @property
    def is_split(self) -> bool:
        """Whether everybody is in the test, so that nobody is left to get the winner."""
        return self.share >= 100

    @property
    def is_measured(self) -> bool:
        """Whether it is being looked at."""
        return self.status in (self.Status.RUNNING, self.Status.WAITING)


class ExperimentLook(models.Model):
    """What was seen at one look: a sample of each version in order of position, and what it said.

    `samples` are lists of people, successes, total and squares (experiments.lift.Sample), `finding` a code of
    campaigns.verdicts.
    """

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="looks", db_index=False)
    at = models.DateTimeField()
    samples = models.JSONField()
    finding = models.CharField(max_length=20)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["experiment", "at"], name="look_once")]

    def __str__(self) -> str:
        return self.finding


class HoldOutGroup(PublicIdModel):
    """People of a workspace who get no campaigns at all for a while: `percent` of a hundred, by the bucket of `salt`.

    One that has ended is followed by the next with other people, as long as it is renewed. It never changes while it
    lasts, so that both parts can be compared from its start to its end.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", db_index=False)
    percent = models.PositiveSmallIntegerField(_("people, in percent"))
    months = models.PositiveSmallIntegerField(_("months"))
    salt = models.CharField(max_length=40)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    is_renewed = models.BooleanField(default=True)

    objects = HoldOutGroupQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "starts_at"], name="hold_out_once")]

    def __str__(self) -> str:
        return f"{self.percent} %"
