"""People known twice: who may be one person, who became part of whom, and the names they were known by."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User, Workspace
from contacts.models.people import Contact
from contacts.querysets.merging import (
    ContactAliasQuerySet,
    DuplicateGroupQuerySet,
    DuplicatePairQuerySet,
    DuplicateSearchQuerySet,
    MergeBatchQuerySet,
    MergeQuerySet,
)
from core.models import PublicIdModel


class DuplicateSearch(models.Model):
    """Looking for people known twice in one workspace: when it was done last, and how far it is now.

    `birthday_key` names the date attribute that is a birthday: None lets the search guess by its key, "" is none.
    `too_common` lists what is shared by so many that it says nothing: {"reason", "people", "example"}.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    workspace = models.OneToOneField(Workspace, on_delete=models.CASCADE, related_name="+", primary_key=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    birthday_key = models.CharField(max_length=60, null=True, blank=True)  # noqa: DJ001 - unknown is not none
    step = models.SmallIntegerField(default=0)
    steps = models.SmallIntegerField(default=0)
    found_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    attempts = models.SmallIntegerField(default=0)
    too_common = models.JSONField(default=list)
    is_cut = models.BooleanField(default=False)

    objects = DuplicateSearchQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.workspace_id} {self.status}"


class DuplicateGroup(PublicIdModel):
    """People who may all be one. `public_id` follows from who they are, so that a new search leaves it as it is."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", db_index=False)
    size = models.SmallIntegerField()
    strength = models.SmallIntegerField()
    found_at = models.DateTimeField()

    objects = DuplicateGroupQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["workspace", "-strength", "id"], name="duplicate_group_strongest")]

    def __str__(self) -> str:
        return str(self.public_id)


class DuplicatePair(models.Model):
    """Two contacts who may be one person, the lower id first, with the reasons; or who are not: `dismissed_at`."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", db_index=False)
    group = models.ForeignKey(DuplicateGroup, on_delete=models.CASCADE, null=True, related_name="pairs")
    first = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+", db_index=False)
    second = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+")
    reasons = ArrayField(models.CharField(max_length=20), default=list)
    strength = models.SmallIntegerField(default=0)
    dismissed_at = models.DateTimeField(null=True)
    dismissed_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")

    objects = DuplicatePairQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="duplicate_pair_once"),
            models.CheckConstraint(condition=models.Q(first__lt=models.F("second")), name="duplicate_pair_ordered"),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} {self.second_id}"


class MergeBatch(PublicIdModel):
    """One press of a button that merges people: one group, or all that are certain. It can be taken back as a whole."""

    class Status(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Merging")
        DONE = "done", _("Done")
        UNDOING = "undoing", _("Being undone")
        UNDONE = "undone", _("Undone")
        FAILED = "failed", _("Failed")

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    actor = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    groups = models.IntegerField(default=1)
    done = models.IntegerField(default=0)
    left_alone = models.IntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    attempts = models.SmallIntegerField(default=0)

    objects = MergeBatchQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["lease_until"],
                condition=models.Q(status__in=["queued", "running", "undoing"]),
                name="merge_batch_open",
            )
        ]

    def __str__(self) -> str:
        return str(self.public_id)


class Merge(PublicIdModel):
    """That one contact became part of another, with all that is needed to take it back for 30 days.

    `merged_id` is the row's own id, which it gets back. `before` is the row; `parts` what each app changed
    (contacts.merge_hooks); `changes` the details the kept contact got by it. All three are emptied when they are no
    longer needed.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", db_index=False)
    batch = models.ForeignKey(MergeBatch, on_delete=models.CASCADE, related_name="merges")
    kept = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+")
    merged_id = models.BigIntegerField()
    merged_public_id = models.UUIDField()
    before = models.JSONField(null=True)
    parts = models.JSONField(null=True)
    changes = models.JSONField(null=True)
    undone_at = models.DateTimeField(null=True)

    objects = MergeQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["workspace", "-created_at"], name="merge_newest")]

    def __str__(self) -> str:
        return f"{self.merged_id} in {self.kept_id}"


class ContactAlias(models.Model):
    """A name by which a contact was known before a merge: a public id with its row's id, an external id, or all three.

    Links in old mails, programs and files go on finding the person by it.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="aliases")
    merge = models.ForeignKey(Merge, on_delete=models.CASCADE, related_name="+")
    public_id = models.UUIDField(null=True)
    former_id = models.BigIntegerField(null=True)
    external_id = models.CharField(max_length=120, null=True)  # noqa: DJ001 - unique when present
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ContactAliasQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["public_id"], name="contact_alias_public_id_once"),
            models.UniqueConstraint(fields=["former_id"], name="contact_alias_former_id_once"),
            models.UniqueConstraint(fields=["workspace", "external_id"], name="contact_alias_external_id_once"),
        ]
        indexes = [models.Index(fields=["created_at"], name="contact_alias_newest")]

    def __str__(self) -> str:
        return str(self.public_id or self.external_id)
