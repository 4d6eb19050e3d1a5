"""How people get at their own data and back to their own page: both by way of their mailbox."""

from django.db import models

from accounts.models import Workspace
from contacts.models import Contact
from core.crypto import EncryptedTextField
from core.models import PublicIdModel


class AccessCode(PublicIdModel):
    """A code mailed to somebody who wants to see, change or erase their data. The newest is the only one.

    The code itself is kept nowhere: it is computed from the row's id (consent.services.access).
    """

    contact = models.OneToOneField(Contact, on_delete=models.CASCADE, related_name="+")
    tries = models.PositiveSmallIntegerField(default=0)
    expires_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.public_id)


class LinkRequest(PublicIdModel):
    """An address typed by somebody who lost their link; the row goes when the mail is written, or is not."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    address = EncryptedTextField()
    language = models.CharField(max_length=20, blank=True)

    def __str__(self) -> str:
        return str(self.public_id)
