"""Handing out the picture of an entry, as a picture and nothing else."""

from django.core.files.storage import default_storage
from django.http import Http404, HttpResponse

from contests.models import Entry
from contests.pictures import SHOWN_TYPES, without_notes
from core.ids import uuid_or_none

LARGEST = 25_000_000


def picture_response(entry: Entry) -> HttpResponse:
    """The file that came with the entry's session. Raises Http404 where it is gone or is no picture."""
    public_id = uuid_or_none(entry.picture.get("id"))
    file = entry.session.files.filter(public_id=public_id).first() if public_id and entry.session else None
    if file is None or file.type not in SHOWN_TYPES or file.size > LARGEST:
        raise Http404
    try:
        with default_storage.open(file.path) as stored:
            content = without_notes(stored.read(), file.type)
    except OSError:
        raise Http404 from None
    if not content:
        raise Http404
    response = HttpResponse(content, content_type=file.type)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Disposition"] = "inline"
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response
