"""Bringing a flow to people: the script that embeds it, its code to scan, and the page that offers both."""

import io
import uuid

import segno
from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.access import WorkspaceRequest, workspace_view
from channels.services import page_base
from core.limits import limited
from flows.cards import card_address, card_of, drawn, outcome_of
from flows.documents import compiled
from flows.models import Flow
from flows.views.visitors import locales_of, trusted_keys

HOUR, YEAR = 3_600, 31_536_000
# A picture takes a tenth of a second to draw the first time.
CARDS_PER_ADDRESS = 300
SCRIPT = "js/flow-embed.js"


@require_safe
def embed_script(request: HttpRequest) -> HttpResponse:
    """The script that other sites load: at an address that stays, unlike that of a static file."""
    found = finders.find(SCRIPT) if settings.WHITENOISE_USE_FINDERS else None
    if found:
        with open(str(found), "rb") as file:
            body = file.read()
    else:
        with staticfiles_storage.open(SCRIPT) as file:
            body = file.read()
    response = HttpResponse(body, content_type="text/javascript; charset=utf-8")
    response.headers["Cache-Control"] = f"public, max-age={HOUR}"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@require_safe
def qr_code(request: HttpRequest, flow: uuid.UUID) -> HttpResponse:
    """The flow's address to scan (ISO/IEC 18004), as a drawing that prints at any size."""
    row = Flow.objects.published().select_related("workspace").filter(public_id=flow).first()
    if row is None:
        raise Http404
    drawing = io.BytesIO()
    segno.make(_address(row), error="m").save(drawing, kind="svg", scale=8, border=4, dark="#000", light="#fff")
    response = HttpResponse(drawing.getvalue(), content_type="image/svg+xml")
    response.headers["Cache-Control"] = f"public, max-age={HOUR}"
    return response


@require_safe
@limited("flow-card", limit=CARDS_PER_ADDRESS, seconds=600, methods=("GET", "HEAD"))
def card(request: HttpRequest, flow: uuid.UUID) -> HttpResponse:
    """The picture beside a shared link: of the flow, or with ?r= of an outcome, in the language ?lang=."""
    row = Flow.objects.for_page(flow)
    if row is None or row.live_version is None:
        raise Http404
    version = compiled(row.live_version)
    wished, locales = request.GET.get("lang", ""), locales_of(version.document)
    outcome = outcome_of(version, request.GET.get("r", ""))
    found = card_of(row, version, wished if wished in locales else locales[0], outcome)
    if found is None:
        raise Http404
    response = HttpResponse(drawn(found), content_type="image/png")
    is_this_one = request.GET.get("v") == found.digest
    response.headers["Cache-Control"] = (
        f"public, max-age={YEAR}, immutable" if is_this_one else f"public, max-age={HOUR}"
    )
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@require_safe
@workspace_view()
def share(request: WorkspaceRequest, flow: uuid.UUID) -> HttpResponse:
    """How to bring a flow to people: link, code to scan, and lines for other sites."""
    row = get_object_or_404(Flow.objects.with_page().in_workspace(request.workspace), public_id=flow)
    address = _address(row)
    allowed, picture, has_trusted = None, "", False
    if row.live_version is not None:
        version = compiled(row.live_version)
        allowed = (version.settings.get("embed") or {}).get("allowed_origins")
        has_trusted = bool(trusted_keys(version.document))
        shown = card_of(row, version, version.default_locale)
        picture = card_address(row, shown, version.default_locale) if shown else ""
    context = {
        "flow": row,
        "address": address,
        "snippets": _snippets(row, address),
        "allowed": allowed,
        "picture": picture,
        "has_trusted": has_trusted,
        "workspace": request.workspace,
        "nav": "flows",
    }
    return render(request, "flows/share.html", context)


def _address(row: Flow) -> str:
    return f"{page_base(row.workspace)}{reverse('flow:enter', args=[row.public_id])}"


def _snippets(row: Flow, address: str) -> dict[str, str]:
    """Lines to be pasted into a site: into a page, as a window that opens by itself, and without a script."""
    script = f'<script async src="{page_base(row.workspace)}{reverse("flow:embed")}" data-flow="{row.public_id}"'
    return {
        "inline": f"{script}></script>",
        "popup": f'{script} data-mode="popup" data-delay="10" data-scroll="50" data-exit></script>',
        "frame": f'<iframe src="{address}?embed=1" width="100%" height="600" title="{_attribute(row.name)}"></iframe>',
    }


def _attribute(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
