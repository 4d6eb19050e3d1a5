"""Lists of suppressions from elsewhere, taken in by sets: a million lines in a few statements.

Digests that other tools export (plain SHA-256 or MD5 of the address in small letters) cannot become our keyed ones.
They are kept as they are, and each becomes a suppression of its own for whoever has that address, now or later.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.files.base import ContentFile, File
from django.db import connection, transaction

from accounts.models import User, Workspace
from accounts.services import record_audit
from consent.models import Suppression, SuppressionList
from consent.services.suppressions import ONLY_BY_THE_OWNER, ONLY_BY_THE_PERSON, STRENGTH
from consent.suppression_file import Entry, read_list
from contacts.formulas import disarmed_sql
from contacts.models import Channel
from core.clock import now
from core.crypto import derived_key
from core.queue import enqueue

logger = logging.getLogger(__name__)

# Lists up to here are taken in while somebody waits.
AT_ONCE = 20_000
SHOWN_UNREADABLE = 5
# What somebody may say of addresses they bring; the others are only ever found out by us.
REASONS = ("manual", "unsubscribe", "complaint", "hard_bounce", "invalid", "legal")

_STRONGER = (
    "array_position(%(strength)s::text[], known.reason::text)"
    " < array_position(%(strength)s::text[], EXCLUDED.reason::text)"
)
_INSERT = """
INSERT INTO consent_suppression AS known
    (public_id, workspace_id, channel, address, address_hash, domain, plain_digest, reason, note, created_at,
     source_list_id)
SELECT gen_random_uuid(), %(workspace)s, %(channel)s, {address}, {hash}, {domain}, {digest}, {reason}, %(note)s,
       %(at)s, {list}
FROM ({rows}) AS row
ON CONFLICT {conflict} DO UPDATE SET reason = EXCLUDED.reason, note = EXCLUDED.note
WHERE {stronger}
"""
_NONE = {
    "address": "''",
    "hash": "NULL::bytea",
    "domain": "''",
    "digest": "NULL::bytea",
    "reason": "%(reason)s",
    "list": "%(list)s::bigint",
}
_KEYED = "sha256(%(key)s::bytea || convert_to(row.value, 'UTF8'))"
_OF_KIND = "SELECT DISTINCT value FROM suppression_lines WHERE kind = '{}'"
_BY_ADDRESS = "(workspace_id, channel, address_hash) WHERE address_hash IS NOT NULL"
_STATEMENTS = {
    "address": _INSERT.format(
        **{**_NONE, "address": "row.value", "hash": _KEYED},
        rows=_OF_KIND.format("address"),
        conflict=_BY_ADDRESS,
        stronger=_STRONGER,
    ),
    "domain": _INSERT.format(
        **{**_NONE, "domain": "row.value"},
        rows=_OF_KIND.format("domain"),
        conflict="(workspace_id, channel, domain) WHERE NOT (domain = '')",
        stronger=_STRONGER,
    ),
    "digest": _INSERT.format(
        **{**_NONE, "digest": "decode(row.value, 'hex')"},
        rows=_OF_KIND.format("digest"),
        conflict="(workspace_id, channel, plain_digest) WHERE plain_digest IS NOT NULL",
        stronger=_STRONGER,
    ),
}
# Both digests of every address asked about, joined to those kept: one pass, whatever the list's length.
_MATCH = _INSERT.format(
    **{**_NONE, "address": "row.value", "hash": _KEYED, "reason": "row.reason", "list": "row.source_list_id"},
    rows="""
    SELECT DISTINCT ON (a.value) a.value, s.reason, s.source_list_id FROM contacts_address a
    CROSS JOIN LATERAL (VALUES (sha256(convert_to(a.value, 'UTF8'))), (decode(md5(a.value), 'hex'))) AS plain(digest)
    JOIN consent_suppression s ON s.workspace_id = a.workspace_id AND s.channel = a.channel
        AND s.plain_digest = plain.digest AND s.plain_digest IS NOT NULL
    WHERE a.workspace_id = %(workspace)s AND a.channel = %(channel)s AND {whose}
    ORDER BY a.value, array_position(%(strength)s::text[], s.reason::text) DESC
    """,
    conflict=_BY_ADDRESS,
    stronger=_STRONGER,
)


def upload_list(
    *, workspace: Workspace, file: Any, name: str, reason: str, note: str = "", actor: User | None = None
) -> SuppressionList:
    """Keep a file (or text) as a draft and count what its lines are; nothing is suppressed yet. Raises TooManyLines."""
    content: Any = ContentFile(file.encode()) if isinstance(file, str) else file
    counts, unreadable = _counted(read_list(content.open("rb")))
    row = SuppressionList(
        workspace=workspace,
        created_by=actor,
        name=name[:120],
        reason=reason,
        note=note[:200],
        counts={**counts, "unreadable_lines": unreadable},
    )
    content.seek(0)
    row.file.save(f"{row.public_id}.txt", File(content), save=False)
    row.save()
    return row


def _counted(entries: Iterable[Entry]) -> tuple[dict[str, int], list[str]]:
    counts: Counter[str] = Counter(address=0, domain=0, digest=0, unreadable=0)
    unreadable: list[str] = []
    for kind, value in entries:
        counts[kind] += 1
        if kind == "unreadable" and len(unreadable) < SHOWN_UNREADABLE:
            unreadable.append(value)
    return dict(counts), unreadable


def lines_of(row: SuppressionList) -> int:
    """How many lines can be taken in."""
    return sum(row.counts.get(kind, 0) for kind in _STATEMENTS)


@transaction.atomic
def start_list(*, row: SuppressionList, actor: User | None = None) -> SuppressionList:
    """Take a draft in: a short list at once, a long one by a worker. Starting it again changes nothing."""
    row = SuppressionList.objects.select_for_update(of=("self",)).select_related("workspace").get(pk=row.pk)
    if row.status not in {SuppressionList.Status.DRAFT, SuppressionList.Status.FAILED}:
        return row
    row.status = SuppressionList.Status.QUEUED
    row.save(update_fields=["status"])
    if lines_of(row) > AT_ONCE:
        enqueue("consent.take_in_list", list_id=row.pk)
        return row
    return _take_in(row, actor)


def run_list(*, list_id: int) -> None:
    """Take in a list that waits. All of it or nothing: a worker that dies leaves it waiting for the next."""
    try:
        with transaction.atomic():
            waiting = SuppressionList.objects.select_for_update(skip_locked=True, of=("self",))
            row = waiting.select_related("workspace", "created_by").filter(pk=list_id, status="queued").first()
            if row is not None:
                _take_in(row, row.created_by)
    except ValueError:
        logger.exception("suppression_list_failed list=%s", list_id)
        SuppressionList.objects.filter(pk=list_id, status="queued").update(status="failed", finished_at=now())


def wake_lists() -> None:
    """Wake a worker for each list that waits, and forget drafts of yesterday."""
    for list_id in SuppressionList.objects.filter(status="queued").values_list("pk", flat=True):
        enqueue("consent.take_in_list", list_id=list_id)
    for row in SuppressionList.objects.abandoned(now())[:20]:
        discard_list(row=row)


@transaction.atomic
def discard_list(*, row: SuppressionList) -> None:
    """Forget a draft and its file. One that was taken in meanwhile, in another tab, stays."""
    held = SuppressionList.objects.select_for_update(of=("self",)).filter(pk=row.pk, status="draft").first()
    if held is None:
        return
    stored, storage = str(held.file.name), held.file.storage
    held.delete()
    transaction.on_commit(lambda: storage.delete(stored))


def _take_in(row: SuppressionList, actor: User | None) -> SuppressionList:
    values = _values(row.workspace_id, reason=row.reason, note=row.note, list_id=row.pk)
    with row.file.open("rb") as file, connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS suppression_lines")
        cursor.execute("CREATE TEMPORARY TABLE suppression_lines (kind text, value text) ON COMMIT DROP")
        with cursor.copy("COPY suppression_lines FROM STDIN") as copy:
            for piece in _copied(read_list(file.file)):
                copy.write(piece)
        cursor.execute("ANALYZE suppression_lines")
        written = {}
        for kind, statement in _STATEMENTS.items():
            cursor.execute(statement, values)
            written[kind] = cursor.rowcount
        cursor.execute(_MATCH.replace("{whose}", "true"), values)
        written["matched"] = cursor.rowcount
        cursor.execute("DROP TABLE suppression_lines")
    row.status, row.finished_at = SuppressionList.Status.DONE, now()
    row.counts = {**row.counts, "written": written}
    stored, storage = str(row.file.name), row.file.storage
    row.file = ""
    row.save(update_fields=["status", "finished_at", "counts", "file"])
    transaction.on_commit(lambda: storage.delete(stored))
    detail = {"reason": row.reason, "count": sum(written.values()) - written["matched"]}
    record_audit(workspace=row.workspace, actor=actor, action="suppression.list_added", target=row.name, detail=detail)
    return row


def _copied(entries: Iterator[Entry]) -> Iterator[str]:
    """Lines for COPY, in pieces."""
    waiting: list[str] = []
    for kind, value in entries:
        if kind in _STATEMENTS:
            waiting.append(f"{kind}\t{value.translate(_ESCAPES)}\n")
        if len(waiting) >= 2_000:
            yield "".join(waiting)
            waiting.clear()
    yield "".join(waiting)


_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def _values(workspace_id: int, *, reason: str = "", note: str = "", list_id: int | None = None) -> dict[str, Any]:
    return {
        "workspace": workspace_id,
        "channel": str(Channel.EMAIL),
        "key": derived_key("address"),
        "reason": reason,
        "note": note,
        "at": now(),
        "list": list_id,
        "strength": [str(name) for name in STRENGTH],
    }


def match_newcomers(*, workspace_id: int, contact_id: int | None = None, import_id: int | None = None) -> int:
    """Suppress newcomers whose plain digest is kept: one person, or all that an import brought. Returns how many."""
    if not Suppression.objects.filter(workspace_id=workspace_id, plain_digest__isnull=False).exists():
        return 0
    values = _values(workspace_id)
    if contact_id is not None:
        whose, values["whose"] = "a.contact_id = %(whose)s", contact_id
    else:
        whose = "a.contact_id IN (SELECT c.id FROM contacts_contact c WHERE c.import_batch_id = %(whose)s)"
        values["whose"] = import_id
    with connection.cursor() as cursor:
        cursor.execute(_MATCH.replace("{whose}", whose), values)
        return int(cursor.rowcount)


@transaction.atomic
def lift_list(*, row: SuppressionList, actor: User | None, is_owner: bool) -> tuple[int, int]:
    """Take away what a list brought, as far as this person may: (lifted, kept).

    What the people themselves said stays, and so does what stands for legal reasons unless an owner lifts it. An
    entry that another list or a bounce made stronger since is judged by its reason of today.
    """
    kept = set(ONLY_BY_THE_PERSON) | (set() if is_owner else set(ONLY_BY_THE_OWNER))
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM consent_suppression WHERE workspace_id = %s AND source_list_id = %s AND reason <> ALL(%s)",
            [row.workspace_id, row.pk, [str(reason) for reason in kept]],
        )
        lifted = cursor.rowcount
    mine = Suppression.objects.in_workspace(row.workspace).filter(source_list=row)
    detail = {"count": lifted}
    record_audit(workspace=row.workspace, actor=actor, action="suppression.list_lifted", target=row.name, detail=detail)
    return lifted, mine.count()


def suppression_csv(workspace: Workspace) -> Iterator[bytes]:
    """Everything on the list as CSV, streamed; the erased, of whom only keyed digests are kept, stay out."""
    what = "coalesce(nullif(address, ''), nullif(domain, ''), encode(plain_digest, 'hex'))"
    sql = (
        f"SELECT {disarmed_sql(what)}, reason, {disarmed_sql('note')},"  # noqa: S608 - from code
        " to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') FROM consent_suppression"
        f" WHERE workspace_id = %s AND {what} IS NOT NULL ORDER BY id"
    )
    yield "\ufeffaddress,reason,note,since (UTC)\n".encode()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', '120000', true)")
        waiting: list[bytes] = []
        with cursor.copy(f"COPY ({sql}) TO STDOUT WITH (FORMAT csv)", [workspace.pk]) as rows:
            for line in rows:
                waiting.append(bytes(line))
                if len(waiting) >= 1_000:
                    yield b"".join(waiting)
                    waiting.clear()
        yield b"".join(waiting)
