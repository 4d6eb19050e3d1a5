"""The calendar of campaigns, and moving one to another day."""

import datetime as dt
import uuid
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import WorkspaceRequest, workspace_view
from campaigns import services
from campaigns.calendar import MONTH, WEEK, Entry, Span, daily_campaigns, days_of, loose_drafts, span_of
from campaigns.errors import CampaignError
from campaigns.models import Campaign
from campaigns.move_form import MoveForm
from campaigns.planning import home_zone
from campaigns.schedule import place_of
from campaigns.views.loading import load_campaign, page_url_name
from core.clock import now
from core.formatting import absolute_time
from core.htmx import render_page


@workspace_view()
def calendar(request: WorkspaceRequest) -> HttpResponse:
    """A month or a week of what goes out and went out, on the workspace's clock; `view` and `at` are in the address."""
    zone = home_zone(request.workspace.time_zone)
    moment = now()
    today = moment.astimezone(zone).date()
    view = WEEK if request.GET.get("view") == WEEK else MONTH
    # Django counts from Sunday, Python from Monday.
    first_weekday = (formats.get_format("FIRST_DAY_OF_WEEK") - 1) % 7
    span = span_of(view, _day(request.GET.get("at", ""), today), first_weekday)
    days = days_of(request.workspace, span, zone, moment)
    may_edit = request.membership.may("editor")
    context = {
        "span": span,
        "title": _title(span),
        "days": [(day, [_shown(request, entry, zone) for entry in day.entries]) for day in days],
        "weekdays": [day.date for day in days[:7]],
        "is_empty": not any(day.entries for day in days),
        "daily": daily_campaigns(request.workspace),
        "loose": [_shown(request, entry, zone) for entry in loose_drafts(request.workspace)],
        "place": place_of(zone.key),
        "today": today,
        "may_edit": may_edit,
        "move_form": MoveForm(initial={"day": today, "at": span.title_day, "view": view}),
    }
    return render_page(request, "campaigns/calendar.html", context)


def _day(text: str, today: dt.date) -> dt.date:
    """The day that the address names; today for anything else."""
    try:
        day = dt.date.fromisoformat(text[:10])
    except ValueError:
        return today
    # A calendar has pages on both sides of each.
    return day if 1970 <= day.year <= 2200 else today


def _title(span: Span) -> str:
    if span.view == WEEK:
        return _("%(first)s to %(last)s") % {
            "first": formats.date_format(span.first, "MONTH_DAY_FORMAT"),
            "last": formats.date_format(span.last, "DATE_FORMAT"),
        }
    return formats.date_format(span.title_day, "YEAR_MONTH_FORMAT")


def _shown(request: WorkspaceRequest, entry: Entry, zone: dt.tzinfo) -> dict[str, Any]:
    row, slug = entry.campaign, request.workspace.slug
    url = reverse(page_url_name(row), args=[slug, row.public_id])
    if entry.occurrence is not None and entry.occurrence.dispatch_id:
        url = reverse("campaigns:report", args=[slug, row.public_id])
        url += "?" + urlencode({"occurrence": str(entry.occurrence.public_id)})
    local = entry.at.astimezone(zone) if entry.at else None
    return {
        "entry": entry,
        "campaign": row,
        "url": url,
        # Of what has gone out the day says enough.
        "clock": ""
        if local is None or entry.is_past or entry.tone == "draft"
        else formats.time_format(local.time(), "TIME_FORMAT"),
        "local_clock": local.strftime("%H:%M") if local else "09:00",
        "local_day": local.date().isoformat() if local else "",
        "move_url": reverse("campaigns:move", args=[slug, row.public_id]),
    }


@require_POST
@workspace_view("editor")
def move(request: WorkspaceRequest, campaign: uuid.UUID) -> HttpResponse:
    """Give a campaign another day, and go back to the page of the calendar one came from."""
    row = load_campaign(request, campaign)
    form = MoveForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Nothing was moved: choose a day from the calendar."))
    else:
        _move(request, row, form)
    place = {"view": form.data.get("view", MONTH), "at": form.data.get("at", "")[:10]}
    return HttpResponseRedirect(f"{reverse('campaigns:calendar', args=[request.workspace.slug])}?{urlencode(place)}")


def _move(request: WorkspaceRequest, row: Campaign, form: MoveForm) -> None:
    try:
        moved = services.move_campaign(
            campaign=row, actor=request.user, day=form.cleaned_data["day"], clock=form.cleaned_data["clock"]
        )
    except CampaignError as error:
        messages.error(request, error.sentence)
        return
    assert moved.scheduled_at is not None  # noqa: S101 - it was given one
    words = _("“%(name)s” is planned for %(time)s. It is a draft: nothing goes out before you schedule it.")
    if moved.status == Campaign.Status.SCHEDULED:
        words = _("“%(name)s” now goes out on %(time)s.")
    messages.success(request, words % {"name": moved.name, "time": absolute_time(moved.scheduled_at)})
