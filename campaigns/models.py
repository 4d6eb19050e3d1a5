"""Campaigns: to whom, about what, with which words, from whom and when."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User, Workspace
from campaigns.querysets import CampaignQuerySet
from channels.models import Sender
from consent.models import Topic
from content.models import ContentVersion, Template
from core.models import PublicIdModel
from delivery.models import Dispatch
from segments.models import Segment


class Campaign(PublicIdModel):
    """A message to everyone in a segment who agreed to its topic, once.

    `launch_problem` is a code of campaigns.holds: why a launch was held back and the campaign is a draft again.
    `lock_version` grows with each edit, so that two people cannot overwrite each other or send what neither read.
    """

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
    status = models.CharField(_("state"), max_length=10, choices=Status.choices, default=Status.DRAFT)
    scheduled_at = models.DateTimeField(_("starts"), null=True, blank=True)
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
    def zone_name(self) -> str:
        """The zone in which its time was chosen."""
        return self.time_zone or self.workspace.time_zone
