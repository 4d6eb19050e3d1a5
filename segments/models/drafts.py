"""What somebody is building and has not saved yet."""

from django.db import models

from accounts.models import User, Workspace
from core.models import PublicIdModel
from segments.models.rules import Segment
from segments.querysets import SegmentDraftQuerySet


class SegmentDraft(PublicIdModel):
    """Unsaved work of one person: on a segment, or on a new one while `segment` is empty. It changes nobody's mail.

    `root` is the open rule with its unfinished sentences, `base_version` the version it began from.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, null=True, related_name="+")
    base_version = models.PositiveIntegerField(default=0)
    root = models.JSONField()
    name = models.CharField(max_length=80, blank=True)
    description = models.CharField(max_length=300, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = SegmentDraftQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "segment"], name="segment_draft_once")]

    def __str__(self) -> str:
        return self.name
