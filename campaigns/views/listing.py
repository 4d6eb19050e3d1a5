"""All campaigns, and what the home page says of them."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.access import WorkspaceRequest, workspace_view
from campaigns.approval import latest_approvals, may_answer
from campaigns.holds import sentence_of
from campaigns.models import Campaign, Experiment
from campaigns.report import meter_of, outcomes_of, results_of, unknown_of
from campaigns.verdicts import outcome_sentence
from campaigns.views.loading import as_campaign_row
from campaigns.wording import short_day
from core.clock import now
from core.formatting import number, time_left
from core.htmx import render_page
from delivery.services import report_of

PAGE_SIZE = 20
Status = Campaign.Status
FILTERS = {
    "": (),
    "sending": (Status.SENDING, Status.PAUSED),
    "scheduled": (Status.SCHEDULED, Status.WAITING),
    "draft": (Status.DRAFT,),
    "sent": (Status.SENT, Status.CANCELLED),
}


@workspace_view()
def campaign_list(request: WorkspaceRequest) -> HttpResponse:
    """Every campaign, the one that moves last on top; `q`, `state` and `page` are in the address."""
    words = request.GET.get("q", "").strip()[:120]
    state = request.GET.get("state", "")
    state = state if state in FILTERS else ""
    everything = Campaign.objects.in_workspace(request.workspace).exclude(status=Status.TEMPLATE)
    found = everything.found_by(words).in_states(FILTERS[state]).with_parts().latest_first()
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    results = results_of(page.object_list)
    counts = everything.count_by_status()
    context = {
        "page": page,
        "rows": [as_campaign_row(campaign, results.get(campaign.pk)) for campaign in page.object_list],
        "words": words,
        "state": state,
        "chips": _chips(counts, state),
        "is_empty": not counts,
        "may_edit": request.membership.may("editor"),
    }
    return render_page(request, "campaigns/list.html", context, partial="rows")


def _chips(counts: dict[str, int], current: str) -> list[dict[str, object]]:
    labels = {
        "": _("All"),
        "sending": _("Sending"),
        "scheduled": _("Scheduled"),
        "draft": _("Drafts"),
        "sent": _("Sent"),
    }
    return [
        {
            "key": key,
            "label": labels[key],
            "current": key == current,
            "count": sum(counts.get(state, 0) for state in states) if states else sum(counts.values()),
        }
        for key, states in FILTERS.items()
    ]


@workspace_view()
def home_panel(request: WorkspaceRequest) -> HttpResponse:
    """For the home page: `part` is now, next, lately or needs; all but needs when it is not given."""
    part = request.GET.get("part", "")
    campaigns = Campaign.objects.in_workspace(request.workspace).with_parts()
    context: dict[str, object] = {"part": part, "may_edit": request.membership.may("editor")}
    if part in ("", "now"):
        context["going"] = [_progress(campaign) for campaign in campaigns.going_out()[:3]]
    if part in ("", "next"):
        moment = now()
        context["next"] = [(row, short_day(row.scheduled_at, moment)) for row in campaigns.next_first()[:4]]
    if part in ("", "lately"):
        lately = list(campaigns.lately_done()[:4])
        results = results_of(lately)
        context["lately"] = [as_campaign_row(campaign, results.get(campaign.pk)) for campaign in lately]
    if part == "needs":
        context["needs"] = _needs(request)
    return render(request, "campaigns/home_panel.html", context)


def _progress(campaign: Campaign) -> dict[str, object]:
    assert campaign.dispatch is not None  # noqa: S101 - sending and paused ones have started
    report = report_of(campaign.dispatch)
    return {
        **as_campaign_row(campaign, None),
        "report": report,
        "meter": meter_of(outcomes_of(report)),
        "meant": report.targeted - report.skipped_total,
        "left": time_left(report.seconds_left) if campaign.status == Status.SENDING else "",
        "reason": campaign.dispatch.pause_reason if campaign.status == Status.PAUSED else "",
    }


def _needs(request: WorkspaceRequest) -> list[dict[str, object]]:
    """What somebody should decide: held starts, pauses that nobody asked for, and unknown outcomes."""
    campaigns = Campaign.objects.in_workspace(request.workspace).with_parts()
    lines: list[dict[str, object]] = [
        {
            "campaign": campaign,
            "title": _("“%(name)s” did not start") % {"name": campaign.name},
            "text": sentence_of(campaign.launch_problem),
            "action": _("Look at it"),
            "url_name": "campaigns:review",
        }
        for campaign in campaigns.held_back()[:3]
    ]
    lines += [
        {
            "campaign": campaign,
            "title": _("“%(name)s” cannot go out") % {"name": campaign.name},
            "text": _("Its sender was removed or is not verified any more. Choose another one before its time comes."),
            "action": _("Choose a sender"),
            "url_name": "campaigns:message",
        }
        for campaign in campaigns.stuck()[:3]
    ]
    lines += [
        {
            "campaign": campaign,
            "title": _("“%(name)s” is paused") % {"name": campaign.name},
            "text": campaign.dispatch.pause_reason if campaign.dispatch else "",
            "action": _("Go on or stop it"),
            "url_name": "campaigns:report",
        }
        for campaign in campaigns.filter(status=Status.PAUSED).order_by("-updated_at")[:3]
    ]
    return _approval_lines(request) + _version_lines(request) + lines + _unknown_lines(request)


def _version_lines(request: WorkspaceRequest) -> list[dict[str, object]]:
    """Campaigns whose versions nobody but a person can decide between."""
    return [
        {
            "campaign": experiment.campaign,
            "title": _("Choose a version of “%(name)s”") % {"name": experiment.campaign.name},
            "text": outcome_sentence(experiment.outcome),
            "action": _("Compare them"),
            "url_name": "campaigns:comparison",
        }
        for experiment in Experiment.objects.waiting_for_somebody(request.workspace).order_by("pk")[:3]
    ]


def _approval_lines(request: WorkspaceRequest) -> list[dict[str, object]]:
    """Campaigns that wait for this person's yes, and this person's own that got a no."""
    rows = Campaign.objects.in_workspace(request.workspace).with_parts()
    waiting = list(rows.filter(status=Status.WAITING).prefetch_related(latest_approvals()).order_by("updated_at")[:5])
    refused = rows.filter(status=Status.DRAFT, approvals__answer="no", approvals__asked_by=request.user)
    lines: list[dict[str, object]] = [
        {
            "campaign": campaign,
            "title": _("“%(name)s” waits for your yes") % {"name": campaign.name},
            "text": _("%(who)s asks you to look at it.") % {"who": campaign.latest_approvals[0].asked_by or "–"},
            "action": _("Look at it"),
            "url_name": "campaigns:review",
        }
        for campaign in waiting
        if campaign.latest_approvals and may_answer(campaign.latest_approvals[0], request.user)
    ]
    for campaign in refused.prefetch_related(latest_approvals()).distinct().order_by("-updated_at")[:3]:
        latest = campaign.latest_approvals[0]
        if latest.answer == "no" and latest.asked_by_id == request.user.pk:
            lines.append(
                {
                    "campaign": campaign,
                    "title": _("%(who)s said no to “%(name)s”")
                    % {"who": latest.answered_by or "–", "name": campaign.name},
                    "text": latest.comment,
                    "action": _("Change it"),
                    "url_name": "campaigns:review",
                }
            )
    return lines


def _unknown_lines(request: WorkspaceRequest) -> list[dict[str, object]]:
    recent = Campaign.objects.in_workspace(request.workspace).lately_done().with_parts()[:10]
    unknown = unknown_of(recent)
    return [
        {
            "campaign": campaign,
            "title": ngettext(
                "%(count)s message of “%(name)s” ended as unknown",
                "%(count)s messages of “%(name)s” ended as unknown",
                people,
            )
            % {"count": number(people), "name": campaign.name},
            "text": _("The mail server went quiet mid-reply. We did not send twice."),
            "action": _("Decide what to do"),
            "url_name": "campaigns:report",
        }
        for campaign, people in unknown
    ]
