"""Importing a file: upload, matching columns, progress, rejected rows, undo."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import WorkspaceRequest, get_in_workspace, workspace_view
from contacts.addresses import readable_phone
from contacts.details import AttributeKind
from contacts.forms import DialectForm, ImportOptionsForm, UploadForm
from contacts.importing.columns import FIELD_TARGETS, NEW_TYPES, Column, suggest
from contacts.importing.converting import Incoming
from contacts.importing.dialect import Dialect, UnreadableFile
from contacts.importing.preview import Sample, forecast, look_of, sample_of
from contacts.importing.rejected import rejected_csv
from contacts.models import Attribute, Import, ImportReject
from contacts.places import country_name, language_name
from contacts.problems import describe
from contacts.services import start_import, stop_import, undo_import, upload_import
from contacts.services.contacts import attribute_kinds
from contacts.services.errors import ContactError
from contacts.services.imports import can_be_undone, change_dialect, discard_import, headings, suggestions_from
from contacts.services.undoing import kept_after_undo
from contacts.values import ReadingRules, print_value
from contacts.wording import TARGET_LABELS
from core.clock import now, zone_or_none
from core.formatting import time_left
from core.htmx import go_to, render_page

REJECTS_PAGE = 50
RECENT = 20


@require_http_methods(["GET", "HEAD", "POST"])
@workspace_view("editor")
def upload(request: WorkspaceRequest) -> HttpResponse:
    """Choose a file. Below it are the imports of before."""
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if request.method == "POST" and form.is_valid():
        try:
            import_ = upload_import(workspace=request.workspace, file=form.cleaned_data["file"], actor=request.user)
        except UnreadableFile as error:
            form.add_error("file", str(error))
        else:
            return go_to(request, "contacts:import-detail", request.workspace.slug, import_.public_id)
    context = {
        "form": form,
        "imports": Import.objects.in_workspace(request.workspace).newest_first().select_related("created_by")[:RECENT],
    }
    return render_page(request, "contacts/import_upload.html", context, status=422 if form.is_bound else 200)


@require_GET
@workspace_view()
def detail(request: WorkspaceRequest, import_id: uuid.UUID) -> HttpResponse:
    """An import where it stands: matching columns, or its progress and what became of the rows."""
    import_ = get_in_workspace(Import, request.workspace, import_id)
    if import_.status == Import.Status.DRAFT:
        return _columns_page(request, import_, ImportOptionsForm(workspace=request.workspace))
    return _progress_page(request, import_)


@require_POST
@workspace_view("editor")
def start(request: WorkspaceRequest, import_id: uuid.UUID) -> HttpResponse:
    """Start a draft with the columns as chosen, or look again at what they would do (`look`)."""
    import_ = get_in_workspace(Import, request.workspace, import_id)
    if import_.status != Import.Status.DRAFT:
        return go_to(request, "contacts:import-detail", request.workspace.slug, import_.public_id)
    form = ImportOptionsForm(request.POST, workspace=request.workspace)
    columns = _chosen(request, import_)
    if "look" in request.POST:
        form.is_valid()
        fresh = ImportOptionsForm(initial=request.POST.dict(), workspace=request.workspace)
        return _columns_page(request, import_, fresh, columns)
    if form.is_valid():
        try:
            start_import(import_=import_, columns=columns, options=form.options(), actor=request.user)
        except ContactError as error:
            form.show(error)
        else:
            return go_to(request, "contacts:import-detail", request.workspace.slug, import_.public_id)
    return _columns_page(request, import_, form, columns, status=422)


def _chosen(request: WorkspaceRequest, import_: Import) -> list[Column]:
    """The columns as the form says; a target that is not on offer is left out."""
    kinds = attribute_kinds(request.workspace)
    offered = {*FIELD_TARGETS, *(f"attribute:{key}" for key in kinds), *(f"new:{kind}" for kind in NEW_TYPES)}
    columns = []
    for index, heading in enumerate(headings(import_)):
        target = request.POST.get(f"target-{index}", "")
        day_first = request.POST.get(f"dates-{index}", "day") != "month"
        columns.append(Column(heading, target if target in offered else "", day_first))
    return columns


def _columns_page(
    request: WorkspaceRequest,
    import_: Import,
    form: ImportOptionsForm,
    columns: Sequence[Column] | None = None,
    status: int = 200,
) -> HttpResponse:
    dialect = Dialect.from_json(import_.dialect)
    names = headings(import_)
    with import_.file.open("rb") as file:
        sample = sample_of(file.file, dialect, names)
    labels = suggestions_from(request.workspace)
    if columns is None:
        cells = [sample.cells(index) for index in range(len(sample.headings))]
        columns = suggest(sample.headings, cells, labels)
    known = Attribute.objects.in_workspace(request.workspace).by_label()
    kinds = attribute_kinds(request.workspace)
    result = forecast(
        sample,
        columns,
        kinds,
        workspace_id=request.workspace.pk,
        mode=form["mode"].value() or "upsert",
        region=form["region"].value() or "",
        rules=ReadingRules(zone=zone_or_none(request.workspace.time_zone)),
    )
    context = {
        "import": import_,
        "form": form,
        "dialect_form": DialectForm(import_=import_),
        "columns": [_column_row(sample, index, column, result.problems[index]) for index, column in enumerate(columns)],
        "chosen": sum(bool(column.target) for column in columns),
        "fields": [(target, TARGET_LABELS[target]) for target in FIELD_TARGETS],
        "attributes": [(f"attribute:{attribute.key}", attribute.label) for attribute in known],
        "forecast": result,
        "first": _first_person(result.first, columns, kinds) if result.first else None,
        "sample": sample,
    }
    return render_page(request, "contacts/import_columns.html", context, partial="columns", status=status)


def _column_row(sample: Sample, index: int, column: Column, problems: int) -> dict[str, Any]:
    look = look_of(sample, index)
    is_date = look.has_dates and (column.target.startswith("attribute:") or column.target == "new:date")
    return {
        "index": index,
        "column": column,
        "look": look,
        "problems": problems,
        "new_type": f"new:{look.type}",
        "asks_dates": is_date,
    }


def _first_person(row: Incoming, columns: Sequence[Column], kinds: Mapping[str, AttributeKind]) -> dict[str, Any]:
    """The first good row as a person: name, address and the rest with labels."""
    fields = row.fields
    spoken = {"language": language_name, "country": country_name, "phone": readable_phone}
    shown: list[tuple[Any, str]] = [
        (TARGET_LABELS[key], spoken.get(key, str)(value))
        for key, value in fields.items()
        if key not in {"first_name", "last_name", "email"}
    ]
    for index, column in enumerate(columns):
        kind, _colon, key = column.target.partition(":")
        value = row.attributes.get(f"new {index}" if kind == "new" else key)
        if value is not None:
            value_type = key if kind == "new" else kinds[key].type
            shown.append((column.heading, print_value(value_type, value)))
    name = f"{fields.get('first_name', '')} {fields.get('last_name', '')}".strip()
    return {
        "name": name or fields.get("email") or fields.get("phone", ""),
        "email": fields.get("email", ""),
        "rows": shown,
    }


def _progress_page(request: WorkspaceRequest, import_: Import) -> HttpResponse:
    is_working = import_.status in {Import.Status.QUEUED, Import.Status.RUNNING, Import.Status.UNDOING}
    rejects = ImportReject.objects.of_import(import_)
    reason = request.GET.get("reason", "")
    shown = rejects.filter(reason=reason) if reason else rejects
    after = request.GET.get("after", "")
    page = list(
        shown.filter(row_number__gt=int(after))[: REJECTS_PAGE + 1]
        if after.isdecimal() and len(after) < 19
        else shown[: REJECTS_PAGE + 1]
    )
    elapsed = ((import_.finished_at or now()) - import_.started_at).total_seconds() if import_.started_at else 0
    done = import_.bytes_done / import_.file_size if import_.file_size else 1
    context = {
        "import": import_,
        "is_working": is_working,
        "per_second": import_.total / elapsed if elapsed > 1 and import_.status == Import.Status.RUNNING else None,
        "time_left": time_left(_seconds_left(elapsed, done)) if import_.status == Import.Status.RUNNING else "",
        "percent": min(100, int(done * 100)),
        "parts": _meter(import_),
        "rejects": [_reject(row) for row in page[:REJECTS_PAGE]],
        "more": page[REJECTS_PAGE - 1].row_number if len(page) > REJECTS_PAGE else None,
        "reasons": _reasons(rejects) if import_.rejected and not is_working else [],
        "reason": reason,
        "can_undo": can_be_undone(import_) and request.membership.may("editor"),
        "may_edit": request.membership.may("editor"),
    }
    return render_page(request, "contacts/import_progress.html", context, partial="progress")


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


def _reject(row: ImportReject) -> dict[str, Any]:
    cells = " · ".join(cell for cell in row.cells if cell.strip())
    return {
        "row": row,
        "sentence": describe(row.reason, row.value),
        "cells": cells[:120],
        "shown": row.value or cells[:60],
    }


@require_POST
@workspace_view("editor")
def reread(request: WorkspaceRequest, import_id: uuid.UUID) -> HttpResponse:
    """Read the file of a draft in another encoding or with another delimiter."""
    import_ = get_in_workspace(Import, request.workspace, import_id)
    form = DialectForm(request.POST, import_=import_)
    if form.is_valid():
        change_dialect(import_=import_, **form.cleaned_data)
    return go_to(request, "contacts:import-detail", request.workspace.slug, import_.public_id)


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
    """Go on with an import that failed."""
    import_ = get_in_workspace(Import, request.workspace, import_id)
    if import_.status == Import.Status.FAILED:
        columns = [Column.from_json(stored) for stored in import_.mapping.get("columns", [])]
        start_import(import_=import_, columns=columns, options=import_.options, actor=request.user)
    return go_to(request, "contacts:import-detail", request.workspace.slug, import_.public_id)


@require_POST
@workspace_view("editor")
def discard(request: WorkspaceRequest, import_id: uuid.UUID) -> HttpResponse:
    """Forget a draft."""
    discard_import(import_=get_in_workspace(Import, request.workspace, import_id))
    return go_to(request, "contacts:import", request.workspace.slug)


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
    context = {"import": import_, "removed": import_.created - (kept or 0), "kept": kept}
    return render_page(request, "contacts/import_undo.html", context)


@require_GET
@workspace_view()
def rejects(request: WorkspaceRequest, import_id: uuid.UUID) -> HttpResponse:
    """The rejected rows as a CSV file that can be mended and imported again; the reason stands in the last column."""
    import_ = get_in_workspace(Import, request.workspace, import_id)
    names = [column["heading"] for column in import_.mapping.get("columns", [])]
    rows = ImportReject.objects.of_import(import_).iterator(chunk_size=2000)
    response = StreamingHttpResponse(rejected_csv(names, rows), content_type="text/csv; charset=utf-8")
    name = _("rejected rows of %(file)s") % {"file": import_.file_name}
    response.headers["Content-Disposition"] = content_disposition_header(True, f"{name.removesuffix('.csv')}.csv") or ""
    return response  # type: ignore[return-value]
