"""What rules ask of a person's own row, in a table that is read through in half the time."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models

from accounts.models import Workspace
from accounts.querysets import WorkspaceScopedQuerySet


class Profile(models.Model):
    """The columns of a contact that rules compare, and no others: names to show, words to find and addresses stay away.

    Triggers of `contacts_contact` write it in the transaction of the contact, whoever wrote that (docs/adr/0019), so no
    code writes it. `id` is the contact's. No key is checked here, for every row follows from a contact.
    """

    id = models.BigIntegerField(primary_key=True)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    created_at = models.DateTimeField()
    imported_at = models.DateTimeField(null=True)
    bucket_seed = models.IntegerField()
    country = models.CharField(max_length=2)
    language = models.CharField(max_length=20)
    time_zone = models.CharField(max_length=64)
    attributes = models.JSONField()
    folded = models.JSONField()

    objects = WorkspaceScopedQuerySet.as_manager()

    class Meta:
        # As for contacts: people lie in the order they came.
        indexes = [BrinIndex(fields=["created_at"], autosummarize=True, name="profile_created")]

    def __str__(self) -> str:
        return str(self.pk)
