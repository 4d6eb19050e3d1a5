"""How fast messages may leave: limits of the workspace, and of each sender with its warm-up."""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import WorkspaceRequest, get_in_workspace, workspace_view
from accounts.models import Role
from channels.models import Sender
from core.htmx import go_to, render_page
from delivery.forms import SenderLimitsForm, WorkspaceLimitsForm
from delivery.models import Dispatch
from delivery.services import pace_of, sender_pace, set_limits
from delivery.services.pace import (
    SenderPace,
    company_domains,
    limits_of,
    sender_paces,
    today_of,
    try_sender_again,
    used_today,
)


@dataclass(frozen=True, slots=True)
class PlanDay:
    """One day of a warm-up plan, as the page shows it."""

    number: int
    date: dt.date
    messages: int
    is_past: bool
    is_today: bool


@require_http_methods(["GET", "HEAD", "POST"])
@workspace_view(write_role="owner")
def workspace_limits(request: WorkspaceRequest) -> HttpResponse:
    """The limits of the whole workspace, and where each sender stands."""
    limits = limits_of(request.workspace)
    form = WorkspaceLimitsForm(request.POST or None, initial={"hourly": limits.hourly, "daily": limits.daily})
    if request.method == "POST" and form.is_valid():
        set_limits(workspace=request.workspace, actor=request.user, limits=form.limits())
        messages.success(request, _("The limits are saved. They hold from now on."))
        return go_to(request, "delivery:pace", request.workspace.slug)
    senders = Sender.objects.in_workspace(request.workspace)
    context = {
        "form": form,
        "limits": limits,
        "used_today": used_today(request.workspace),
        "senders": sender_paces(senders),
        "companies": company_domains(request.workspace),
        "may_change": request.membership.may(Role.OWNER),
        "tab": "pace",
        "nav": "accounts",
    }
    return render_page(request, "delivery/pace.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@workspace_view()
def sender_limits(request: WorkspaceRequest, sender: UUID) -> HttpResponse:
    """One sender's limits, its warm-up, and what receivers say of its speed."""
    stored = get_in_workspace(Sender, request.workspace, sender)
    pace, today = sender_pace(stored), today_of(request.workspace)
    form = SenderLimitsForm(request.POST or None, today=today, limits=pace.limits)
    if request.method == "POST" and form.is_valid():
        set_limits(workspace=request.workspace, actor=request.user, sender=stored, limits=form.limits())
        messages.success(request, _("The limits are saved. They hold from now on."))
        return go_to(request, "delivery:sender-pace", request.workspace.slug, stored.public_id)
    context = {
        "form": form,
        "sender": stored,
        "pace": pace,
        "plan": plan_days(pace, today),
        "may_change": request.membership.may(Role.EDITOR),
        "tab": "pace",
        "nav": "accounts",
    }
    return render_page(request, "delivery/sender_pace.html", context, status=422 if form.is_bound else 200)


@require_safe
@workspace_view()
def dispatch_pace(request: WorkspaceRequest, dispatch: UUID) -> HttpResponse:
    """What limits mean for a campaign that is going out, as a part of its page; empty where nothing limits it."""
    row = get_in_workspace(Dispatch, request.workspace, dispatch)
    pace = pace_of(row) if row.status in (Dispatch.Status.RUNNING, Dispatch.Status.PAUSED) else None
    return render(request, "delivery/_pace.html", {"pace": pace, "workspace": request.workspace})


@require_POST
@workspace_view()
def try_again(request: WorkspaceRequest, sender: UUID) -> HttpResponse:
    """A person says that what stopped a sender is mended."""
    stored = get_in_workspace(Sender, request.workspace, sender)
    if try_sender_again(sender=stored, actor=request.user):
        messages.success(
            request, _("The next message from this sender is a try. When it is accepted, the others follow.")
        )
    return go_to(request, "delivery:sender-pace", request.workspace.slug, stored.public_id)


def plan_days(pace: SenderPace, today: dt.date) -> list[PlanDay]:
    """The warm-up plan day by day."""
    start = pace.limits.plan_from
    if start is None:
        return []
    days = [(number, start + dt.timedelta(days=number), amount) for number, amount in enumerate(pace.limits.plan)]
    return [PlanDay(number + 1, date, amount, date < today, date == today) for number, date, amount in days]
