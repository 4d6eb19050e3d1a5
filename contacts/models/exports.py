"""Files of contacts on their way out, and what each teammate wants to see in the list."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User, Workspace
from contacts.querysets.people import ExportQuerySet
from core.models import PublicIdModel


class Export(PublicIdModel):
    """A file of contacts that a worker writes; it is offered for a few days and then removed.

    `query` is the list's filter as its address has it, `chosen` the public ids of people who were ticked (None:
    everybody the filter finds). `columns` are keys (contacts.exporting.columns), `options` how a CSV file looks.
    """

    class Format(models.TextChoices):
        CSV = "csv", "CSV"
        XLSX = "xlsx", "Excel"
        JSONL = "jsonl", "JSON Lines"

    class Status(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        STOPPED = "stopped", _("Stopped")
        EXPIRED = "expired", _("Removed")

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    query = models.TextField(blank=True)
    chosen = ArrayField(models.UUIDField(), null=True)
    format = models.CharField(max_length=5, choices=Format.choices, default=Format.CSV)
    columns = ArrayField(models.CharField(max_length=120))
    options = models.JSONField(default=dict)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    error = models.CharField(max_length=300, blank=True)
    expected = models.BigIntegerField(null=True)
    rows = models.BigIntegerField(default=0)
    file = models.FileField(upload_to="exports/%Y/%m/", blank=True)
    file_size = models.BigIntegerField(default=0)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)

    objects = ExportQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["workspace", "-created_at"], name="export_newest")]

    def __str__(self) -> str:
        return f"{self.format} {self.public_id}"


class ListColumns(models.Model):
    """Which columns a teammate has chosen for the list of contacts of a workspace."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", db_index=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    columns = ArrayField(models.CharField(max_length=120))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "user"], name="list_columns_once")]

    def __str__(self) -> str:
        return ", ".join(self.columns)
