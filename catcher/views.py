"""Pages that show caught mail. Development only: the addresses do not exist in production."""

import uuid
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from catcher import services
from catcher.models import CaughtMessage
from catcher.reading import frame_html, part_bytes, read
from core import policy
from core.formatting import number
from core.htmx import go_to, render_page

PAGE_SIZE = 40
VIEWS = ("html", "text", "headers", "source")


@require_GET
def show_list(request: HttpRequest) -> HttpResponse:
    """Everything caught, newest first."""
    return render_page(request, "catcher/mail.html", _list_context(request), partial="rows")


@require_GET
def show_message(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """One mail beside the list, in the view `?show=`."""
    caught = get_object_or_404(CaughtMessage, public_id=public_id)
    reading = read(bytes(caught.source))
    shown = request.GET.get("show", "")
    if shown not in VIEWS:
        shown = "html" if reading.html else "text"
    context = _list_context(request) | {"caught": caught, "reading": reading, "shown": shown, "views": _view_names()}
    return render_page(request, "catcher/mail.html", context, partial="rows")


@require_GET
def show_html(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The HTML part for the sandboxed frame, under the policy of message previews."""
    caught = get_object_or_404(CaughtMessage, public_id=public_id)
    return policy.show_message(HttpResponse(frame_html(read(bytes(caught.source)).html)))


@require_GET
def download_part(request: HttpRequest, public_id: uuid.UUID, index: int) -> HttpResponse:
    """An attachment, always as a download."""
    caught = get_object_or_404(CaughtMessage, public_id=public_id)
    found = part_bytes(bytes(caught.source), index)
    if found is None:
        raise Http404
    name, content = found
    response = HttpResponse(content, content_type="application/octet-stream")
    disposition = content_disposition_header(as_attachment=True, filename=name)
    response.headers["Content-Disposition"] = disposition or "attachment"
    return response


@require_POST
def clear_all(request: HttpRequest) -> HttpResponse:
    """Forget all caught mail."""
    services.clear()
    return go_to(request, "catcher:list")


def _list_context(request: HttpRequest) -> dict[str, Any]:
    words = request.GET.get("q", "").strip()
    messages = CaughtMessage.objects.matching(words).newest_first()
    page = Paginator(messages, PAGE_SIZE).get_page(request.GET.get("page"))
    total = page.paginator.count
    heading = ngettext("%(count)s message", "%(count)s messages", total) % {"count": number(total)}
    return {"page": page, "words": words, "heading": heading}


def _view_names() -> list[tuple[str, str]]:
    return [("html", _("As read")), ("text", _("Text")), ("headers", _("Headers")), ("source", _("Source"))]
