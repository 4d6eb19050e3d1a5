"""From a statement to the bytes of a file, a block at a time: memory does not grow with the number of people."""

import csv
import io
import math
from collections.abc import Generator, Sequence
from typing import Any, NamedTuple

import xlsxwriter

from contacts.exporting.columns import ExportColumn
from contacts.exporting.statement import Audience, Statement, json_statement, table_statement
from contacts.formulas import disarmed

BLOCK_BYTES = 64 * 1024
BLOCK_ROWS = 2_000
SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
# A sheet's last row (ECMA-376 via Excel's limits); further people go to further sheets.
SHEET_ROWS = 1_048_576
CELL_LETTERS = 32_767

CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/jsonl; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class Block(NamedTuple):
    """A piece of the file, and how many people it holds."""

    content: bytes
    people: int


def csv_blocks(
    cursor: Any, columns: Sequence[ExportColumn], audience: Audience, *, separator: str = ",", with_mark: bool = True
) -> Generator[Block, None, None]:
    """A CSV file in UTF-8 (RFC 4180, lines end in LF); `with_mark` begins it with the mark that Excel needs."""
    heading = io.StringIO()
    csv.writer(heading, delimiter=separator, lineterminator="\n").writerow([disarmed(one.label) for one in columns])
    yield Block((("\ufeff" if with_mark else "") + heading.getvalue()).encode(), 0)
    statement = table_statement(columns, audience, is_disarmed=True)
    sign = r"E'\t'" if separator == "\t" else f"'{separator}'"
    yield from _copied(cursor, statement, f"FORMAT csv, DELIMITER {sign}")


def jsonl_blocks(cursor: Any, columns: Sequence[ExportColumn], audience: Audience) -> Generator[Block, None, None]:
    """One JSON object per line.

    The signs that COPY would quote and part by cannot stand in JSON (RFC 8259 §7 escapes them), so that lines come
    out untouched.
    """
    yield from _copied(cursor, json_statement(columns, audience), r"FORMAT csv, DELIMITER E'\x02', QUOTE E'\x01'")


def _copied(cursor: Any, statement: Statement, options: str) -> Generator[Block, None, None]:
    """What COPY sends, a row at a time, gathered into blocks. Left early, the query is cancelled."""
    waiting: list[bytes] = []
    size = 0
    with cursor.copy(f"COPY ({statement.sql}) TO STDOUT WITH ({options})", statement.params) as rows:
        for row in rows:
            waiting.append(bytes(row))
            size += len(row)
            if size >= BLOCK_BYTES:
                yield Block(b"".join(waiting), len(waiting))
                waiting.clear()
                size = 0
    if waiting:
        yield Block(b"".join(waiting), len(waiting))


def write_xlsx(
    cursor: Any, columns: Sequence[ExportColumn], audience: Audience, file: Any
) -> Generator[int, None, None]:
    """Write a workbook into the open binary `file`; yields how many people were written, now and then.

    Rows go to disk as they come. Every text is typed as text, so nothing is a formula; where one begins like a
    formula the cell is marked as Excel's own apostrophe would, so that it stays text when somebody edits it.
    """
    book = xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    try:
        sheets = _Sheets(book, columns)
        statement = table_statement(columns, audience, is_disarmed=False)
        with cursor.copy(f"COPY ({statement.sql}) TO STDOUT", statement.params) as copy:
            for row in copy.rows():
                sheets.add(row)
                if sheets.people % BLOCK_ROWS == 0:
                    yield BLOCK_ROWS
        yield sheets.people % BLOCK_ROWS
    finally:
        book.close()


class _Sheets:
    """The sheets of a workbook, each begun with the headings."""

    def __init__(self, book: Any, columns: Sequence[ExportColumn]) -> None:
        self._book = book
        self._columns = columns
        self._numbers = [one.is_number for one in columns]
        self._bold = book.add_format({"bold": True})
        self._quoted = book.add_format({"quote_prefix": True})
        self.people = 0
        self._begin()

    def _begin(self) -> None:
        self._sheet = self._book.add_worksheet()
        self._row = 0
        self._sheet.freeze_panes(1, 0)
        self._sheet.set_column(0, len(self._columns) - 1, 18)
        for index, column in enumerate(self._columns):
            self._sheet.write_string(0, index, column.label, self._bold)

    def add(self, cells: Sequence[str | None]) -> None:
        """One person; cells are texts, or None for nothing."""
        if self._row + 1 >= SHEET_ROWS:
            self._begin()
        self._row += 1
        self.people += 1
        for index, cell in enumerate(cells):
            if not cell:
                continue
            number = _number(cell) if self._numbers[index] else None
            if number is not None:
                self._sheet.write_number(self._row, index, number)
            elif disarmed(cell) != cell:
                self._sheet.write_string(self._row, index, cell[:CELL_LETTERS], self._quoted)
            else:
                self._sheet.write_string(self._row, index, cell[:CELL_LETTERS])


def _number(cell: str) -> float | None:
    """The number a cell holds; None for a text of before its detail became a number."""
    try:
        number = float(cell)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
