"""Files of contacts on their way in, and what they changed."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User, Workspace
from contacts.models.people import Contact
from contacts.querysets.people import ImportLayoutQuerySet, ImportQuerySet, ImportRejectQuerySet, RehearsalQuerySet
from core.models import PublicIdModel


class Import(PublicIdModel):
    """A file of contacts on its way in: its mapping, its progress and what became of each row.

    `file` is CSV: of other formats what they were turned into (contacts.importing.intake). `source` is the workbook
    itself while another of its sheets can still be chosen, and `intake` has its `sheets` and the chosen `sheet`.
    `dialect` says how to read the file (contacts.importing.dialect), `mapping` what each column becomes
    (contacts.importing.columns), `options` the mode and the consent that is taken over. `total` counts the rows
    read so far; `bytes_done` is the offset after the last of them, committed together with what they did.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("Choosing columns")
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        UNDOING = "undoing", _("Being undone")
        UNDONE = "undone", _("Undone")

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    file = models.FileField(upload_to="imports/%Y/%m/")
    source = models.FileField(upload_to="imports/%Y/%m/", blank=True, default="", db_default="")
    intake = models.JSONField(null=True, blank=True)
    file_name = models.CharField(max_length=200)
    file_size = models.BigIntegerField(default=0)
    dialect = models.JSONField(default=dict)
    mapping = models.JSONField(default=dict)
    options = models.JSONField(default=dict)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    error = models.CharField(max_length=300, blank=True)
    total = models.BigIntegerField(default=0)
    bytes_done = models.BigIntegerField(default=0)
    created = models.BigIntegerField(default=0)
    updated = models.BigIntegerField(default=0)
    unchanged = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)
    kept = models.BigIntegerField(default=0)
    is_stopping = models.BooleanField(default=False)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)

    objects = ImportQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["workspace", "-created_at"], name="import_newest")]

    def __str__(self) -> str:
        return self.file_name


class ImportReject(models.Model):
    """A row that was not taken, as it stood in the file, and why (contacts.problems)."""

    import_batch = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="+", db_index=False)
    row_number = models.BigIntegerField()
    reason = models.CharField(max_length=40)
    column = models.CharField(max_length=200, blank=True)
    value = models.CharField(max_length=300, blank=True)
    cells = ArrayField(models.TextField())

    objects = ImportRejectQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["import_batch", "row_number"], name="import_reject_rows")]

    def __str__(self) -> str:
        return f"{self.row_number} {self.reason}"


class ImportedChange(models.Model):
    """What an import changed of a contact that existed before: the old values, so that it can be undone."""

    import_batch = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="+")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+")
    before = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["import_batch", "contact"], name="imported_change_once")]

    def __str__(self) -> str:
        return str(self.contact_id)


class Rehearsal(models.Model):
    """What a draft would do with the whole file: counted in the background, and nothing but this row is written.

    `choices` is the digest of the columns and options it was counted with; `reasons` maps the code of a problem to
    `{"count": n, "samples": [[row, column, cell], ...]}`. Begun anew after a crash.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        STOPPED = "stopped", _("Stopped")
        FAILED = "failed", _("Failed")

    import_batch = models.OneToOneField(Import, on_delete=models.CASCADE, related_name="rehearsal", primary_key=True)
    choices = models.CharField(max_length=64)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    total = models.BigIntegerField(default=0)
    bytes_done = models.BigIntegerField(default=0)
    created = models.BigIntegerField(default=0)
    updated = models.BigIntegerField(default=0)
    unchanged = models.BigIntegerField(default=0)
    repeated = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)
    reasons = models.JSONField(default=dict)
    started_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)

    objects = RehearsalQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.status} {self.total}"


class ImportLayout(models.Model):
    """What somebody chose for the columns of a file, to be suggested for the next one with the same headings.

    `headings` is the digest of the set of headings.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", db_index=False)
    headings = models.CharField(max_length=64)
    columns = models.JSONField()
    options = models.JSONField(default=dict)
    used_at = models.DateTimeField()

    objects = ImportLayoutQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "headings"], name="import_layout_once")]

    def __str__(self) -> str:
        return self.headings[:8]
