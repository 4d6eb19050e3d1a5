"""What DNS holds for a sending domain, compared with what it should hold (RFC 7208, 6376, 9989). No database here.

Only an answer counts: where a server fails or does not answer, nothing is said.
"""

import re
import time
from dataclasses import dataclass, field
from typing import Any, Final

import dns.exception
import dns.resolver

OK: Final = "ok"
MISSING: Final = "missing"
WRONG: Final = "wrong"
UNKNOWN: Final = "unknown"

# RFC 7208 §4.6.4: a receiver gives up after ten look-ups, and then SPF fails for everybody.
MOST_LOOK_UPS = 10
# RFC 9989 §4.10: a receiver climbs at most this many names.
MOST_NAMES = 8
# All look-ups of one domain together; a silent server must not hold a worker up.
MOST_SECONDS = 40.0

_COSTLY = re.compile(r"[+?~-]?(include:|a($|[:/])|mx($|[:/])|ptr($|:)|exists:)|redirect=", re.IGNORECASE)
_NOT_THERE = (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer)


@dataclass(frozen=True, slots=True)
class Finding:
    """One record as found. `problem` is a code that channels.domain_wording turns into words, "" when all is well."""

    state: str
    problem: str = ""
    found: list[str] = field(default_factory=list)


class Unanswered(Exception):
    """A name server failed or kept silent, or the time was up."""


class Records:
    """Look-ups for one domain, within MOST_SECONDS altogether."""

    def __init__(self, resolver: dns.resolver.Resolver) -> None:
        self._resolver = resolver
        self._until = time.monotonic() + MOST_SECONDS

    def texts(self, name: str) -> list[str]:
        """The TXT records of a name, each joined from its pieces; raises Unanswered."""
        return [
            "".join(piece.decode("utf-8", "replace") for piece in record.strings) for record in self._ask(name, "TXT")
        ]

    def mail_hosts(self, name: str) -> set[str]:
        """Where the mail of a name goes; raises Unanswered."""
        return {str(record.exchange).rstrip(".").lower() for record in self._ask(name, "MX")}

    def alias(self, name: str) -> str:
        """The name that a name is another word for (CNAME), "" for none; raises Unanswered."""
        return next((str(record.target).rstrip(".").lower() for record in self._ask(name, "CNAME")), "")

    def addresses(self, name: str) -> set[str]:
        """The IP addresses of a name, of both kinds; raises Unanswered."""
        return {str(record.address) for kind in ("A", "AAAA") for record in self._ask(name, kind)}

    def _ask(self, name: str, kind: str) -> list[Any]:
        if time.monotonic() > self._until:
            raise Unanswered
        try:
            return list(self._resolver.resolve(name, kind, search=False))
        except _NOT_THERE:
            return []
        except (dns.exception.DNSException, OSError, UnicodeError) as error:
            raise Unanswered from error


def check_spf(records: Records, name: str, terms: list[str]) -> Finding:
    """Whether the SPF record of `name` lets everything in `terms` send, itself or through what it includes."""
    try:
        own = [text for text in records.texts(name) if _is_spf(text)]
        if not own:
            return Finding(MISSING, "spf_missing")
        if len(own) > 1:
            return Finding(WRONG, "spf_twice", own)
        reached, look_ups = _all_terms(records, own[0])
    except Unanswered:
        return Finding(UNKNOWN, "no_answer")
    if look_ups > MOST_LOOK_UPS:
        return Finding(WRONG, "spf_too_many", own)
    if "+all" in reached or "all" in reached:
        return Finding(WRONG, "spf_all", own)
    if not {term.lower().lstrip("+") for term in terms} <= reached:
        return Finding(WRONG, "spf_without_us", own)
    return Finding(OK, "", own)


def check_dkim(records: Records, name: str, public_key: str) -> Finding:
    """Whether the key record `name` holds our public key."""
    try:
        found = [text for text in records.texts(name) if "p=" in text]
    except Unanswered:
        return Finding(UNKNOWN, "no_answer")
    if not found:
        return Finding(MISSING, "dkim_missing")
    if any(_tags(text).get("p", "").replace(" ", "") == public_key for text in found):
        return Finding(OK, "", found)
    return Finding(WRONG, "dkim_other_key", found)


def check_dmarc(records: Records, domain: str) -> Finding:
    """The DMARC record that holds for the domain: its own, or the nearest above it (the tree walk of RFC 9989)."""
    labels = domain.split(".")
    # From a long name a receiver jumps to the last seven labels (RFC 9989 §4.10, step 3).
    starts = [0, *range(max(1, len(labels) - MOST_NAMES + 1), len(labels))]
    try:
        for start in starts:
            name = ".".join(labels[start:])
            found = [text for text in records.texts(f"_dmarc.{name}") if _tags(text).get("v", "").upper() == "DMARC1"]
            if len(found) > 1:
                return Finding(WRONG, "dmarc_twice", found)
            if found:
                return _judged(found)
    except Unanswered:
        return Finding(UNKNOWN, "no_answer")
    return Finding(MISSING, "dmarc_missing")


def check_bounces(records: Records, host: str, ours: str) -> Finding:
    """Whether mail to `host` goes where mail to `ours`, the host of BOUNCE_ADDRESS, goes."""
    try:
        there, here = records.mail_hosts(host), records.mail_hosts(ours)
    except Unanswered:
        return Finding(UNKNOWN, "no_answer")
    if not there:
        return Finding(MISSING, "bounces_missing")
    return Finding(OK if there == here else WRONG, "" if there == here else "bounces_elsewhere", sorted(there))


def check_owner(records: Records, name: str, value: str) -> Finding:
    """Whether the TXT record `name` says `value`: only who owns a name can write it there."""
    try:
        found = records.texts(name)
    except Unanswered:
        return Finding(UNKNOWN, "no_answer")
    if value in (text.strip() for text in found):
        return Finding(OK, "", [value])
    return Finding(WRONG if found else MISSING, "owner_other" if found else "owner_missing", found)


def check_way(records: Records, host: str, ours: str) -> Finding:
    """Whether `host` leads where our own host `ours` leads: by a CNAME, or by an address in common."""
    try:
        alias = records.alias(host)
        if alias == ours:
            return Finding(OK, "", [alias])
        there = records.addresses(host)
        if there & records.addresses(ours):
            return Finding(OK, "", sorted(there))
    except Unanswered:
        return Finding(UNKNOWN, "no_answer")
    found = [alias] if alias else sorted(there)
    return Finding(WRONG if found else MISSING, "way_elsewhere" if found else "way_missing", found)


def _is_spf(text: str) -> bool:
    return text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")


def _all_terms(records: Records, text: str) -> tuple[set[str], int]:
    """Every term of the record and of those it includes, in small letters, and how many look-ups that takes."""
    reached: set[str] = set()
    open_records, look_ups = [text], 0
    while open_records and look_ups <= MOST_LOOK_UPS:
        is_own = not reached
        for term in open_records.pop().lower().split()[1:]:
            # What an included record says about everybody else is not ours ("all" never passes through include).
            if is_own or not term.endswith("all"):
                reached.add(term.lstrip("+") if not term.endswith("all") else term)
            look_ups += bool(_COSTLY.match(term))
            target = re.fullmatch(r"\+?(?:include:|redirect=)(.+)", term)
            if target and look_ups <= MOST_LOOK_UPS:
                open_records.extend(found for found in records.texts(target[1]) if _is_spf(found))
    return reached, look_ups


def _judged(found: list[str]) -> Finding:
    policy = _tags(found[0]).get("p", "").lower()
    if policy not in {"none", "quarantine", "reject"}:
        return Finding(WRONG, "dmarc_no_policy", found)
    return Finding(OK, "", found)


def _tags(text: str) -> dict[str, str]:
    """`tag=value` pairs between semicolons (RFC 6376 §3.2); later ones never replace an earlier one."""
    tags: dict[str, str] = {}
    for part in text.split(";"):
        name, equals, value = part.partition("=")
        if equals:
            tags.setdefault(name.strip().lower(), value.strip())
    return tags
