"""What a workspace keeps about its contacts beside the built-in fields, and how that was changed for all of them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User, Workspace
from contacts.models.people import Contact
from contacts.querysets.people import AttributeChangeQuerySet, AttributeQuerySet
from core.models import PublicIdModel


class Attribute(PublicIdModel):
    """A typed fact that a workspace keeps about its contacts.

    `rules` narrow what is taken (contacts.value_rules says which a type knows); `default`, in stored form, is given
    to new contacts of whom nothing was said. Values that were there before a rule stay.
    """

    class Type(models.TextChoices):
        TEXT = "text", _("Text")
        NUMBER = "number", _("Number")
        BOOLEAN = "boolean", _("Yes or no")
        DATE = "date", _("Date")
        DATETIME = "datetime", _("Date and time")
        CHOICE = "choice", _("One of a list")
        MULTI_CHOICE = "multi_choice", _("Several of a list")
        MONEY = "money", _("Money")

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(_("key"), max_length=60)
    type = models.CharField(_("type"), max_length=12, choices=Type.choices)
    label = models.CharField(_("label"), max_length=80)
    description = models.CharField(_("description"), max_length=300, blank=True)
    choices = models.JSONField(_("choices"), default=list, blank=True)
    rules = models.JSONField(_("rules"), default=dict, db_default={}, blank=True)
    default = models.JSONField(_("default"), null=True, blank=True)

    objects = AttributeQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "key"], name="attribute_key_once")]

    def __str__(self) -> str:
        return self.label


class AttributeChange(PublicIdModel):
    """A change of what everybody's values of one attribute look like, made in batches and undone within 30 days.

    `before` and `after` hold the attribute's `type`, `choices`, `rules` and `default`; `renames` maps a choice to
    another, or to null where it is taken away. `last_id` is the contact behind which work goes on; it is committed
    with what was done to the contacts before.
    """

    class Kind(models.TextChoices):
        TYPE = "type", _("Another type")
        CHOICES = "choices", _("Other choices")
        DEFAULT = "default", _("A value for everybody without one")

    class Status(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        UNDOING = "undoing", _("Being undone")
        UNDONE = "undone", _("Undone")

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", db_index=False)
    attribute = models.ForeignKey(Attribute, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    renames = models.JSONField(default=dict)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    total = models.BigIntegerField(default=0)
    looked_at = models.BigIntegerField(default=0)
    changed = models.BigIntegerField(default=0)
    lost = models.BigIntegerField(default=0)
    last_id = models.BigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    actor = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")

    objects = AttributeChangeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["attribute"],
                condition=models.Q(status__in=["queued", "running", "undoing"]),
                name="attribute_change_one_at_a_time",
            )
        ]
        indexes = [models.Index(fields=["workspace", "-created_at"], name="attribute_change_newest")]

    def __str__(self) -> str:
        return f"{self.kind} {self.status}"

    @property
    def is_working(self) -> bool:
        """Not at its end yet."""
        return self.status in {self.Status.QUEUED, self.Status.RUNNING, self.Status.UNDOING}


class AttributeOriginal(models.Model):
    """What one contact's value was before a change: `value`, and what it became, null where it was lost or absent."""

    change = models.ForeignKey(AttributeChange, on_delete=models.CASCADE, related_name="+", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+")
    value = models.JSONField(null=True)
    became = models.JSONField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["change", "contact"], name="attribute_original_once")]

    def __str__(self) -> str:
        return str(self.contact_id)
