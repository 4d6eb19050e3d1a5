"""JSON Lines, an object for each person, or one JSON array of them. Objects inside objects become dotted columns."""

import csv
import json
import shutil
import tempfile
from collections.abc import Iterator
from typing import Any, TextIO

from contacts.importing.intake.cells import MAX_COLUMNS, Unreadable, flattened
from contacts.importing.intake.kinds import NOT_AN_OBJECT

MAX_LINE = 1_000_000
MAX_ARRAY = 64 * 1024**2
# Numbers stay as they were written: 007 cannot come, but 1.10 and 12345678901234567890 do.
_read = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str).decode


def convert(path: str, file: TextIO, _sheet: int | None) -> dict[str, Any]:
    """Write a heading of all columns that occur, then a row for each object. Raises Unreadable.

    The last line may bring a column of its own, so the rows wait aside until the heading is known; those written
    before a column was met are shorter, which is read as empty cells.
    """
    places: dict[str, int] = {}
    objects = 0
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace", newline="") as rows:
        write = csv.writer(rows, lineterminator="\n").writerow
        for item in _items(path):
            if isinstance(item, str):
                write([item, *[""] * (MAX_COLUMNS - 1), NOT_AN_OBJECT])
                continue
            objects += 1
            cells = [""] * len(places)
            for name, cell in item.items():
                place = places.setdefault(name, len(places))
                if place < len(cells):
                    cells[place] = cell
                else:
                    cells.append(cell)
            write(cells)
            if len(places) > MAX_COLUMNS:
                raise Unreadable("columns")
        if not objects or not places:
            raise Unreadable("json")
        csv.writer(file, lineterminator="\n").writerow(places)
        rows.seek(0)
        shutil.copyfileobj(rows, file, 1024**2)
    return {}


def _items(path: str) -> Iterator[dict[str, str] | str]:
    """Each object as cells by column, or the beginning of a line that is none."""
    with open(path, "rb") as file:
        head = file.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip()
        file.seek(0)
        if head.startswith(b"["):
            yield from _array(file.read(MAX_ARRAY + 1))
            return
        while line := file.readline(MAX_LINE):
            if len(line) == MAX_LINE and not line.endswith(b"\n"):
                while (rest := file.readline(MAX_LINE)) and not rest.endswith(b"\n"):
                    pass
                yield line[:2000].decode("utf-8", "replace")
            elif not line.isspace() and line != b"\xef\xbb\xbf":
                yield _object(line.decode("utf-8-sig", "replace"))


def _object(line: str) -> dict[str, str] | str:
    try:
        item = _read(line.strip())
        # What was nested just flat enough to be read may be too deep to be written again.
        return flattened(item) if isinstance(item, dict) else line.strip()[:2000]
    except (ValueError, RecursionError):
        return line.strip()[:2000]


def _array(raw: bytes) -> Iterator[dict[str, str] | str]:
    """The items of a whole array, which has to fit into memory."""
    if len(raw) > MAX_ARRAY:
        raise Unreadable("array")
    try:
        items = _read(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise Unreadable("json") from None
    for item in items:
        yield flattened(item) if isinstance(item, dict) else str(item)[:2000]
