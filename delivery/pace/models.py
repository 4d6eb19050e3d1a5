"""Limits and what is left of them, receivers that asked for less, senders that were stopped."""

import datetime as dt

from django.contrib.postgres.fields import ArrayField
from django.db import models

from accounts.models import Workspace
from accounts.querysets import WorkspaceScopedQuerySet
from channels.models import Sender
from delivery.pace.backoff import Slowness


class PaceBucket(models.Model):
    """One limit and what is left of it; without a row there is none.

    It covers a whole workspace (neither sender nor dispatch), a sender, a sender's mail to one group of receivers,
    or a dispatch, whose hourly limit stands in the dispatch itself. `tokens` may be negative: single mail never
    waits, and what follows makes up for it. `warmup_plan` is the most for each day from `warmup_from` on.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", db_index=False)
    sender = models.ForeignKey(Sender, on_delete=models.CASCADE, null=True, related_name="+")
    receiver = models.SmallIntegerField(null=True)
    dispatch = models.ForeignKey("delivery.Dispatch", on_delete=models.CASCADE, null=True, related_name="+")
    hourly_limit = models.IntegerField(null=True)
    daily_limit = models.IntegerField(null=True)
    warmup_from = models.DateField(null=True)
    warmup_plan = ArrayField(models.IntegerField(), default=list)
    tokens = models.FloatField(default=0)
    filled_at = models.DateTimeField(null=True)
    day = models.DateField(null=True)
    day_used = models.IntegerField(default=0)

    objects = WorkspaceScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "sender", "receiver", "dispatch"], nulls_distinct=False, name="pace_bucket_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.hourly_limit}/h {self.daily_limit}/d"

    def used_on(self, day: dt.date) -> int:
        """Messages counted on a day of the workspace's clock; only the last counted day is known."""
        return self.day_used if self.day == day else 0


class PaceSlowdown(models.Model):
    """A receiver asked a sender to slow down, or the provider it sends through did (receivers.EVERYBODY).

    delivery.pace.backoff says how the rate falls and comes back.
    """

    sender = models.ForeignKey(Sender, on_delete=models.CASCADE, related_name="+", db_index=False)
    receiver = models.SmallIntegerField()
    rate = models.FloatField()
    full_rate = models.FloatField()
    paused_until = models.DateTimeField()
    strikes = models.SmallIntegerField(default=1)
    words = models.CharField(max_length=300, default="", blank=True)
    tokens = models.FloatField(default=0)
    filled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sender", "receiver"], name="pace_slowdown_once")]

    def __str__(self) -> str:
        return self.words

    @property
    def state(self) -> Slowness:
        """The part that the arithmetic needs."""
        return Slowness(self.rate, self.full_rate, self.paused_until, self.strikes)


class SenderStop(models.Model):
    """Receivers or our own mail server refuse a sender: nothing more in bulk until a person says it is mended.

    `receiver` is who refuses it, None for everybody. `probing_at` is when a person said so: from then on one message
    at a time goes out, and the first that is accepted ends the stop.
    """

    sender = models.OneToOneField(Sender, on_delete=models.CASCADE, primary_key=True, related_name="+")
    receiver = models.SmallIntegerField(null=True)
    words = models.CharField(max_length=300, default="", blank=True)
    stopped_at = models.DateTimeField()
    probing_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.words
