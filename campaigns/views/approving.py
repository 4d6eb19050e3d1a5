"""A second person's answer, and campaigns kept as templates."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import WorkspaceRequest, workspace_view
from campaigns import services
from campaigns.approval import mark_of, may_answer, possible_approvers
from campaigns.errors import CampaignError
from campaigns.models import Approval, Campaign
from campaigns.rules_forms import StandingForm
from campaigns.views.loading import go_to_campaign, load_campaign, refuse, say_unscheduled, typed

Status = Campaign.Status


def approval_context(request: WorkspaceRequest, row: Campaign) -> dict[str, Any]:
    """What the review says of the second person: the question or the answer, and whether it is this person's turn."""
    latest = row.approvals.latest_first().first()
    if latest is None or (row.status == Status.DRAFT and latest.answer != Approval.Answer.NO):
        return {}
    at = None if latest.is_at_once else row.scheduled_at
    is_open = row.status == Status.WAITING and latest.answer == Approval.Answer.OPEN
    return {
        "approval": latest,
        "approval_is_open": is_open,
        "approval_is_outdated": is_open and latest.mark != mark_of(row, at),
        "may_answer": is_open and may_answer(latest, request.user),
        "approvers": possible_approvers(row, latest.asked_by) if is_open else [],
    }


@require_POST
@workspace_view("editor")
def approve(request: WorkspaceRequest, campaign: uuid.UUID) -> HttpResponse:
    """Yes: it goes out as it was asked for."""
    row = load_campaign(request, campaign)
    try:
        row = services.approve_campaign(campaign=row, actor=request.user, comment=typed(request, "comment"))
    except CampaignError as error:
        return refuse(request, row, error)
    messages.success(request, _("You said yes to “%(name)s”.") % {"name": row.name})
    return go_to_campaign(request, row, "campaigns:review")


@require_POST
@workspace_view("editor")
def say_no(request: WorkspaceRequest, campaign: uuid.UUID) -> HttpResponse:
    """No, with a word for whoever asked; it is a draft again."""
    row = load_campaign(request, campaign)
    comment = typed(request, "comment")
    if not comment:
        messages.error(request, _("Nothing was answered yet: write a word about what should be different."))
        return go_to_campaign(request, row, "campaigns:review")
    try:
        services.refuse_campaign(campaign=row, actor=request.user, comment=comment)
    except CampaignError as error:
        return refuse(request, row, error)
    messages.success(request, _("“%(name)s” is a draft again, with your comment.") % {"name": row.name})
    return go_to_campaign(request, row, "campaigns:review")


@require_POST
@workspace_view("editor")
def standing(request: WorkspaceRequest, campaign: uuid.UUID) -> HttpResponse:
    """How important it is, how long it waits for people who had enough, and how fast it goes."""
    row = load_campaign(request, campaign)
    form = StandingForm(request.POST)
    if not form.is_valid():
        first = next(iter(form.errors.values()))[0]
        messages.error(request, _("Nothing was changed. %(problem)s") % {"problem": first})
        return go_to_campaign(request, row, "campaigns:review")
    values = {name: form.cleaned_data[name] for name in ("priority", "wait_days", "hourly_limit")}
    try:
        saved = services.update_campaign(
            campaign=row, actor=request.user, values=values, lock_version=form.cleaned_data["lock_version"]
        )
    except CampaignError as error:
        return refuse(request, row, error)
    messages.success(request, _("Saved."))
    say_unscheduled(request, row.status, saved)
    return go_to_campaign(request, row, "campaigns:review")


def standing_form(row: Campaign) -> StandingForm:
    """The form as the campaign stands."""
    names = ("priority", "wait_days", "hourly_limit", "lock_version")
    return StandingForm(initial={name: getattr(row, name) for name in names})


@require_safe
@workspace_view()
def templates(request: WorkspaceRequest) -> HttpResponse:
    """Campaigns kept to begin others from."""
    rows = Campaign.objects.in_workspace(request.workspace).filter(status=Status.TEMPLATE).with_parts()
    context = {"rows": list(rows.order_by("name", "id")[:200]), "may_edit": request.membership.may("editor")}
    return render(request, "campaigns/templates.html", context)


@require_POST
@workspace_view("editor")
def save_template(request: WorkspaceRequest, campaign: uuid.UUID) -> HttpResponse:
    """Keep a campaign under a name to begin others from."""
    row = load_campaign(request, campaign)
    name = typed(request, "name") or row.name
    kept = services.save_as_template(campaign=row, actor=request.user, name=name)
    messages.success(request, _("“%(name)s” is kept. You can begin new campaigns from it.") % {"name": kept.name})
    return go_to_campaign(request, row)


@require_POST
@workspace_view("editor")
def start(request: WorkspaceRequest, campaign: uuid.UUID) -> HttpResponse:
    """Begin a new campaign from a template."""
    row = load_campaign(request, campaign)
    try:
        draft = services.start_from_template(campaign=row, actor=request.user)
    except CampaignError as error:
        return refuse(request, row, error)
    messages.success(request, _("A new draft is ready. Give it a name of its own."))
    return go_to_campaign(request, draft, "campaigns:who")
