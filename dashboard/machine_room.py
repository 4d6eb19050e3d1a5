"""The machine room: what goes out of the whole installation, and which processes send it."""

from typing import Any

from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import OperatorRequest, operator_view
from campaigns.going_out import with_campaigns
from core.htmx import render_page
from core.services import workers_are_down
from delivery.services.going_out import MOST, going_out
from delivery.services.machine_room import Machine, machines, shares_of, single_mail

MANY = 200_000


@never_cache
@operator_view
@require_safe
def sending(request: OperatorRequest) -> HttpResponse:
    """Everything that is on its way from here; renews itself every few seconds."""
    found = going_out()
    waiting = sum(one.waiting for one in found)
    context = {
        "rows": with_campaigns(found),
        "is_cut": len(found) == MOST,
        "most": MOST,
        "waiting": waiting,
        "due": sum(one.due for one in found if not one.is_paused),
        "per_minute": sum(one.per_minute for one in found),
        "shares": shares_of(found),
        "single": single_mail(),
        "poll_seconds": 5 if waiting < MANY else 15,
        "workers_down": workers_are_down(),
        **_processes(machines()),
    }
    return render_page(request, "dashboard/machine_room.html", context, partial="live")


def _processes(found: list[Machine]) -> dict[str, Any]:
    everybody = [one for machine in found for one in machine.processes]
    return {
        "machines": found,
        "alive": sum(one.state != "gone" for one in everybody),
        "gone": sum(one.state == "gone" for one in everybody),
        "nobody_for_campaigns": not any(one.row.sends_campaigns and one.state != "gone" for one in everybody),
    }
