"""Use cases of sending domains: setting one up, changing its keys, and looking at its records in the background."""

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import User, Workspace
from accounts.services import record_audit
from channels import records
from channels.dkim import make_key
from channels.models import DomainKey, Sender, SendingDomain, Standing
from channels.providers import PROVIDERS, is_provider_url
from contacts.validity import mx
from core.clock import now
from core.queue import enqueue

AGAIN = dt.timedelta(hours=6)
# A domain taken for a check is another worker's again after this long.
LEASE = dt.timedelta(minutes=5)
BATCH = 20
# Each look is a dozen questions to other people's servers.
CHECKS_AN_HOUR = 60
MOST_DOMAINS = 50
# So many From domains below one sending domain are looked at.
MOST_NAMES = 5


class DomainRefused(Exception):
    """The domain cannot be added; says why in words."""


@transaction.atomic
def add_domain(*, workspace: Workspace, actor: User | None, domain: str, return_path: str = "") -> SendingDomain:
    """Add a domain with a pair of keys and have its records looked up. `domain` is in its ASCII form.

    Raises DomainRefused for one that is there already, and when there are very many.
    """
    if SendingDomain.objects.filter(workspace=workspace).count() >= MOST_DOMAINS:
        raise DomainRefused(_("A workspace has at most %(count)d domains.") % {"count": MOST_DOMAINS})
    try:
        with transaction.atomic():
            added = SendingDomain.objects.create(workspace=workspace, domain=domain, return_path=return_path)
    except IntegrityError as error:
        raise DomainRefused(_("This domain is here already.")) from error
    _make_keys(added)
    record_audit(workspace=workspace, actor=actor, action="domain.added", target=domain)
    ask_check(domain=added)
    return added


@transaction.atomic
def change_domain(*, domain: SendingDomain, actor: User | None, return_path: str, is_signing: bool) -> SendingDomain:
    """Change where bounces go and whether messages are signed. A new host for bounces counts once it was seen."""
    locked = _locked(domain)
    if return_path != locked.return_path:
        locked.bounces = Standing.UNKNOWN
    locked.return_path, locked.is_signing = return_path, is_signing
    locked.save(update_fields=["return_path", "is_signing", "bounces"])
    record_audit(workspace=locked.workspace, actor=actor, action="domain.changed", target=locked.domain)
    ask_check(domain=locked)
    return locked


@transaction.atomic
def renew_keys(*, domain: SendingDomain, actor: User | None) -> None:
    """Make another pair of keys. The old pair signs until the new one was seen in DNS; an unseen pair is replaced."""
    locked = _locked(domain)
    locked.keys.filter(seen_at=None).delete()
    _make_keys(locked)
    SendingDomain.objects.filter(pk=locked.pk).update(dkim=Standing.UNKNOWN if not _signs(locked) else locked.dkim)
    record_audit(workspace=locked.workspace, actor=actor, action="domain.keys_renewed", target=locked.domain)
    ask_check(domain=locked)


@transaction.atomic
def remove_domain(*, domain: SendingDomain, actor: User | None) -> None:
    """Forget the domain and its keys: nothing is signed for it any more."""
    locked = _locked(domain)
    record_audit(workspace=locked.workspace, actor=actor, action="domain.removed", target=locked.domain)
    locked.delete()


@transaction.atomic
def ask_check(*, domain: SendingDomain) -> None:
    """Have the records looked up as soon as a worker is free."""
    moment = now()
    SendingDomain.objects.filter(pk=domain.pk).update(asked_at=moment, next_check_at=moment)
    enqueue("channels.check_domains")


@dataclass(frozen=True, slots=True)
class WaysOut:
    """How mail of a domain leaves: from which From domains, through which providers, and whether through SMTP."""

    names: list[str]
    providers: list[str]
    has_smtp: bool

    def needs_spf(self, domain: SendingDomain) -> bool:
        """Whether any receiver asks for SPF at a name of the domain.

        It is asked of the envelope sender (RFC 7208 §2.4). That is a name of the provider's for what leaves through
        one, and the host of BOUNCE_ADDRESS for a domain without an address for bounces of its own.
        """
        return self.has_smtp and bool(domain.return_path or not settings.BOUNCE_ADDRESS)


def ways_out(domain: SendingDomain) -> WaysOut:
    """The ways of all active senders of the domain and below it; those of the installation where there are none."""
    senders = Sender.objects.in_workspace(domain.workspace).filter(is_active=True)
    from_names = [(one.email.rpartition("@")[2].lower(), one.smtp_url or settings.SMTP_URL) for one in senders]
    below = [(name, url) for name, url in from_names if f".{name}".endswith(f".{domain.domain}")]
    names = sorted({name for name, _url in below})
    urls = {url for _name, url in below} or {settings.SMTP_URL}
    providers = {url.partition(":")[0] for url in urls if is_provider_url(url)}
    has_smtp = not all(is_provider_url(url) for url in urls)
    return WaysOut(names[:MOST_NAMES] or [domain.domain], sorted(providers), has_smtp)


def spf_terms(domain: SendingDomain) -> list[str]:
    """What the SPF record has to contain; nothing where no receiver asks for it."""
    return list(settings.SPF_TERMS) if ways_out(domain).needs_spf(domain) else []


def wake_checks() -> None:
    """Wake a worker when records are due."""
    if _due().exists():
        enqueue("channels.check_domains")


def check_domains() -> int:
    """Look up the records of the domains that are due; how many. Nothing changes where DNS does not work."""
    taken = _take()
    if not taken:
        return 0
    resolver = mx.working_resolver(settings.DNS_SERVER)
    for domain in taken:
        if resolver is not None:
            _keep(domain, _look(domain, records.Records(resolver)))
        else:
            _put_off(domain)
    return len(taken)


def _due() -> Any:
    """What somebody asked for is always looked up; the rest only where this installation looks at all."""
    due = SendingDomain.objects.due(now())
    return due if settings.MAIL_CHECKS else due.exclude(asked_at=None)


@transaction.atomic
def _take() -> list[SendingDomain]:
    """The next domains, kept from other workers for a while by looking as if they were due later."""
    rows = list(_due().select_for_update(skip_locked=True)[:BATCH])
    SendingDomain.objects.filter(pk__in=[row.pk for row in rows]).update(next_check_at=now() + LEASE)
    return rows


def _look(domain: SendingDomain, asked: records.Records) -> dict[str, records.Finding]:
    """All findings, by purpose; keys by `dkim:<selector>`. The database is not touched meanwhile."""
    bounce_host = settings.BOUNCE_ADDRESS.rpartition("@")[2]
    ways, terms = ways_out(domain), spf_terms(domain)
    # The envelope sender is the From address where bounces have no host: each name needs a record of its own then.
    envelopes = [domain.return_path] if domain.return_path else ways.names
    found = {
        "spf": _worst([replace(records.check_spf(asked, name, terms), name=name) for name in envelopes]),
        "dmarc": records.check_dmarc(asked, domain.domain),
        "mail": _worst([records.check_mail(asked, name) for name in ways.names]),
    }
    selectors = [selector for kind in ways.providers for selector in PROVIDERS[kind].selectors]
    if selectors:
        names = [f"{selector}._domainkey.{name}" for name in (domain.domain, *ways.names) for selector in selectors]
        found["dkim_provider"] = records.check_other_dkim(asked, list(dict.fromkeys(names)))
    if domain.return_path and bounce_host:
        found["bounces"] = records.check_bounces(asked, domain.return_path, bounce_host)
    for key in domain.keys.filter(retired_at=None):
        found[f"dkim:{key.selector}"] = records.check_dkim(asked, str(key), key.public_key)
    return found


def _worst(findings: list[records.Finding]) -> records.Finding:
    """The finding that most needs something done."""
    order = [records.WRONG, records.MISSING, records.UNKNOWN, records.OK]
    return min(findings, key=lambda finding: order.index(finding.state))


def _put_off(domain: SendingDomain) -> None:
    """Nothing could be asked: what is known stays, and whoever waits is told."""
    findings = {**domain.findings, "dns": {"problem": "no_answer", "found": []}}
    SendingDomain.objects.filter(pk=domain.pk).update(findings=findings, asked_at=None, next_check_at=now() + AGAIN)


@transaction.atomic
def _keep(domain: SendingDomain, found: dict[str, records.Finding]) -> None:
    """Write down what was found. What was not answered keeps its last state."""
    locked = SendingDomain.objects.select_for_update().filter(pk=domain.pk).first()
    if locked is None:
        return
    moment = now()
    for name in ("spf", "dmarc", "bounces"):
        finding = found.get(name)
        if finding is not None and finding.state != records.UNKNOWN:
            setattr(locked, name, finding.state)
    _keep_keys(locked, found, moment)
    locked.findings = {name: _told(one, locked.findings.get(name)) for name, one in found.items()}
    locked.checked_at = moment
    # Who changed something while we looked gets another look at once.
    if locked.asked_at is None or domain.asked_at == locked.asked_at:
        locked.asked_at, locked.next_check_at = None, moment + AGAIN
    else:
        locked.next_check_at = moment
    locked.save()


def _told(finding: records.Finding, before: dict[str, Any] | None) -> dict[str, Any]:
    """What is kept of a finding. Silence takes nothing away from what was found before it."""
    told = {"problem": finding.problem, "found": finding.found[:5], "name": finding.name, "state": finding.state}
    if finding.problem == "no_answer" and before:
        return {**told, "found": before.get("found", []), "state": before.get("state", finding.state)}
    return told


def _keep_keys(domain: SendingDomain, found: dict[str, records.Finding], moment: dt.datetime) -> None:
    """Note which keys DNS shows. A key that was seen retires the older ones of its kind."""
    states = set()
    for key in domain.keys.filter(retired_at=None).order_by("-created_at", "-id"):
        finding = found.get(f"dkim:{key.selector}")
        if finding is None or finding.state == records.UNKNOWN:
            states.add(str(Standing.OK if key.seen_at else Standing.UNKNOWN))
            continue
        if finding.state == records.OK and key.seen_at is None:
            key.seen_at = moment
            key.save(update_fields=["seen_at"])
            older = domain.keys.filter(algorithm=key.algorithm, retired_at=None, created_at__lt=key.created_at)
            older.update(retired_at=moment)
        elif finding.state != records.OK and key.seen_at is not None:
            # Its record is gone: signing with it would fail at every receiver.
            key.seen_at = None
            key.save(update_fields=["seen_at"])
        states.add(finding.state)
    # One key that is there is enough to sign; only without any the worst is told.
    order = [Standing.OK, Standing.WRONG, Standing.MISSING, Standing.UNKNOWN]
    domain.dkim = next((state for state in order if state in states), Standing.UNKNOWN)


def _make_keys(domain: SendingDomain) -> None:
    taken = set(domain.keys.values_list("selector", flat=True))
    day = now().strftime("%y%m%d")
    suffix = next(end for end in ("", *"bcdefghijklmnopqrstuvwxyz") if f"rapport-rsa-{day}{end}" not in taken)
    for algorithm in DomainKey.Algorithm.values:
        pair = make_key(algorithm)
        DomainKey.objects.create(
            domain=domain,
            selector=f"rapport-{algorithm}-{day}{suffix}",
            algorithm=algorithm,
            private_key=pair.private_key,
            public_key=pair.public_key,
        )


def _signs(domain: SendingDomain) -> bool:
    return bool(domain.keys.filter(retired_at=None).exclude(seen_at=None).exists())


def _locked(domain: SendingDomain) -> SendingDomain:
    """The row as it is now; raises SendingDomain.DoesNotExist when it went meanwhile."""
    found: SendingDomain = SendingDomain.objects.select_for_update().select_related("workspace").get(pk=domain.pk)
    return found
