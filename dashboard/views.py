"""Home, search and the front door."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import WorkspaceRequest, workspace_view
from accounts.models import Workspace
from core.clock import now, zone_or_none
from core.htmx import render_page
from core.services import workers_are_down
from dashboard.chart import draw_columns
from dashboard.reading import DAYS, Beginnings, beginnings_of, failed_imports, find_everything, joined_lately

LONGEST_SEARCH = 120
CHART_WIDTHS = (("hide-sm", 640, 4), ("only-sm", 330, 2))


@login_required
def front_door(request: HttpRequest) -> HttpResponse:
    """To the first workspace of whoever is signed in; to making one when there is none."""
    first = Workspace.objects.of_user(request.user).first()
    return redirect("dashboard:home", first.slug) if first else redirect("account:create_workspace")


@workspace_view()
def home(request: WorkspaceRequest) -> HttpResponse:
    """What goes out next, what happened lately, who joined, what needs somebody, what is left to set up."""
    moment = now()
    may_edit = request.membership.may("editor")
    beginnings = beginnings_of(request.workspace)
    steps = _steps(beginnings)
    zone = _zone_of(request)
    context = {
        "greeting": _greeting(timezone.localtime(moment, zone).hour),
        "first_name": request.user.name.partition(" ")[0],
        "moment": timezone.localtime(moment, zone),
        "place": _place(zone),
        "may_edit": may_edit,
        "beginnings": beginnings,
        "shows_beginnings": may_edit and beginnings.done < len(steps),
        "steps": steps,
        "failed_imports": failed_imports(request.workspace, moment - dt.timedelta(days=7)) if may_edit else [],
        "workers_down": workers_are_down(),
    }
    return render(request, "dashboard/home.html", context)


@workspace_view()
def joined_panel(request: WorkspaceRequest) -> HttpResponse:
    """The chart of who joined; home loads it by itself, since counting a million people takes a moment."""
    joined = joined_lately(request.workspace, _zone_of(request), now())
    charts = [
        {"css": css, "columns": draw_columns(joined.days, width=width, labels=labels)}
        for css, width, labels in CHART_WIDTHS
    ]
    busiest = max(joined.days, key=lambda day: day.lower + day.upper)
    context = {"joined": joined, "charts": charts, "busiest": busiest, "days": DAYS}
    return render(request, "dashboard/_joined.html", context)


@workspace_view()
def workers_panel(request: WorkspaceRequest) -> HttpResponse:
    """The banner that says that the background processes have stopped; empty while they work."""
    return render(request, "dashboard/_workers.html", {"workers_down": workers_are_down()})


@workspace_view()
def search(request: WorkspaceRequest) -> HttpResponse:
    """Everything whose name holds the words of `q`."""
    words = " ".join(request.GET.get("q", "").replace("\x00", "").split())[:LONGEST_SEARCH]
    findings = find_everything(request.workspace, words) if words else None
    context = {"words": words, "findings": findings, "nav": "search"}
    return render_page(request, "dashboard/search.html", context, partial="results")


def _zone_of(request: WorkspaceRequest) -> ZoneInfo:
    """The viewer's zone, else the workspace's, else UTC."""
    return zone_or_none(request.user.time_zone) or zone_or_none(request.workspace.time_zone) or ZoneInfo("UTC")


def _place(zone: ZoneInfo) -> str:
    """The place in a zone's name: “Auckland” of Pacific/Auckland."""
    return str(zone).rpartition("/")[2].replace("_", " ")


def _greeting(hour: int) -> str:
    if 5 <= hour < 12:
        return _("Good morning")
    if 12 <= hour < 18:
        return _("Good afternoon")
    return _("Good evening")


def _steps(beginnings: Beginnings) -> list[dict[str, Any]]:
    """The first steps: words, whether each is done, and the URL name of the page where it is done."""
    return [
        {"label": _("Add a sender address"), "done": beginnings.sender, "page": "channels:senders"},
        {"label": _("Bring in your contacts"), "done": beginnings.contacts, "page": "contacts:import"},
        {"label": _("Open a sign-up page"), "done": beginnings.signup_page, "page": "consent:page-create"},
        {"label": _("Write a template"), "done": beginnings.template, "page": "content:list"},
        {"label": _("Send your first campaign"), "done": beginnings.campaign, "page": "campaigns:create"},
        {"label": _("Publish a form or quiz"), "done": beginnings.flow, "page": "flows:gallery"},
    ]
