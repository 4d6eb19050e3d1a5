"""Lists: people put together by hand, or what a segment held at one moment, kept as it was."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User, Workspace
from contacts.models import Contact
from core.models import PublicIdModel
from segments.models.rules import Segment
from segments.querysets import ListMemberQuerySet, StaticListQuerySet


class StaticList(PublicIdModel):
    """A named set of people that changes only when somebody changes it.

    A snapshot is one that never changes: `frozen_at` says of which instant it is, `frozen_rule` what the rule was
    then, `frozen_from` the segment while that is there.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(_("name"), max_length=80)
    key = models.CharField(_("key"), max_length=60)
    description = models.CharField(_("description"), max_length=300, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    updated_at = models.DateTimeField(auto_now=True)
    frozen_at = models.DateTimeField(null=True)
    frozen_rule = models.JSONField(null=True)
    frozen_from = models.ForeignKey(Segment, on_delete=models.SET_NULL, null=True, related_name="+")

    objects = StaticListQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "key"], name="static_list_key_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_snapshot(self) -> bool:
        """Whether it shows one moment and cannot be changed."""
        return self.frozen_at is not None


class ListMember(models.Model):
    """That somebody is on a list.

    A trigger takes people who are deleted off every list, and others see to it, once per statement, that the list is
    there: half a million rows of a snapshot need no check of a foreign key each. Whoever writes rows for a list that
    others can see holds a lock on that list.
    """

    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    list = models.ForeignKey(
        StaticList, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    contact = models.ForeignKey(
        Contact, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    added_at = models.DateTimeField()

    objects = ListMemberQuerySet.as_manager()

    class Meta:
        # The key's index holds the workspace too, which every rule compares.
        constraints = [
            models.UniqueConstraint(fields=["list", "contact"], include=["workspace"], name="list_member_key")
        ]
        indexes = [models.Index(fields=["contact", "list"], name="list_member_of_contact")]

    def __str__(self) -> str:
        return f"{self.list_id} {self.contact_id}"
