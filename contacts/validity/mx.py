"""Asking DNS whether a domain takes mail (RFC 5321 §5.1, RFC 7505). No database here.

Only an answer counts: a server that fails, refuses or does not answer has said nothing about the domain.
"""

import logging
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple

import dns.exception
import dns.name
import dns.rdatatype
import dns.resolver

from contacts.validity.keepers import NOBODY_KNOWN, keeper_of

logger = logging.getLogger(__name__)

MAIL: Final = "mail"
NO_MAIL: Final = "no_mail"
MISSING: Final = "missing"
NO_SERVER: Final = "no_server"
UNKNOWN: Final = "unknown"

QUERY_SECONDS = 4.0
AT_ONCE = 16
# Names that never exist in the public tree (RFC 2606, 6761, 6762, 7686): asking about them tells nothing.
RESERVED: Final = frozenset({"example", "test", "invalid", "localhost", "local", "onion", "internal", "home", "lan"})


def is_public(domain: str) -> bool:
    """Whether the public DNS can know the domain at all."""
    labels = domain.split(".")
    return (
        len(labels) > 1 and labels[-1] not in RESERVED and labels[-2:] not in (["example", "com"], ["example", "org"])
    )


def resolver_for(server: str) -> dns.resolver.Resolver:
    """A resolver that asks `server` (`host` or `host:port`), or the system's when empty.

    Raises dns.exception.DNSException when the system names none, ValueError for a server that is no address.
    """
    resolver = dns.resolver.Resolver(configure=not server)
    if server:
        host, colon, port = server.rpartition(":")
        # A lone IPv6 address has colons of its own.
        is_pair = bool(colon) and port.isdecimal() and (":" not in host or host.startswith("["))
        resolver.nameservers = [host.strip("[]") if is_pair else server]
        resolver.port = int(port) if is_pair else 53
    resolver.lifetime = QUERY_SECONDS
    resolver.timeout = QUERY_SECONDS / 2
    resolver.cache = None
    return resolver


def working_resolver(server: str) -> dns.resolver.Resolver | None:
    """`resolver_for`, None where DNS is not set up or does not work from here; the log says which."""
    try:
        resolver = resolver_for(server)
    except (dns.exception.DNSException, ValueError) as error:
        logger.warning("dns_not_set_up error=%s", type(error).__name__)
        return None
    if not can_ask(resolver):
        logger.info("dns_not_reachable")
        return None
    return resolver


def can_ask(resolver: dns.resolver.Resolver) -> bool:
    """Whether DNS works from here: the root has name servers, whatever else is the matter."""
    try:
        return bool(resolver.resolve(".", "NS", raise_on_no_answer=False).rrset)
    except (dns.exception.DNSException, OSError):
        return False


class Said(NamedTuple):
    """What DNS says of a domain: MAIL, NO_MAIL (a null MX), NO_SERVER (neither MX nor address), MISSING or UNKNOWN.

    `keeper` is whose servers take its mail (contacts.validity.keepers).
    """

    answer: str
    keeper: str = NOBODY_KNOWN


def ask(domain: str, resolver: dns.resolver.Resolver) -> Said:
    """What DNS says of a domain."""
    try:
        name = dns.name.from_text(domain)
        answer = resolver.resolve(name, "MX", raise_on_no_answer=False)
        if answer.rrset:
            return Said(NO_MAIL) if _is_null(answer) else Said(MAIL, keeper_of(domain, _first_server(answer)))
        # Without MX the domain's own address takes its mail.
        has_address = any(resolver.resolve(name, kind, raise_on_no_answer=False).rrset for kind in ("A", "AAAA"))
        return Said(MAIL if has_address else NO_SERVER)
    except dns.resolver.NXDOMAIN:
        return Said(MISSING)
    except (dns.exception.DNSException, OSError, UnicodeError):
        return Said(UNKNOWN)


def _is_null(answer: dns.resolver.Answer) -> bool:
    """A single MX that points at the root: the domain says that it takes no mail."""
    hosts = [record.exchange for record in answer]
    return len(hosts) == 1 and hosts[0] == dns.name.root


def _first_server(answer: dns.resolver.Answer) -> str:
    """The server that gets the mail when all are up (RFC 5321 §5.1); of equal ones the first by name."""
    return min((record.preference, str(record.exchange)) for record in answer)[1]


def ask_many(domains: Sequence[str], resolver: dns.resolver.Resolver, seconds: float) -> dict[str, Said]:
    """What DNS says of each domain, several at once; those it came to no answer about in `seconds` are UNKNOWN."""
    until = time.monotonic() + seconds

    def one(domain: str) -> Said:
        return ask(domain, resolver) if time.monotonic() < until else Said(UNKNOWN)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers: Iterable[Said] = pool.map(one, domains)
        return dict(zip(domains, answers, strict=True))
