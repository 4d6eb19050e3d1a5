"""Files that came with answers, for members of the workspace. They are saved, never opened in the browser."""

import uuid
from typing import Any, cast

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from accounts.access import WorkspaceRequest, workspace_view
from flows.models import FlowFile


@require_safe
@workspace_view()
def download(request: WorkspaceRequest, flow: uuid.UUID, file: uuid.UUID) -> HttpResponse:
    """One file, with the name it came by and no type that anything would run."""
    rows = FlowFile.objects.in_workspace(request.workspace).filter(session__flow__public_id=flow)
    row = get_object_or_404(rows, public_id=file)
    try:
        stored = default_storage.open(row.path)
    except FileNotFoundError as error:
        raise Http404 from error
    response: Any = FileResponse(stored, as_attachment=True, filename=row.name, content_type="application/octet-stream")
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return cast(HttpResponse, response)
