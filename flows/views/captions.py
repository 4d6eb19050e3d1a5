"""Captions of videos: taken from whoever makes a flow, handed out to whoever watches."""

import uuid

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import WorkspaceRequest, workspace_view
from core.limits import is_over_limit, limited
from flows.captions import NotCaptions, path_of, save_captions

UPLOADS_AN_HOUR = 200
READS_A_MINUTE = 600


@require_POST
@workspace_view("editor")
def add_captions(request: WorkspaceRequest) -> HttpResponse:
    """Store one file; answers with its address, or with a sentence about why not."""
    upload = request.FILES.get("captions")
    if upload is None:
        return JsonResponse({"problem": _("Choose a file first.")}, status=422)
    if is_over_limit("captions", str(request.workspace.pk), limit=UPLOADS_AN_HOUR, seconds=3600):
        return JsonResponse(
            {"problem": _("Too many files in one hour. Nothing was stored; try again later.")}, status=422
        )
    try:
        return JsonResponse({"address": save_captions(workspace=request.workspace, upload=upload)})
    except NotCaptions as refusal:
        return JsonResponse({"problem": str(refusal)}, status=422)


@require_safe
@limited("captions-read", limit=READS_A_MINUTE, seconds=60, methods=("GET",))
def captions(request: HttpRequest, folder: uuid.UUID, name: uuid.UUID) -> FileResponse:
    """One file of captions. Its name is random and its content never changes, so it may be kept for a year."""
    try:
        stored = default_storage.open(path_of(folder, name))
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(stored, content_type="text/vtt; charset=utf-8")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
