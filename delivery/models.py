"""The way to send: one row per message, which is also the recipient's row and the queue (docs/sending.md)."""

import datetime as dt
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Workspace
from accounts.querysets import WorkspaceScopedQuerySet
from channels.models import Sender
from consent.models import Topic
from contacts.models import Channel, Contact
from content.models import ContentVersion
from core.ids import uuid7
from core.models import PublicIdModel
from delivery.pace.models import PaceBucket, PaceSlowdown, SenderStop
from delivery.querysets import DispatchQuerySet, MessageFactQuerySet, MessageQuerySet

__all__ = [
    "Dispatch",
    "FrequencyRule",
    "Message",
    "MessageFact",
    "PaceBucket",
    "PaceSlowdown",
    "Purpose",
    "SenderStop",
    "SendingProcess",
]


class Purpose(models.TextChoices):
    """Why a message is written; delivery.policy says which steps each purpose passes."""

    MARKETING = "marketing", _("Marketing")
    TRANSACTIONAL = "transactional", _("Transactional")
    SERVICE = "service", _("Service")
    SYSTEM = "system", _("From Rapport itself")
    TEST = "test", _("Test")


class Dispatch(PublicIdModel):
    """One launch of something that writes to many: its frozen audience and whether it may go on.

    (source_kind, source_id, occurrence) is unique: firing the same occurrence twice is a no-op. `source_*` is
    opaque here; campaigns know what it means. While it `is_open`, more people may be added and it does not finish.
    `hourly_limit` is the most messages an hour; of two that want the same person, the higher `priority` goes first.
    `waits_for` is how long a message waits for somebody who had too many lately; None: it is not sent to them.
    """

    class Status(models.TextChoices):
        RUNNING = "running", _("Sending")
        PAUSED = "paused", _("Paused")
        CANCELLED = "cancelled", _("Cancelled")
        FINISHED = "finished", _("Finished")

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    source_kind = models.CharField(max_length=20)
    source_id = models.BigIntegerField()
    occurrence = models.DateTimeField()
    name = models.CharField(max_length=120)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.RUNNING)
    pause_reason = models.CharField(max_length=300, blank=True)
    targeted = models.BigIntegerField(default=0)
    is_open = models.BooleanField(default=False, db_default=False)
    priority = models.SmallIntegerField(default=0, db_default=0)
    hourly_limit = models.IntegerField(null=True)
    waits_for = models.DurationField(null=True)
    claimed_at = models.DateTimeField(null=True)
    trouble_since = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = DispatchQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source_kind", "source_id", "occurrence"], name="dispatch_occurrence_once")
        ]
        indexes = [
            models.Index(fields=["claimed_at"], condition=models.Q(status="running"), name="dispatch_running"),
            models.Index(fields=["workspace", "-claimed_at"], name="dispatch_served"),
        ]

    def __str__(self) -> str:
        return self.name


class Message(models.Model):
    """One message to one person.

    States: pending, sending (owner and lease, committed before the first byte that could lead to acceptance), then
    sent, skipped, failed, unknown or cancelled. A row in `sending` whose owner is gone is resolved from the owner's
    journal, or becomes `unknown`; it is never sent again by the machine. `claimed` is what versions that committed
    their claims wrote in between.
    """

    class Status(models.TextChoices):
        PENDING = "pending", _("Waiting")
        CLAIMED = "claimed", _("Being prepared")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        SKIPPED = "skipped", _("Skipped")
        FAILED = "failed", _("Failed")
        UNKNOWN = "unknown", _("Unknown")
        CANCELLED = "cancelled", _("Cancelled")

    OPEN: ClassVar[tuple[str, ...]] = (Status.PENDING, Status.CLAIMED, Status.SENDING)

    public_id = models.UUIDField(default=uuid7, unique=True)
    # What a message belongs to is checked by triggers once per statement (docs/adr/0023). Rapport's own mail, such
    # as a password reset, belongs to no workspace.
    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, null=True, related_name="+", db_index=False, db_constraint=False
    )
    dispatch = models.ForeignKey(
        Dispatch, on_delete=models.CASCADE, null=True, related_name="+", db_index=False, db_constraint=False
    )
    purpose = models.CharField(max_length=14, choices=Purpose.choices)
    channel = models.CharField(max_length=10, choices=Channel.choices, default=Channel.EMAIL)
    # No constraint: the handler of contact.erased finds the person's messages by this id and blanks them.
    contact = models.ForeignKey(
        Contact, on_delete=models.DO_NOTHING, null=True, db_constraint=False, related_name="+", db_index=False
    )
    step = models.SmallIntegerField(default=0)
    recipient = models.CharField(max_length=254)
    # Whose mailbox it is (delivery.pace.receivers): receivers set limits for all of their domains together.
    receiver = models.SmallIntegerField(default=0, db_default=0)
    sender = models.ForeignKey(
        Sender, on_delete=models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    topic = models.ForeignKey(
        Topic, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False, db_constraint=False
    )
    content_version = models.ForeignKey(
        ContentVersion, on_delete=models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    # Which version of the message it is, counted from 1; 0 where there is only one.
    variant = models.SmallIntegerField(default=0, db_default=0)
    data = models.JSONField(null=True)
    idempotency_key = models.CharField(max_length=200, null=True)  # noqa: DJ001 - unique when present
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    reason = models.CharField(max_length=40, default="", blank=True)
    detail = models.CharField(max_length=300, default="", blank=True)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    # Not sent any more after this: an offer for the morning is wrong in the evening.
    send_by = models.DateTimeField(null=True)
    owner = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    attempts = models.SmallIntegerField(default=0)
    is_tracked = models.BooleanField(default=False)
    settled_at = models.DateTimeField(null=True)
    provider_id = models.CharField(max_length=200, default="", blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        constraints = [
            # Begins with the contact, so that one index keeps the promise and finds what somebody was sent.
            models.UniqueConstraint(
                fields=["contact", "dispatch", "step"],
                condition=models.Q(contact__isnull=False),
                name="message_to_contact_once",
            ),
            models.UniqueConstraint(
                fields=["workspace", "idempotency_key"],
                condition=models.Q(idempotency_key__isnull=False),
                name="message_idempotency",
            ),
        ]
        indexes = [
            # A claim takes from each lane (sender and receiver) what its limits let through and never walks past the
            # rows of an exhausted one. Single messages have an index of their own: they go by time alone.
            models.Index(
                fields=["dispatch", "sender", "receiver", "due_at", "id"],
                condition=models.Q(status="pending", dispatch__isnull=False),
                name="message_lane",
            ),
            models.Index(
                fields=["due_at", "id"],
                condition=models.Q(status="pending", dispatch__isnull=True),
                name="message_single_due",
            ),
            models.Index(
                fields=["owner", "lease_until"],
                condition=models.Q(status__in=["claimed", "sending"]),
                name="message_held",
            ),
            models.Index(fields=["dispatch", "status", "reason"], name="message_outcomes"),
            models.Index(fields=["settled_at"], condition=models.Q(status="unknown"), name="message_unknown"),
            models.Index(
                fields=["workspace", "settled_at"],
                include=["contact", "channel", "dispatch"],
                condition=models.Q(status="sent"),
                name="message_sent_to",
            ),
            models.Index(
                fields=["workspace", "recipient"],
                condition=models.Q(contact__isnull=True) & ~models.Q(recipient=""),
                name="message_to_stranger",
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def title(self) -> str:
        """What people call it: the campaign's name, else the subject."""
        if self.dispatch is not None:
            return self.dispatch.name
        if self.content_version is not None:
            return self.content_version.subject
        return str((self.data or {}).get("subject") or self.get_purpose_display())

    @property
    def shown_at(self) -> dt.datetime:
        """When its last change of state was, or when it will be tried."""
        return self.settled_at or self.due_at


class SendingProcess(models.Model):
    """A process that can send: on which machine, when it was last alive, and what it did last.

    `worker` is the name of the program that started it; that program notes every few seconds that it lives, and takes
    its rows away when it ends (delivery.processes). `settled_last_minute` and `dispatch` are as of `worked_at`.
    """

    worker = models.CharField(max_length=200)
    machine = models.CharField(max_length=100)
    pid = models.IntegerField()
    sends_campaigns = models.BooleanField(default=False, db_default=False)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    worked_at = models.DateTimeField(null=True)
    settled_last_minute = models.IntegerField(default=0, db_default=0)
    # A hint for people, which may outlive what it names.
    dispatch = models.ForeignKey(
        Dispatch, on_delete=models.DO_NOTHING, null=True, db_constraint=False, db_index=False, related_name="+"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["worker", "pid"], name="sending_process_once")]

    def __str__(self) -> str:
        return f"{self.machine}:{self.pid}"


class FrequencyRule(PublicIdModel):
    """At most `messages` campaign messages to one person in any `days` days; `channel` is empty for all together."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", db_index=False)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices, blank=True, default="")
    messages = models.PositiveSmallIntegerField(_("messages"))
    days = models.PositiveSmallIntegerField(_("days"))

    objects = WorkspaceScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "channel", "days"], name="frequency_rule_once"),
            models.CheckConstraint(
                condition=models.Q(messages__gte=1, messages__lte=100, days__gte=1, days__lte=60),
                name="frequency_rule_sane",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.messages} / {self.days}"


class MessageFact(models.Model):
    """Something that happened to a message after it was sent, once per (message, action, verdict, link).

    "sent" is not copied here: the message row says it. `times` counts repetitions so that a replayed link
    cannot fill the table.
    """

    class Action(models.TextChoices):
        DELIVERED = "delivered", _("Delivered")
        OPENED = "opened", _("Opened")
        CLICKED = "clicked", _("Clicked")
        BOUNCED = "bounced", _("Bounced")
        COMPLAINED = "complained", _("Complained")
        UNSUBSCRIBED = "unsubscribed", _("Unsubscribed")

    class Verdict(models.TextChoices):
        HUMAN = "human", _("A person")
        MACHINE = "machine", _("A machine")
        UNCERTAIN = "uncertain", _("Uncertain")

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", db_index=False)
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="+", db_index=False)
    dispatch = models.ForeignKey(Dispatch, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    channel = models.CharField(max_length=10, choices=Channel.choices, default=Channel.EMAIL)
    action = models.CharField(max_length=12, choices=Action.choices)
    verdict = models.CharField(max_length=10, choices=Verdict.choices, default=Verdict.HUMAN)
    link = models.SmallIntegerField(default=-1)
    at = models.DateTimeField()
    last_at = models.DateTimeField()
    times = models.IntegerField(default=1)
    detail = models.CharField(max_length=200, default="", blank=True)

    objects = MessageFactQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["message", "action", "verdict", "link"], name="message_fact_once")
        ]
        indexes = [
            models.Index(
                fields=["workspace", "action", "at"], include=["contact", "verdict", "message"], name="fact_action_at"
            ),
            models.Index(
                fields=["workspace", "action", "last_at"],
                include=["contact", "verdict", "message", "at"],
                name="fact_action_last",
            ),
            models.Index(fields=["contact", "action", "at"], name="fact_contact"),
            models.Index(fields=["dispatch", "action", "verdict"], include=["message"], name="fact_dispatch"),
        ]

    def __str__(self) -> str:
        return self.action
