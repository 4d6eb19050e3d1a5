"""Segments: rules that say who belongs (docs/segments.md)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User, Workspace
from core.models import PublicIdModel
from segments.querysets import SegmentQuerySet


class Segment(PublicIdModel):
    """A named rule. `rule` is canonical JSON; membership is always evaluated, never stored."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(_("name"), max_length=80)
    key = models.CharField(_("key"), max_length=60)
    description = models.CharField(_("description"), max_length=300, blank=True)
    rule = models.JSONField()
    version = models.PositiveIntegerField(default=1)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    updated_at = models.DateTimeField(auto_now=True)
    last_count = models.BigIntegerField(null=True)
    last_counted_at = models.DateTimeField(null=True)

    objects = SegmentQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "key"], name="segment_key_once")]

    def __str__(self) -> str:
        return self.name
