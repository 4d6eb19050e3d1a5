"""A contest and the documents it has published."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Workspace
from contests.querysets import ContestQuerySet
from core.crypto import EncryptedTextField
from core.models import PublicIdModel
from flows.models import Flow, FlowVersion


class Contest(PublicIdModel):
    """What stands behind a flow that is a contest. Outside it is known by the flow's public id.

    `version` has the terms that were promised: they are fixed by the opening document, before the first entry. The
    seeds and the salt are hex and are told when the draw is published. `entry_count` and `ledger_count` number
    entries and rows of the ledger without gaps, for whoever holds this row's lock; `ledger_hash` is the last row's.
    """

    class Phase(models.TextChoices):
        DRAFT = "draft", _("Not open yet")
        OPEN = "open", _("Taking entries")
        CLOSED = "closed", pgettext_lazy("a contest", "Closed")
        COMMITTED = "committed", _("Sealed for the draw")
        DRAWN = "drawn", pgettext_lazy("a contest", "Drawn")

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", db_index=False)
    flow = models.OneToOneField(Flow, on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(FlowVersion, on_delete=models.RESTRICT, null=True, related_name="+", db_index=False)
    phase = models.CharField(max_length=10, choices=Phase.choices, default=Phase.DRAFT)
    opens_at = models.DateTimeField(null=True)
    closes_at = models.DateTimeField(null=True)
    draws_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True)
    server_seed = EncryptedTextField()
    group_salt = EncryptedTextField()
    moments_seed = EncryptedTextField()
    entry_count = models.PositiveIntegerField(default=0)
    ledger_count = models.PositiveIntegerField(default=0)
    ledger_hash = models.CharField(max_length=64, blank=True)
    attempt_count = models.PositiveIntegerField(default=0)
    wins = models.PositiveIntegerField(default=0)
    public_value = models.CharField(max_length=500, blank=True)
    trouble = models.CharField(max_length=40, blank=True)

    objects = ContestQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["next_at"], name="contest_due", condition=models.Q(next_at__isnull=False))]

    def __str__(self) -> str:
        return f"{self.flow_id} {self.phase}"

    @property
    def name(self) -> str:
        """What documents call it: the flow's public id, which is also in its address."""
        return str(self.flow.public_id)

    def document(self, kind: str) -> "Document | None":
        """The newest published document of a kind."""
        return Document.objects.filter(contest=self, kind=kind).order_by("-number").first()


class Document(models.Model):
    """A text that was published, byte for byte. It never changes; what is said anew has the next number."""

    class Kind(models.TextChoices):
        RULES = "rules", _("Official rules")
        OPENING = "opening", _("Opening")
        ROOT = "root", _("Root of the receipts")
        RECEIPTS = "receipts", _("Receipts")
        ENTRIES = "entries", _("Entries")
        REMOVED = "removed", _("Not taking part")
        COMMITMENT = "commitment", _("Commitment")
        RESULT = "result", _("Result")
        REPLACEMENT = "replacement", _("Replacement")
        MOMENTS = "moments", _("Winning moments")
        ATTEMPTS = "attempts", _("Attempts")

    contest = models.ForeignKey(Contest, on_delete=models.PROTECT, related_name="documents", db_index=False)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    number = models.PositiveIntegerField()
    body = models.TextField()
    sha256 = models.CharField(max_length=64)
    published_at = models.DateTimeField()

    objects: Any = models.Manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["contest", "kind", "number"], name="contest_document_once")]

    def __str__(self) -> str:
        return self.file_name

    @property
    def file_name(self) -> str:
        """What the file is called."""
        return f"{self.kind}.txt" if self.number == 1 else f"{self.kind}-{self.number}.txt"
