"""What is known of a sender's domain, as the background check last saw it. Nothing here asks DNS."""

import datetime as dt
from dataclasses import dataclass

from django.conf import settings

from accounts.models import Workspace
from channels.models import Sender, SendingDomain, Standing
from channels.providers import is_provider_url


@dataclass(frozen=True, slots=True)
class DomainStanding:
    """`spf`, `dkim` and `dmarc` are "ok", "missing", "wrong" or "unknown".

    `is_aligned` tells whether SPF or DKIM vouches for the domain people see in From, which is what DMARC asks
    (RFC 9989); None while that is not known. `sending_domain` is None when the workspace has not set one up.
    """

    domain: str
    spf: str
    dkim: str
    dmarc: str
    is_aligned: bool | None
    checked_at: dt.datetime | None
    sending_domain: SendingDomain | None = None

    @property
    def is_ready(self) -> bool:
        """What Gmail, Yahoo and Outlook ask of whoever sends to many: all three, aligned."""
        return self.spf == self.dkim == self.dmarc == Standing.OK and self.is_aligned is True


def domain_standing(sender: Sender) -> DomainStanding:
    """What was last seen of the sender's domain; one indexed read, never DNS.

    Mail that leaves through a provider is signed by the provider, so its DKIM and alignment stay unknown here.
    """
    name = sender.email.rpartition("@")[2].lower()
    found = domain_of(sender.workspace, name)
    if found is None:
        unknown = str(Standing.UNKNOWN)
        return DomainStanding(name, unknown, unknown, unknown, None, None)
    if is_provider_url(sender.smtp_url or settings.SMTP_URL):
        # The provider signs, with a key under a name that only it knows.
        unknown = str(Standing.UNKNOWN)
        return DomainStanding(name, found.spf, unknown, found.dmarc, None, found.checked_at, found)
    return DomainStanding(name, found.spf, found.dkim, found.dmarc, is_aligned(found), found.checked_at, found)


def is_aligned(domain: SendingDomain) -> bool | None:
    """Whether SPF or DKIM vouches for the From domain; None when neither was seen yet."""
    if domain.is_signing and domain.dkim == Standing.OK:
        return True
    # SPF speaks of the envelope sender: the From domain itself, or the host for bounces where there is one.
    own_envelope = not settings.BOUNCE_ADDRESS or domain.bounces == Standing.OK
    if domain.spf == Standing.OK and own_envelope:
        return True
    return None if domain.checked_at is None else False


def domain_of(workspace: Workspace, name: str) -> SendingDomain | None:
    """The workspace's sending domain that covers `name`: itself, or else the nearest one above it."""
    labels = name.split(".")
    above = [".".join(labels[start:]) for start in range(max(len(labels) - 1, 1))]
    covering = SendingDomain.objects.filter(workspace=workspace, domain__in=above)
    return max(covering, key=lambda found: len(found.domain), default=None)
