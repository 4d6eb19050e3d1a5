"""Who must never be written to."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User, Workspace
from consent.querysets import (
    GlobalSuppressionChangeQuerySet,
    GlobalSuppressionQuerySet,
    SuppressionListQuerySet,
    SuppressionQuerySet,
)
from contacts.models import Channel
from core.models import PublicIdModel


class SuppressionList(PublicIdModel):
    """A list of addresses, domains and digests from elsewhere that must not be written to.

    `counts` says what its lines are before anything is done, and afterwards what became of them
    (consent.services.suppression_lists). The file is removed once it is taken in.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("Not taken in yet")
        QUEUED = "queued", _("Waiting")
        DONE = "done", _("Taken in")
        FAILED = "failed", _("Failed")

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    name = models.CharField(_("name"), max_length=120)
    reason = models.CharField(_("reason"), max_length=20)
    note = models.CharField(_("note"), max_length=200, blank=True)
    file = models.FileField(upload_to="suppressions/%Y/%m/", blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    counts = models.JSONField(default=dict)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = SuppressionListQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["workspace", "-created_at"], name="suppression_list_newest")]

    def __str__(self) -> str:
        return self.name


class Suppression(PublicIdModel):
    """An address or a whole domain that must not be written to, whatever anybody agreed to.

    Addresses are matched by keyed digest (core.crypto.address_hash); `address` is shown while it may be known. Other
    tools hand over plain SHA-256 or MD5 of an address: `plain_digest` keeps it for whoever arrives with that address.
    """

    class Reason(models.TextChoices):
        HARD_BOUNCE = "hard_bounce", _("Address does not work")
        COMPLAINT = "complaint", _("Complained")
        UNSUBSCRIBE = "unsubscribe", _("Unsubscribed from everything")
        MANUAL = "manual", _("Added by hand")
        LEGAL = "legal", _("Legal")
        INVALID = "invalid", _("Invalid address")

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices, default=Channel.EMAIL)
    address = models.CharField(_("address"), max_length=254, blank=True)
    address_hash = models.BinaryField(max_length=32, null=True)
    domain = models.CharField(_("domain"), max_length=253, blank=True)
    reason = models.CharField(_("reason"), max_length=20, choices=Reason.choices)
    note = models.CharField(_("note"), max_length=200, blank=True)
    plain_digest = models.BinaryField(max_length=32, null=True)
    # Without an index: a list is taken back rarely, and a row of ten million need not be found fast.
    source_list = models.ForeignKey(
        SuppressionList, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )

    objects = SuppressionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "channel", "address_hash"],
                condition=models.Q(address_hash__isnull=False),
                name="suppression_address_once",
            ),
            models.UniqueConstraint(
                fields=["workspace", "channel", "domain"],
                condition=~models.Q(domain=""),
                name="suppression_domain_once",
            ),
            models.UniqueConstraint(
                fields=["workspace", "channel", "plain_digest"],
                condition=models.Q(plain_digest__isnull=False),
                name="suppression_digest_once",
            ),
        ]
        indexes = [models.Index(fields=["workspace", "-created_at"], name="suppression_newest")]

    def __str__(self) -> str:
        return self.address or self.domain or self.digest or str(self.public_id)

    @property
    def digest(self) -> str:
        """The plain digest in hexadecimal, or empty."""
        return bytes(self.plain_digest).hex() if self.plain_digest else ""


class GlobalSuppressionChange(PublicIdModel):
    """Who changed the installation's own list, when and why; written with the change, never changed.

    Addresses are not named, for the list does not name them either: `subject` is a domain, or empty.
    """

    class Action(models.TextChoices):
        ADDED = "added", _("Added")
        REMOVED = "removed", _("Taken off")

    actor = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    action = models.CharField(max_length=10, choices=Action.choices)
    count = models.PositiveIntegerField()
    subject = models.CharField(max_length=253, blank=True)
    reason = models.CharField(max_length=20, choices=Suppression.Reason.choices, blank=True)
    note = models.CharField(max_length=200, blank=True)

    objects = GlobalSuppressionChangeQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["-created_at"], name="global_suppression_change_new")]

    def __str__(self) -> str:
        return f"{self.action} {self.count}"


class GlobalSuppression(PublicIdModel):
    """An address or domain that nobody on this installation writes to; kept by whoever runs it.

    Addresses are matched by keyed digest (core.crypto.address_hash) and never kept in words; `plain_digest` is one of
    another tool, as in Suppression. `added_with` is what brought it, so that a whole list can be taken back.
    """

    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices, default=Channel.EMAIL)
    address_hash = models.BinaryField(max_length=32, null=True)
    domain = models.CharField(_("domain"), max_length=253, blank=True)
    reason = models.CharField(_("reason"), max_length=20, choices=Suppression.Reason.choices)
    note = models.CharField(_("note"), max_length=200, blank=True)
    plain_digest = models.BinaryField(max_length=32, null=True)
    added_with = models.ForeignKey(
        GlobalSuppressionChange,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )

    objects = GlobalSuppressionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "address_hash"],
                condition=models.Q(address_hash__isnull=False),
                name="global_suppression_address_once",
            ),
            models.UniqueConstraint(
                fields=["channel", "domain"], condition=~models.Q(domain=""), name="global_suppression_domain_once"
            ),
            models.UniqueConstraint(
                fields=["channel", "plain_digest"],
                condition=models.Q(plain_digest__isnull=False),
                name="global_suppression_digest_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["added_with"], condition=models.Q(added_with__isnull=False), name="global_suppression_brought"
            )
        ]

    def __str__(self) -> str:
        return self.domain or self.digest or str(self.public_id)

    @property
    def digest(self) -> str:
        """The plain digest in hexadecimal, or empty."""
        return bytes(self.plain_digest).hex() if self.plain_digest else ""
