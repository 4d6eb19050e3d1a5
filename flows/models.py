"""Forms and quizzes people go through, and what they answered (docs/flows.md)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Workspace
from contacts.models import Contact
from core.models import PublicIdModel
from flows.querysets import FlowQuerySet, SubmissionQuerySet


class Flow(PublicIdModel):
    """A form or quiz by what others see of it: its answers with their types, and how it can end.

    `answers` maps a key to `{"type", "options"?}`, types as those of a contact's details; `outcomes` lists keys.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(_("key"), max_length=60)
    name = models.CharField(_("name"), max_length=80)
    answers = models.JSONField(default=dict)
    outcomes = models.JSONField(default=list)

    objects = FlowQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "key"], name="flow_key_once")]

    def __str__(self) -> str:
        return self.name


class Submission(PublicIdModel):
    """What one person answered in one go.

    `at` is when they came to the end, or while `partial` when they last went on. `answers` are typed JSON without
    empty values, `folded` the folded copies of its texts (core.folding), which segments compare.
    """

    class Status(models.TextChoices):
        PARTIAL = "partial", _("Not finished")
        COMPLETED = "completed", _("Completed")

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", db_index=False)
    flow = models.ForeignKey(Flow, on_delete=models.CASCADE, related_name="+", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+", db_index=False)
    at = models.DateTimeField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PARTIAL)
    outcome = models.CharField(max_length=60, blank=True)
    score = models.DecimalField(max_digits=21, decimal_places=6, null=True)
    answers = models.JSONField(default=dict)
    folded = models.JSONField(default=dict)

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["workspace", "flow", "at"], include=["contact", "status"], name="submission_flow_at"),
            models.Index(fields=["flow", "contact", "at"], name="submission_flow_contact"),
            models.Index(fields=["contact", "at"], name="submission_of_contact"),
        ]

    def __str__(self) -> str:
        return f"{self.flow_id} {self.status}"
