"""Rejected rows that somebody mended in the page, taken in as part of the import they came from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import psycopg
from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.services import record_audit
from contacts.importing.batch import Batch
from contacts.importing.columns import Column
from contacts.importing.converting import Converter
from contacts.importing.mending import DAMAGED, HOPELESS, mended_cells
from contacts.importing.rows import Block
from contacts.importing.writing import ChangedMeanwhile, ChunkWriter
from contacts.models import Import, ImportReject
from contacts.services.contacts import attribute_kinds
from contacts.services.uploading import locked
from contacts.values import ReadingRules
from core.clock import now, zone_or_none

MAX_ROWS = 200
ATTEMPTS = 3
_AGAIN = (ChangedMeanwhile, IntegrityError, psycopg.errors.IntegrityError)

Edits = Mapping[int, Mapping[int, str]]


@dataclass(frozen=True)
class Mended:
    """How many of the rows came in, and how many still cannot be taken."""

    taken: int = 0
    left: int = 0


def mend_rejected(*, import_: Import, edits: Edits, actor: User | None = None) -> Mended:
    """Try rejected rows of an ended import again: `edits` has new texts by row number and place of the cell.

    What comes in counts as part of the import, and goes when it is undone. What still cannot be taken stays rejected,
    with the texts as edited. Rows that somebody else has taken meanwhile are left out.
    """
    for attempt in range(ATTEMPTS):
        try:
            return _mend(import_, dict(list(edits.items())[:MAX_ROWS]), actor)
        except _AGAIN:
            if attempt == ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable")


@transaction.atomic
def _mend(import_: Import, edits: Edits, actor: User | None) -> Mended:
    import_ = locked(import_)
    if import_.status not in {Import.Status.DONE, Import.Status.FAILED} or import_.started_at is None:
        return Mended()
    rejects = [
        reject
        for reject in ImportReject.objects.of_import(import_).filter(row_number__in=list(edits))
        if reject.reason not in HOPELESS
    ]
    if not rejects:
        return Mended()
    batch = _converted(import_, rejects, edits)
    ImportReject.objects.filter(pk__in=[reject.pk for reject in rejects]).delete()
    # At the moment of the import itself, so that an undo knows these people and changes as its own.
    writer = ChunkWriter(import_, attribute_kinds(import_.workspace), import_.started_at)
    counts = writer.write(batch)
    import_.created += counts.created
    import_.updated += counts.updated
    import_.unchanged += counts.unchanged
    import_.rejected += counts.rejected - len(batch)
    import_.finished_at = import_.finished_at or now()
    import_.save(update_fields=["created", "updated", "unchanged", "rejected", "finished_at"])
    record_audit(workspace=import_.workspace, actor=actor, action="import.mended", target=import_.file_name)
    return Mended(len(batch) - counts.rejected, counts.rejected)


def _converted(import_: Import, rejects: Sequence[ImportReject], edits: Edits) -> Batch:
    columns = [Column.from_json(stored) for stored in import_.mapping["columns"]]
    kinds = attribute_kinds(import_.workspace)
    rules = ReadingRules(zone=zone_or_none(import_.workspace.time_zone))
    converter = Converter(columns, kinds, region=import_.options.get("region", ""), rules=rules)
    rows = [mended_cells(reject.cells, edits[reject.row_number], len(columns)) for reject in rejects]
    damaged = {
        place: "encoding"
        for place, (reject, cells) in enumerate(zip(rejects, rows, strict=True))
        if reject.reason == "encoding" and any(DAMAGED in cell for cell in cells)
    }
    batch = converter.convert_block(0, Block(0, rows, damaged))
    batch.numbers = [reject.row_number for reject in rejects]
    return batch
