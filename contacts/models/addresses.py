"""How to reach people, and what became known of each address over time."""

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import User, Workspace
from contacts.models.people import Channel, Contact
from contacts.querysets.people import AddressQuerySet, AddressStateQuerySet

_NAMESPACE = uuid.UUID("6f1d7c52-8f0b-4d0a-9a55-0c1b6f2f9e31")


class Address(models.Model):
    """One way to reach a contact. The value is normalised; a workspace knows each value once per channel.

    `workspace` repeats the contact's, for the unique constraint; the contact's own key vouches for it.
    What is the same for every new address is the database's default: an import of millions need not say it.
    `flags` says what stands out (contacts.validity.flags); null when nothing does, or nobody has looked yet.
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
    # Checked by triggers once per statement (docs/adr/0014). Whoever adds an address to somebody known holds a lock on
    # the contact's row, so that it cannot be removed meanwhile.
    # Found by the index of `address_leads_once`, which begins with it.
    contact = models.ForeignKey(
        Contact, on_delete=models.CASCADE, related_name="addresses", db_index=False, db_constraint=False
    )
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    value = models.CharField(_("address"), max_length=254)
    domain = models.CharField(max_length=253, blank=True, default="")
    status = models.CharField(
        _("state"), max_length=10, choices=Status.choices, default=Status.UNVERIFIED, db_default=Status.UNVERIFIED
    )
    status_reason = models.CharField(max_length=120, blank=True, default="", db_default="")
    status_at = models.DateTimeField(null=True, blank=True)
    is_primary = models.BooleanField(_("primary"), default=True, db_default=True)
    flags = ArrayField(models.CharField(max_length=12), null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True, db_default=Now())

    objects = AddressQuerySet.as_manager()

    class Meta:
        constraints = [
            # Beginnings of phones are looked for by bytes, whatever the collation of the database is.
            models.UniqueConstraint(
                fields=["workspace", "channel", "value"],
                opclasses=["int8_ops", "varchar_ops", "varchar_pattern_ops"],
                name="address_known_once",
            ),
            # One primary address per channel, and every address by its contact: two indexes in one.
            models.UniqueConstraint(
                "contact",
                "channel",
                models.Case(models.When(is_primary=True, then=models.Value(0)), default=models.F("id")),
                name="address_leads_once",
            ),
        ]
        # Few addresses are in trouble, and only those are in here: an import of new people writes nothing to it.
        indexes = [
            models.Index(
                fields=["workspace", "channel", "status", "contact"],
                condition=models.Q(status__in=["risky", "invalid", "dead"]),
                name="address_in_trouble",
            ),
            # Who has one that is known to work; new ones of an import are not.
            models.Index(
                fields=["workspace", "channel", "contact"], condition=models.Q(status="valid"), name="address_valid"
            ),
        ]

    def __str__(self) -> str:
        return self.value

    @property
    def public_id(self) -> uuid.UUID:
        """What the outside calls it: derived from what it says, so a million rows need no column for it.

        An address never changes its value: a corrected one is another address.
        """
        return uuid.uuid5(_NAMESPACE, f"{self.workspace_id}:{self.channel}:{self.value}")


class AddressState(models.Model):
    """One line of an address's history: what it became, why, and who or what said so. Never changed afterwards.

    It goes with its address, and so with an erased person (the database cascades, for imports remove addresses
    in plain SQL).
    """

    class Source(models.TextChoices):
        PERSON = "person", _("A teammate")
        API = "api", _("Through the API")
        BOUNCE = "bounce", _("A message came back")
        CONFIRMATION = "confirmation", _("They confirmed it")
        CLICK = "click", _("They clicked in a message")
        MAIL_CHECK = "mail_check", _("The mail server was looked up")
        LOOK_UP = "look_up", _("A number check")
        SYSTEM = "system", _("Rapport")

    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    address = models.ForeignKey(
        Address, on_delete=models.CASCADE, related_name="states", db_index=False, db_constraint=False
    )
    status = models.CharField(max_length=10, choices=Address.Status.choices)
    reason = models.CharField(max_length=120, blank=True)
    source = models.CharField(max_length=12, choices=Source.choices)
    # No constraint: a teammate may leave, and the line stays as it was written.
    actor = models.ForeignKey(
        User, on_delete=models.DO_NOTHING, null=True, related_name="+", db_index=False, db_constraint=False
    )
    at = models.DateTimeField()

    objects = AddressStateQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["address", "at"], name="address_state_of_address")]

    def __str__(self) -> str:
        return f"{self.address_id} {self.status}"
