"""Files of contacts on their way out: a few at once while somebody waits, many by a worker."""

import contextlib
import datetime as dt
import logging
import tempfile
import time
from collections.abc import Generator, Iterator
from typing import Any, BinaryIO

from django.core.files.base import File
from django.db import OperationalError, connection, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import User, Workspace
from accounts.services import record_audit
from contacts.exporting.columns import ExportColumn, chosen_columns
from contacts.exporting.files import BLOCK_BYTES, SEPARATORS, Block, csv_blocks, jsonl_blocks, write_xlsx
from contacts.exporting.statement import Audience
from contacts.exporting.wish import Wish
from contacts.listing import audience_of, count_audience
from contacts.models import Export
from contacts.services.errors import InvalidContact, TooManyExports
from core.clock import now
from core.queue import enqueue

logger = logging.getLogger(__name__)

# A file of so many people is written in a second or two; more would hold a web worker for as long as it takes.
AT_ONCE = 20_000
AT_ONCE_SECONDS = 60
COUNT_MILLISECONDS = 1_500
EXPECTED_MILLISECONDS = 10_000
RUN_SECONDS = 3_600
OFFERED_DAYS = 7
LEASE = dt.timedelta(minutes=5)
BEAT_SECONDS = 1.0
MAX_CHOSEN = 500
# Files that wait or are being written for one workspace; each may take a worker an hour.
MAX_UNFINISHED = 10


class LostLease(Exception):
    """Somebody stopped this export, or another worker has taken it over."""


def people_in(workspace: Workspace, wish: Wish) -> int | None:
    """How many people a file would hold; None when counting them takes too long, so that there are many."""
    audience = audience_of(workspace, wish.wanted, wish.chosen)
    return count_audience(audience, at_most=10**9, milliseconds=COUNT_MILLISECONDS)


def is_small(people: int | None) -> bool:
    """True when the file can be sent at once."""
    return people is not None and people <= AT_ONCE


def send_at_once(*, workspace: Workspace, wish: Wish, people: int, actor: User | None = None) -> Iterator[bytes]:
    """The file, written while it is read. Noted in the audit log first, since what has left cannot be called back.

    Whoever leaves early cancels the query; a reader slower than AT_ONCE_SECONDS is cut off. Raises InvalidContact
    for a wish without columns.
    """
    columns = _columns(workspace, wish)
    _note(workspace, actor, wish.format, people, wish.columns)
    return _until(time.monotonic() + AT_ONCE_SECONDS, _bytes(workspace, wish, columns))


@transaction.atomic
def start_export(*, workspace: Workspace, wish: Wish, actor: User | None = None) -> Export:
    """Have a worker write the file. Raises InvalidContact for a wish without columns, TooManyExports."""
    _columns(workspace, wish)
    if Export.objects.in_workspace(workspace).unfinished().count() >= MAX_UNFINISHED:
        many = _("Ten files are being prepared already. Wait until one is ready, or stop one.")
        raise TooManyExports({"__all__": [many]})
    export = Export.objects.create(
        workspace=workspace,
        created_by=actor,
        query=wish.query,
        chosen=wish.chosen,
        format=wish.format,
        columns=wish.columns,
        options=wish.options(),
    )
    enqueue("contacts.run_export", export_id=export.pk)
    return export


@transaction.atomic
def stop_export(*, export: Export) -> Export:
    """Give up a file that is not ready; its worker notices within a second."""
    export = Export.objects.select_for_update(of=("self",)).get(pk=export.pk)
    if export.status in {Export.Status.QUEUED, Export.Status.RUNNING}:
        export.status, export.finished_at, export.lease_until = Export.Status.STOPPED, now(), None
        export.save(update_fields=["status", "finished_at", "lease_until"])
    return export


def run_export(*, export_id: int) -> None:
    """Write the file of an export, unless another worker does.

    A worker that dies leaves nothing; the next begins anew.
    """
    export = _claim(export_id)
    if export is None:
        return
    try:
        _write(export)
    except LostLease:
        logger.info("export_lease_lost export=%s", export_id)
    except OperationalError:
        raise  # the database is away: the lease runs out and the tick comes back
    except Exception:
        logger.exception("export_failed export=%s", export_id)
        _fail(export)


def wake_exports() -> None:
    """Wake a worker for each export that waits or was abandoned by one, and remove files past their days."""
    for export_id in Export.objects.needing_work(now()).values_list("pk", flat=True):
        enqueue("contacts.run_export", export_id=export_id)
    remove_old_files()


def remove_old_files(limit: int = 50) -> int:
    """Remove the files that were on offer for OFFERED_DAYS; returns how many."""
    old = list(Export.objects.to_remove(now(), OFFERED_DAYS)[:limit])
    for export in old:
        export.file.delete(save=False)
        export.status = Export.Status.EXPIRED
        export.save(update_fields=["file", "status"])
    return len(old)


def offered_until(export: Export) -> dt.datetime | None:
    """When the file will be removed; None while there is none."""
    if export.status != Export.Status.DONE or export.finished_at is None:
        return None
    return export.finished_at + dt.timedelta(days=OFFERED_DAYS)


def _columns(workspace: Workspace, wish: Wish) -> list[ExportColumn]:
    columns = chosen_columns(workspace, wish.columns)
    if not columns:
        raise InvalidContact({"columns": [_("Choose at least one column.")]})
    return columns


def _note(workspace: Workspace, actor: User | None, kind: str, people: int, columns: list[str]) -> None:
    detail = {"people": people, "format": kind, "columns": columns}
    record_audit(workspace=workspace, actor=actor, action="contact.exported", target=kind, detail=detail)


def _bytes(workspace: Workspace, wish: Wish, columns: list[ExportColumn]) -> Generator[bytes, None, None]:
    with _reading(AT_ONCE_SECONDS) as cursor, tempfile.TemporaryFile() as file:
        audience = audience_of(workspace, wish.wanted, wish.chosen)
        if wish.format == Export.Format.XLSX:  # a zip archive: its directory is written last
            with contextlib.closing(write_xlsx(cursor, columns, audience, file)) as steps:
                for _people in steps:
                    yield b""
            file.seek(0)
            while piece := file.read(BLOCK_BYTES):
                yield piece
            return
        # Closed before the transaction is: that is what cancels the query of a reader who has left.
        with contextlib.closing(_blocks(cursor, wish, columns, audience)) as blocks:
            for block in blocks:
                yield block.content


def _blocks(cursor: Any, wish: Wish, columns: list[ExportColumn], audience: Audience) -> Generator[Block, None, None]:
    if wish.format == Export.Format.JSONL:
        return jsonl_blocks(cursor, columns, audience)
    separator = SEPARATORS.get(wish.separator, ",")
    return csv_blocks(cursor, columns, audience, separator=separator, with_mark=wish.with_mark)


def _until(deadline: float, pieces: Generator[bytes, None, None]) -> Iterator[bytes]:
    with contextlib.closing(pieces):
        for piece in pieces:
            if time.monotonic() > deadline:
                logger.warning("export_reader_too_slow")
                raise TimeoutError("the file was read too slowly")
            if piece:
                yield piece


@contextlib.contextmanager
def _reading(seconds: int) -> Iterator[Any]:
    """A cursor in a transaction of its own, for many rows and so many seconds."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(seconds * 1000)])
        cursor.execute("SELECT set_config('work_mem', '64MB', true), set_config('jit', 'off', true)")
        yield cursor


def _claim(export_id: int) -> Export | None:
    """Take the lease if nobody holds it."""
    with transaction.atomic():
        export = (
            Export.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("workspace", "created_by")
            .needing_work(now())
            .filter(pk=export_id)
            .first()
        )
        if export is None:
            return None
        export.status, export.rows, export.error = Export.Status.RUNNING, 0, ""
        export.started_at, export.lease_until = now(), now() + LEASE
        export.save(update_fields=["status", "rows", "error", "started_at", "lease_until"])
    return export


def _write(export: Export) -> None:
    wish = Wish.from_stored(export.query, export.chosen, export.format, export.columns, export.options)
    audience = audience_of(export.workspace, wish.wanted, wish.chosen)
    expected = count_audience(audience, at_most=10**9, milliseconds=EXPECTED_MILLISECONDS)
    Export.objects.filter(pk=export.pk).update(expected=expected)
    with tempfile.TemporaryFile() as file, _Progress(export) as progress, translation.override(wish.language):
        columns = _columns(export.workspace, wish)
        with (
            _reading(RUN_SECONDS) as cursor,
            contextlib.closing(_into(file, cursor, wish, columns, audience)) as steps,
        ):
            for people in steps:
                progress.add(people)
        size = file.tell() if wish.format != Export.Format.XLSX else file.seek(0, 2)
        file.seek(0)
        export.file.save(f"{export.public_id}.{export.format}", File(file), save=False)
        _finish(export, progress.rows, size)


def _into(
    file: BinaryIO, cursor: Any, wish: Wish, columns: list[ExportColumn], audience: Audience
) -> Generator[int, None, None]:
    """Write the file; yields how many people were written, now and then."""
    if wish.format == Export.Format.XLSX:
        yield from write_xlsx(cursor, columns, audience, file)
        return
    with contextlib.closing(_blocks(cursor, wish, columns, audience)) as blocks:
        for block in blocks:
            file.write(block.content)
            yield block.people


class _Progress:
    """Counts people and tells so every second, on a connection of its own: the other one is busy with the COPY.

    Inside somebody's transaction (a test's) another connection would see nothing, so nothing is told there.
    """

    def __init__(self, export: Export) -> None:
        self._export = export
        self._told_at = time.monotonic()
        self._aside = None if connection.in_atomic_block else connection.copy()
        self.rows = 0

    def __enter__(self) -> "_Progress":
        return self

    def __exit__(self, *_error: object) -> None:
        if self._aside is not None:
            self._aside.close()

    def add(self, people: int) -> None:
        """Count people. Raises LostLease when the export is not ours any more."""
        self.rows += people
        if self._aside is None or time.monotonic() - self._told_at < BEAT_SECONDS:
            return
        self._told_at = time.monotonic()
        until = now() + LEASE
        with self._aside.cursor() as cursor:
            cursor.execute(
                "UPDATE contacts_export SET rows = %s, lease_until = %s"
                " WHERE id = %s AND status = 'running' AND lease_until = %s",
                [self.rows, until, self._export.pk, self._export.lease_until],
            )
            if not cursor.rowcount:
                raise LostLease
        self._export.lease_until = until


@transaction.atomic
def _finish(export: Export, rows: int, size: int) -> None:
    """Offer the file, if the export is still ours; else remove it."""
    held = Export.objects.filter(pk=export.pk, status=Export.Status.RUNNING, lease_until=export.lease_until)
    is_ours = held.update(
        status=Export.Status.DONE,
        rows=rows,
        file=export.file.name,
        file_size=size,
        finished_at=now(),
        lease_until=None,
    )
    if not is_ours:
        export.file.delete(save=False)
        raise LostLease
    _note(export.workspace, export.created_by, export.format, rows, export.columns)


def _fail(export: Export) -> None:
    sentence = _("Something went wrong on our side. No file was kept; you can ask for it again.")
    Export.objects.filter(pk=export.pk, lease_until=export.lease_until).update(
        status=Export.Status.FAILED, error=sentence, finished_at=now(), lease_until=None
    )
