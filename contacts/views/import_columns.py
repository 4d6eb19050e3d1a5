"""Matching the columns of a file: what each becomes, what would happen, trying it on the whole file, starting."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import WorkspaceRequest, get_in_workspace, workspace_view
from contacts.addresses import readable_phone
from contacts.details import AttributeKind
from contacts.forms import DialectForm, ImportOptionsForm, SheetForm
from contacts.importing.batch import Incoming
from contacts.importing.columns import CONSENT_DAY, FIELD_TARGETS, NEW_TYPES, Column, suggest
from contacts.importing.dialect import Dialect, UnreadableFile
from contacts.importing.preview import Forecast, Sample, forecast, look_of, sample_of
from contacts.models import Attribute, Import, Rehearsal
from contacts.places import country_name, language_name
from contacts.problems import describe
from contacts.services import start_import
from contacts.services.contacts import attribute_kinds
from contacts.services.errors import ContactError
from contacts.services.imports import save_choices
from contacts.services.layouts import Remembered, recall_layout, suggestions_from
from contacts.services.rehearsing import choices_digest, rehearse_import, stop_rehearsal
from contacts.services.uploading import change_dialect, choose_sheet, headings
from contacts.values import ReadingRules, print_value
from contacts.wording import TARGET_LABELS
from core.clock import zone_or_none
from core.htmx import go_to, is_fragment_request, render_page

TEMPLATE = "contacts/import_columns.html"


@require_POST
@workspace_view("editor")
def start(request: WorkspaceRequest, import_id: uuid.UUID) -> HttpResponse:
    """Start a draft with the columns as chosen, try them on the whole file (`try`), or only look again (`look`)."""
    import_ = get_in_workspace(Import, request.workspace, import_id)
    if import_.status != Import.Status.DRAFT:
        return go_to(request, "contacts:import-detail", request.workspace.slug, import_.public_id)
    form = ImportOptionsForm(request.POST, workspace=request.workspace)
    is_valid, columns = form.is_valid(), _chosen(request, import_)
    if "look" in request.POST:
        save_choices(import_=import_, columns=columns, options=form.options())
        fresh = ImportOptionsForm(initial=request.POST.dict(), workspace=request.workspace)
        return columns_page(request, import_, fresh, columns)
    if is_valid:
        try:
            if "try" in request.POST:
                rehearse_import(import_=import_, columns=columns, options=form.options())
            else:
                start_import(import_=import_, columns=columns, options=form.options(), actor=request.user)
        except ContactError as error:
            form.show(error)
        else:
            return go_to(request, "contacts:import-detail", request.workspace.slug, import_.public_id)
    return columns_page(request, import_, form, columns, status=422)


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


def columns_page(
    request: WorkspaceRequest,
    import_: Import,
    form: ImportOptionsForm | None = None,
    columns: Sequence[Column] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page of a draft. Without `columns` and `form` it shows what was chosen so far, or else what is suggested."""
    names = headings(import_)
    remembered = recall_layout(request.workspace, names)
    with import_.file.open("rb") as file:
        sample = sample_of(file.file, Dialect.from_json(import_.dialect), names)
    form = form or ImportOptionsForm(initial=import_.options or remembered.options, workspace=request.workspace)
    columns = columns or _columns_so_far(request, import_, sample, remembered)
    options = {name: form[name].value() or "" for name in ("mode", "region", "match_by")}
    result = _forecast(request, sample, columns, options)
    rows = [
        _column_row(sample, index, column, result.problems[index], remembered) for index, column in enumerate(columns)
    ]
    context = {
        "import": import_,
        "form": form,
        "dialect_form": DialectForm(import_=import_),
        "sheet_form": SheetForm(import_=import_) if import_.source else None,
        "columns": rows,
        "chosen": sum(bool(column.target) for column in columns),
        "is_as_last_time": remembered.is_same_file and any(row["is_remembered"] for row in rows),
        "fields": [(target, TARGET_LABELS[target]) for target in FIELD_TARGETS],
        "attributes": [
            (f"attribute:{attribute.key}", attribute.label)
            for attribute in Attribute.objects.in_workspace(request.workspace).by_label()
        ],
        "forecast": _tally(result.counted),
        "first": _first_person(result.first, columns, attribute_kinds(request.workspace)) if result.first else None,
        "sample": sample,
        **_rehearsal(import_, choices_digest(import_, columns, options)),
    }
    return render_page(request, TEMPLATE, context, partial="columns", status=status)


def _forecast(
    request: WorkspaceRequest, sample: Sample, columns: Sequence[Column], options: Mapping[str, str]
) -> Forecast:
    """What would happen with the first rows."""
    return forecast(
        sample,
        columns,
        attribute_kinds(request.workspace),
        workspace_id=request.workspace.pk,
        mode=options["mode"] or "upsert",
        match_by=options["match_by"],
        region=options["region"],
        rules=ReadingRules(zone=zone_or_none(request.workspace.time_zone)),
    )


def _columns_so_far(
    request: WorkspaceRequest, import_: Import, sample: Sample, remembered: Remembered
) -> Sequence[Column]:
    """What somebody chose before they left the page; else a suggestion."""
    stored = [Column.from_json(column) for column in import_.mapping.get("columns", [])]
    if [column.heading for column in stored] == sample.headings:
        return stored
    cells = [sample.cells(index) for index in range(len(sample.headings))]
    return suggest(sample.headings, cells, suggestions_from(request.workspace), remembered.columns)


def _column_row(sample: Sample, index: int, column: Column, problems: int, remembered: Remembered) -> dict[str, Any]:
    look = look_of(sample, index)
    before = remembered.columns.get(column.heading)
    is_date = look.has_dates and column.target.startswith(("attribute:", "new:date", CONSENT_DAY))
    return {
        "index": index,
        "column": column,
        "look": look,
        "problems": problems,
        "new_type": f"new:{look.type}",
        "asks_dates": is_date,
        "is_remembered": before is not None and before.target == column.target,
    }


def _tally(counted: Any) -> dict[str, Any]:
    """What a forecast or a rehearsal counted, for the page."""
    names = ("total", "created", "updated", "unchanged", "repeated", "rejected")
    reasons = sorted(counted.reasons.items(), key=lambda pair: -pair[1]["count"])
    return {name: getattr(counted, name) for name in names} | {
        "reasons": [(describe(code), found["count"], found["samples"]) for code, found in reasons]
    }


def _rehearsal(import_: Import, digest: str) -> dict[str, Any]:
    """What is known of trying the whole file; `is_current` is false when something else was chosen since."""
    rehearsal: Rehearsal | None = getattr(import_, "rehearsal", None)
    if rehearsal is None:
        return {"rehearsal": None}
    share = rehearsal.bytes_done / import_.file_size if import_.file_size else 1.0
    return {
        "rehearsal": rehearsal,
        "rehearsed": _tally(rehearsal),
        "is_rehearsing": rehearsal.status in {Rehearsal.Status.QUEUED, Rehearsal.Status.RUNNING},
        "is_current": rehearsal.choices == digest,
        "percent": min(100, int(share * 100)),
    }


@require_GET
@workspace_view("editor")
def rehearsal(request: WorkspaceRequest, import_id: uuid.UUID) -> HttpResponse:
    """How far trying the whole file has come; part of the page of the draft."""
    import_ = get_in_workspace(Import, request.workspace, import_id)
    if import_.status != Import.Status.DRAFT or not is_fragment_request(request):
        return go_to(request, "contacts:import-detail", request.workspace.slug, import_.public_id)
    columns = [Column.from_json(stored) for stored in import_.mapping.get("columns", [])]
    context = {"import": import_, **_rehearsal(import_, choices_digest(import_, columns, import_.options))}
    return render_page(request, TEMPLATE, context, partial="rehearsal")


@require_POST
@workspace_view("editor")
def stop_trying(request: WorkspaceRequest, import_id: uuid.UUID) -> HttpResponse:
    """Stop trying the whole file."""
    import_ = get_in_workspace(Import, request.workspace, import_id)
    stop_rehearsal(import_=import_)
    return go_to(request, "contacts:import-detail", request.workspace.slug, import_.public_id)


@require_POST
@workspace_view("editor")
def reread(request: WorkspaceRequest, import_id: uuid.UUID) -> HttpResponse:
    """Read the file of a draft in another encoding, with another delimiter, or with or without a heading."""
    import_ = get_in_workspace(Import, request.workspace, import_id)
    form = DialectForm(request.POST, import_=import_)
    if form.is_valid():
        change_dialect(import_=import_, **form.dialect())
    return go_to(request, "contacts:import-detail", request.workspace.slug, import_.public_id)


@require_POST
@workspace_view("editor")
def sheet(request: WorkspaceRequest, import_id: uuid.UUID) -> HttpResponse:
    """Take another sheet of the workbook."""
    import_ = get_in_workspace(Import, request.workspace, import_id)
    form = SheetForm(request.POST, import_=import_)
    if form.is_valid():
        try:
            choose_sheet(import_=import_, sheet=form.cleaned_data["sheet"])
        except UnreadableFile as error:
            messages.warning(request, _("%(reason)s The sheet of before is kept.") % {"reason": error})
    return go_to(request, "contacts:import-detail", request.workspace.slug, import_.public_id)


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
