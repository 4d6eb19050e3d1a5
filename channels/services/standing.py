"""What is known of a sender's domain, as the background check last saw it. Nothing here asks DNS."""

import datetime as dt
from dataclasses import dataclass

from django.conf import settings

from accounts.models import Workspace
from channels.models import Sender, SendingDomain, Standing
from channels.providers import is_provider_url
from channels.records import alignment_modes


@dataclass(frozen=True, slots=True)
class DomainStanding:
    """`spf`, `dkim` and `dmarc` are "ok", "missing", "wrong" or "unknown".

    `is_aligned` tells whether SPF or DKIM vouches for the domain people see in From, which is what DMARC asks
    (RFC 9989); None while that is not known. `needs_spf` is false where receivers ask for the SPF of somebody else's
    name. `mail_problem` is a code of channels.domain_wording, "" for a domain that takes mail.
    """

    domain: str
    spf: str
    dkim: str
    dmarc: str
    is_aligned: bool | None
    checked_at: dt.datetime | None
    sending_domain: SendingDomain | None = None
    needs_spf: bool = True
    mail_problem: str = ""

    @property
    def lacking(self) -> list[str]:
        """Names of what Gmail, Yahoo and Outlook ask of whoever sends to many, and is not there."""
        found = [("SPF", self.spf if self.needs_spf else Standing.OK), ("DKIM", self.dkim), ("DMARC", self.dmarc)]
        # A key that nobody but the provider knows is nothing to complain of: whoever has none is refused there.
        fine = {("DKIM", str(Standing.UNKNOWN))} if self.is_aligned is not False else set()
        return [name for name, state in found if state != Standing.OK and (name, str(state)) not in fine]

    @property
    def is_ready(self) -> bool:
        """Nothing is lacking, as far as can be seen from here."""
        return self.checked_at is not None and not self.lacking and self.is_aligned is not False


def domain_standing(sender: Sender) -> DomainStanding:
    """What was last seen of the sender's domain; two indexed reads, never DNS.

    Mail that leaves through a provider, or a mail server that signs by itself, is signed with a key under a name that
    is not ours to know: DKIM and alignment stay unknown unless a key was seen under one of the provider's usual names.
    """
    name = sender.email.rpartition("@")[2].lower()
    unknown = str(Standing.UNKNOWN)
    found = domain_of(sender.workspace, name)
    if found is None:
        return DomainStanding(name, unknown, unknown, unknown, None, None)
    told = found.findings.get("mail", {})
    problem = told.get("problem", "")
    mail_problem = problem if told.get("name") == name and problem != "no_answer" else ""
    if is_provider_url(sender.smtp_url or settings.SMTP_URL):
        is_seen = found.findings.get("dkim_provider", {}).get("state") == Standing.OK
        dkim, aligned, needs_spf = (str(Standing.OK) if is_seen else unknown), is_seen or None, False
    else:
        dkim = found.dkim if found.is_signing else unknown
        aligned = is_aligned(found, name)
        needs_spf = bool(found.return_path or not settings.BOUNCE_ADDRESS)
    return DomainStanding(name, found.spf, dkim, found.dmarc, aligned, found.checked_at, found, needs_spf, mail_problem)


def is_aligned(domain: SendingDomain, name: str) -> bool | None:
    """Whether SPF or DKIM vouches for the From domain `name`; None when that cannot be told.

    One of the two is enough (RFC 9989 §4.4). A name below counts as well, unless the DMARC record is strict.
    """
    record = next(iter(domain.findings.get("dmarc", {}).get("found", [])), "")
    is_strict_dkim, is_strict_spf = alignment_modes(record)
    if domain.is_signing and domain.dkim == Standing.OK and (domain.domain == name or not is_strict_dkim):
        return True
    # SPF speaks of the envelope sender: the From domain itself, or the host for bounces where there is one.
    is_own_envelope = not settings.BOUNCE_ADDRESS
    is_below = domain.bounces == Standing.OK and not is_strict_spf
    if domain.spf == Standing.OK and (is_own_envelope or is_below):
        return True
    return None if domain.checked_at is None or not domain.is_signing else False


def domain_of(workspace: Workspace, name: str) -> SendingDomain | None:
    """The workspace's sending domain that covers `name`: itself, or else the nearest one above it."""
    labels = name.split(".")
    above = [".".join(labels[start:]) for start in range(max(len(labels) - 1, 1))]
    covering = SendingDomain.objects.filter(workspace=workspace, domain__in=above)
    return max(covering, key=lambda found: len(found.domain), default=None)
