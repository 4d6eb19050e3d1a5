"""Who entered, with how many tickets, and what tells one entrant from another."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User, Workspace
from contacts.models import Contact
from contests.models.contest import Contest
from contests.querysets import EntryQuerySet
from core.models import PublicIdModel
from flows.models import FlowSession


class Entry(PublicIdModel):
    """One entry. `entry_ref` is what it is called in public; only who has the salt can show which one it is.

    `group_ref` is what all entries of one person share in public. Both outlive the person's row: an erased person's
    entry stays in the documents as numbers that name nobody. `tickets` and `votes` repeat what the ledger and the
    votes come to. `code` is what friends bring along.
    """

    class Status(models.TextChoices):
        PENDING = "pending", _("Not confirmed yet")
        VERIFIED = "verified", _("Taking part")
        HELD = "held", _("Waits for a look")
        REJECTED = "rejected", _("Turned down")
        WITHDRAWN = "withdrawn", pgettext_lazy("an entry", "Withdrawn")

    class Display(models.TextChoices):
        NONE = "none", _("Nothing to show")
        WAITING = "waiting", _("Waits for a look")
        SHOWN = "shown", _("In the gallery")
        HIDDEN = "hidden", _("Not shown")

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", db_index=False)
    contest = models.ForeignKey(Contest, on_delete=models.PROTECT, related_name="entries", db_index=False)
    session = models.OneToOneField(FlowSession, on_delete=models.SET_NULL, null=True, related_name="+")
    contact = models.ForeignKey(Contact, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    reason = models.CharField(max_length=40, blank=True)
    flags = models.JSONField(default=list)
    seq = models.PositiveIntegerField()
    entry_ref = models.CharField(max_length=64)
    salt = models.CharField(max_length=32)
    group_ref = models.CharField(max_length=32)
    code = models.CharField(max_length=16)
    referred_by = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, related_name="referred", db_index=False
    )
    is_credited = models.BooleanField(default=False)
    tickets = models.PositiveIntegerField(default=0)
    votes = models.PositiveIntegerField(default=0)
    score = models.DecimalField(max_digits=21, decimal_places=6, null=True)
    judged_place = models.PositiveIntegerField(null=True)
    issued_at = models.DateTimeField()
    verified_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    mails_sent = models.PositiveSmallIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    display = models.CharField(max_length=10, choices=Display.choices, default=Display.NONE)
    picture = models.JSONField(default=dict)

    objects = EntryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contest", "seq"], name="contest_entry_seq_once"),
            models.UniqueConstraint(fields=["contest", "entry_ref"], name="contest_entry_ref_once"),
            models.UniqueConstraint(fields=["contest", "code"], name="contest_entry_code_once"),
        ]
        indexes = [
            models.Index(fields=["contest", "status", "seq"], name="contest_entry_by_status"),
            models.Index(fields=["contest", "group_ref"], name="contest_entry_of_group"),
            models.Index(
                fields=["contest", "display", "-votes"], name="contest_gallery", condition=~models.Q(display="none")
            ),
            models.Index(
                fields=["referred_by"], name="contest_referred", condition=models.Q(referred_by__isnull=False)
            ),
            models.Index(
                fields=["contact"], name="contest_entry_of_contact", condition=models.Q(contact__isnull=False)
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.seq} {self.status}"


class Vote(PublicIdModel):
    """One vote for an entry. Who gave it is known by digests only, see Identity."""

    contest = models.ForeignKey(Contest, on_delete=models.PROTECT, related_name="+", db_index=False)
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    is_counted = models.BooleanField(default=True)
    reason = models.CharField(max_length=40, blank=True)

    def __str__(self) -> str:
        return f"{self.entry_id} {self.at}"


class Identity(models.Model):
    """What an entry or a vote came with that limits count: a keyed digest of an address, a network, a device.

    Nothing can be read back from a digest, and digests of two contests have nothing in common.
    """

    contest = models.ForeignKey(Contest, on_delete=models.PROTECT, related_name="+", db_index=False)
    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, null=True, related_name="identities", db_index=False)
    vote = models.ForeignKey(Vote, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    kind = models.CharField(max_length=10)
    digest = models.BinaryField(max_length=16)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["contest", "kind", "digest", "-at"], name="contest_identity"),
            models.Index(fields=["entry"], name="contest_identity_of_entry", condition=models.Q(entry__isnull=False)),
            models.Index(fields=["vote"], name="contest_identity_of_vote", condition=models.Q(vote__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.kind


class Ticket(models.Model):
    """A row of the ledger. Nothing is ever changed: a mistake gets a row against it. The database refuses the rest.

    `hash` is the hash of the row after the one before (flows.engine.entries.ledger_hash).
    """

    contest = models.ForeignKey(Contest, on_delete=models.PROTECT, related_name="+", db_index=False)
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="ledger", db_index=False)
    seq = models.PositiveIntegerField()
    entry_ref = models.CharField(max_length=64)
    method = models.CharField(max_length=64)
    delta = models.IntegerField()
    reason = models.CharField(max_length=100)
    at = models.DateTimeField()
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["contest", "seq"], name="contest_ticket_seq_once")]
        indexes = [models.Index(fields=["entry", "method", "-at"], name="contest_ticket_of_entry")]

    def __str__(self) -> str:
        return f"{self.seq} {self.method} {self.delta:+d}"


class Award(models.Model):
    """Tickets that a session earned before it came to its entry; they go to the ledger with it."""

    session = models.ForeignKey(FlowSession, on_delete=models.CASCADE, related_name="+")
    method = models.CharField(max_length=64)
    tickets = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.method} {self.tickets}"


class Refusal(models.Model):
    """Why a session did not become an entry, so that its page can say so."""

    session = models.OneToOneField(FlowSession, on_delete=models.CASCADE, related_name="+")
    contest = models.ForeignKey(Contest, on_delete=models.PROTECT, related_name="refusals", db_index=False)
    reasons = models.JSONField(default=list)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["contest", "at"], name="contest_refusal_of_contest")]

    def __str__(self) -> str:
        return ", ".join(self.reasons)
