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

_ALL = re.compile(r"[+?~-]?all")
_COSTLY = re.compile(r"[+?~-]?(include:|a($|[:/])|mx($|[:/])|ptr($|:)|exists:)|redirect=", re.IGNORECASE)
# RFC 9989 §4.7: the version comes first and is written just so; receivers pass over everything else.
_DMARC = re.compile(r"\s*v\s*=\s*DMARC1\s*(;|$)")
_NOT_THERE = (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer)


@dataclass(frozen=True, slots=True)
class Finding:
    """One record as found. `problem` is a code that channels.domain_wording turns into words, "" when all is well.

    `name` is where it was looked for, where that is not plain.
    """

    state: str
    problem: str = ""
    found: list[str] = field(default_factory=list)
    name: str = ""


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
        """Where the mail of a name goes, "" for a null MX (RFC 7505); raises Unanswered."""
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
    if len(found) > 1:
        # RFC 6376 §3.6.2.2: what receivers make of several is undefined.
        return Finding(WRONG, "dkim_twice", found)
    if any(_tags(text).get("p", "").replace(" ", "") == public_key for text in found):
        return Finding(OK, "", found)
    return Finding(WRONG, "dkim_other_key", found)


def check_other_dkim(records: Records, names: list[str]) -> Finding:
    """Whether there is a key under one of these names, whosever it is. Without one nothing is said."""
    try:
        for name in names:
            found = [text for text in records.texts(name) if _tags(text).get("p")]
            if found:
                return Finding(OK, "", found, name)
    except Unanswered:
        return Finding(UNKNOWN, "no_answer")
    return Finding(UNKNOWN)


def check_mail(records: Records, name: str) -> Finding:
    """Whether a From domain takes mail itself: receivers refuse senders that cannot be answered (RFC 7505 §4.2)."""
    try:
        hosts = records.mail_hosts(name)
        if hosts == {""}:
            return Finding(WRONG, "mail_refused", [], name)
        if hosts or records.addresses(name):
            return Finding(OK, "", sorted(hosts), name)
    except Unanswered:
        return Finding(UNKNOWN, "no_answer", [], name)
    return Finding(MISSING, "mail_nowhere", [], name)


def check_dmarc(records: Records, domain: str) -> Finding:
    """The DMARC record that holds for the domain: its own, or the nearest above it (the tree walk of RFC 9989)."""
    labels = domain.split(".")
    # From a long name a receiver jumps to the last seven labels (RFC 9989 §4.10, step 3).
    starts = [0, *range(max(1, len(labels) - MOST_NAMES + 1), len(labels))]
    try:
        for start in starts:
            name = ".".join(labels[start:])
            texts = records.texts(f"_dmarc.{name}")
            found = [text for text in texts if _DMARC.match(text)]
            if len(found) > 1:
                return Finding(WRONG, "dmarc_twice", found)
            if found:
                return _judged(found)
            if start == 0 and (odd := [text for text in texts if "dmarc1" in text.lower()]):
                return Finding(WRONG, "dmarc_unreadable", odd)
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
    look_ups = 0
    # With each record whether its word about everybody else is the domain's own: it is not in an included one.
    open_records = [(text, True)]
    while open_records and look_ups <= MOST_LOOK_UPS:
        current, is_own = open_records.pop()
        for term in _terms_that_count(current):
            if _ALL.fullmatch(term):
                reached |= {term} if is_own else set()
                continue
            reached.add(term.lstrip("+"))
            look_ups += bool(_COSTLY.match(term))
            target = re.fullmatch(r"(\+?include:|redirect=)(.+)", term)
            if target and look_ups <= MOST_LOOK_UPS:
                goes_on = is_own and target[1] == "redirect="
                open_records.extend((found, goes_on) for found in records.texts(target[2]) if _is_spf(found))
    return reached, look_ups


def _terms_that_count(text: str) -> list[str]:
    """The terms of a record in small letters; what stands behind "all" is never read (RFC 7208 §5.1, §6.1)."""
    terms = text.lower().split()[1:]
    end = next((place for place, term in enumerate(terms) if _ALL.fullmatch(term)), None)
    if end is None:
        return terms
    return [term for term in terms[: end + 1] if not term.startswith("redirect=")]


def _judged(found: list[str]) -> Finding:
    policy = _tags(found[0]).get("p", "").lower()
    if policy not in {"none", "quarantine", "reject"}:
        return Finding(WRONG, "dmarc_no_policy", found)
    return Finding(OK, "", found)


def alignment_modes(record: str) -> tuple[bool, bool]:
    """Whether a DMARC record asks that DKIM, and that SPF, speak of the very domain in From (`adkim=s`, `aspf=s`)."""
    tags = _tags(record)
    return tags.get("adkim", "").lower() == "s", tags.get("aspf", "").lower() == "s"


def dmarc_policy(record: str) -> str:
    """What a DMARC record asks receivers to do: none, quarantine or reject; "" where it does not say."""
    return _tags(record).get("p", "").lower()


def _tags(text: str) -> dict[str, str]:
    """`tag=value` pairs between semicolons (RFC 6376 §3.2); later ones never replace an earlier one."""
    tags: dict[str, str] = {}
    for part in text.split(";"):
        name, equals, value = part.partition("=")
        if equals:
            tags.setdefault(name.strip().lower(), value.strip())
    return tags
