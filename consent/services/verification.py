"""Reading the whole ledger of a workspace again: is every line as it was written, and is none gone?"""

import datetime as dt
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction

from accounts.models import User, Workspace
from accounts.services import record_audit
from consent import chain
from consent.models import ConsentRecord, ConsentSeal, LedgerCheck
from consent.services.sealing import digest_of, seal_ledger, seal_values, settled_id
from core.clock import now
from core.queue import enqueue

logger = logging.getLogger(__name__)

CHECK_EVERY = dt.timedelta(days=1)
PROBLEMS_KEPT = 100

COUNTS = """
SELECT count(*), count(DISTINCT contact_id), count(*) FILTER (WHERE hash IS NULL)
FROM consent_consentrecord WHERE workspace_id = %(workspace)s
"""

# Each finds lines as (kind, public id, when it was said). A line whose evidence was redacted has no salt, and then
# nothing may be left of it.
CHANGED = """
SELECT 'changed', r.public_id, r.at FROM consent_consentrecord r
LEFT JOIN consent_consenttext t ON t.id = r.text_id
LEFT JOIN consent_pageversion v ON v.id = r.page_version_id
WHERE r.workspace_id = %(workspace)s AND r.hash IS NOT NULL AND (
    r.hash IS DISTINCT FROM sha256(r.previous_hash || consent_line_bytes(r, t.sha256, v.sha256))
    OR CASE WHEN r.evidence_salt IS NOT NULL
       THEN r.evidence_digest IS DISTINCT FROM consent_evidence_digest(r.evidence_salt, r)
       ELSE r.ip_address IS NOT NULL OR r.user_agent <> '' OR (r.source = 'manual' AND r.source_detail <> '') END)
"""
MOVED = """
SELECT CASE WHEN place > coalesce(place_before, 0) + 1 THEN 'missing' ELSE 'moved' END, public_id, at FROM (
    SELECT r.public_id, r.at, r.sequence AS place, r.previous_hash, lag(r.sequence) OVER one AS place_before,
           lag(r.hash) OVER one AS hash_before
    FROM consent_consentrecord r WHERE r.workspace_id = %(workspace)s AND r.hash IS NOT NULL
    WINDOW one AS (PARTITION BY r.contact_id ORDER BY r.sequence)
) line
WHERE place IS DISTINCT FROM coalesce(place_before, 0) + 1
   OR previous_hash IS DISTINCT FROM coalesce(hash_before, %(start)s)
"""
# Since there is a chain nothing is written without it.
UNCHAINED = """
SELECT 'unchained', r.public_id, r.at FROM consent_consentrecord r
WHERE r.workspace_id = %(workspace)s AND r.hash IS NULL
  AND r.id > (SELECT min(id) FROM consent_consentrecord WHERE workspace_id = %(workspace)s AND hash IS NOT NULL)
"""
WORDS = """
SELECT 'words', r.public_id, r.at FROM (
    SELECT (SELECT min(id) FROM consent_consentrecord WHERE workspace_id = %(workspace)s AND text_id = t.id) AS id
    FROM consent_consenttext t
    WHERE t.workspace_id = %(workspace)s AND t.sha256 IS DISTINCT FROM sha256(convert_to(t.body, 'UTF8'))
    UNION
    SELECT (SELECT min(id) FROM consent_consentrecord WHERE workspace_id = %(workspace)s AND page_version_id = v.id)
    FROM consent_pageversion v
    WHERE v.workspace_id = %(workspace)s AND v.sha256 IS DISTINCT FROM sha256(convert_to(v.body, 'UTF8'))
) first JOIN consent_consentrecord r ON r.id = first.id
"""
# What was derived as people spoke, against what follows from the ledger now (`rebuild_states`).
STATES = """
WITH derived AS (
    SELECT DISTINCT ON (contact_id, channel, topic_id, purpose)
           contact_id, channel, topic_id, purpose, state, basis, at, expires_at, public_id
    FROM consent_consentrecord r
    WHERE workspace_id = %(workspace)s AND EXISTS (SELECT 1 FROM contacts_contact c WHERE c.id = r.contact_id)
    ORDER BY contact_id, channel, topic_id, purpose, at DESC, id DESC
)
SELECT 'state', d.public_id, coalesce(d.at, s.changed_at)
FROM derived d FULL JOIN (SELECT * FROM consent_consentstate WHERE workspace_id = %(workspace)s) s
    ON s.contact_id = d.contact_id AND s.channel = d.channel AND s.purpose = d.purpose
   AND coalesce(s.topic_id, 0) = coalesce(d.topic_id, 0)
WHERE (s.state, s.basis, s.changed_at) IS DISTINCT FROM (d.state, d.basis, d.at)
   OR s.expires_at IS DISTINCT FROM d.expires_at
"""
READINGS = (CHANGED, MOVED, UNCHAINED, WORDS, STATES)

DUE = """
SELECT w.id FROM accounts_workspace w
WHERE EXISTS (SELECT 1 FROM consent_consentrecord r WHERE r.workspace_id = w.id)
  AND NOT EXISTS (SELECT 1 FROM consent_ledgercheck k WHERE k.workspace_id = w.id AND k.created_at > %s)
ORDER BY w.id
"""


@dataclass
class Findings:
    """What a reading found. `problems` are at most PROBLEMS_KEPT, as LedgerCheck keeps them."""

    records: int = 0
    people: int = 0
    unchained: int = 0
    seals: int = 0
    sealed_until: dt.datetime | None = None
    problem_count: int = 0
    problems: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """True when nothing is wrong."""
        return not self.problem_count

    def add(self, kind: str, at: dt.datetime | None, **where: Any) -> None:
        """Note one more problem."""
        self.problem_count += 1
        if len(self.problems) < PROBLEMS_KEPT:
            self.problems.append({"kind": kind, "at": at.isoformat() if at else None, **where})


def verify_ledger(*, workspace_id: int) -> Findings:
    """Read every line, text and seal of the workspace; changes nothing. People may go on speaking meanwhile: each
    statement sees whole transactions."""
    findings = Findings()
    values: dict[str, Any] = {"workspace": workspace_id, "start": chain.START}
    with connection.cursor() as cursor:
        cursor.execute(COUNTS, values)
        findings.records, findings.people, findings.unchained = cursor.fetchone()
        for reading in READINGS:
            cursor.execute(reading, values)
            for kind, public_id, at in cursor.fetchall():
                findings.add(kind, at, record=str(public_id) if public_id else None)
    _read_seals(workspace_id, findings)
    return findings


def _read_seals(workspace_id: int, findings: Findings) -> None:
    previous = None
    for seal in ConsentSeal.objects.filter(workspace_id=workspace_id).order_by("number"):
        findings.seals += 1
        follows = previous or ConsentSeal(number=0, last_id=0, hash=chain.START)
        own = chain.seal_hash(bytes(seal.previous_hash), seal_values(seal))
        is_next = (seal.number, seal.after_id) == (follows.number + 1, follows.last_id)
        if not is_next or bytes(seal.previous_hash) != bytes(follows.hash) or bytes(seal.hash) != own:
            findings.add("seal", seal.sealed_at, seal=seal.number)
        count, digest = digest_of(workspace_id, seal.after_id, seal.last_id)
        if (count, digest) != (seal.count, bytes(seal.digest)):
            findings.add("sealed", seal.sealed_at, seal=seal.number, missing=seal.count - count)
        findings.sealed_until = seal.sealed_at
        previous = seal


def read_by_hand(*, workspace_id: int) -> Iterator[tuple[ConsentRecord, str]]:
    """The same for the lines alone, computed by `consent.chain` instead of the database, whose functions somebody
    could have changed too; yields each line that is not whole with its kind. A million lines take minutes."""
    rows = ConsentRecord.objects.filter(workspace_id=workspace_id, hash__isnull=False)
    rows = rows.select_related("text", "page_version").order_by("contact_id", "sequence")
    contact_id, place, previous = None, 0, chain.START
    for row in rows.iterator(chunk_size=2000):
        if row.contact_id != contact_id:
            contact_id, place, previous = row.contact_id, 0, chain.START
        place += 1
        if row.sequence != place or bytes(row.previous_hash) != previous:
            yield row, "missing" if row.sequence > place else "moved"
        if not _is_as_written(row):
            yield row, "changed"
        place, previous = row.sequence, bytes(row.hash)


def _is_as_written(row: ConsentRecord) -> bool:
    text = bytes(row.text.sha256) if row.text else None
    page = bytes(row.page_version.sha256) if row.page_version else None
    if bytes(row.hash or b"") != chain.line_hash(bytes(row.previous_hash or b""), chain.line_values(row, text, page)):
        return False
    note = row.source_detail if row.source == chain.BY_HAND else ""
    if row.evidence_salt is None:
        return not (row.ip_address or row.user_agent or note)
    evidence = (row.ip_address, row.user_agent, note if row.source == chain.BY_HAND else None)
    return bytes(row.evidence_digest or b"") == chain.evidence_digest(bytes(row.evidence_salt), *evidence)


@transaction.atomic
def start_check(*, workspace: Workspace, actor: User | None = None) -> LedgerCheck:
    """Have the ledger read in the background; the check that is already under way, when there is one."""
    Workspace.objects.select_for_update().get(pk=workspace.pk)
    last: LedgerCheck | None = LedgerCheck.objects.latest_of(workspace)
    if last and last.is_under_way:
        return last
    if actor:
        record_audit(workspace=workspace, actor=actor, action="ledger.checked")
    check = LedgerCheck.objects.create(workspace=workspace)
    enqueue("consent.check_ledger", check_id=check.pk)
    return check


def run_check(*, check_id: int) -> None:
    """Seal what is new, read the whole ledger, and write down what was found. A second call does nothing."""
    waiting = LedgerCheck.objects.filter(pk=check_id, status=LedgerCheck.Status.WAITING)
    if not waiting.update(status=LedgerCheck.Status.RUNNING, started_at=now()):
        return
    check = LedgerCheck.objects.get(pk=check_id)
    try:
        until = settled_id()
        if until is not None:
            seal_ledger(workspace_id=check.workspace_id, until=until)
        findings = verify_ledger(workspace_id=check.workspace_id)
    except Exception:
        LedgerCheck.objects.filter(pk=check_id).update(status=LedgerCheck.Status.FAILED, finished_at=now())
        raise
    found = {name: getattr(findings, name) for name in Findings.__dataclass_fields__}
    LedgerCheck.objects.filter(pk=check_id).update(status=LedgerCheck.Status.DONE, finished_at=now(), **found)
    if not findings.is_whole:
        logger.error("consent_ledger_broken workspace=%s problems=%s", check.workspace_id, findings.problem_count)


def check_due_ledgers() -> None:
    """Start a check for each workspace that had none for a day; a few index look-ups when there is none."""
    with connection.cursor() as cursor:
        cursor.execute(DUE, [now() - CHECK_EVERY])
        due = [row[0] for row in cursor.fetchall()]
    for workspace in Workspace.objects.filter(pk__in=due):
        start_check(workspace=workspace)
    if due:
        enqueue("consent.tidy")
