"""What keeps the ledger whole: copies of the pages people saw, seals over its lines, and how checking it went."""

import datetime as dt

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Workspace
from accounts.querysets import WorkspaceScopedQuerySet
from consent.querysets import LedgerCheckQuerySet, SealQuerySet
from core.clock import now
from core.models import PublicIdModel

GIVEN_UP_AFTER = dt.timedelta(hours=1)


class PageVersion(PublicIdModel):
    """A sign-up page as it stood: its words and topics, frozen. A trigger refuses UPDATE.

    `page` is the public id of the page, `number` counts its versions from 1, `body` is canonical JSON and `sha256`
    its digest. Like the ledger it outlives the page and the workspace.
    """

    workspace = models.ForeignKey(
        Workspace, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    page = models.UUIDField()
    number = models.IntegerField()
    sha256 = models.BinaryField(max_length=32)
    body = models.TextField()

    objects = WorkspaceScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "page", "number"], name="page_version_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.page} {self.number}"


class ConsentSeal(PublicIdModel):
    """That the ledger of a workspace held exactly these lines: number, digest, and the seal before. Append-only.

    Covers the lines with `after_id` < id <= `last_id`; `hash` is over all of it and `previous_hash`
    (consent/chain.py), so that neither a line nor a seal can be taken away unseen.
    """

    workspace = models.ForeignKey(
        Workspace, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    number = models.IntegerField()
    after_id = models.BigIntegerField()
    last_id = models.BigIntegerField()
    count = models.BigIntegerField()
    digest = models.BinaryField(max_length=32)
    previous_hash = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)
    sealed_at = models.DateTimeField()

    objects = SealQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "number"], name="consent_seal_number_once")]

    def __str__(self) -> str:
        return str(self.number)


class LedgerCheck(PublicIdModel):
    """One reading of a workspace's whole ledger, and what it found.

    `problems` holds at most a hundred `{"kind", "record" | "seal", "at"}`; `problem_count` counts them all.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Reading")
        DONE = "done", _("Done")
        FAILED = "failed", _("Stopped")

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", db_index=False)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.WAITING)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    records = models.BigIntegerField(default=0)
    people = models.BigIntegerField(default=0)
    unchained = models.BigIntegerField(default=0)
    seals = models.IntegerField(default=0)
    sealed_until = models.DateTimeField(null=True)
    problem_count = models.BigIntegerField(default=0)
    problems = models.JSONField(default=list)

    objects = LedgerCheckQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["workspace", "-id"], name="ledger_check_newest")]

    def __str__(self) -> str:
        return self.status

    @property
    def is_under_way(self) -> bool:
        """True while it waits or reads; a check older than an hour has lost its worker."""
        is_open = self.status in {self.Status.WAITING, self.Status.RUNNING}
        return is_open and self.created_at > now() - GIVEN_UP_AFTER
