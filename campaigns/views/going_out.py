"""What is going out now: how much waits, for whom, how fast it goes, what slows it, and when it is over."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from accounts.access import WorkspaceRequest, workspace_view
from campaigns.going_out import departures_of
from campaigns.models import Campaign
from core.htmx import render_page
from core.services import workers_are_down

# Counting a million that wait takes longer than counting a thousand.
MANY = 200_000
NEXT = 3


@require_safe
@workspace_view()
def going_out(request: WorkspaceRequest) -> HttpResponse:
    """Everything on its way in the workspace; the figures renew themselves every few seconds."""
    rows = departures_of(request.workspace)
    waiting = sum(row.state.waiting for row in rows)
    planned = Campaign.objects.in_workspace(request.workspace).filter(status=Campaign.Status.SCHEDULED)
    context = {
        "rows": rows,
        "waiting": waiting,
        "per_minute": sum(row.state.per_minute for row in rows),
        "poll_seconds": 5 if waiting < MANY else 15,
        "next": [] if rows else list(planned.order_by("scheduled_at", "pk")[:NEXT]),
        "workers_down": workers_are_down(),
        "may_edit": request.membership.may("editor"),
    }
    return render_page(request, "campaigns/going_out.html", context, partial="live")
