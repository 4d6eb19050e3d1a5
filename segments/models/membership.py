"""Who is in the segments that are followed, who came and went, and what has changed since that was last looked at."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Workspace
from contacts.models import Contact
from segments.models.rules import Segment
from segments.querysets import FollowingQuerySet, MemberChangeQuerySet, SegmentMemberQuerySet


class SegmentMember(models.Model):
    """That somebody was in a segment when it was last brought up to date, and since when.

    For noticing who comes and goes; an audience is always evaluated anew. No constraint on the contact: a trigger
    removes people who are deleted, and the next tick whoever slipped in meanwhile. Segment and contact are the key: a
    number of its own would be a third index, and a fifth of what writing somebody down costs.
    """

    pk = models.CompositePrimaryKey("segment_id", "contact_id")
    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    segment = models.ForeignKey(
        Segment, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    contact = models.ForeignKey(
        Contact, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    since = models.DateTimeField()

    objects = SegmentMemberQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["contact", "segment"], name="segment_member_of_contact")]

    def __str__(self) -> str:
        return f"{self.segment_id} {self.contact_id}"


class MemberChange(models.Model):
    """That somebody came into a segment or left it. Only ever added to: the database refuses anything else, but for
    forgetting who it was (`contact` becomes empty when the person is gone).
    """

    class Change(models.TextChoices):
        ENTERED = "entered", _("Joined")
        LEFT = "left", pgettext_lazy("a segment", "Left")

    class Cause(models.TextChoices):
        DATA = "data", _("Something about them changed")
        TIME = "time", _("Time went by")
        RULE = "rule", _("The segment was saved")
        MERGE = "merge", _("Two contacts became one")

    workspace = models.ForeignKey(
        Workspace, on_delete=models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    segment = models.ForeignKey(
        Segment, on_delete=models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    contact = models.ForeignKey(
        Contact, on_delete=models.DO_NOTHING, null=True, related_name="+", db_index=False, db_constraint=False
    )
    change = models.CharField(max_length=8, choices=Change.choices)
    cause = models.CharField(max_length=8, choices=Cause.choices)
    at = models.DateTimeField()

    objects = MemberChangeQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["segment", "at", "id"], name="member_change_of_segment"),
            # A saved rule can move a million people at once, among whom the few who moved themselves are not to be
            # looked for one by one.
            models.Index(
                fields=["segment", "at", "id"],
                include=["change"],
                condition=models.Q(cause__in=["data", "time"]),
                name="member_change_own",
            ),
            models.Index(fields=["contact", "id"], name="member_change_of_contact"),
        ]

    def __str__(self) -> str:
        return f"{self.segment_id} {self.contact_id} {self.change}"


class Following(models.Model):
    """How far the noting has come for one segment.

    `fingerprint` stands for everything the stored members were worked out with: the rule with the segments put in,
    and the workspace's clock. `whats` are the words of ContactTouch it depends on. `evaluated_at` is the instant the
    members are of. Where the rule is new, `waits_for` holds the transactions that may have written before
    the triggers knew of it; the first full evaluation waits until they are over.
    """

    segment = models.OneToOneField(Segment, on_delete=models.CASCADE, primary_key=True, related_name="following")
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    fingerprint = models.CharField(max_length=64, blank=True)
    whats = ArrayField(models.CharField(max_length=100), default=list)
    waits_for = ArrayField(models.BigIntegerField(), null=True)
    is_filled = models.BooleanField(default=False)
    is_broken = models.BooleanField(default=False)
    evaluated_at = models.DateTimeField(null=True)
    next_day_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)
    drift = models.BigIntegerField(null=True)

    objects = FollowingQuerySet.as_manager()

    def __str__(self) -> str:
        return str(self.segment_id)


class Watch(models.Model):
    """A kind of change that some followed segment of a workspace depends on; the triggers note no others."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", db_index=False)
    what = models.CharField(max_length=100)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "what"], name="segment_watch_once")]

    def __str__(self) -> str:
        return self.what


class ContactTouch(models.Model):
    """That something about somebody changed which segments depend on. A queue: a tick takes its rows away.

    Written by triggers inside the transaction that made the change, so nothing is lost and nothing comes early.
    """

    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    contact = models.ForeignKey(
        Contact, on_delete=models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    what = models.CharField(max_length=100)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.contact_id} {self.what}"
