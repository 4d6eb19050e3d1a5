"""Workbooks: .xlsx, .xlsb, .ods, and .xls. One sheet becomes the list."""

import csv
import os
import zipfile
from typing import Any, TextIO

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
    load_workbook,
)

from contacts.importing.intake.cells import MAX_COLUMNS, Unreadable, text_of

# A list of a million people fits; what is larger unpacked does not fit into the memory either. Sheets shrink to a
# tenth, very dull ones to a fiftieth. Only what is large is looked at: small files of one repeated sign shrink more.
MAX_PARTS = 2_000
MAX_UNPACKED = 1024**3
MAX_RATIO = 200
RATIO_FROM = 16 * 1024**2


def convert(path: str, file: TextIO, sheet: int | None) -> dict[str, Any]:
    """Write the rows of one sheet; returns `{"sheets": names, "sheet": index}` of the sheets that can be chosen.

    Without `sheet`, an index into those names, the first one that holds anything is taken. Raises Unreadable.
    """
    _refuse_bomb(path)
    try:
        with load_workbook(path) as book:
            names = _readable_names(book)
            if not names or (sheet is not None and not 0 <= sheet < len(names)):
                raise Unreadable("empty")
            order = range(len(names)) if sheet is None else [sheet]
            for index in order:
                if _write_rows(book.get_sheet_by_name(names[index]), file):
                    return {"sheets": names, "sheet": index}
    except PasswordError:
        raise Unreadable("password") from None
    except CalamineError:
        raise Unreadable("spreadsheet") from None
    if sheet is None:
        raise Unreadable("empty")
    raise Unreadable("sheet_empty")


def _refuse_bomb(path: str) -> None:
    """Look at the directory of a zip before anything in it is unpacked. Files of other kinds pass.

    Parts that overlap (“A better zip bomb”, D. Fifield, 2019) weigh more together than the file does.
    """
    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OverflowError):
        raise Unreadable("spreadsheet") from None
    unpacked = sum(part.file_size for part in parts)
    is_dense = any(
        part.file_size > RATIO_FROM and part.file_size > MAX_RATIO * max(part.compress_size, 1) for part in parts
    )
    overlaps = sum(part.compress_size for part in parts) > os.stat(path).st_size
    if len(parts) > MAX_PARTS or unpacked > MAX_UNPACKED or is_dense or overlaps:
        raise Unreadable("bomb")


def _readable_names(book: CalamineWorkbook) -> list[str]:
    """The names of visible sheets of cells."""
    return [
        found.name
        for found in book.sheets_metadata
        if found.typ == SheetTypeEnum.WorkSheet and found.visible == SheetVisibleEnum.Visible
    ]


def _write_rows(sheet: CalamineSheet, file: TextIO) -> int:
    if sheet.width > MAX_COLUMNS:
        raise Unreadable("columns")
    write = csv.writer(file, lineterminator="\n").writerow
    count = 0
    for row in sheet.iter_rows():
        cells = [text_of(cell) for cell in row]
        if any(cells):
            write(cells)
            count += 1
    return count
