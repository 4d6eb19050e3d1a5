"""Files on their way in: choosing one, and where each of them stands."""

import uuid

from django.http import HttpResponse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import WorkspaceRequest, get_in_workspace, workspace_view
from contacts.forms import UploadForm
from contacts.importing.dialect import UnreadableFile
from contacts.importing.intake.spooling import SENTENCES
from contacts.models import Import
from contacts.services import upload_import
from contacts.services.uploading import discard_import
from contacts.views.import_columns import columns_page
from contacts.views.import_progress import progress_page
from core.htmx import go_to, render_page
from core.uploads import has_no_room

RECENT = 20


@require_http_methods(["GET", "HEAD", "POST"])
@workspace_view("editor")
def upload(request: WorkspaceRequest) -> HttpResponse:
    """Choose a file. Below it are files that were not started yet, and the imports of before."""
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if has_no_room(request):
        form.errors["file"] = form.error_class([str(SENTENCES["no_room"])])
    if request.method == "POST" and form.is_valid():
        try:
            import_ = upload_import(workspace=request.workspace, file=form.cleaned_data["file"], actor=request.user)
        except UnreadableFile as error:
            form.add_error("file", str(error))
        else:
            return go_to(request, "contacts:import-detail", request.workspace.slug, import_.public_id)
    mine = Import.objects.in_workspace(request.workspace).select_related("created_by")
    context = {"form": form, "drafts": mine.drafts()[:RECENT], "imports": mine.newest_first()[:RECENT]}
    return render_page(request, "contacts/import_upload.html", context, status=422 if form.is_bound else 200)


@require_GET
@workspace_view()
def detail(request: WorkspaceRequest, import_id: uuid.UUID) -> HttpResponse:
    """An import where it stands: matching columns, or its progress and what became of the rows."""
    import_ = get_in_workspace(Import, request.workspace, import_id)
    if import_.status == Import.Status.DRAFT:
        return columns_page(request, import_)
    return progress_page(request, import_)


@require_POST
@workspace_view("editor")
def discard(request: WorkspaceRequest, import_id: uuid.UUID) -> HttpResponse:
    """Forget a draft."""
    discard_import(import_=get_in_workspace(Import, request.workspace, import_id))
    return go_to(request, "contacts:import", request.workspace.slug)
