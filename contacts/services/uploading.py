"""Taking a file to us, whatever its format, and saying how it is to be read. Nothing is imported yet."""

import contextlib
import errno
import functools
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from django.core.files.base import File
from django.db import transaction
from django.db.models.fields.files import FieldFile
from django.utils.translation import gettext as _

from accounts.models import User, Workspace
from contacts.importing.columns import heading_names
from contacts.importing.dialect import Dialect, UnreadableFile, converted_dialect, detect
from contacts.importing.intake.kinds import CSV, SPREADSHEET, kind_of
from contacts.importing.intake.spooling import SENTENCES, Spool, spooled
from contacts.importing.rows import read_rows
from contacts.models import Import, Rehearsal

MAX_FILE_BYTES = 2 * 1024**3
SAMPLE_BYTES = 64 * 1024
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def upload_import(*, workspace: Workspace, file: File, actor: User | None = None) -> Import:
    """A draft of the uploaded file, turned into CSV where it is none, its dialect found out and nothing started.

    Raises UnreadableFile with a sentence; then nothing is kept.
    """
    if (file.size or 0) > MAX_FILE_BYTES:
        raise UnreadableFile(_("The file is larger than 2 GB. Split it and import one part after another."))
    import_ = Import(workspace=workspace, created_by=actor, file_name=(file.name or "contacts.csv")[-200:])
    raw = _binary(file)
    raw.seek(0)
    kind = kind_of(raw.read(SAMPLE_BYTES))
    with _room_or_sentence(import_):
        if kind == CSV:
            import_.dialect = detect(raw).as_json()
            file.seek(0)
            _store(import_, file)
        else:
            spool = spooled(raw, kind)
            _store_spool(import_, spool, kind)
            if len(spool.sheets) > 1:
                file.seek(0)
                import_.source.save(f"{import_.public_id}.source", file, save=False)
        import_.save()
    return import_


def _store(import_: Import, file: File) -> None:
    import_.file_size = file.size or 0
    import_.file.save(f"{import_.public_id}.csv", file, save=False)


def _store_spool(import_: Import, spool: Spool, kind: str) -> None:
    """Keep the CSV that a file became. Keys of JSON and names of Parquet's columns always are a heading."""
    with spool.file:
        guessed = converted_dialect(spool.file)
        import_.dialect = (guessed if kind == SPREADSHEET else Dialect("utf-8", ",")).as_json()
        import_.intake = {"format": kind, "sheets": spool.sheets, "sheet": spool.sheet}
        _store(import_, File(spool.file, name="people.csv"))


@contextlib.contextmanager
def _room_or_sentence(import_: Import) -> Iterator[None]:
    """Leave no file behind when the rest does not work out; a full disk is said in words."""
    try:
        yield
    except BaseException as error:
        for stored in (import_.file, import_.source):
            if stored:
                with contextlib.suppress(OSError):
                    stored.delete(save=False)
        if isinstance(error, OSError) and error.errno in _NO_ROOM:
            raise UnreadableFile(str(SENTENCES["no_room"])) from error
        raise


def _binary(file: Any) -> BinaryIO:
    return file.file if hasattr(file, "file") else file


def choose_sheet(*, import_: Import, sheet: int) -> Import:
    """Take another sheet of a draft's workbook, by its place. Raises UnreadableFile; then the draft stays as it was."""
    sheets = (import_.intake or {}).get("sheets", [])
    if import_.status != Import.Status.DRAFT or not import_.source or not 0 <= sheet < len(sheets):
        return import_
    with import_.source.open("rb") as source:
        spool = spooled(source.file, SPREADSHEET, sheet)
    return _take_spool(import_, spool)


def _take_spool(import_: Import, spool: Spool) -> Import:
    """Put another CSV in the place of the draft's. The file of before goes once the new one is committed."""
    fresh = Import(workspace=import_.workspace)
    with _room_or_sentence(fresh), transaction.atomic():
        _store_spool(fresh, spool, SPREADSHEET)
        held = locked(import_)
        if held.status != Import.Status.DRAFT:
            raise UnreadableFile(_("The import has been started meanwhile, with the sheet chosen before."))
        old = held.file
        held.dialect, held.intake, held.file_size = fresh.dialect, fresh.intake, fresh.file_size
        held.file, held.mapping = fresh.file, {}
        held.save(update_fields=["dialect", "intake", "file_size", "file", "mapping"])
        Rehearsal.objects.filter(import_batch=held).delete()
        forget_files([old])
    return held


@transaction.atomic
def change_dialect(*, import_: Import, encoding: str, delimiter: str, has_header: bool) -> Import:
    """Read a draft's file in another way; what the columns become is guessed anew.

    Of a file that we turned into CSV ourselves only the heading is open.
    """
    import_ = locked(import_)
    if import_.status == Import.Status.DRAFT:
        old = Dialect.from_json(import_.dialect)
        if import_.intake:
            encoding, delimiter = old.encoding, old.delimiter
        start = old.start if encoding == old.encoding else 0
        import_.dialect = Dialect(encoding, delimiter, old.newline, has_header, start).as_json()
        import_.mapping = {}
        import_.save(update_fields=["dialect", "mapping"])
        Rehearsal.objects.filter(import_batch=import_).delete()
    return import_


def headings(import_: Import) -> list[str]:
    """The headings of the file, all different, or Column 1, 2, … where it has none."""
    dialect = Dialect.from_json(import_.dialect)
    with import_.file.open("rb") as file:
        first = next(read_rows(file.file, dialect), None)
    cells = first.cells if first else []
    return heading_names(cells if dialect.has_header else [""] * len(cells), _("Column %(number)s"))


@transaction.atomic
def discard_import(*, import_: Import) -> None:
    """Forget a file that was not started."""
    import_ = locked(import_)
    if import_.status == Import.Status.DRAFT:
        forget_files([import_.file, import_.source])
        import_.delete()


def forget_files(files: Sequence[FieldFile]) -> None:
    """Delete these files, those that are there, once the open transaction is committed."""
    for storage, name in [(stored.storage, stored.name) for stored in files]:
        if name:
            transaction.on_commit(functools.partial(storage.delete, name))


def locked(import_: Import) -> Import:
    """The import as it stands, locked until the transaction ends."""
    return Import.objects.select_for_update(of=("self",)).select_related("workspace").get(pk=import_.pk)
