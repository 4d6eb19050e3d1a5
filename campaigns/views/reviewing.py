"""The last step: who, what, when and what is wrong; then sending it, and taking that back."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import WorkspaceRequest, workspace_view
from campaigns import services
from campaigns.errors import CampaignError
from campaigns.forms import TestForm
from campaigns.holds import sentence_of
from campaigns.models import Campaign
from campaigns.planning import quiet_of
from campaigns.preflight import inspect_campaign
from campaigns.rules import undo_window
from campaigns.schedule import repeated_sentence
from campaigns.variants import sender_of, shown_variant, template_of
from campaigns.views.approving import approval_context, standing_form
from campaigns.views.loading import go_to_campaign, load_campaign, load_reader, refuse
from campaigns.views.tally import tally_of
from campaigns.when_form import WhenForm
from campaigns.wording import state_of
from contacts.models import Contact
from content.preview import Preview, compile_template, preview_for
from core.clock import now, zone_or_none
from core.formatting import absolute_time, listed
from core.htmx import go_to, render_page
from core.limits import is_over_limit
from core.services import workers_are_down

Status = Campaign.Status


@workspace_view()
def review(request: WorkspaceRequest, campaign: uuid.UUID) -> HttpResponse:
    """Everything about a campaign that has not started."""
    row = load_campaign(request, campaign)
    if row.dispatch_id and not (row.is_series and row.is_editable):
        return go_to_campaign(request, row, "campaigns:report")
    return _review_page(request, row, WhenForm.of(row))


def _review_page(request: WorkspaceRequest, row: Campaign, form: WhenForm, status: int = 200) -> HttpResponse:
    found = inspect_campaign(row)
    services.wake_link_check(row)
    people_url = reverse("campaigns:left-out", args=[row.workspace.slug, row.public_id])
    tally = tally_of(found.audience, people_url=people_url) if found.audience and row.topic else None
    label, tone = state_of(row)
    context: dict[str, Any] = {
        "campaign": row,
        "label": label,
        "tone": tone,
        "step": "review",
        "form": form,
        "preflight": found,
        "tally": tally,
        "held": sentence_of(row.launch_problem),
        "may_edit": request.membership.may("editor"),
        "quiet_hours": quiet_of(row),
        "undo_seconds": int(undo_window(row.workspace).total_seconds()),
        "local_start": _local_start(row),
        "test_form": TestForm(initial={"to_email": request.user.email}),
        "standing_form": standing_form(row),
        **approval_context(request, row),
        **_preview_context(request, row, tally.sample if tally else []),
    }
    return render_page(request, "campaigns/review.html", context, status=status)


def _local_start(row: Campaign) -> Any:
    zone = zone_or_none(row.zone_name)
    return row.scheduled_at.astimezone(zone) if row.scheduled_at and zone else row.scheduled_at


def _preview_context(request: WorkspaceRequest, row: Campaign, sample: list[Contact]) -> dict[str, Any]:
    key = request.GET.get("as", "")
    reader = load_reader(request, key, sample)
    variant = shown_variant(row, request.GET.get("version", ""))
    template = template_of(row, variant) if variant else row.template
    shown = Preview()
    if template is not None:
        compiled = compile_template(template)
        shown = preview_for(compiled=compiled, workspace=request.workspace, contact=reader)
    seen_as = str(reader.public_id) if reader is not None and reader.pk else key
    return {
        "preview": shown,
        "reader": reader,
        "seen_as": seen_as,
        "sample": sample,
        "shown_template": template,
        "shown_sender": sender_of(row, variant) if variant else row.sender,
        "shown_letter": variant.letter if variant else "",
        "letters": [one.letter for one in row.variants.all()] if variant else [],
    }


@workspace_view()
def preview(request: WorkspaceRequest, campaign: uuid.UUID) -> HttpResponse:
    """The message as another person sees it; a part of the review page."""
    row = load_campaign(request, campaign)
    context = {"campaign": row, **_preview_context(request, row, [])}
    return render_page(request, "campaigns/_preview.html", context, partial="device")


@require_POST
@workspace_view("editor")
def schedule(request: WorkspaceRequest, campaign: uuid.UUID) -> HttpResponse:
    """Have it start at a chosen time; a time that cannot be is answered with what was typed."""
    row = load_campaign(request, campaign)
    typed = request.POST.copy()
    if typed.get("when") != WhenForm.SERIES:
        typed["when"] = WhenForm.LATER
    form = WhenForm(typed, workspace=request.workspace)
    if not form.is_valid():
        return _review_page(request, row, form, status=422)
    try:
        row = services.schedule_campaign(
            campaign=row,
            actor=request.user,
            at=form.moment.at if form.moment else None,
            time_zone=form.cleaned_data["time_zone"],
            kind=form.chosen_kind,
            timing=form.timing,
            lock_version=form.cleaned_data["lock_version"],
        )
    except CampaignError as error:
        return refuse(request, row, error)
    return _scheduled(request, row, form)


def _scheduled(request: WorkspaceRequest, row: Campaign, form: WhenForm) -> HttpResponse:
    if row.status != Status.SCHEDULED or row.scheduled_at is None:
        return go_to_campaign(request, row, "campaigns:review")
    if row.kind == Campaign.Kind.EVERGREEN:
        return go_to_campaign(request, row, "campaigns:undo")
    words = (
        _("“%(name)s” goes out for the first time on %(time)s.")
        if row.is_series
        else _("“%(name)s” goes out on %(time)s.")
    )
    messages.success(request, words % {"name": row.name, "time": absolute_time(row.scheduled_at)})
    if form.moment is not None and form.moment.is_repeated:
        messages.warning(request, repeated_sentence(form.moment))
    return go_to_campaign(request, row, "campaigns:review")


@require_POST
@workspace_view("editor")
def plan(request: WorkspaceRequest, campaign: uuid.UUID) -> HttpResponse:
    """Keep the times of a draft while they are chosen; the button "Close" goes on to the list."""
    row = load_campaign(request, campaign)
    form = WhenForm(request.POST, workspace=request.workspace)
    is_closing = "close" in request.POST
    if not form.is_valid():
        if is_closing:
            return _review_page(request, row, form, status=422)
        return render_page(request, "campaigns/_kept.html", {"problem": next(iter(form.errors.values()))[0]})
    try:
        services.plan_draft(
            campaign=row,
            actor=request.user,
            kind=form.chosen_kind,
            timing=form.timing,
            at=form.moment.at if form.moment else None,
            time_zone=form.cleaned_data["time_zone"],
            lock_version=form.cleaned_data["lock_version"],
        )
    except CampaignError as error:
        if is_closing:
            return refuse(request, row, error)
        again = _("Load this page again to see it as it is now.")
        return render_page(request, "campaigns/_kept.html", {"problem": f"{error.sentence} {again}"})
    if is_closing:
        words = _("Saved. You can go on with “%(name)s” whenever you like.")
        messages.success(request, words % {"name": row.name})
        return go_to(request, "campaigns:list", request.workspace.slug)
    return render_page(request, "campaigns/_kept.html", {"problem": ""})


@require_POST
@workspace_view("editor")
def send(request: WorkspaceRequest, campaign: uuid.UUID) -> HttpResponse:
    """Start it after the undo window; pressing twice sends once."""
    row = load_campaign(request, campaign)
    version = request.POST.get("lock_version", "")
    try:
        row = services.send_now(
            campaign=row,
            actor=request.user,
            lock_version=int(version) if version.isdecimal() else None,
            as_once=True,
        )
    except CampaignError as error:
        return refuse(request, row, error)
    if row.status == Status.WAITING:
        return _say_asked(request, row)
    return go_to_campaign(request, row, "campaigns:undo")


def _say_asked(request: WorkspaceRequest, row: Campaign) -> HttpResponse:
    words = _("“%(name)s” waits for a second person’s yes. Nothing has been sent.")
    messages.success(request, words % {"name": row.name})
    return go_to_campaign(request, row, "campaigns:review")


@workspace_view()
def undo(request: WorkspaceRequest, campaign: uuid.UUID) -> HttpResponse:
    """GET counts down until it starts; POST takes it back."""
    row = load_campaign(request, campaign)
    if request.method == "POST":
        return _take_back(request, row)
    if row.status != Status.SCHEDULED or row.scheduled_at is None:
        return go_to_campaign(request, row)
    left = max(0, round((row.scheduled_at - now()).total_seconds()))
    window = int(undo_window(row.workspace).total_seconds())
    if left > max(60, window):
        return go_to_campaign(request, row, "campaigns:review")
    context = {
        "campaign": row,
        "left": left,
        "share": min(100, round(100 * left / window)),
        "may_edit": request.membership.may("editor"),
        "workers_down": workers_are_down(),
    }
    return render_page(request, "campaigns/undo.html", context, partial="count")


def _take_back(request: WorkspaceRequest, row: Campaign) -> HttpResponse:
    try:
        services.unschedule_campaign(campaign=row, actor=request.user)
    except CampaignError as error:
        return refuse(request, row, error)
    messages.success(request, _("Taken back. “%(name)s” is a draft again and nobody got it.") % {"name": row.name})
    return go_to_campaign(request, row, "campaigns:review")


@require_POST
@workspace_view("editor")
def launch(request: WorkspaceRequest, campaign: uuid.UUID) -> HttpResponse:
    """Do not wait for the rest of the undo window."""
    row = load_campaign(request, campaign)
    try:
        services.launch_at_once(campaign=row, actor=request.user)
    except CampaignError as error:
        return refuse(request, row, error)
    return go_to_campaign(request, row, "campaigns:undo")


@require_POST
@workspace_view("editor")
def test(request: WorkspaceRequest, campaign: uuid.UUID) -> HttpResponse:
    """Send the message to one address only."""
    row = load_campaign(request, campaign)
    form = TestForm(request.POST)
    if not form.is_valid():
        messages.error(
            request,
            _("No test was sent to “%(address)s”. %(problem)s")
            % {"address": request.POST.get("to_email", "")[:254], "problem": form.errors["to_email"][0]},
        )
        return go_to_campaign(request, row)
    addresses = form.cleaned_data["to_email"]
    counted = [is_over_limit("campaign-test", str(request.user.pk), limit=30, seconds=3600) for _each in addresses]
    if any(counted):
        messages.error(request, _("That was 30 tests within an hour. Wait a little before the next one."))
        return go_to_campaign(request, row)
    reader = load_reader(request, request.POST.get("as", ""), [])
    contact = reader if reader is not None and reader.pk else None
    try:
        variant = shown_variant(row, request.POST.get("version", ""))
        for to_email in addresses:
            services.send_test(campaign=row, actor=request.user, to_email=to_email, contact=contact, variant=variant)
    except CampaignError as error:
        return refuse(request, row, error)
    messages.success(request, _("A test is on its way to %(address)s.") % {"address": listed(addresses)})
    return go_to(request, "campaigns:review", request.workspace.slug, row.public_id)
