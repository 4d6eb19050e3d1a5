"""The records of an own address as its page shows them."""

from django.utils.translation import gettext_lazy as _

from channels.domain_page import ShownRecord
from channels.domain_wording import problem_words
from channels.models import PageHost, Standing
from channels.services.hosts import main_host, proof_name, proof_value


def host_records(host: PageHost) -> list[ShownRecord]:
    """Both records: the one that proves whose name it is, and the one that leads here."""
    return [
        _shown(host, "owner", ("TXT", proof_name(host), proof_value(host))),
        _shown(host, "way", ("CNAME", host.host, main_host())),
    ]


def _shown(host: PageHost, purpose: str, record: tuple[str, str, str]) -> ShownRecord:
    found = host.findings.get(purpose, {})
    kind, name, value = record
    is_proof = purpose == "owner"
    return ShownRecord(
        title=_("Whose name it is") if is_proof else _("Where it leads"),
        what=_("Shows that nobody else is using your name.") if is_proof else _("Brings visitors to this server."),
        kind=kind,
        name=name,
        value=value,
        state=found.get("state", Standing.UNKNOWN),
        problem=problem_words(found.get("problem", "")),
        found=list(found.get("found", [])),
        note="" if is_proof else _("An A or AAAA record with an address of this server does as well."),
    )
