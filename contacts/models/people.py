"""People, and that some of them were erased."""

import hashlib

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex, GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models.functions import Collate, Now
from django.utils.translation import gettext_lazy as _

from accounts.models import User, Workspace
from contacts.querysets.people import ContactQuerySet, RestrictionQuerySet, TombstoneQuerySet
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
    created_at = models.DateTimeField(_("created"), auto_now_add=True, db_default=Now())
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
                # Beginnings are looked for by bytes, whatever the collation of the database is.
                opclasses=["int8_ops", "varchar_pattern_ops"],
                name="contact_external_id_known_once",
            )
        ]
        indexes = [
            # Read backwards for the newest first; growing at its end, it stays half as big as the other way round.
            models.Index(fields=["workspace", "id"], name="contact_in_order"),
            models.Index("workspace", Collate("email", "C"), "id", name="contact_by_mail"),
            models.Index(fields=["workspace", "last_name", "first_name", "id"], name="contact_by_name"),
            # A short waiting list (kB): what waits is read by every search, and when it is full one of an import's two
            # lanes sorts it in while the other waits for its turn.
            GinIndex(fields=["search"], name="contact_search", gin_pending_list_limit=1024),
            # People lie in the order they came: a few bytes for every 128 pages find any month of them.
            BrinIndex(fields=["created_at"], autosummarize=True, name="contact_created"),
            # A random sixteenth of everybody, from which a smaller part can be taken: estimates ask only these.
            models.Index(
                fields=["workspace", "bucket_seed", "id"],
                condition=models.Q(bucket_seed__lt=2**27),
                name="contact_sample",
            ),
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


class Restriction(models.Model):
    """That a person's data may be kept but not used (GDPR Art. 18): nothing but mail they need goes out to them."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", db_index=False)
    contact = models.OneToOneField(Contact, on_delete=models.CASCADE, related_name="restriction", primary_key=True)
    note = models.CharField(_("why"), max_length=200, blank=True)
    actor = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = RestrictionQuerySet.as_manager()

    def __str__(self) -> str:
        return str(self.contact_id)
