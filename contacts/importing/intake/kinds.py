"""What a file is, by its first bytes: names lie. Pure, and known to the child process: nothing of Django here."""

import json
import re

CSV, SPREADSHEET, JSON_LINES, PARQUET = "csv", "spreadsheet", "json_lines", "parquet"
# Stands behind the last column of a row made from a line that is no object, so that it comes back with that reason.
NOT_AN_OBJECT = "\N{REPLACEMENT CHARACTER}json"
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0"  # .xls, and every workbook with a password
_UTF8_MARK = b"\xef\xbb\xbf"
_ARRAY_OF_OBJECTS = re.compile(rb"\[\s*\{")


def kind_of(sample: bytes) -> str:
    """One of these kinds, from the first bytes of a file; CSV for whatever is none of the others."""
    if sample.startswith((_ZIP, _OLE)):
        return SPREADSHEET
    if sample.startswith(b"PAR1"):
        return PARQUET
    return JSON_LINES if _is_json(sample.removeprefix(_UTF8_MARK).lstrip()) else CSV


def _is_json(text: bytes) -> bool:
    """True for an array of objects, or where the first line is an object or begins one too long for the sample."""
    if _ARRAY_OF_OBJECTS.match(text):
        return True
    line, end, _rest = text.partition(b"\n")
    if not line.startswith(b"{"):
        return False
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return not end and line.startswith(b'{"')
