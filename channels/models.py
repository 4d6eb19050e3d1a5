"""Who a message comes from, through which server it leaves, and the domains and keys that vouch for it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Workspace
from channels.querysets import PageHostQuerySet, SenderQuerySet, SendingDomainQuerySet
from core.clock import now
from core.crypto import EncryptedTextField
from core.models import PublicIdModel


class Sender(PublicIdModel):
    """A From address. `smtp_url` is empty for the server's own SMTP_URL, else encrypted at rest.

    `hook_number` is how often the address that its provider calls was changed: earlier ones are dead.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(_("name"), max_length=80)
    email = models.EmailField(_("e-mail address"))
    reply_to = models.EmailField(_("replies go to"), blank=True)
    smtp_url = EncryptedTextField(_("mail server"), blank=True, default="")
    hook_number = models.PositiveSmallIntegerField(default=0, db_default=0)
    verified_at = models.DateTimeField(null=True, blank=True)
    is_active = models.BooleanField(default=True)

    objects = SenderQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "email"], name="sender_email_once")]

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>"

    @property
    def is_verified(self) -> bool:
        """Somebody who reads mail at this address has said so."""
        return self.verified_at is not None


class Standing(models.TextChoices):
    """What DNS says about one record of a sending domain."""

    OK = "ok", _("In order")
    MISSING = "missing", _("Missing")
    WRONG = "wrong", _("Needs a change")
    UNKNOWN = "unknown", _("Not known yet")


class SendingDomain(PublicIdModel):
    """A domain mail comes from: the keys that sign for it, and what DNS said when it was last asked.

    `return_path` is the host of the envelope sender, "" for none of its own. `findings` holds the records as found,
    by their purpose, for the page.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    domain = models.CharField(_("domain"), max_length=253)
    return_path = models.CharField(_("address for bounces"), max_length=253, blank=True, default="")
    is_signing = models.BooleanField(_("sign messages"), default=True)
    spf = models.CharField(max_length=8, choices=Standing.choices, default=Standing.UNKNOWN)
    dkim = models.CharField(max_length=8, choices=Standing.choices, default=Standing.UNKNOWN)
    dmarc = models.CharField(max_length=8, choices=Standing.choices, default=Standing.UNKNOWN)
    bounces = models.CharField(max_length=8, choices=Standing.choices, default=Standing.UNKNOWN)
    findings = models.JSONField(default=dict)
    asked_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)
    next_check_at = models.DateTimeField(default=now)

    objects = SendingDomainQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "domain"], name="sending_domain_once")]
        indexes = [models.Index(fields=["next_check_at"], name="sending_domain_due")]

    def __str__(self) -> str:
        return self.domain

    @property
    def is_being_checked(self) -> bool:
        """Somebody asked for a check that has not come back yet."""
        return self.asked_at is not None and (self.checked_at is None or self.checked_at < self.asked_at)


class DomainKey(models.Model):
    """One DKIM key (RFC 6376, RFC 8463). It signs from the moment DNS showed it until a newer one was seen there."""

    class Algorithm(models.TextChoices):
        RSA = "rsa", "RSA 2048"
        ED25519 = "ed25519", "Ed25519"

    domain = models.ForeignKey(SendingDomain, on_delete=models.CASCADE, related_name="keys")
    selector = models.CharField(max_length=63)
    algorithm = models.CharField(max_length=7, choices=Algorithm.choices)
    private_key = EncryptedTextField()
    public_key = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["domain", "selector"], name="domain_key_selector_once")]

    def __str__(self) -> str:
        return f"{self.selector}._domainkey.{self.domain}"


class PageHost(PublicIdModel):
    """A host name of a workspace's own, at which its public pages are served once DNS has shown that it is theirs.

    `token` is what a TXT record has to say. A host that was verified stays so for a day after its records are gone
    (`failing_since`). Several workspaces may wish for a name, at most one has it.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("Waiting for its records")
        VERIFIED = "verified", _("In use")
        BROKEN = "broken", _("Out of use")

    workspace = models.OneToOneField(Workspace, on_delete=models.CASCADE, related_name="+")
    host = models.CharField(_("address"), max_length=253)
    token = models.CharField(max_length=40)
    state = models.CharField(max_length=8, choices=State.choices, default=State.PENDING)
    verified_at = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True)
    findings = models.JSONField(default=dict)
    asked_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)
    next_check_at = models.DateTimeField(default=now)

    objects = PageHostQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["host"], name="page_host_once", condition=models.Q(state="verified"))
        ]
        indexes = [models.Index(fields=["next_check_at"], name="page_host_due")]

    def __str__(self) -> str:
        return self.host

    @property
    def is_being_checked(self) -> bool:
        """Somebody asked for a check that has not come back yet."""
        return self.asked_at is not None and (self.checked_at is None or self.checked_at < self.asked_at)
