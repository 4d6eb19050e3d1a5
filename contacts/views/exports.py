"""Exporting: choosing columns, the file at once or its progress, and fetching it."""

import uuid
from collections.abc import Callable
from typing import Any

from django.http import FileResponse, Http404, HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import WorkspaceRequest, get_in_workspace, workspace_view
from contacts.exporting.columns import columns_of, grouped, usual_columns
from contacts.exporting.files import CONTENT_TYPES
from contacts.exporting.wish import Wish
from contacts.forms import ExportForm
from contacts.list_filters import Choice, ContactFilter, Menu, chips, menus
from contacts.models import Attribute, Export
from contacts.places import country_name, language_name
from contacts.services.errors import TooManyExports
from contacts.services.exports import (
    MAX_CHOSEN,
    is_small,
    offered_until,
    people_in,
    send_at_once,
    start_export,
    stop_export,
)
from core.clock import now
from core.formatting import time_left
from core.htmx import go_to, render_page
from core.ids import uuid_or_none

RECENT = 10


@require_http_methods(["GET", "HEAD", "POST"])
@workspace_view("editor")
def export(request: WorkspaceRequest) -> HttpResponse:
    """Choose columns and the kind of file for the people of the list's address, or for those ticked there."""
    wanted = ContactFilter.from_query(request.GET)
    chosen = [text for text in request.POST.getlist("contact") if uuid_or_none(text)][:MAX_CHOSEN] or None
    columns = columns_of(request.workspace)
    form = ExportForm(request.POST if "format" in request.POST else None, columns=columns)
    if form.is_bound and form.is_valid():
        try:
            return _send(request, form.wish(wanted, chosen))
        except TooManyExports as error:
            form.add_error(None, str(error))
    people = people_in(request.workspace, Wish(wanted=wanted, chosen=chosen, columns=[]))
    ticked = request.POST.getlist("columns") if form.is_bound else usual_columns(columns.values())
    context = {
        "form": form,
        "groups": grouped(columns.values()),
        "ticked": ticked,
        "people": people,
        "is_small": is_small(people),
        "chosen": chosen or [],
        "chips": [] if chosen else chips(_menus(request, wanted), wanted),
        "search": "" if chosen else wanted.search,
        "here": wanted.query_string(),
        "exports": Export.objects.in_workspace(request.workspace).newest_first().select_related("created_by")[:RECENT],
    }
    return render_page(request, "contacts/export.html", context, status=422 if form.is_bound else 200)


def _menus(request: WorkspaceRequest, wanted: ContactFilter) -> list[Menu]:
    """The filters with as many choices as it takes to say in words what is chosen."""
    label = Attribute.objects.in_workspace(request.workspace).filter(key=wanted.has).values_list("label", flat=True)
    names: dict[str, Callable[[str], str]] = {
        "language": language_name,
        "country": country_name,
        "tag": str,
        "has": lambda key: label.first() or key,
    }
    chosen = {name: getattr(wanted, name) for name in names}
    own = {name: [Choice(value, names[name](value))] for name, value in chosen.items() if value}
    return menus(request.workspace, wanted, own)


def _send(request: WorkspaceRequest, wish: Wish) -> HttpResponse:
    """The file, when it is small; else the page that shows how far a worker is with it."""
    people = people_in(request.workspace, wish)
    if people is None or not is_small(people):
        waiting = start_export(workspace=request.workspace, wish=wish, actor=request.user)
        return go_to(request, "contacts:export-detail", request.workspace.slug, waiting.public_id)
    pieces = send_at_once(workspace=request.workspace, wish=wish, people=people, actor=request.user)
    response = StreamingHttpResponse(pieces, content_type=CONTENT_TYPES[wish.format])
    response.headers["Content-Disposition"] = content_disposition_header(True, _file_name(wish.format)) or ""
    return response  # type: ignore[return-value]


def _file_name(kind: str) -> str:
    day = timezone.localdate().isoformat()
    return _("contacts %(day)s") % {"day": day} + f".{kind}"


@require_GET
@workspace_view("editor")
def detail(request: WorkspaceRequest, export_id: uuid.UUID) -> HttpResponse:
    """How far a file is, and where it can be fetched."""
    row = get_in_workspace(Export, request.workspace, export_id)
    is_working = row.status in {Export.Status.QUEUED, Export.Status.RUNNING}
    context = {
        "export": row,
        "is_working": is_working,
        "until": offered_until(row),
        "columns": len(row.columns),
        **(_progress(row) if row.status == Export.Status.RUNNING else {}),
    }
    return render_page(request, "contacts/export_progress.html", context, partial="progress")


def _progress(row: Export) -> dict[str, Any]:
    if not row.expected or row.started_at is None:
        return {}
    done = min(row.rows / row.expected, 1)
    elapsed = (now() - row.started_at).total_seconds()
    left = elapsed * (1 - done) / done if elapsed >= 2 and 0.005 < done < 1 else None
    return {"percent": int(done * 100), "time_left": time_left(left)}


@require_POST
@workspace_view("editor")
def stop(request: WorkspaceRequest, export_id: uuid.UUID) -> HttpResponse:
    """Give up a file that is not ready."""
    row = get_in_workspace(Export, request.workspace, export_id)
    stop_export(export=row)
    return go_to(request, "contacts:export-detail", request.workspace.slug, row.public_id)


@require_GET
@workspace_view("editor")
def fetch(request: WorkspaceRequest, export_id: uuid.UUID) -> HttpResponse:
    """The file."""
    row = get_in_workspace(Export, request.workspace, export_id)
    if row.status != Export.Status.DONE or not row.file:
        return go_to(request, "contacts:export-detail", request.workspace.slug, row.public_id)
    try:
        file = row.file.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    response = FileResponse(file, as_attachment=True, filename=_file_name(row.format))
    response.headers["Content-Type"] = CONTENT_TYPES[row.format]
    return response  # type: ignore[return-value]
