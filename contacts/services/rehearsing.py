"""Trying an import on its whole file before it is started: in the background, with progress, changing nobody."""

import datetime as dt
import hashlib
import itertools
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import psycopg
from django.db import OperationalError, transaction

from contacts.importing.batch import Incoming
from contacts.importing.columns import Column
from contacts.importing.converting import Converter, converted
from contacts.importing.dialect import Dialect
from contacts.importing.preview import with_new_attributes
from contacts.importing.rehearsing import Rehearser
from contacts.importing.rows import read_rows
from contacts.models import Import, Rehearsal
from contacts.services.contacts import attribute_kinds
from contacts.services.imports import check_choices, save_choices
from contacts.services.uploading import locked
from contacts.values import ReadingRules
from core.clock import now, zone_or_none
from core.queue import enqueue

logger = logging.getLogger(__name__)

CHUNK_ROWS = 2_000
CHUNK_BYTES = 4 * 1024 * 1024
LEASE = dt.timedelta(seconds=60)
WORKING = (Rehearsal.Status.QUEUED, Rehearsal.Status.RUNNING)


@transaction.atomic
def rehearse_import(*, import_: Import, columns: Sequence[Column], options: Mapping[str, Any]) -> Rehearsal | None:
    """Let a worker count what a draft would do with these choices, which are kept. None for what was started already.

    Raises InvalidContact for choices with which the file cannot be taken in.
    """
    check_choices(columns, options)
    import_ = locked(import_)
    if import_.status != Import.Status.DRAFT:
        return None
    save_choices(import_=import_, columns=columns, options=options)
    Rehearsal.objects.filter(import_batch=import_).delete()
    rehearsal = Rehearsal.objects.create(import_batch=import_, choices=choices_digest(import_, columns, options))
    enqueue("contacts.rehearse_import", import_id=import_.pk)
    return rehearsal


def choices_digest(import_: Import, columns: Sequence[Column], options: Mapping[str, Any]) -> str:
    """What tells whether something was counted with these very choices; consent changes no count."""
    counted = {name: options.get(name) or "" for name in ("mode", "region", "match_by")}
    told = [import_.dialect, import_.file.name, [column.as_json() for column in columns], counted]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def stop_rehearsal(*, import_: Import) -> None:
    """Stop counting; what was counted so far stays to be seen."""
    Rehearsal.objects.filter(import_batch=import_, status__in=WORKING).update(
        status=Rehearsal.Status.STOPPED, lease_until=None
    )


def run_rehearsal(*, import_id: int) -> None:
    """Count until the file ends, somebody stops it or starts the import, or another worker has it. Safe at any time."""
    rehearsal = _claim(import_id)
    if rehearsal is None:
        return
    try:
        is_whole = _count_rows(rehearsal)
    except (OperationalError, psycopg.OperationalError):
        raise  # the database is away: the lease runs out and the tick comes back
    except Exception:
        logger.exception("rehearsal_failed import=%s", import_id)
        _held(rehearsal).update(status=Rehearsal.Status.FAILED, lease_until=None)
    else:
        if is_whole:
            _held(rehearsal).update(status=Rehearsal.Status.DONE, lease_until=None)


def _claim(import_id: int) -> Rehearsal | None:
    with transaction.atomic():
        rehearsal = (
            Rehearsal.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("import_batch__workspace")
            .needing_work(now())
            .filter(pk=import_id, import_batch__status=Import.Status.DRAFT)
            .first()
        )
        if rehearsal is None:
            return None
        rehearsal.status, rehearsal.started_at, rehearsal.lease_until = Rehearsal.Status.RUNNING, now(), now() + LEASE
        rehearsal.save(update_fields=["status", "started_at", "lease_until"])
    return rehearsal


def _held(rehearsal: Rehearsal) -> Any:
    """Our row while it is ours: not stopped, not begun anew, not taken over after a lost lease."""
    return Rehearsal.objects.filter(
        pk=rehearsal.pk, status=Rehearsal.Status.RUNNING, started_at=rehearsal.started_at, choices=rehearsal.choices
    )


def _count_rows(rehearsal: Rehearsal) -> bool:
    """True when the whole file was counted."""
    import_ = rehearsal.import_batch
    options = import_.options
    columns, kinds = with_new_attributes(
        [Column.from_json(stored) for stored in import_.mapping["columns"]], attribute_kinds(import_.workspace)
    )
    rules = ReadingRules(zone=zone_or_none(import_.workspace.time_zone))
    converter = Converter(columns, kinds, region=options.get("region", ""), rules=rules)
    rehearser = Rehearser(import_.workspace_id, options.get("mode", "upsert"), options.get("match_by", ""))
    dialect = Dialect.from_json(import_.dialect)
    with import_.file.open("rb") as file:
        rows = read_rows(file.file, dialect)
        if dialect.has_header:
            next(rows, None)
        found = converted(converter, rows, 2 if dialect.has_header else 1)
        while chunk := list(itertools.islice(_within(found), CHUNK_ROWS)):
            rehearser.count([incoming for _end, incoming in chunk])
            progress = {**asdict(rehearser.counted), "bytes_done": chunk[-1][0], "lease_until": now() + LEASE}
            if not _held(rehearsal).update(**progress):
                return False
    return bool(_held(rehearsal).update(bytes_done=import_.file_size))


def _within(found: Iterator[tuple[int, Incoming]]) -> Iterator[tuple[int, Incoming]]:
    """Rows until they weigh CHUNK_BYTES, so that huge cells do not add up."""
    begin: int | None = None
    for end, incoming in found:
        begin = end if begin is None else begin
        yield end, incoming
        if end - begin > CHUNK_BYTES:
            return
