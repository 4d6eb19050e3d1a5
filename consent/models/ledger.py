"""What people agreed to, and the proof of it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User, Workspace
from consent.models.sealing import PageVersion
from consent.models.topics import Topic
from consent.querysets import ConsentRecordQuerySet, ConsentStateQuerySet
from contacts.models import Channel, Contact
from core.models import PublicIdModel


class Purpose(models.TextChoices):
    """What the person's data may be used for; each is agreed to on its own."""

    MARKETING = "marketing", _("Messages")
    TRACKING = "tracking", _("Counting opens and clicks")
    PROFILING = "profiling", _("Suggestions from behaviour")


class State(models.TextChoices):
    """What the last ledger row says."""

    PENDING = "pending", _("Waiting for confirmation")
    GRANTED = "granted", _("Agreed")
    DENIED = "denied", _("Said no")
    WITHDRAWN = "withdrawn", _("Withdrew")
    EXPIRED = "expired", _("Ran out")


class Basis(models.TextChoices):
    """Why writing is lawful (GDPR Art. 6; CASL s. 10)."""

    EXPRESS = "express", _("They agreed")
    IMPLIED_PURCHASE = "implied_purchase", _("They bought")
    IMPLIED_INQUIRY = "implied_inquiry", _("They asked")
    SOFT_OPT_IN = "soft_opt_in", _("Customer, offered an opt-out")
    CONTRACT = "contract", _("Contract")
    LEGITIMATE_INTEREST = "legitimate_interest", _("Legitimate interest")


class ConsentText(models.Model):
    """The exact words a person saw, stored once by their SHA-256; never changed."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    sha256 = models.BinaryField(max_length=32)
    language = models.CharField(max_length=20, blank=True)
    body = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "sha256"], name="consent_text_once")]

    def __str__(self) -> str:
        return self.body[:60]


class ConsentRecord(PublicIdModel):
    """One line of the append-only ledger: who, when, how, to which words.

    Nothing here has a database constraint: the proof outlives the erased person, of whom it then names nothing, and
    the workspace. A trigger fills `sequence` and everything below it on INSERT and chains each person's lines
    (consent/chain.py); another refuses DELETE, and every UPDATE but the one that forgets where an erased person
    sat (`redact_evidence`). Lines from before there was a chain have no hash.
    """

    workspace = models.ForeignKey(
        Workspace, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    contact = models.ForeignKey(Contact, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+")
    channel = models.CharField(max_length=10, choices=Channel.choices)
    topic = models.ForeignKey(Topic, on_delete=models.DO_NOTHING, null=True, db_constraint=False, related_name="+")
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    state = models.CharField(max_length=10, choices=State.choices)
    basis = models.CharField(max_length=20, choices=Basis.choices, blank=True)
    source = models.CharField(max_length=40)
    source_detail = models.CharField(max_length=200, blank=True)
    text = models.ForeignKey(ConsentText, on_delete=models.DO_NOTHING, null=True, db_constraint=False, related_name="+")
    actor = models.ForeignKey(User, on_delete=models.DO_NOTHING, null=True, db_constraint=False, related_name="+")
    ip_address = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    page_version = models.ForeignKey(
        PageVersion, on_delete=models.DO_NOTHING, null=True, db_constraint=False, db_index=False, related_name="+"
    )
    profile = models.CharField(max_length=20, blank=True, default="", db_default="")
    profile_date = models.DateField(null=True)
    sequence = models.IntegerField(null=True, editable=False)
    previous_hash = models.BinaryField(max_length=32, null=True, editable=False)
    hash = models.BinaryField(max_length=32, null=True, editable=False)
    evidence_salt = models.BinaryField(max_length=16, null=True, editable=False)
    evidence_digest = models.BinaryField(max_length=32, null=True, editable=False)

    objects = ConsentRecordQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "sequence"],
                condition=models.Q(sequence__isnull=False),
                name="consent_record_sequence_once",
            )
        ]
        indexes = [
            models.Index(fields=["contact", "-at"], name="consent_of_contact"),
            models.Index(fields=["workspace", "-id"], name="consent_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.state}"


class ConsentState(models.Model):
    """Where the ledger stands for (contact, channel, topic, purpose); kept in the ledger's own transaction."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+")
    channel = models.CharField(max_length=10, choices=Channel.choices)
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    state = models.CharField(max_length=10, choices=State.choices)
    basis = models.CharField(max_length=20, choices=Basis.choices, blank=True)
    changed_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)

    objects = ConsentStateQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "channel", "topic", "purpose"], nulls_distinct=False, name="consent_state_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["workspace", "channel", "topic", "purpose", "contact"],
                include=["state", "expires_at"],
                name="consent_state_lookup",
            ),
            models.Index(
                fields=["expires_at"], condition=models.Q(expires_at__isnull=False), name="consent_state_expiry"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.state}"


class ConsentSettings(models.Model):
    """How a workspace asks, what it keeps as proof, and whose rules it follows where a person's own are not known."""

    class IpPolicy(models.TextChoices):
        NONE = "none", _("Nothing")
        NETWORK = "network", _("The network only")
        FULL = "full", _("The full address")

    workspace = models.OneToOneField(Workspace, on_delete=models.CASCADE, related_name="+", primary_key=True)
    tracking_needs_consent = models.BooleanField(_("count opens and clicks only of people who agreed"), default=True)
    ip_policy = models.CharField(
        _("what is kept of an IP address"),
        max_length=10,
        choices=IpPolicy.choices,
        default=IpPolicy.NETWORK,
        db_default=IpPolicy.NETWORK,
    )
    default_profile = models.CharField(_("usual rules"), max_length=20, blank=True, default="", db_default="")
    uses_profiling = models.BooleanField(_("suggest from behaviour"), default=False, db_default=False)
    contact_point = models.CharField(
        _("where people ask about their data"), max_length=254, blank=True, default="", db_default=""
    )

    def __str__(self) -> str:
        return str(self.workspace_id)
