"""What a workspace keeps about its contacts beside the built-in fields."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Workspace
from contacts.querysets import AttributeQuerySet
from core.models import PublicIdModel


class Attribute(PublicIdModel):
    """A typed fact that a workspace keeps about its contacts."""

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

    objects = AttributeQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "key"], name="attribute_key_once")]

    def __str__(self) -> str:
        return self.label
