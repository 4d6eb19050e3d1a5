"""An import that was started: its progress, stopping, going on, rejected rows, undo."""

import datetime as dt
import re
import uuid
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import WorkspaceRequest, get_in_workspace, workspace_view
from contacts import import_hooks
from contacts.importing.columns import Column
from contacts.importing.mending import cells_at_fault
from contacts.importing.rejected import rejected_csv
from contacts.models import Import, ImportReject
from contacts.problems import describe
from contacts.services import stop_import, undo_import
from contacts.services.imports import UNDO_DAYS, can_be_undone, can_go_on, resume_import
from contacts.services.mending import Mended, mend_rejected
from contacts.services.undoing import kept_after_undo
from core.clock import now
from core.formatting import time_left
from core.htmx import go_to, render_page

REJECTS_PAGE = 50
MAX_CELL = 30_000
_EDIT = re.compile(r"cell-(\d{1,18})-(\d{1,4})", re.ASCII)


def progress_page(request: WorkspaceRequest, import_: Import) -> HttpResponse:
    """The progress of an import, what became of its rows, and the rejected ones."""
    is_working = import_.status in {Import.Status.QUEUED, Import.Status.RUNNING, Import.Status.UNDOING}
    rejects = ImportReject.objects.of_import(import_)
    reason = request.GET.get("reason", "")
    page = _page_of(rejects.filter(reason=reason) if reason else rejects, request.GET.get("after", ""))
    elapsed = ((import_.finished_at or now()) - import_.started_at).total_seconds() if import_.started_at else 0
    done = import_.bytes_done / import_.file_size if import_.file_size else 1
    may_edit = request.membership.may("editor")
    may_mend = may_edit and import_.status in {Import.Status.DONE, Import.Status.FAILED}
    columns = [Column.from_json(stored) for stored in import_.mapping.get("columns", [])]
    shown = [_reject(row, columns if may_mend else []) for row in page[:REJECTS_PAGE]]
    context = {
        "import": import_,
        "is_working": is_working,
        "per_second": import_.total / elapsed if elapsed > 1 and import_.status == Import.Status.RUNNING else None,
        "time_left": time_left(_seconds_left(elapsed, done)) if import_.status == Import.Status.RUNNING else "",
        "percent": min(100, int(done * 100)),
        "parts": _meter(import_),
        "rejects": shown,
        "can_mend": any(row["inputs"] for row in shown),
        "more": page[REJECTS_PAGE - 1].row_number if len(page) > REJECTS_PAGE else None,
        "reasons": _reasons(rejects) if import_.rejected and not is_working else [],
        "reason": reason,
        "can_undo": can_be_undone(import_) and may_edit,
        "undo_until": import_.finished_at + dt.timedelta(days=UNDO_DAYS) if import_.finished_at else None,
        "can_go_on": can_go_on(import_),
        "may_edit": may_edit,
    }
    return render_page(request, "contacts/import_progress.html", context, partial="progress")


def _page_of(rejects: Any, after: str) -> list[ImportReject]:
    """The next rejected rows behind the row number `after`, one more than are shown."""
    if after.isdecimal() and len(after) < 19:
        rejects = rejects.filter(row_number__gt=int(after))
    return list(rejects[: REJECTS_PAGE + 1])


def _seconds_left(elapsed: float, done: float) -> float | None:
    """What work that took `elapsed` seconds for the share `done` still takes; None while nobody can tell."""
    return elapsed * (1 - done) / done if elapsed >= 2 and 0.005 < done < 1 else None


def _meter(import_: Import) -> list[tuple[float, str]]:
    """The bar in thousandths of the file: what was read, the rejected share of it in red."""
    if not import_.file_size:
        return []
    done = 1000 * min(1.0, import_.bytes_done / import_.file_size)
    bad = done * import_.rejected / import_.total if import_.total else 0
    return [(done - bad, "c1"), (bad, "cbad")]


def _reasons(rejects: Any) -> list[tuple[str, str, int]]:
    return [(reason, describe(reason).rstrip("."), count) for reason, count in rejects.counted_by_reason()]


def _reject(row: ImportReject, columns: Sequence[Column]) -> dict[str, Any]:
    """One row of the table; `inputs` are the cells at fault, as fields that can be edited."""
    cells = " · ".join(cell for cell in row.cells if cell.strip())
    places = cells_at_fault(row.reason, row.column, row.cells, columns)
    return {
        "row": row,
        "sentence": describe(row.reason, row.value),
        "cells": cells[:120],
        "shown": row.value or cells[:60],
        "inputs": [
            {
                "name": f"cell-{row.row_number}-{place}",
                "heading": columns[place].heading,
                "text": row.cells[place] if place < len(row.cells) else "",
            }
            for place in places
        ],
    }


@require_POST
@workspace_view("editor")
def stop(request: WorkspaceRequest, import_id: uuid.UUID) -> HttpResponse:
    """Stop and keep what came in."""
    import_ = get_in_workspace(Import, request.workspace, import_id)
    stop_import(import_=import_, actor=request.user)
    return go_to(request, "contacts:import-detail", request.workspace.slug, import_.public_id)


@require_POST
@workspace_view("editor")
def resume(request: WorkspaceRequest, import_id: uuid.UUID) -> HttpResponse:
    """Go on with an import that failed or was stopped."""
    import_ = get_in_workspace(Import, request.workspace, import_id)
    resume_import(import_=import_, actor=request.user)
    return go_to(request, "contacts:import-detail", request.workspace.slug, import_.public_id)


@require_POST
@workspace_view("editor")
def mend(request: WorkspaceRequest, import_id: uuid.UUID) -> HttpResponse:
    """Try rejected rows again with the cells as mended in the page."""
    import_ = get_in_workspace(Import, request.workspace, import_id)
    edits: dict[int, dict[int, str]] = {}
    for name, text in request.POST.items():
        found = _EDIT.fullmatch(name)
        if found and isinstance(text, str):
            edits.setdefault(int(found[1]), {})[int(found[2])] = text.replace("\x00", "")[:MAX_CELL]
    _say_what_was_mended(request, mend_rejected(import_=import_, edits=edits, actor=request.user))
    return go_to(request, "contacts:import-detail", request.workspace.slug, import_.public_id)


def _say_what_was_mended(request: WorkspaceRequest, mended: Mended) -> None:
    taken = ngettext("%(number)s row came in.", "%(number)s rows came in.", mended.taken) % {"number": mended.taken}
    left = ngettext(
        "%(number)s row still cannot be taken. What you wrote is kept.",
        "%(number)s rows still cannot be taken. What you wrote is kept.",
        mended.left,
    ) % {"number": mended.left}
    if mended.taken:
        messages.success(request, f"{taken} {left}" if mended.left else taken)
    elif mended.left:
        messages.warning(request, left)


@require_http_methods(["GET", "HEAD", "POST"])
@workspace_view("editor")
def undo(request: WorkspaceRequest, import_id: uuid.UUID) -> HttpResponse:
    """Say in numbers what undoing does, and begin it."""
    import_ = get_in_workspace(Import, request.workspace, import_id)
    if not can_be_undone(import_):
        messages.warning(request, _("This import cannot be undone any more."))
        return go_to(request, "contacts:import-detail", request.workspace.slug, import_.public_id)
    if request.method == "POST":
        undo_import(import_=import_, actor=request.user)
        return go_to(request, "contacts:import-detail", request.workspace.slug, import_.public_id)
    kept = kept_after_undo(import_)
    context = {"import": import_, "removed": import_.created - (kept or 0), "kept": kept, "topic": _topic(import_)}
    return render_page(request, "contacts/import_undo.html", context)


def _topic(import_: Import) -> str:
    """The name of the topic that the import claimed agreement to, or empty."""
    chosen = import_.options.get("topic", "")
    return dict(import_hooks.topics_of(import_.workspace)).get(chosen, chosen) if chosen else ""


@require_GET
@workspace_view()
def rejects(request: WorkspaceRequest, import_id: uuid.UUID) -> HttpResponse:
    """The rejected rows as a CSV file that can be mended and imported again; the reason stands in the last column."""
    import_ = get_in_workspace(Import, request.workspace, import_id)
    names = [column["heading"] for column in import_.mapping.get("columns", [])]
    rows = ImportReject.objects.of_import(import_).iterator(chunk_size=2000)
    response = StreamingHttpResponse(rejected_csv(names, rows), content_type="text/csv; charset=utf-8")
    name = _("rejected rows of %(file)s") % {"file": PurePath(import_.file_name).stem}
    response.headers["Content-Disposition"] = content_disposition_header(True, f"{name}.csv") or ""
    return response  # type: ignore[return-value]
