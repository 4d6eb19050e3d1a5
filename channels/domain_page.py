"""The records of a domain as its page shows them: what to publish, what is there, and what to change."""

from dataclasses import dataclass, field

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from channels.domain_wording import problem_words
from channels.models import DomainKey, SendingDomain, Standing
from channels.services.domains import spf_terms

# DMARC may begin with watching only; it already counts for Gmail and Yahoo.
FIRST_DMARC = "v=DMARC1; p=none;"
TONES = {Standing.OK: "ok", Standing.MISSING: "warn", Standing.WRONG: "bad", Standing.UNKNOWN: ""}


@dataclass(frozen=True, slots=True)
class ShownRecord:
    """One record. `value` is what to publish, "" where nobody but the mail server's owner knows."""

    title: Promise | str
    what: Promise | str
    kind: str
    name: str
    value: str
    state: str
    problem: Promise | str = ""
    found: list[str] = field(default_factory=list)
    note: Promise | str = ""

    @property
    def tone(self) -> str:
        """The badge's colour."""
        return TONES[Standing(self.state)]

    @property
    def label(self) -> str:
        """The badge's words."""
        return str(Standing(self.state).label)

    @property
    def is_fine(self) -> bool:
        """Nothing is left to do."""
        return self.state == Standing.OK


def shown_records(domain: SendingDomain) -> list[ShownRecord]:
    """All records of the domain, in the order people should publish them."""
    keys = domain.keys.filter(retired_at=None).order_by("created_at__date", "-algorithm", "id")
    shown = [*(_key(domain, key) for key in keys), _spf(domain), _dmarc(domain)]
    if domain.return_path and settings.BOUNCE_ADDRESS:
        shown.append(_bounces(domain))
    return shown


def _told(domain: SendingDomain, name: str) -> tuple[Promise | str, list[str]]:
    finding = domain.findings.get(name, {})
    return problem_words(finding.get("problem", "")), list(finding.get("found", []))


def _key(domain: SendingDomain, key: DomainKey) -> ShownRecord:
    problem, found = _told(domain, f"dkim:{key.selector}")
    code = domain.findings.get(f"dkim:{key.selector}", {}).get("problem")
    state = Standing.OK if key.seen_at else {
        "dkim_missing": Standing.MISSING, "dkim_other_key": Standing.WRONG
    }.get(code or "", Standing.UNKNOWN)  # fmt: skip
    is_rsa = key.algorithm == DomainKey.Algorithm.RSA
    return ShownRecord(
        title=_("DKIM key") if is_rsa else _("Second DKIM key"),
        what=_("Lets receivers check our signature.")
        if is_rsa
        else _("A newer kind of key. Good to have, not required."),
        kind="TXT",
        name=str(key),
        value=f"v=DKIM1; k={key.algorithm}; p={key.public_key}",
        state=state,
        problem=problem,
        found=found,
    )


def _spf(domain: SendingDomain) -> ShownRecord:
    problem, found = _told(domain, "spf")
    terms = spf_terms(domain)
    value = ""
    note: Promise | str = ""
    if domain.return_path and settings.BOUNCE_ADDRESS:
        note = _("It comes along with the record for bounces; there is nothing else to add.")
    elif not terms:
        note = _("Ask whoever runs your mail server what has to stand in it.")
    else:
        value = _merged(found[0] if len(found) == 1 else "", terms)
    return ShownRecord(
        title=_("SPF"),
        what=_("Says which mail servers may send for you."),
        kind="TXT",
        name=domain.return_path or domain.domain,
        value=value,
        state=domain.spf,
        problem=problem,
        found=found,
        note=note,
    )


def _merged(present: str, terms: list[str]) -> str:
    """The record that is there with what is missing put in front, so that nobody else's servers lose their right."""
    words = present.split()[1:] if present else ["~all"]
    missing = [term for term in terms if term not in words]
    return " ".join(["v=spf1", *missing, *words])


def _dmarc(domain: SendingDomain) -> ShownRecord:
    problem, found = _told(domain, "dmarc")
    return ShownRecord(
        title=_("DMARC"),
        what=_("Says what to do with mail that only pretends to be yours."),
        kind="TXT",
        name=f"_dmarc.{domain.domain}",
        # A stricter record that is there already is not to be weakened.
        value=found[0] if domain.dmarc == Standing.OK and found else FIRST_DMARC,
        state=domain.dmarc,
        problem=problem,
        found=found,
    )


def _bounces(domain: SendingDomain) -> ShownRecord:
    problem, found = _told(domain, "bounces")
    return ShownRecord(
        title=_("Bounces"),
        what=_("Brings mail that comes back to Rapport, so that dead addresses are noticed."),
        kind="CNAME",
        name=domain.return_path,
        value=settings.BOUNCE_ADDRESS.rpartition("@")[2],
        state=domain.bounces,
        problem=problem,
        found=found,
    )
