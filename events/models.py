"""What happened: an append-only log, and which handlers have seen each entry."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Workspace
from accounts.querysets import WorkspaceScopedQuerySet
from core.ids import uuid7
from core.models import WrittenAt
from events.querysets import EventQuerySet


class EventKind(models.Model):
    """A name of event that a workspace has used, with the types its properties were first seen with."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(_("name"), max_length=80)
    properties = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "name"], name="event_kind_once")]

    def __str__(self) -> str:
        return self.name


class Event(models.Model):
    """One thing that happened, to a contact or in the workspace.

    `contact_id` is no foreign key: events lie below contacts. `amount` is a money property in 1/10000 of `currency`.
    `folded` holds the folded texts of `properties`, which segments compare (core.folding).
    """

    public_id = models.UUIDField(default=uuid7)
    # The workspace comes first in three other indexes; one of its own would only make each event dearer.
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=80)
    contact_id = models.BigIntegerField(null=True)
    at = models.DateTimeField()
    recorded_at = WrittenAt()
    properties = models.JSONField(default=dict)
    folded = models.JSONField(default=dict)
    amount = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, null=True)  # noqa: DJ001 - a missing currency is not an empty one
    source_kind = models.CharField(max_length=20, default="")
    source_id = models.BigIntegerField(null=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "public_id"], name="event_once")]
        indexes = [
            models.Index(
                fields=["workspace", "kind", "at"],
                include=["contact_id", "amount", "currency", "id"],
                name="event_kind_time",
            ),
            models.Index(
                fields=["workspace", "kind", "contact_id", "at"],
                include=["amount", "currency"],
                name="event_kind_contact",
            ),
            models.Index(fields=["contact_id", "at"], name="event_contact_at"),
        ]

    def __str__(self) -> str:
        return self.kind


class EventSummary(models.Model):
    """How often a kind of event happened to a contact, and when first and last: what the log says, counted already.

    Triggers of `events_event` write it in the transaction of the event, whoever wrote that (docs/adr/0015), so no
    code writes it. Coming into segments and leaving them is not counted, for no rule may ask about that. Dates in the
    future count too: whoever asks what has happened by now looks at `last_at` first. No key is checked here, for every
    row follows from an event whose keys were.
    """

    pk = models.CompositePrimaryKey("workspace_id", "kind", "contact_id")
    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    kind = models.CharField(max_length=80)
    contact_id = models.BigIntegerField()
    times = models.IntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    objects = WorkspaceScopedQuerySet.as_manager()

    class Meta:
        # The key's index holds all columns (migration 0002); this one finds whom something happened to lately.
        indexes = [models.Index(fields=["workspace", "kind", "last_at", "contact_id"], name="event_summary_last")]

    def __str__(self) -> str:
        return f"{self.kind} {self.times}"


class HandlerRun(models.Model):
    """That a handler must see, or has seen, an event: each pair once, retried alone."""

    class Status(models.TextChoices):
        PENDING = "pending", _("Waiting")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="+")
    handler = models.CharField(max_length=80)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = WrittenAt()
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "handler"], name="handler_once")]
        indexes = [models.Index(fields=["due_at"], condition=models.Q(status="pending"), name="handler_due")]

    def __str__(self) -> str:
        return f"{self.handler} {self.status}"
