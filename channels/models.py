"""Who a message comes from and through which server it leaves."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Workspace
from channels.querysets import SenderQuerySet
from core.crypto import EncryptedTextField
from core.models import PublicIdModel


class Sender(PublicIdModel):
    """A From address. `smtp_url` is empty for the server's own SMTP_URL, else encrypted at rest."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(_("name"), max_length=80)
    email = models.EmailField(_("e-mail address"))
    reply_to = models.EmailField(_("replies go to"), blank=True)
    smtp_url = EncryptedTextField(_("mail server"), blank=True, default="")
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
