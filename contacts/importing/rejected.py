"""The rows an import did not take, as a file that can be mended and imported again. Pure."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.utils.translation import gettext as _

from contacts.problems import describe

# What spreadsheet programs take for the beginning of a formula (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class _Lines:
    """A file for the csv module that hands each line back."""

    def write(self, line: str) -> str:
        return line


def rejected_csv(headings: Sequence[str], rows: Iterable[Any]) -> Iterator[str]:
    """The lines of the file: the row's number, why it was not taken, and its cells as they stood.

    `rows` have `row_number`, `reason`, `value` and `cells` (ImportReject). Begins with a byte order mark, without
    which Excel reads UTF-8 as something else.
    """
    writer = csv.writer(_Lines())
    yield "\ufeff" + writer.writerow([_("Row"), _("Why it was not taken"), *map(harmless, headings)])
    for row in rows:
        yield writer.writerow([row.row_number, describe(row.reason, row.value), *map(harmless, row.cells)])


def harmless(cell: str) -> str:
    """The cell, with an apostrophe before what a spreadsheet would run; numbers and phone numbers stay."""
    if cell.startswith(_FORMULA) and not cell[1:].replace(".", "").replace(" ", "").isdecimal():
        return f"'{cell}"
    return cell
