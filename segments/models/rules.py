"""Segments: rules that say who belongs (docs/segments.md), and what became of each over time."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User, Workspace
from core.models import PublicIdModel
from segments.querysets import SegmentQuerySet, SegmentSizeQuerySet


class Segment(PublicIdModel):
    """A named rule. `rule` is canonical JSON; who belongs is evaluated whenever it is asked.

    `is_followed` says that Rapport also notes who comes and who goes (segments.models.membership).
    """

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
    is_followed = models.BooleanField(_("note who comes and who goes"), default=True, db_default=True)

    objects = SegmentQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "key"], name="segment_key_once")]

    def __str__(self) -> str:
        return self.name


class SegmentVersion(models.Model):
    """What a segment was when somebody saved it; `number` is its version then."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="versions", db_index=False)
    number = models.PositiveIntegerField()
    rule = models.JSONField()
    name = models.CharField(max_length=80)
    saved_at = models.DateTimeField()
    saved_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["segment", "number"], name="segment_version_once")]

    def __str__(self) -> str:
        return f"{self.name} {self.number}"


class SegmentSize(models.Model):
    """How many people were in a segment on a day; one row a day, the latest count of it."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="sizes", db_index=False)
    day = models.DateField()
    count = models.BigIntegerField()
    is_exact = models.BooleanField(default=True)

    objects = SegmentSizeQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["segment", "day"], name="segment_size_once")]

    def __str__(self) -> str:
        return f"{self.day} {self.count}"
