"""The installation's own do-not-write list, which holds for every workspace; kept by whoever runs it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db import connection, transaction

from consent.models import GlobalSuppression
from consent.services.suppressions import STRENGTH
from consent.suppression_file import ADDRESS, DOMAIN, Entry, entry_of
from contacts.models import Channel
from core.clock import now
from core.crypto import address_hash
from core.ids import uuid7

BATCH = 5_000

_INSERT = """
INSERT INTO consent_globalsuppression AS known (public_id, channel, address_hash, domain, reason, note, created_at)
SELECT row.public_id, %(channel)s, row.hash, row.domain, %(reason)s, %(note)s, %(at)s
FROM unnest(%(ids)s::uuid[], %(hashes)s::bytea[], %(domains)s::text[]) AS row(public_id, hash, domain)
ON CONFLICT {conflict} DO UPDATE SET reason = EXCLUDED.reason, note = EXCLUDED.note
WHERE array_position(%(strength)s::text[], known.reason::text)
    < array_position(%(strength)s::text[], EXCLUDED.reason::text)
"""
_ADDRESSES = _INSERT.format(conflict="(channel, address_hash) WHERE address_hash IS NOT NULL")
_DOMAINS = _INSERT.format(conflict="(channel, domain) WHERE NOT (domain = '')")


@dataclass
class Added:
    """How many entries are new or stronger, and how many lines were neither an address nor a domain."""

    written: int = 0
    unusable: int = 0


def add_everywhere(*, entries: Iterable[Entry], reason: str, note: str = "") -> Added:
    """Never write to these addresses and domains from any workspace. Digests of other tools are not taken here."""
    result = Added()
    remaining = iter(entries)
    while batch := list(islice(remaining, BATCH)):
        addresses = sorted({value for kind, value in batch if kind == ADDRESS})
        domains = sorted({value for kind, value in batch if kind == DOMAIN})
        result.unusable += sum(kind not in {ADDRESS, DOMAIN} for kind, _value in batch)
        hashes = [address_hash(address) for address in addresses]
        with transaction.atomic():
            result.written += _insert(_ADDRESSES, hashes, [""] * len(hashes), reason, note)
            result.written += _insert(_DOMAINS, [None for _domain in domains], domains, reason, note)
    return result


def _insert(sql: str, hashes: Sequence[bytes | None], domains: list[str], reason: str, note: str) -> int:
    if not domains:
        return 0
    values: dict[str, Any] = {
        "channel": str(Channel.EMAIL),
        "ids": [uuid7() for _one in domains],
        "hashes": list(hashes),
        "domains": domains,
        "reason": reason,
        "note": note[:200],
        "at": now(),
        "strength": [str(name) for name in STRENGTH],
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return int(cursor.rowcount)


def remove_everywhere(*, text: str) -> int:
    """Take one address or domain off; returns how many entries went. Raises ValueError for what is neither."""
    kind, value = entry_of(text)
    if kind == ADDRESS:
        rows = GlobalSuppression.objects.filter(address_hash=address_hash(value))
    elif kind == DOMAIN:
        rows = GlobalSuppression.objects.filter(domain=value)
    else:
        raise ValueError("This is neither an address nor a domain.")
    return rows.delete()[0]
