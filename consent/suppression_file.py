"""Lines of a suppression list from elsewhere: addresses, domains and digests, told apart by how they look. Pure."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO, NamedTuple

from contacts.addresses import normalise_email
from contacts.formulas import undisarmed
from contacts.problems import Problem

MAX_LINES = 1_000_000
MAX_LINE = 2_000
ADDRESS, DOMAIN, DIGEST, UNREADABLE = "address", "domain", "digest", "unreadable"

_DOMAIN = re.compile(r"(?=.{3,253}\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}\Z")
# MD5 or SHA-256 in hexadecimal, as other tools write them.
_DIGEST = re.compile(r"(?:[0-9a-f]{32}|[0-9a-f]{64})\Z")
_SEPARATORS = (",", ";", "\t", "|")


class TooManyLines(ValueError):
    """The list has more than MAX_LINES lines."""


class Entry(NamedTuple):
    """One line: its kind, and the address or domain as we store it, the digest in hexadecimal, or what is wrong."""

    kind: str
    value: str


def ascii_domain(text: str) -> str:
    """The domain as addresses carry it, or empty for what is none."""
    try:
        name = text.strip().lstrip("@").rstrip(".").lower().encode("idna").decode()
    except UnicodeError:
        return ""
    return name if _DOMAIN.match(name) else ""


def entry_of(text: str) -> Entry:
    """What one cell is."""
    value = undisarmed(text.strip()).strip()
    lowered = value.lower()
    if _DIGEST.match(lowered):
        return Entry(DIGEST, lowered)
    if "@" in value.lstrip("@"):
        try:
            return Entry(ADDRESS, normalise_email(value))
        except Problem:
            return Entry(UNREADABLE, value[:100])
    domain = ascii_domain(value) if "." in value else ""
    return Entry(DOMAIN, domain) if domain else Entry(UNREADABLE, value[:100])


def read_list(file: BinaryIO) -> Iterator[Entry]:
    """The entries of a file, one per filled line; in a table the first cell that can be read counts.

    A first line that is a heading is left out. Raises TooManyLines.
    """
    for number, line in enumerate(_lines(file)):
        if number > MAX_LINES:
            raise TooManyLines
        entry = _entry_of_line(line)
        if entry is not None and not (number == 0 and entry.kind == UNREADABLE):
            yield entry


def _entry_of_line(line: str) -> Entry | None:
    if not line.strip():
        return None
    entries = [entry_of(cell) for cell in _cells(line) if cell.strip()]
    return next((entry for entry in entries if entry.kind != UNREADABLE), Entry(UNREADABLE, line.strip()[:100]))


def _cells(line: str) -> Iterable[str]:
    separator = next((sign for sign in _SEPARATORS if sign in line), "")
    if not separator and '"' not in line:
        return (line,)
    try:
        return next(csv.reader([line], delimiter=separator or ","), [])
    except csv.Error:
        return (line,)


def _lines(file: BinaryIO) -> Iterator[str]:
    """Decoded lines, none longer than MAX_LINE: a line that goes on and on is cut, and the rest of it left out."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="replace")
    try:
        is_rest = False
        while line := text.readline(MAX_LINE):
            is_whole = line.endswith("\n")
            if not is_rest:
                yield line.replace("\x00", "")
            is_rest = not is_whole
    finally:
        text.detach()
