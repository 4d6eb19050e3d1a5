"""Running an import: chunk by chunk, each with its effects and its progress in one transaction.

A worker may be killed at any moment. What was committed stays, with the offset behind it; the next worker goes on
from there once the lease has run out. Two workers at once cannot both count a chunk: progress moves only from the
offset that the chunk began at.
"""

import contextlib
import datetime as dt
import gc
import logging
import queue
import threading
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, BinaryIO

import psycopg
from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils.translation import gettext as _

from contacts.importing.batch import Batch
from contacts.importing.columns import Column
from contacts.importing.converting import Converter
from contacts.importing.dialect import Dialect
from contacts.importing.people import PeopleLines
from contacts.importing.rows import read_blocks, read_rows
from contacts.importing.writing import ChangedMeanwhile, ChunkWriter, Counts
from contacts.models import Import
from contacts.services.contacts import attribute_kinds
from contacts.services.undoing import undo_rows
from contacts.values import ReadingRules
from core.clock import now, zone_or_none
from events.services import record

logger = logging.getLogger(__name__)

CHUNK_ROWS = 5_000
CHUNKS_AHEAD = 1
LANES = 2
TURN_SECONDS = 30
LEASE = dt.timedelta(seconds=60)
ATTEMPTS = 5
_AGAIN = (ChangedMeanwhile, IntegrityError, psycopg.errors.IntegrityError, psycopg.errors.DeadlockDetected)


class LostLease(Exception):
    """Another worker has taken this import over."""


@dataclass
class Chunk:
    """Rows from the offset `start` up to `end`, unreadable ones included."""

    start: int
    end: int
    batch: Batch


def run_import(*, import_id: int) -> None:
    """Work on an import until it is done, stopped, failed, or another worker has it. Safe to call at any time."""
    import_ = _claim(import_id)
    if import_ is None:
        return
    try:
        if import_.status == Import.Status.UNDOING:
            undo_rows(import_, lambda: _extend(import_))
        else:
            _take_rows(import_)
    except LostLease:
        logger.info("import_lease_lost import=%s", import_id)
    except (OperationalError, psycopg.OperationalError):
        raise  # the database is away: the lease runs out and the tick comes back
    except Exception:
        logger.exception("import_failed import=%s", import_id)
        _fail(import_)


def _claim(import_id: int) -> Import | None:
    """Take the lease if nobody holds it."""
    with transaction.atomic():
        import_ = (
            Import.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("workspace")
            .needing_work(now())
            .filter(pk=import_id)
            .first()
        )
        if import_ is None:
            return None
        if import_.status == Import.Status.QUEUED:
            import_.status = Import.Status.RUNNING
            import_.started_at = import_.started_at or now()
        import_.lease_until = now() + LEASE
        import_.save(update_fields=["status", "started_at", "lease_until"])
    return import_


def _extend(import_: Import) -> None:
    held = Import.objects.filter(pk=import_.pk, status=import_.status)
    if not held.update(lease_until=now() + LEASE):
        raise LostLease


def _take_rows(import_: Import) -> None:
    kinds = attribute_kinds(import_.workspace)
    columns = [Column.from_json(stored) for stored in import_.mapping["columns"]]
    rules = ReadingRules(zone=zone_or_none(import_.workspace.time_zone))
    converter = Converter(columns, kinds, region=import_.options.get("region", ""), rules=rules)
    moment = import_.started_at or now()
    people = PeopleLines(import_, kinds, moment)
    writers = [ChunkWriter(import_, kinds, moment, people) for _lane in range(LANES)]
    with (
        _rare_collections(),
        import_.file.open("rb") as file,
        contextlib.closing(_ahead(_chunks(import_, file.file, converter))) as chunks,
    ):
        if connection.in_atomic_block:  # inside somebody's transaction there is one connection only
            any(_commit(import_, writers[0], chunk) for chunk in chunks)
        else:
            _side_by_side(import_, writers, chunks)
    _finish(import_)


def _side_by_side(import_: Import, writers: Sequence[ChunkWriter], chunks: Iterator[Chunk]) -> None:
    """Write LANES chunks at once, each on a connection of its own; they commit in the order of the file.

    A chunk that shares an address or external id with one on its way waits until that is committed.
    """
    flying: deque[tuple[Future[bool], dict[str, set[str]]]] = deque()
    with ThreadPoolExecutor(LANES, thread_name_prefix="import-lane") as lanes:
        try:
            for number, chunk in enumerate(chunks):
                people = chunk.batch.identities()
                while len(flying) == LANES or any(_share(people, others) for _future, others in flying):
                    if flying.popleft()[0].result():
                        return
                before = flying[-1][0] if flying else None
                writer = writers[number % LANES]
                flying.append((lanes.submit(_commit_in_turn, import_, writer, chunk, before), people))
            while flying:
                if flying.popleft()[0].result():
                    return
        finally:
            wait([future for future, _people in flying])
            barrier = threading.Barrier(LANES)
            wait([lanes.submit(_close_connection, barrier) for _lane in range(LANES)])


def _close_connection(barrier: threading.Barrier) -> None:
    """Close this thread's connection; the barrier sees to it that every thread does."""
    with contextlib.suppress(threading.BrokenBarrierError):
        barrier.wait(timeout=10)
    connection.close()


def _share(some: dict[str, set[str]], others: dict[str, set[str]]) -> bool:
    return any(not values.isdisjoint(others.get(name, ())) for name, values in some.items())


def _commit_in_turn(import_: Import, writer: ChunkWriter, chunk: Chunk, before: "Future[bool] | None") -> bool:
    """Write a chunk, and commit it once the one before is committed; True when the import should stop.

    Where the two get in each other's way (the same person by two names), this one gives way and is done again alone.
    """
    if before is None:
        return _commit(import_, writer, chunk)
    try:
        with _chunk_transaction():
            counts = writer.write(chunk.batch)
            if before.result(timeout=TURN_SECONDS):
                transaction.set_rollback(True)
                return True
            return _move(import_, chunk, counts)
    except (*_AGAIN, TimeoutError):
        return before.result() or _commit(import_, writer, chunk)


@contextlib.contextmanager
def _chunk_transaction() -> Iterator[None]:
    """A transaction that does not wait for the disk.

    It holds the progress together with what was done, so a crash of the database within the next second loses both,
    and the chunk is done again. The end of the import waits, and with it everything before is on the disk.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit = off")
        yield


@contextlib.contextmanager
def _rare_collections() -> Iterator[None]:
    """Look for garbage in cycles rarely: rows make none, and walking over all of them costs a tenth of the time."""
    usual = gc.get_threshold()
    gc.set_threshold(200_000, 20, 50)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def _chunks(import_: Import, file: BinaryIO, converter: Converter) -> Iterator[Chunk]:
    dialect = Dialect.from_json(import_.dialect)
    start = import_.bytes_done
    offset, number = start, import_.total + 1
    if dialect.has_header:
        number += 1
        if start == 0:
            heading = next(read_rows(file, dialect), None)
            offset = heading.end if heading else 0
    for block in read_blocks(file, dialect, offset, most=CHUNK_ROWS):
        batch = converter.convert_block(number, block)
        yield Chunk(start, block.end, batch)
        start = block.end
        number += len(batch)


def _ahead(chunks: Iterator[Chunk]) -> Generator[Chunk, None, None]:
    """The same chunks, read and converted in a thread of their own while the database works on earlier ones."""
    ready: queue.Queue[Any] = queue.Queue(CHUNKS_AHEAD)
    is_over = threading.Event()

    def put(item: Any) -> bool:
        while not is_over.is_set():
            with contextlib.suppress(queue.Full):
                ready.put(item, timeout=0.2)
                return True
        return False

    def read() -> None:
        try:
            for chunk in chunks:
                if not put(chunk):
                    return
            put(None)
        except BaseException as error:
            put(error)

    thread = threading.Thread(target=read, name="import-reader", daemon=True)
    thread.start()
    try:
        while (item := ready.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        is_over.set()
        thread.join()


def _commit(import_: Import, writer: ChunkWriter, chunk: Chunk) -> bool:
    """Write a chunk with its progress; True when the import should stop. Raises LostLease."""
    for attempt in range(ATTEMPTS):
        try:
            with _chunk_transaction():
                return _move(import_, chunk, writer.write(chunk.batch))
        except _AGAIN:
            if attempt == ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable")


def _move(import_: Import, chunk: Chunk, counts: Counts) -> bool:
    """Move the progress from the chunk's start to its end; the row's lock is held until the commit."""
    held = Import.objects.select_for_update(of=("self",)).get(pk=import_.pk)
    if held.status != Import.Status.RUNNING or held.bytes_done != chunk.start:
        raise LostLease
    held.bytes_done = chunk.end
    held.total += len(chunk.batch)
    held.created += counts.created
    held.updated += counts.updated
    held.unchanged += counts.unchanged
    held.rejected += counts.rejected
    held.lease_until = now() + LEASE
    held.save(update_fields=["bytes_done", "total", "created", "updated", "unchanged", "rejected", "lease_until"])
    return held.is_stopping


@transaction.atomic
def _finish(import_: Import) -> None:
    held = Import.objects.select_for_update(of=("self",)).select_related("workspace").get(pk=import_.pk)
    if held.status != Import.Status.RUNNING:
        return
    held.status, held.finished_at, held.lease_until = Import.Status.DONE, now(), None
    if not held.is_stopping:
        held.bytes_done = held.file_size
    held.save(update_fields=["status", "finished_at", "lease_until", "bytes_done"])
    record(
        held.workspace,
        "contact.imported",
        properties={"import": str(held.public_id), "created": held.created, "updated": held.updated},
        source=("import", held.pk),
    )


def _fail(import_: Import) -> None:
    sentence = _("Something went wrong on our side. What came in so far is kept, and you can go on from there.")
    Import.objects.filter(pk=import_.pk).update(
        status=Import.Status.FAILED, error=sentence, finished_at=now(), lease_until=None
    )
