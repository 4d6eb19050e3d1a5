"""The records of a domain as its page shows them: what to publish, what is there, and what to change."""

from dataclasses import dataclass, field

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from channels.domain_wording import problem_words
from channels.models import DomainKey, SendingDomain, Standing
from channels.providers import PROVIDERS
from channels.records import dmarc_policy
from channels.services.domains import WaysOut, spf_terms, ways_out

# DMARC may begin with watching only; it already counts for Gmail and Yahoo.
FIRST_DMARC = "v=DMARC1; p=none;"
TONES = {Standing.OK: "ok", Standing.MISSING: "warn", Standing.WRONG: "bad", Standing.UNKNOWN: ""}


@dataclass(frozen=True, slots=True)
class ShownRecord:
    """One record. `value` is what to publish, "" where nobody but the mail server's owner knows.

    `is_needed` is false for what no receiver asks for as things are: then it is no fault that it is missing.
    """

    title: Promise | str
    what: Promise | str
    kind: str
    name: str
    value: str
    state: str
    problem: Promise | str = ""
    found: list[str] = field(default_factory=list)
    note: Promise | str = ""
    is_needed: bool = True

    @property
    def tone(self) -> str:
        """The badge's colour."""
        return TONES[Standing(self.state)] if self.is_needed else TONES[Standing.UNKNOWN]

    @property
    def label(self) -> str:
        """The badge's words."""
        if not self.is_needed and not self.is_fine:
            return str(_("Not needed"))
        return str(Standing(self.state).label)

    @property
    def is_fine(self) -> bool:
        """Nothing is left to do."""
        return self.state == Standing.OK


def shown_records(domain: SendingDomain) -> list[ShownRecord]:
    """All records of the domain, in the order people should publish them; what nobody asks for comes last."""
    ways = ways_out(domain)
    keys = domain.keys.filter(retired_at=None).order_by("created_at__date", "-algorithm", "id")
    is_signing = domain.is_signing and ways.has_smtp
    shown = [*(_key(domain, key, is_signing=is_signing) for key in keys), _spf(domain, ways), _dmarc(domain)]
    if domain.findings.get("mail", {}).get("problem", "").startswith("mail_"):
        shown.insert(0, _mail(domain))
    if domain.return_path and settings.BOUNCE_ADDRESS:
        shown.append(_bounces(domain))
    return sorted(shown, key=lambda record: not record.is_needed)


def _told(domain: SendingDomain, name: str) -> tuple[Promise | str, list[str]]:
    finding = domain.findings.get(name, {})
    return problem_words(finding.get("problem", "")), list(finding.get("found", []))


def _mail(domain: SendingDomain) -> ShownRecord:
    told = domain.findings["mail"]
    return ShownRecord(
        title=_("Mail to this domain"),
        what=_("Lets people answer."),
        kind="MX",
        name=told["name"],
        value="",
        state=told["state"],
        problem=problem_words(told["problem"]),
    )


def _key(domain: SendingDomain, key: DomainKey, *, is_signing: bool) -> ShownRecord:
    problem, found = _told(domain, f"dkim:{key.selector}")
    code = domain.findings.get(f"dkim:{key.selector}", {}).get("problem")
    state = Standing.OK if key.seen_at else {
        "dkim_missing": Standing.MISSING, "dkim_other_key": Standing.WRONG, "dkim_twice": Standing.WRONG
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
        note="" if is_signing else _("Your mail is signed where it leaves, so Rapport does not use this key."),
        is_needed=is_signing,
    )


def _spf(domain: SendingDomain, ways: WaysOut) -> ShownRecord:
    problem, found = _told(domain, "spf")
    terms = spf_terms(domain)
    value = ""
    note: Promise | str = ""
    is_needed = ways.needs_spf(domain)
    if not is_needed:
        named = ", ".join(PROVIDERS[kind].spf for kind in ways.providers)
        note = (
            _("Receivers ask for the SPF of your provider’s own name, so nothing has to be here. If the provider wants"
              " it all the same, add %(terms)s.") % {"terms": named}
            if named
            else _("Receivers ask for the SPF of the name that mail comes back to, so nothing has to be here.")
        )  # fmt: skip
    elif domain.return_path and settings.BOUNCE_ADDRESS:
        note = _("It comes along with the record for bounces; there is nothing else to add.")
    elif not terms:
        note = _("Ask whoever runs your mail server what has to stand in it.")
    else:
        value = _merged(found[0] if len(found) == 1 else "", terms)
    return ShownRecord(
        title=_("SPF"),
        what=_("Says which mail servers may send for you."),
        kind="TXT",
        name=domain.findings.get("spf", {}).get("name") or domain.return_path or domain.domain,
        value=value,
        state=domain.spf,
        problem=problem if is_needed else "",
        found=found,
        note=note,
        is_needed=is_needed,
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
        note=_(
            "It only watches so far, which is all that receivers ask for. When your own mail passes everywhere,"
            " p=quarantine keeps others from using your name."
        )
        if found and domain.dmarc == Standing.OK and dmarc_policy(found[0]) == "none"
        else "",
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
