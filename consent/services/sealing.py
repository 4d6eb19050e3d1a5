"""Seals over the ledger: once a day each workspace's new lines are counted, digested and tied to the seal before.

The chain of a person's lines shows that one of them was changed, put between or taken from the middle. That all
lines of somebody, or the last ones, are gone only a seal shows.
"""

import logging

from django.db import IntegrityError, OperationalError, connection, transaction

from consent import chain
from consent.models import ConsentSeal
from core.clock import now

logger = logging.getLogger(__name__)

# One seal covers this many lines at most: 6.4 MB of hashes in memory.
LINES_A_SEAL = 200_000

# A line gets its id after its writer has the table's lock, so once every writer before us is done no smaller id can
# come. Who is not done within two seconds is a big import: then we go and come back with the next tick.
SETTLE = (
    "SET LOCAL lock_timeout = '2s'",
    "LOCK TABLE consent_consentrecord IN SHARE MODE",
)

NEXT_LINES = """
SELECT max(id), count(*) FROM (
    SELECT id FROM consent_consentrecord
    WHERE workspace_id = %s AND id > %s AND id <= %s ORDER BY workspace_id, id LIMIT %s
) line
"""

DIGEST = """
SELECT count(*), sha256(coalesce(string_agg(
    coalesce(r.hash, sha256(consent_line_bytes(r, t.sha256, v.sha256))), ''::bytea ORDER BY r.id), ''::bytea))
FROM consent_consentrecord r
LEFT JOIN consent_consenttext t ON t.id = r.text_id
LEFT JOIN consent_pageversion v ON v.id = r.page_version_id
WHERE r.workspace_id = %s AND r.id > %s AND r.id <= %s
"""


def settled_id() -> int | None:
    """The id up to which no line can appear any more; None while somebody writes for long. Waits two seconds at
    most, and is not called in a transaction that goes on."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            for statement in SETTLE:
                cursor.execute(statement)
            cursor.execute("SELECT coalesce(max(id), 0) FROM consent_consentrecord")
            return int(cursor.fetchone()[0])
    except OperationalError:  # lock_not_available
        return None


def seal_ledger(*, workspace_id: int, until: int) -> list[ConsentSeal]:
    """Seal the workspace's lines up to id `until` (see `settled_id`) that no seal covers; the new seals.

    Two at once do no harm: the number of a seal is unique, and whoever comes second stops.
    """
    seals: list[ConsentSeal] = []
    last = ConsentSeal.objects.filter(workspace_id=workspace_id).last()
    while seal := _next_seal(workspace_id, last, until):
        try:
            with transaction.atomic():
                seal.save(force_insert=True)
        except IntegrityError:
            break
        # Whoever keeps the log elsewhere can show later that not even the last seals were made anew.
        logger.info("consent_sealed workspace=%s number=%s hash=%s", workspace_id, seal.number, bytes(seal.hash).hex())
        seals.append(seal)
        last = seal
    return seals


def digest_of(workspace_id: int, after_id: int, last_id: int) -> tuple[int, bytes]:
    """Number and digest of the lines with `after_id` < id <= `last_id`."""
    with connection.cursor() as cursor:
        cursor.execute(DIGEST, [workspace_id, after_id, last_id])
        count, digest = cursor.fetchone()
    return count, bytes(digest)


def seal_values(seal: ConsentSeal) -> dict[str, object]:
    """What of a seal goes into its hash, by the names in `chain.SEAL`."""
    return {name: getattr(seal, name) for name in chain.SEAL if name != "format"}


def _next_seal(workspace_id: int, last: ConsentSeal | None, until: int) -> ConsentSeal | None:
    after_id = last.last_id if last else 0
    with connection.cursor() as cursor:
        cursor.execute(NEXT_LINES, [workspace_id, after_id, until, LINES_A_SEAL])
        last_id, count = cursor.fetchone()
    if not count:
        return None
    count, digest = digest_of(workspace_id, after_id, last_id)
    seal = ConsentSeal(
        workspace_id=workspace_id,
        number=last.number + 1 if last else 1,
        after_id=after_id,
        last_id=last_id,
        count=count,
        digest=digest,
        previous_hash=bytes(last.hash) if last else chain.START,
        sealed_at=now(),
    )
    seal.hash = chain.seal_hash(bytes(seal.previous_hash), seal_values(seal))
    return seal
