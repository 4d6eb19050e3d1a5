"""A campaign on its way and afterwards: its report, its messages, and holding or stopping it."""

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.access import WorkspaceRequest, workspace_view
from campaigns import services
from campaigns.chart import draw_speed
from campaigns.errors import CampaignError
from campaigns.models import Campaign
from campaigns.report import Outcome, facts_of, meter_of, outcomes_of, reactions_of
from campaigns.speed import seconds_left
from campaigns.views.loading import go_to_campaign, load_campaign, refuse, show_occurrence
from campaigns.wording import HAPPENED, OUTCOME_NOTES, OUTCOMES, state_of
from core.formatting import number, time_left
from core.htmx import is_fragment_request, render_page
from delivery.models import Message
from delivery.services import messages_of, reason_label, report_of, speed_of, unmoved_of
from delivery.services.links import links_of

Status = Campaign.Status
SHOWN_LINKS = 6


@workspace_view()
def detail(request: WorkspaceRequest, campaign: uuid.UUID) -> HttpResponse:
    """The page that fits: the review before the start, the report after it."""
    return go_to_campaign(request, load_campaign(request, campaign))


@workspace_view()
def report(request: WorkspaceRequest, campaign: uuid.UUID) -> HttpResponse:
    """Progress and results. While it is being sent the numbers renew themselves every two seconds."""
    row = load_campaign(request, campaign)
    show_occurrence(request, row)
    if row.dispatch is None:
        return go_to_campaign(request, row, "campaigns:review")
    if is_fragment_request(request) and request.GET.get("state") != row.status:
        # Buttons and badge stand outside the part that renews itself: a new state needs the whole page.
        return HttpResponse(status=204, headers={"HX-Redirect": _report_url(request, row)})
    return render_page(request, "campaigns/report.html", _report_context(request, row), partial="live")


def _report_url(request: WorkspaceRequest, row: Campaign) -> str:
    return reverse("campaigns:report", args=[request.workspace.slug, row.public_id])


def _report_context(request: WorkspaceRequest, row: Campaign) -> dict[str, Any]:
    assert row.dispatch is not None  # noqa: S101 - the view has looked
    found = report_of(row.dispatch)
    # A series is scheduled for its next time while its last one is on its way.
    sending = row.status == Status.SENDING or (row.is_series and row.dispatch.status == "running")
    left = seconds_left(row, found) if sending and row.dispatch.status == "running" else None
    speed, links = speed_of(row.dispatch), links_of(row.dispatch)
    outcomes = outcomes_of(found)
    label, tone = state_of(row)
    return {
        "campaign": row,
        "label": label,
        "tone": tone,
        "is_moving": sending,
        "poll_seconds": _poll_seconds(found.targeted),
        "report": found,
        "meant": found.targeted - found.skipped_total,
        "meter": meter_of(outcomes),
        "outcomes": [outcome_line(outcome) for outcome in outcomes],
        "reactions": reactions_of(found),
        "unmoved": unmoved_of(row.dispatch, found.tracked),
        "links": [one for one in links if one.people][:SHOWN_LINKS],
        "other_links": sum(1 for one in links if one.people) - SHOWN_LINKS,
        "quiet_links": sum(1 for one in links if not one.people),
        "left": time_left(left),
        "charts": [
            chart
            for chart in (
                draw_speed(speed, width=1080, seconds_left=left),
                draw_speed(speed, width=330, seconds_left=left),
            )
            if chart
        ],
        "rows": message_rows(_examples(row)),
        "may_edit": request.membership.may("editor"),
        # The examples stand below what renews itself apart from them, and come along with it.
        "swapped": is_fragment_request(request),
    }


def outcome_line(outcome: Outcome) -> dict[str, Any]:
    """An outcome with its words."""
    label, tone = OUTCOMES[outcome.key]
    note = _reasons_in_words(outcome.reasons) or OUTCOME_NOTES[outcome.key]
    return {
        "key": outcome.key,
        "label": label,
        "tone": tone,
        "color": outcome.color,
        "count": outcome.count,
        "note": note,
    }


def _reasons_in_words(reasons: list[tuple[str, int]]) -> str:
    if len(reasons) == 1:
        return str(reason_label(reasons[0][0]))
    counted = {"count": number(sum(count for _reason, count in reasons[2:]))}
    shown = [
        _("%(reason)s: %(count)s") % {"reason": reason_label(reason), "count": number(count)}
        for reason, count in reasons[:2]
    ]
    if reasons[2:]:
        shown.append(_("Other reasons: %(count)s") % counted)
    return " · ".join(shown)


def _examples(row: Campaign) -> list[Message]:
    """A few messages of each outcome. Any few: putting a million in order for six lines would be dear."""
    assert row.dispatch is not None  # noqa: S101 - the view has looked
    wanted = (("unknown", 2), ("failed", 2), ("skipped", 2), ("sent", 3))
    found = [
        message
        for outcome, count in wanted
        for message in messages_of(row.dispatch, outcome=outcome).order_by()[:count]
    ]
    return found[:8]


def _poll_seconds(targeted: int) -> int:
    """How often the figures renew themselves: counting a million takes longer than counting a thousand."""
    return 2 if targeted < 50_000 else 5 if targeted < 300_000 else 10


def message_rows(page: list[Message]) -> list[dict[str, Any]]:
    """Lines of the table: each message with its outcome, why, and what people did with it."""
    facts = facts_of(page)
    rows = []
    for message in page:
        key = "pending" if message.status in Message.OPEN else message.status
        label, tone = OUTCOMES[key]
        seen: dict[str, Any] = {}
        for fact in facts.get(message.pk, []):
            seen.setdefault(fact.action, fact.at)
        rows.append(
            {
                "message": message,
                "label": label,
                "tone": tone,
                "reason": reason_label(message.reason) if message.reason else "",
                "is_uncounted": message.status == Message.Status.SENT and not message.is_tracked and not seen,
                "happened": [(HAPPENED[action], at) for action, at in seen.items() if action in HAPPENED],
            }
        )
    return rows


def _act(
    act: Callable[..., Any], done: Callable[[Campaign], str]
) -> Callable[[WorkspaceRequest, uuid.UUID], HttpResponse]:
    """A view for a button: call the service, say what happened, show the report."""

    def view(request: WorkspaceRequest, campaign: uuid.UUID) -> HttpResponse:
        row = load_campaign(request, campaign)
        try:
            act(campaign=row, actor=request.user)
        except CampaignError as error:
            return refuse(request, row, error)
        messages.success(request, done(row))
        row.refresh_from_db(fields=["dispatch", "status"])
        return go_to_campaign(request, row)

    return view


def _button(act: Callable[..., Any], done: Callable[[Campaign], str]) -> Callable[[HttpRequest], HttpResponse]:
    return require_POST(workspace_view("editor")(_act(act, done)))


pause = _button(
    services.pause_campaign,
    lambda row: _("“%(name)s” is paused. Messages already on their way still arrive.") % {"name": row.name},
)
resume = _button(
    services.resume_campaign,
    lambda row: _("“%(name)s” goes on where it stopped. Nobody gets it twice.") % {"name": row.name},
)
cancel = _button(
    services.cancel_campaign,
    lambda row: _("“%(name)s” is stopped. Whoever had not got it will not get it.") % {"name": row.name},
)


@require_POST
@workspace_view("editor")
def send_unknown(request: WorkspaceRequest, campaign: uuid.UUID) -> HttpResponse:
    """A deliberate act: send again to those of whom nobody knows."""
    row = load_campaign(request, campaign)
    try:
        count = services.send_to_unknown(campaign=row, actor=request.user)
    except CampaignError as error:
        return refuse(request, row, error)
    if count:
        text = ngettext("Sending once more to %(count)s person.", "Sending once more to %(count)s people.", count)
        messages.success(request, text % {"count": number(count)})
    else:
        messages.info(request, _("Nobody is unknown any more, so nothing was sent."))
    return go_to_campaign(request, row, "campaigns:report")
