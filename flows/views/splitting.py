"""An address that leads to one of several flows: the address itself, and the pages to make and watch it."""

import uuid
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import WorkspaceRequest, get_in_workspace, workspace_view
from channels.services import page_base
from core.htmx import go_to, render_page
from core.limits import limited
from flows.forms import SplitForm
from flows.models import Flow, FlowSplit, SplitArm
from flows.services.splitting import SplitRefused, count_visit, create_split, draw_arm, end_split, standing_of

COOKIE_DAYS, DAY = 90, 86_400
MARK = "via"
VISITS_PER_ADDRESS = 600


@require_safe
@never_cache
@limited("flow-split", limit=VISITS_PER_ADDRESS, seconds=600, methods=("GET", "HEAD"))
def enter(request: HttpRequest, split: uuid.UUID) -> HttpResponse:
    """Lead a visitor to one of the flows. Who has answered there before comes back to the same."""
    row = get_object_or_404(FlowSplit.objects.with_arms(), public_id=split)
    arms = list(row.arms.all())
    if not arms:  # its flows were deleted
        raise Http404
    chosen = next((arm for arm in arms if arm.pk == row.winner_id), None)
    chosen = chosen or next((arm for arm in arms if str(arm.pk) == request.COOKIES.get(cookie_name(row))), None)
    if chosen is not None and (row.ended_at or chosen.flow.is_live):
        return _lead(request, chosen)
    drawn = draw_arm(arms)
    if drawn is None:
        return _lead(request, arms[0])
    return _lead(request, drawn, count_visit(arm=drawn) if request.method == "GET" else "")


def _lead(request: HttpRequest, arm: SplitArm, mark: str = "") -> HttpResponse:
    """To the flow, with what the address carried."""
    query = request.GET.copy()
    query.pop(MARK, None)
    carried = [*query.lists(), *([(MARK, [mark])] if mark else [])]
    address = reverse("flow:enter", args=[arm.flow.public_id])
    return HttpResponseRedirect(f"{address}?{urlencode(carried, doseq=True)}" if carried else address)


def cookie_name(split: FlowSplit) -> str:
    """The cookie of one split; its path keeps it from all others."""
    return f"split-{split.pk}"


def remember_arm(response: HttpResponse, arm: SplitArm) -> None:
    """Let who has answered come back to the same flow. Who only looked is given no cookie."""
    response.set_cookie(
        cookie_name(arm.split), str(arm.pk), max_age=COOKIE_DAYS * DAY, httponly=True, samesite="Lax",
        path=reverse("flow:split", args=[arm.split.public_id]), secure=settings.SESSION_COOKIE_SECURE,
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@workspace_view()
def index(request: WorkspaceRequest) -> HttpResponse:
    """All addresses of this kind; a POST makes one."""
    flows = Flow.objects.in_workspace(request.workspace).filter(status=Flow.Status.LIVE, archived_at=None)
    flows = flows.defer("draft").order_by("name", "pk")
    form = SplitForm(request.POST or None, flows=flows)
    if request.method == "POST" and form.is_valid():
        try:
            made = create_split(
                workspace=request.workspace, actor=request.user, name=form.cleaned_data["name"], shares=form.shares()
            )
        except SplitRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            return go_to(request, "flows:split", request.workspace.slug, made.public_id)
    context = {
        "form": form,
        "splits": FlowSplit.objects.in_workspace(request.workspace).with_arms().order_by("-pk")[:200],
        "may_edit": request.membership.may("editor"),
        "has_flows": flows.count() > 1,
        "nav": "flows",
    }
    return render_page(request, "flows/splits.html", context, status=422 if form.is_bound else 200)


@require_safe
@workspace_view()
def detail(request: WorkspaceRequest, split: uuid.UUID) -> HttpResponse:
    """The address, and how the flows behind it compare."""
    row = get_in_workspace(FlowSplit, request.workspace, split)
    context: dict[str, Any] = {
        "split": row,
        "standing": standing_of(row),
        "address": f"{page_base(request.workspace)}{reverse('flow:split', args=[row.public_id])}",
        "may_edit": request.membership.may("editor"),
        "nav": "flows",
    }
    return render(request, "flows/split.html", context)


@require_POST
@workspace_view("editor")
def end(request: WorkspaceRequest, split: uuid.UUID) -> HttpResponse:
    """Lead everybody to one flow from now on."""
    row = get_in_workspace(FlowSplit, request.workspace, split)
    flow = get_object_or_404(Flow.objects.in_workspace(request.workspace), pk=_number(request.POST.get("flow")))
    try:
        end_split(split=row, actor=request.user, flow=flow)
    except SplitRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Everybody is led to “%(name)s” from now on.") % {"name": flow.name})
    return go_to(request, "flows:split", request.workspace.slug, row.public_id)


def _number(text: Any) -> int:
    return int(text) if str(text).isascii() and str(text).isdigit() and len(str(text)) < 15 else 0
