"""People, how to reach them, what is known of them, and the imports that brought them."""

import hashlib
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User, Workspace
from contacts.querysets import (
    AddressQuerySet,
    AttributeQuerySet,
    ContactQuerySet,
    ImportQuerySet,
    ImportRejectQuerySet,
    TombstoneQuerySet,
)
from core.models import PublicIdModel

BUCKET_PRIME = 2**31 - 1


class Channel(models.TextChoices):
    """Ways to reach a person."""

    EMAIL = "email", _("E-mail")
    SMS = "sms", _("Text message")
    PUSH = "push", _("Push")
    TELEGRAM = "telegram", "Telegram"
    WHATSAPP = "whatsapp", "WhatsApp"
    MESSENGER = "messenger", "Messenger"
    VIBER = "viber", "Viber"
    VOICE = "voice", _("Voice")


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


class Contact(PublicIdModel):
    """One person, known once in a workspace.

    `email` and `phone` repeat the primary address (normalised) so that lists need no join; contacts.services
    writes them together with Address, whose rows are the truth. `attributes` holds typed JSON by attribute key,
    without nulls; `folded` the folded texts that segments compare (names too); `search` the words lists find.
    """

    # Every index on a workspace's contacts begins with the workspace, so the key needs none of its own. A check of
    # each of a million imported rows against one and the same workspace would be a tenth of an import.
    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    external_id = models.CharField(_("external id"), max_length=120, null=True, blank=True)  # noqa: DJ001 - unique when present
    first_name = models.CharField(_("first name"), max_length=120, blank=True, default="")
    last_name = models.CharField(_("last name"), max_length=120, blank=True, default="")
    email = models.CharField(_("e-mail address"), max_length=254, blank=True, default="")
    phone = models.CharField(_("phone"), max_length=20, blank=True, default="")
    language = models.CharField(_("language"), max_length=20, blank=True, default="")
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True, default="")
    country = models.CharField(_("country"), max_length=2, blank=True, default="")
    attributes = models.JSONField(_("attributes"), default=dict, blank=True)
    folded = models.JSONField(default=dict, blank=True)
    tags = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    search = SearchVectorField(null=True)
    bucket_seed = models.IntegerField(default=0)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)
    imported_at = models.DateTimeField(null=True, blank=True)
    # Written by the import itself, a million rows at a time: without a constraint and an index it costs nothing.
    import_batch = models.ForeignKey(
        "Import", on_delete=models.SET_NULL, null=True, related_name="+", db_index=False, db_constraint=False
    )

    objects = ContactQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "external_id"],
                condition=models.Q(external_id__isnull=False),
                name="contact_external_id_once",
            )
        ]
        indexes = [
            models.Index(fields=["workspace", "-id"], name="contact_newest"),
            models.Index(fields=["workspace", "email", "id"], name="contact_by_email"),
            models.Index(fields=["workspace", "last_name", "first_name", "id"], name="contact_by_name"),
            GinIndex(fields=["search"], name="contact_search"),
        ]

    def __str__(self) -> str:
        return self.full_name or self.email or self.phone or str(self.public_id)

    @property
    def full_name(self) -> str:
        """First and last name, or empty."""
        return f"{self.first_name} {self.last_name}".strip()

    @staticmethod
    def seed_of(public_id_bytes: bytes) -> int:
        """The stable seed for random buckets: first 4 bytes of SHA-256 of the UUID, mod 2^31 - 1."""
        return int.from_bytes(hashlib.sha256(public_id_bytes).digest()[:4], "big") % BUCKET_PRIME


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


class Import(PublicIdModel):
    """A file of contacts on its way in: its mapping, its progress and what became of each row.

    `dialect` says how to read the file (contacts.importing.dialect), `mapping` what each column becomes
    (contacts.importing.mapping), `options` the mode and the consent that is taken over. `total` counts the rows
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


class Tombstone(models.Model):
    """That a person was erased: only the keyed digest of an address stays, so that a re-import cannot mail them."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", db_index=False)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    address_hash = models.BinaryField(max_length=32)
    erased_at = models.DateTimeField(auto_now_add=True)

    objects = TombstoneQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "channel", "address_hash"], name="tombstone_once")]

    def __str__(self) -> str:
        return self.channel
