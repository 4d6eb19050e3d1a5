"""A campaign of several times: what goes out next, and what became of each."""

import datetime as dt
import uuid
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render

from accounts.access import WorkspaceRequest, workspace_view
from campaigns.curve import draw_curve, send_curve
from campaigns.holds import sentence_of, skipped_words
from campaigns.models import Campaign, Occurrence
from campaigns.planning import zone_of
from campaigns.report import results_of_dispatches
from campaigns.speed import seconds_for
from campaigns.timing import timing_of
from campaigns.timing_words import rules_in_words, takes_sentence
from campaigns.views.loading import go_to_campaign, load_campaign
from campaigns.when_form import WhenForm
from campaigns.wording import OCCURRENCES, state_of
from core.clock import now
from core.htmx import render_page

PAGE_SIZE = 25
NEXT = 5
Status = Campaign.Status


@workspace_view()
def times(request: WorkspaceRequest, campaign: uuid.UUID) -> HttpResponse:
    """Its rules, its next times and each that was, with its results."""
    row = load_campaign(request, campaign)
    if not row.is_series:
        return go_to_campaign(request, row)
    past = row.occurrences.exclude(status=Occurrence.Status.PLANNED).select_related("dispatch").latest_first()
    page = Paginator(past, PAGE_SIZE).get_page(request.GET.get("page"))
    label, tone = state_of(row)
    context = {
        "campaign": row,
        "label": label,
        "tone": tone,
        "rules": rules_in_words(row),
        "upcoming": _upcoming(row),
        "page": page,
        "rows": _rows(list(page.object_list)),
        "reason": row.dispatch.pause_reason if row.dispatch and row.status == Status.PAUSED else "",
        "held": sentence_of(row.launch_problem),
        "feed_until": _feed_until(row),
        "may_edit": request.membership.may("editor"),
    }
    return render_page(request, "campaigns/times.html", context)


@workspace_view()
def curve(request: WorkspaceRequest, campaign: uuid.UUID) -> HttpResponse:
    """How many leave in which hour with what is chosen now on the review; a part of that page."""
    row = load_campaign(request, campaign)
    form = WhenForm(request.GET, workspace=request.workspace)
    is_usable = form.is_valid() and form.chosen_kind != Campaign.Kind.EVERGREEN and row.segment_id and row.topic_id
    drawn = draw_curve(send_curve(row, form, now())) if is_usable else None
    # Where limits hold messages back, the curve itself says when the last one leaves.
    is_free = drawn is not None and drawn.is_flat and not drawn.ends_at
    seconds = seconds_for(request.workspace, drawn.curve.total) if drawn and is_free else None
    return render(request, "campaigns/_curve.html", {"curve": drawn, "takes": takes_sentence(seconds)})


def _feed_until(row: Campaign) -> dt.datetime | None:
    """Until when a feed that could not be read is asked again for the time that has come; None where none waits."""
    if row.kind != Campaign.Kind.FEED or row.status != Status.SCHEDULED or row.scheduled_at is None:
        return None
    is_put_off = row.launch_at is not None and row.scheduled_at < row.launch_at and row.scheduled_at < now()
    return row.scheduled_at + timing_of(row).allowance if is_put_off else None


def _upcoming(row: Campaign) -> list[Any]:
    if row.status != Status.SCHEDULED or row.scheduled_at is None:
        return []
    zone = zone_of(row)
    rule = timing_of(row).recurrence(row.kind, now().astimezone(zone).date())
    return [row.scheduled_at, *rule.upcoming(row.scheduled_at, zone, most=NEXT - 1)]


def _rows(occurrences: list[Occurrence]) -> list[dict[str, Any]]:
    results = results_of_dispatches([one.dispatch for one in occurrences if one.dispatch is not None])
    found = []
    for one in occurrences:
        label, tone = OCCURRENCES[one.status]
        if one.dispatch is not None and one.dispatch.status in ("paused", "cancelled"):
            label, tone = OCCURRENCES[one.dispatch.status]
        found.append(
            {
                "occurrence": one,
                "label": label,
                "tone": tone,
                "reason": skipped_words(one.reason) or sentence_of(one.reason),
                "results": results.get(one.dispatch_id) if one.dispatch_id else None,
            }
        )
    return found
