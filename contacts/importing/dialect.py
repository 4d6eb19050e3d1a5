"""How a CSV file is written: its encoding, its delimiter, its line ends and whether it has a heading. Pure."""

import codecs
import csv
import io
import itertools
import re
from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO, Self

from django.utils.translation import gettext as _

from contacts.addresses import normalise_email
from contacts.problems import Problem

SAMPLE_BYTES = 256 * 1024
BLOCK_BYTES = 1024 * 1024
MAX_COLUMNS = 300
DELIMITERS = (",", ";", "\t", "|")
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_OTHER_FORMATS = (b"PK\x03\x04", b"%PDF", b"\x1f\x8b", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"SQLite format 3")
_CYRILLIC_RUN = re.compile(rb"[\xa8\xb8\xc0-\xff]{3,}")
_ARABIC_RUN = re.compile(rb"[\xc0-\xd6\xd8-\xdf\xe1\xe3-\xe6\xec\xed\x81\x8d\x8e\x90]{3,}")
_HIGH = re.compile(rb"[\x80-\xff]")


class UnreadableFile(ValueError):
    """A file that cannot be imported, as a sentence that says what to do."""


@dataclass(frozen=True)
class Dialect:
    """How to read a file. `start` is where its text begins, after a byte order mark."""

    encoding: str
    delimiter: str
    newline: str = "\n"
    has_header: bool = True
    start: int = 0

    def as_json(self) -> dict[str, Any]:
        """What `Import.dialect` stores."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """The dialect that `as_json` stored."""
        return cls(**stored)

    @property
    def is_plain(self) -> bool:
        """True when lines can be found by the byte 0x0A, which is quick."""
        return self.newline == "\n" and not self.encoding.startswith("utf-16")


def detect(file: BinaryIO) -> Dialect:
    """The dialect of an open file, which is read once. Raises UnreadableFile."""
    file.seek(0)
    sample = file.read(SAMPLE_BYTES)
    if not sample.strip():
        raise UnreadableFile(_("The file is empty. Choose one that has a line for each person."))
    if sample.startswith(_OTHER_FORMATS):
        raise UnreadableFile(
            _("This is not a list of people. Save your list as CSV or as a spreadsheet and choose that file.")
        )
    encoding, start = _encoding_of(file, sample)
    text = sample[start:].decode(encoding, "replace")
    _refuse_binary(text)
    newline = "\r" if "\r" in text and "\n" not in text else "\n"
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    is_whole = len(sample) < SAMPLE_BYTES
    delimiter = _delimiter_of(lines if is_whole else lines.rpartition("\n")[0] or lines)
    return Dialect(encoding, delimiter, newline, _is_header(_first_row(lines, delimiter)), start)


def converted_dialect(file: BinaryIO) -> Dialect:
    """The dialect of a file that we turned into CSV ourselves; only whether it has a heading is still guessed."""
    file.seek(0)
    text = file.read(SAMPLE_BYTES).decode("utf-8", "replace")
    file.seek(0)
    return Dialect("utf-8", ",", has_header=_is_header(_first_row(text, ",")))


def _first_row(text: str, delimiter: str) -> list[str]:
    """The cells of the first row. Raises UnreadableFile for more than anybody has columns."""
    try:
        row = next(filter(None, csv.reader(io.StringIO(text), delimiter=delimiter)), [])
    except csv.Error:
        raise UnreadableFile(
            _("The first line is too long to be read. Put each person on a line of their own and choose it again.")
        ) from None
    if len(row) > MAX_COLUMNS:
        raise UnreadableFile(_("The file has more than 300 columns. Leave out those you do not need."))
    return row


def _refuse_binary(text: str) -> None:
    odd = sum(sign < " " and sign not in "\t\r\n\x0b\x0c\x1a" for sign in text)
    if odd > len(text) // 100 + 5:
        raise UnreadableFile(_("This is not a text file. Save your list as CSV and choose it again."))


def _encoding_of(file: BinaryIO, sample: bytes) -> tuple[str, int]:
    if sample.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise UnreadableFile(_("The file is written in UTF-32. Save it as UTF-8 and choose it again."))
    for mark, encoding in _BOMS:
        if sample.startswith(mark):
            return encoding, len(mark)
    zeros = Counter(index % 2 for index, byte in enumerate(sample[:4000]) if byte == 0)
    if sum(zeros.values()) > min(len(sample), 4000) // 4:
        return ("utf-16-le" if zeros[1] > zeros[0] else "utf-16-be"), 0
    return _eight_bit_encoding(file, sample), 0


def _eight_bit_encoding(file: BinaryIO, sample: bytes) -> str:
    """UTF-8 unless the file is not; a sample in plain ASCII says nothing, so the whole file is looked at."""
    if _is_utf8(sample):
        if not sample.isascii():
            return "utf-8"
        file.seek(0)
        while block := file.read(BLOCK_BYTES):
            if not block.isascii():
                sample = block
                break
        if sample.isascii() or _is_utf8(sample.lstrip(b"\x80\x81\x82\x83")):
            return "utf-8"
    return "utf-8" if _is_mostly_utf8(sample) else _legacy_encoding(sample)


def _is_mostly_utf8(sample: bytes) -> bool:
    """True when lines of two encodings were put together and most are UTF-8: read as anything else those would turn
    into nonsense that nobody notices, while the others come back as rejected rows."""
    lines = [line for line in sample.splitlines() if not line.isascii()]
    return bool(lines) and 2 * sum(_is_utf8(line + b"\n") for line in lines) >= len(lines)


def _is_utf8(sample: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        return False
    return True


def _legacy_encoding(sample: bytes) -> str:
    """Western unless most letters beyond ASCII stand in words made of nothing else, as Cyrillic and Arabic do."""
    high = len(_HIGH.findall(sample)) or 1
    arabic = sum(map(len, _ARABIC_RUN.findall(sample)))
    cyrillic = sum(map(len, _CYRILLIC_RUN.findall(sample)))
    if cyrillic * 2 > high:
        # Small Cyrillic letters are 0xE0 and above; Arabic ones are mostly below.
        small = sum(byte >= 0xE0 for byte in sample)
        return "cp1256" if arabic * 2 > high and small * 2 < high else "cp1251"
    return "cp1256" if arabic * 2 > high else "cp1252"


def _delimiter_of(text: str) -> str:
    """The delimiter that cuts most of the first lines into the same number of cells, the more the better."""

    def score(delimiter: str) -> tuple[float, int]:
        try:
            rows = [row for row in itertools.islice(csv.reader(io.StringIO(text), delimiter=delimiter), 60) if row]
        except csv.Error:
            return (0.0, 0)
        cells, agreeing = Counter(map(len, rows)).most_common(1)[0] if rows else (1, 0)
        return (agreeing / len(rows) if cells > 1 else 0.0, cells)

    return max(DELIMITERS, key=score)


def _is_header(cells: list[str]) -> bool:
    """False when the first line holds an e-mail address or mostly numbers, as no heading does."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    for cell in filled:
        if "@" in cell:
            try:
                normalise_email(cell)
            except Problem:
                continue
            return False
    return not filled or sum(cell[0].isdigit() or cell[0] == "+" for cell in filled) * 2 <= len(filled)
