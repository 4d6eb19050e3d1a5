"""Responses as a file: one row each, a column for every question, in the order of the pages."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from typing import IO, Any

import xlsxwriter

from contacts.formulas import disarmed
from flows.models import Flow, FlowSession
from flows.results.questions import Question
from flows.results.responses import Wanted, responses_of, shown_answer

CHUNK = 2_000
MOST_ROWS_XLSX = 100_000
CELL_LETTERS = 32_767  # Excel's own limit
CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/x-ndjson",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
FIXED = ("id", "started_at", "ended_at", "status", "outcome", "score", "email", "name", "locale", "source", "referrer",
         "device")  # fmt: skip


def rows_of(flow: Flow, wanted: Wanted) -> Iterator[FlowSession]:
    """Every response that fits, newest first, a few thousand in memory at a time."""
    yield from responses_of(flow, wanted).iterator(CHUNK)


def csv_lines(flow: Flow, wanted: Wanted, questions: Sequence[Question]) -> Iterator[str]:
    """Lines of a CSV file (RFC 4180), begun with the mark by which Excel knows UTF-8; nothing in it is a formula."""
    yield "\ufeff" + _line([*FIXED, *(disarmed(one.label) for one in questions)])
    for row in rows_of(flow, wanted):
        yield _line([disarmed(cell) for cell in cells_of(row, questions)])


def json_lines(flow: Flow, wanted: Wanted, _questions: Sequence[Question]) -> Iterator[str]:
    """One JSON object a line, the answers as they are stored."""
    for row in rows_of(flow, wanted):
        fixed = dict(zip(FIXED, fixed_cells(row), strict=True))
        yield json.dumps({**fixed, "answers": row.answers}, ensure_ascii=False) + "\n"


def write_xlsx(flow: Flow, wanted: Wanted, questions: Sequence[Question], file: IO[bytes]) -> None:
    """A workbook into an open file, rows straight to disk; every text is a text. At most 100,000 rows."""
    book = xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet()
    bold, quoted = book.add_format({"bold": True}), book.add_format({"quote_prefix": True})
    for column, label in enumerate([*FIXED, *(one.label for one in questions)]):
        sheet.write_string(0, column, label[:CELL_LETTERS], bold)
    for place, row in enumerate(rows_of(flow, wanted), start=1):
        if place > MOST_ROWS_XLSX:
            break
        for column, cell in enumerate(cells_of(row, questions)):
            if cell:
                mark = quoted if disarmed(cell) != cell else None
                sheet.write_string(place, column, cell[:CELL_LETTERS], mark)
    book.close()


def fixed_cells(row: FlowSession) -> list[str]:
    """What every response has, as texts."""
    contact = row.contact
    return [
        str(row.public_id),
        row.created_at.isoformat(timespec="seconds"),
        row.ended_at.isoformat(timespec="seconds") if row.ended_at else "",
        row.status,
        row.outcome,
        "" if row.score is None else f"{row.score.normalize():f}",
        contact.email if contact else "",
        contact.full_name if contact else "",
        row.locale,
        row.source,
        row.referrer,
        row.device,
    ]


def cells_of(row: FlowSession, questions: Sequence[Question]) -> list[str]:
    """A whole row: what every response has, then the answers in words."""
    return [*fixed_cells(row), *(_answer(row.answers, one) for one in questions)]


def _answer(answers: dict[str, Any], question: Question) -> str:
    if question.key not in answers:
        return ""
    words = dict(question.options)
    other = answers.get(f"{question.key}_other")
    shown = shown_answer(answers[question.key], words)
    return f"{shown}: {other}" if other else shown


def _line(cells: Sequence[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue()
