"""The installation's own do-not-write list, which holds for every workspace; kept by whoever runs it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db import connection, transaction

from accounts.models import User
from consent.models import GlobalSuppression, GlobalSuppressionChange
from consent.services.suppressions import STRENGTH
from consent.suppression_file import ADDRESS, DIGEST, DOMAIN, Entry, entry_of
from contacts.models import Channel
from core.clock import now
from core.crypto import address_hash
from core.ids import uuid7

BATCH = 5_000
_TURN = "SELECT pg_advisory_xact_lock(hashtextextended('consent_globalsuppression', 0))"

_INSERT = """
INSERT INTO consent_globalsuppression AS known
    (public_id, channel, address_hash, domain, plain_digest, reason, note, created_at, added_with_id)
SELECT row.public_id, %(channel)s, row.hash, row.domain, row.digest, %(reason)s, %(note)s, %(at)s, %(change)s
FROM unnest(%(ids)s::uuid[], %(hashes)s::bytea[], %(domains)s::text[], %(digests)s::bytea[])
    AS row(public_id, hash, domain, digest)
ON CONFLICT {conflict} DO UPDATE SET reason = EXCLUDED.reason, note = EXCLUDED.note
WHERE array_position(%(strength)s::text[], known.reason::text)
    < array_position(%(strength)s::text[], EXCLUDED.reason::text)
"""
_ADDRESSES = _INSERT.format(conflict="(channel, address_hash) WHERE address_hash IS NOT NULL")
_DOMAINS = _INSERT.format(conflict="(channel, domain) WHERE NOT (domain = '')")
_DIGESTS = _INSERT.format(conflict="(channel, plain_digest) WHERE plain_digest IS NOT NULL")


@dataclass
class Added:
    """How many entries are new or stronger, and how many lines were neither address, domain nor digest."""

    written: int = 0
    unusable: int = 0


@transaction.atomic
def add_everywhere(*, entries: Iterable[Entry], reason: str, note: str = "", actor: User | None = None) -> Added:
    """Never write to these from any workspace: all of them, or none when reading them fails.

    Digests of other tools are kept as they are, and the gate asks for them. Noted with `actor`, None for the command
    line of the server.
    """
    result = Added()
    subjects: list[str] = []
    remaining = iter(entries)
    _take_turn()
    change = _note("added", actor, 0, reason=reason, note=note)
    while batch := list(islice(remaining, BATCH)):
        found = {kind: sorted({one.value for one in batch if one.kind == kind}) for kind in (ADDRESS, DOMAIN, DIGEST)}
        result.unusable += sum(one.kind not in found for one in batch)
        hashes = [address_hash(address) for address in found[ADDRESS]]
        digests = [bytes.fromhex(digest) for digest in found[DIGEST]]
        result.written += _insert(_ADDRESSES, hashes, change, name="hashes")
        result.written += _insert(_DOMAINS, found[DOMAIN], change, name="domains")
        result.written += _insert(_DIGESTS, digests, change, name="digests")
        subjects += found[DOMAIN] if len(subjects) < 2 else []
    if not result.written:
        change.delete()
        return result
    change.count = result.written
    change.subject = subjects[0] if result.written == len(subjects) == 1 else ""
    # As of its end: a batch of messages that was read while this went on asks what was added since.
    change.created_at = now()
    change.save(update_fields=["count", "subject", "created_at"])
    return result


def _take_turn() -> None:
    """Two lists at once hold the same entries in another order, and would wait for each other."""
    with connection.cursor() as cursor:
        cursor.execute(_TURN)


def _insert(sql: str, values: Sequence[bytes] | Sequence[str], change: GlobalSuppressionChange, *, name: str) -> int:
    if not values:
        return 0
    nothing: dict[str, list[Any]] = {"hashes": [None], "domains": [""], "digests": [None]}
    columns = {column: list(values) if column == name else one * len(values) for column, one in nothing.items()}
    with connection.cursor() as cursor:
        cursor.execute(
            sql,
            {
                **columns,
                "channel": str(Channel.EMAIL),
                "ids": [uuid7() for _one in values],
                "reason": change.reason,
                "note": change.note,
                "at": now(),
                "change": change.pk,
                "strength": [str(one) for one in STRENGTH],
            },
        )
        return int(cursor.rowcount)


@transaction.atomic
def remove_everywhere(*, text: str, note: str = "", actor: User | None = None) -> int:
    """Take one address, domain or digest off; returns how many entries went. Raises ValueError for what is none."""
    kind, value = entry_of(text)
    if kind == ADDRESS:
        rows = GlobalSuppression.objects.filter(address_hash=address_hash(value))
    elif kind == DOMAIN:
        rows = GlobalSuppression.objects.filter(domain=value)
    elif kind == DIGEST:
        rows = GlobalSuppression.objects.filter(plain_digest=bytes.fromhex(value))
    else:
        raise ValueError("This is neither an address nor a domain.")
    count = rows.delete()[0]
    if count:
        _note("removed", actor, count, note=note, subject=value if kind == DOMAIN else "")
    return count


@transaction.atomic
def remove_entry(*, row: GlobalSuppression, note: str, actor: User) -> None:
    """Take an entry off, saying why. Raises GlobalSuppression.DoesNotExist when somebody else has just done so."""
    held = GlobalSuppression.objects.select_for_update().get(pk=row.pk)
    _note("removed", actor, 1, reason=held.reason, note=note, subject=held.domain)
    held.delete()


@transaction.atomic
def take_back(*, change: GlobalSuppressionChange, note: str, actor: User) -> int:
    """Take off all that a list brought and that is still there, saying why; returns how many entries went.

    What stood on the list before stays, also where the list gave it a stronger reason.
    """
    _take_turn()
    count = GlobalSuppression.objects.brought_by(change).delete()[0]
    if count:
        _note("removed", actor, count, reason=change.reason, note=note, subject=change.subject)
    return count


def _note(
    action: str, actor: User | None, count: int, *, note: str, subject: str = "", reason: str = ""
) -> GlobalSuppressionChange:
    return GlobalSuppressionChange.objects.create(
        action=action, actor=actor, count=count, subject=subject, reason=reason, note=note[:200]
    )
