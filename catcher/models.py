"""Mail that was caught instead of leaving this machine."""

from email.utils import parseaddr

from django.contrib.postgres.fields import ArrayField
from django.db import models

from catcher.querysets import CaughtMessageQuerySet
from core.models import PublicIdModel


class CaughtMessage(PublicIdModel):
    """One accepted transaction of the SMTP server: the envelope, the exact bytes, and what lists show of them."""

    sender = models.CharField(max_length=320, blank=True)
    recipients = ArrayField(models.CharField(max_length=320))
    from_header = models.CharField(max_length=400, blank=True)
    to_header = models.CharField(max_length=400, blank=True)
    subject = models.CharField(max_length=400, blank=True)
    excerpt = models.CharField(max_length=200, blank=True)
    size = models.PositiveIntegerField()
    source = models.BinaryField()

    objects = CaughtMessageQuerySet.as_manager()

    def __str__(self) -> str:
        return self.subject or str(self.public_id)

    @property
    def to_name(self) -> str:
        """Who it went to, as a list says it: the name, else the address."""
        name, address = parseaddr(self.to_header)
        return name or address or next(iter(self.recipients), "")
