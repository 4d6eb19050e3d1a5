"""Rows of a CSV file from any offset, with the offset behind them, however broken the file is. Pure.

Offsets are what makes an import resumable: after a crash reading goes on behind the last row whose effects were
committed. No line is held with more than MAX_LINE bytes, and no block with more than MAX_BLOCK_BYTES.
"""

import csv
import io
import itertools
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from contacts.importing.dialect import Dialect

MAX_LINE = 1_000_000
BLOCK_BYTES = 256 * 1024
MAX_BLOCK_BYTES = 1024 * 1024


class Row(NamedTuple):
    """One row: the offset behind it, its cells, and the code of what makes it unreadable, or empty."""

    end: int
    cells: list[str]
    problem: str = ""


class Block(NamedTuple):
    """Rows that follow one another: the offset behind the last, their cells, and by place what makes one unreadable."""

    end: int
    cells: list[list[str]]
    problems: dict[int, str]


def read_blocks(file: BinaryIO, dialect: Dialect, offset: int = 0, *, most: int) -> Iterator[Block]:
    """The rows behind `offset` (0 is the first row, a heading included) in blocks of at most `most`.

    Blank lines are left out. Where nothing needs care a row costs a quarter of what it costs one by one.
    """
    position = max(offset, dialect.start)
    while True:
        found = _quick_block(file, dialect, position, most) if dialect.is_plain else None
        block = found or _careful_block(file, dialect, position, most)
        if not block.cells and block.end == position:
            return
        position = block.end
        if block.cells:
            yield block


def _quick_block(file: BinaryIO, dialect: Dialect, offset: int, most: int) -> Block | None:
    """The rows of some whole lines, or None where one of them needs care.

    Where the lines were cut does not matter: a cell that is still open at the end is an error, and so is every other
    quotation mark that makes one line swallow others.
    """
    raw_lines = _whole_lines(file, offset, MAX_BLOCK_BYTES)
    if raw_lines is None:
        return None
    raw_lines = _closed(raw_lines)
    try:
        text = io.StringIO(b"".join(raw_lines).decode(dialect.encoding), newline="\n")
        reader = csv.reader(text, delimiter=dialect.delimiter, strict=True)
        cells = list(itertools.islice(filter(None, reader), most))
    except (UnicodeDecodeError, csv.Error):
        return None
    end = offset + sum(map(len, raw_lines[: reader.line_num]))
    return Block(end, cells, {}) if raw_lines else None


def _closed(raw_lines: list[bytes]) -> list[bytes]:
    """The lines without the last ones, in which a quoted cell is open as far as counting its marks tells."""
    is_open = sum(line.count(b'"') for line in raw_lines) % 2
    count = len(raw_lines)
    while is_open and count:
        count -= 1
        is_open ^= raw_lines[count].count(b'"') % 2
    return raw_lines[:count]


def _careful_block(file: BinaryIO, dialect: Dialect, offset: int, most: int) -> Block:
    rows = []
    for row in _careful_rows(file, dialect, offset):
        rows.append(row)
        if len(rows) == most or row.end - offset > MAX_BLOCK_BYTES:
            break
    problems = {place: row.problem for place, row in enumerate(rows) if row.problem}
    return Block(rows[-1].end if rows else offset, [row.cells for row in rows], problems)


def read_rows(file: BinaryIO, dialect: Dialect, offset: int = 0) -> Iterator[Row]:
    """The rows behind `offset` (0 is the first row, a heading included); blank lines are left out."""
    position = max(offset, dialect.start)
    while dialect.is_plain and (plain := _plain_lines(file, dialect, position, BLOCK_BYTES)):
        lines, raw_lines = plain
        ends = itertools.accumulate(map(len, raw_lines[1:]), initial=position + len(raw_lines[0]))
        position += sum(map(len, raw_lines))
        cells = csv.reader(lines, delimiter=dialect.delimiter, strict=True)
        yield from (Row(end, row) for end, row in zip(ends, cells, strict=True) if row)
    yield from _careful_rows(file, dialect, position)


def _careful_rows(file: BinaryIO, dialect: Dialect, offset: int) -> Iterator[Row]:
    lines = Lines(file, dialect, offset)
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


def _plain_lines(file: BinaryIO, dialect: Dialect, offset: int, size: int) -> tuple[list[str], list[bytes]] | None:
    """Whole lines behind `offset`, decoded and as they stand in the file; None where there is a quotation mark."""
    raw_lines = _whole_lines(file, offset, size)
    if raw_lines is None or any(b'"' in line for line in raw_lines):
        return None
    try:
        return b"".join(raw_lines).decode(dialect.encoding).split("\n")[:-1], raw_lines
    except UnicodeDecodeError:
        return None


def _whole_lines(file: BinaryIO, offset: int, size: int) -> list[bytes] | None:
    """The whole lines among the next `size` bytes, or None where there is none or one holds an odd byte or is long."""
    file.seek(offset)
    block = file.read(size)
    whole = block[: block.rfind(b"\n") + 1]
    if not whole or b"\x00" in whole or (b"\r" in whole and b"\r" in whole.replace(b"\r\n", b"")):
        return None
    raw_lines = whole.splitlines(keepends=True)
    return raw_lines if max(map(len, raw_lines)) < csv.field_size_limit() else None


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
