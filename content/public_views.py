"""Hands out pictures that messages show. Only these: other stored files (imports, exports) have no address."""

from __future__ import annotations

import uuid

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest
from django.views.decorators.http import require_safe

from content.pictures import path_of

TYPES = {"png": "image/png", "jpg": "image/jpeg", "gif": "image/gif", "webp": "image/webp"}


@require_safe
def picture(request: HttpRequest, folder: uuid.UUID, name: uuid.UUID, extension: str) -> FileResponse:
    """One picture. Its name is random and its content never changes, so it may be kept for a year."""
    try:
        stored = default_storage.open(path_of(folder, f"{name}.{extension}"))
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(stored, content_type=TYPES[extension])
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
