"""The rows an import did not take, as a file that can be mended and imported again. Pure."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.utils.translation import gettext as _

from contacts.problems import describe

# What spreadsheet programs take for the beginning of a formula (OWASP, CSV injection), full width forms included.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class _Lines:
    """A file for the csv module that hands each line back."""

    def write(self, line: str) -> str:
        return line


def rejected_csv(headings: Sequence[str], rows: Iterable[Any]) -> Iterator[str]:
    """The lines of the file: the cells as they stood, then the row's number and why it was not taken.

    `rows` have `row_number`, `reason`, `column` and `cells` (ImportReject). Begins with a byte order mark, without
    which Excel reads UTF-8 as something else. The two last columns are left out when the file comes back.
    """
    writer = csv.writer(_Lines())
    width = len(headings)
    yield "\ufeff" + writer.writerow([*map(harmless, headings), _("Row"), _("Why it was not taken")])
    for row in rows:
        cells = [harmless(cell) for cell in row.cells[:width]]
        why = f"{row.column}: {describe(row.reason)}" if row.column else describe(row.reason)
        yield writer.writerow([*cells, *[""] * (width - len(cells)), row.row_number, harmless(why)])


def harmless(cell: str) -> str:
    """The cell, with an apostrophe before what a spreadsheet would run; numbers and phone numbers stay."""
    text = cell.lstrip()
    is_number = text[:1] in {"+", "-"} and text[1:].strip().replace(".", "").replace(" ", "").isdecimal()
    if is_number or not (cell.startswith(_FORMULA) or text.startswith(_FORMULA)):
        return cell
    return f"'{cell}"
