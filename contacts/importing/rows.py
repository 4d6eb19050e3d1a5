"""Rows of a CSV file from any offset, with the offset after each, however broken the file is. Pure.

Offsets are what makes an import resumable: after a crash reading goes on behind the last row whose effects were
committed. Nothing here holds more than one row, and no row more than MAX_LINE bytes a line.
"""

import csv
import itertools
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from contacts.importing.dialect import Dialect

MAX_LINE = 1_000_000
BLOCK_BYTES = 256 * 1024


class Row(NamedTuple):
    """One row: the offset behind it, its cells, and the code of what makes it unreadable, or empty."""

    end: int
    cells: list[str]
    problem: str = ""


def read_rows(file: BinaryIO, dialect: Dialect, offset: int = 0) -> Iterator[Row]:
    """The rows behind `offset` (0 is the first row, a heading included); blank lines are left out."""
    position = max(offset, dialect.start)
    if dialect.is_plain:
        for behind, rows in _plain_blocks(file, dialect, position):
            yield from rows
            position = behind
    lines = Lines(file, dialect, position)
    reader = csv.reader(lines, delimiter=dialect.delimiter, strict=True)
    while True:
        lines.begin_row()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            # A stray quotation mark swallowed what follows: give up the first line only and go on behind it.
            first = lines.go_back_behind_first_line()
            yield Row(lines.position, [first.rstrip("\r\n")[:2000]], "row_long" if lines.is_long else "cell_long")
            reader = csv.reader(lines, delimiter=dialect.delimiter, strict=True)
            continue
        if cells:
            problem = "row_long" if lines.is_long else "encoding" if lines.is_damaged else ""
            yield Row(lines.position, cells, problem)


def _plain_blocks(file: BinaryIO, dialect: Dialect, offset: int) -> Iterator[tuple[int, Iterator[Row]]]:
    """(offset behind, rows) of whole blocks of lines in which nothing needs care: no quotation mark, no odd byte.

    Ends at the first block that does, or before the file's last line where that has no end; most files never need
    more, and this way a row costs a third.
    """
    file.seek(offset)
    while block := file.read(BLOCK_BYTES):
        whole = block[: block.rfind(b"\n") + 1]
        if not whole or b'"' in whole or b"\x00" in whole or b"\r" in whole.replace(b"\r\n", b""):
            return
        try:
            text = whole.decode(dialect.encoding)
        except UnicodeDecodeError:
            return
        lengths = list(map(len, whole.splitlines(keepends=True)))
        if max(lengths) >= csv.field_size_limit():
            return
        ends = itertools.accumulate(lengths[1:], initial=offset + lengths[0])
        cells = csv.reader(text.split("\n")[:-1], delimiter=dialect.delimiter, strict=True)
        offset += len(whole)
        yield offset, (Row(end, row) for end, row in zip(ends, cells, strict=True) if row)
        file.seek(offset)


class Lines:
    """The decoded lines of a file; `position` is the offset behind the last one given."""

    def __init__(self, file: BinaryIO, dialect: Dialect, offset: int) -> None:
        self._file = file
        self._encoding = dialect.encoding
        self._next_raw = self._quick_line if dialect.is_plain else self._sought_line
        self._end_mark = dialect.newline.encode(dialect.encoding)
        self._buffer = b""
        self.position = offset
        self.is_damaged = False
        self.is_long = False
        self._first_line: str | None = None
        self._first_end = offset
        file.seek(offset)

    def __iter__(self) -> "Lines":
        return self

    def __next__(self) -> str:
        raw = self._next_raw()
        if not raw:
            raise StopIteration
        self.position += len(raw)
        try:
            line = raw.decode(self._encoding)
        except UnicodeDecodeError:
            self.is_damaged = True
            line = raw.decode(self._encoding, "replace")
        if "\x00" in line:
            line = line.replace("\x00", "")
        if self._first_line is None:
            self._first_line, self._first_end = line, self.position
        return line

    def begin_row(self) -> None:
        """Forget what was said of the row before."""
        self._first_line = None
        self.is_damaged = self.is_long = False

    def go_back_behind_first_line(self) -> str:
        """Continue behind the first line of the present row, which is returned."""
        self.position = self._first_end
        self._buffer = b""
        self._file.seek(self.position)
        return self._first_line or ""

    def _quick_line(self) -> bytes:
        raw = self._file.readline(MAX_LINE)
        if len(raw) == MAX_LINE and not raw.endswith(b"\n"):
            self._skip_line()
        return raw

    def _skip_line(self) -> None:
        """Leave out the rest of a line that is too long; only its beginning is shown to people."""
        self.is_long = True
        while rest := self._file.readline(MAX_LINE):
            self.position += len(rest)
            if rest.endswith(b"\n"):
                return

    def _sought_line(self) -> bytes:
        """A line up to and with the end mark, which stands at a multiple of its own width."""
        width, start = len(self._end_mark), 0
        while True:
            found = self._find_mark(start)
            if found >= 0 or len(self._buffer) > MAX_LINE:
                break
            start = max(0, len(self._buffer) - width)
            start -= start % width
            block = self._file.read(BLOCK_BYTES)
            if not block:
                found = len(self._buffer)
                break
            self._buffer += block
        if found < 0:
            self.is_long = True
            found = len(self._buffer) - len(self._buffer) % width
        line, self._buffer = self._buffer[:found], self._buffer[found:]
        return line

    def _find_mark(self, start: int) -> int:
        """The offset behind the next end mark in the buffer, or -1."""
        width = len(self._end_mark)
        found = self._buffer.find(self._end_mark, start)
        while found >= 0 and found % width:
            found = self._buffer.find(self._end_mark, found + 1)
        return found + width if found >= 0 else -1
