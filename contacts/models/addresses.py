"""How to reach people."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Workspace
from contacts.models.people import Channel, Contact
from contacts.querysets import AddressQuerySet


class Address(models.Model):
    """One way to reach a contact. The value is normalised; a workspace knows each value once per channel.

    `workspace` repeats the contact's, for the unique constraint; the contact's own key vouches for it.
    """

    class Status(models.TextChoices):
        UNVERIFIED = "unverified", _("Not verified")
        VALID = "valid", _("Good")
        RISKY = "risky", _("Risky")
        INVALID = "invalid", _("Invalid")
        DEAD = "dead", _("Dead")

    USABLE: ClassVar[tuple[str, ...]] = (Status.UNVERIFIED, Status.VALID, Status.RISKY)

    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="addresses")
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    value = models.CharField(_("address"), max_length=254)
    domain = models.CharField(max_length=253, blank=True, default="")
    status = models.CharField(_("state"), max_length=10, choices=Status.choices, default=Status.UNVERIFIED)
    status_reason = models.CharField(max_length=120, blank=True, default="")
    status_at = models.DateTimeField(null=True, blank=True)
    is_primary = models.BooleanField(_("primary"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AddressQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "channel", "value"], name="address_once"),
            models.UniqueConstraint(
                fields=["contact", "channel"], condition=models.Q(is_primary=True), name="address_one_primary"
            ),
        ]

    def __str__(self) -> str:
        return self.value
