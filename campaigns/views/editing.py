"""The first two steps: who gets it, and what they get. Duplicating and deleting too."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import WorkspaceRequest, get_in_workspace, workspace_view
from campaigns import services
from campaigns.errors import CampaignError, EditConflict
from campaigns.forms import MessageForm, StepForm, WhoForm, find_segment
from campaigns.models import Campaign
from campaigns.preflight import audience_of
from campaigns.views.loading import go_to_campaign, load_campaign, load_reader, refuse, say_unscheduled
from campaigns.views.tally import tally_of
from channels.models import Sender
from consent.models import Topic
from content.models import Template
from content.preview import Preview, compile_template, preview_for, readable
from core.htmx import go_to, render_page
from core.ids import uuid_or_none
from core.policy import show_message
from segments.language.problems import RuleError
from segments.services.errors import SegmentError


@workspace_view("editor")
def create(request: WorkspaceRequest) -> HttpResponse:
    """A new campaign begins with who gets it; nothing is stored before the first button is pressed."""
    if request.method != "POST":
        form = WhoForm(workspace=request.workspace, initial={"segment": request.GET.get("segment", "")})
        return _who_page(request, None, form)
    form = WhoForm(request.POST, workspace=request.workspace)
    if not form.is_valid():
        return _who_page(request, None, form, status=422)
    campaign = services.create_campaign(workspace=request.workspace, actor=request.user, **form.values)
    return _next_step(request, campaign, "campaigns:message")


@workspace_view("editor")
@require_POST
def ask_again(request: WorkspaceRequest) -> HttpResponse:
    """A ready draft to everybody whose consent to a topic runs out soon: segment, message and all."""
    topic = get_in_workspace(Topic, request.workspace, uuid_or_none(request.POST.get("topic", "")) or uuid.UUID(int=0))
    try:
        campaign = services.ask_again(workspace=request.workspace, topic=topic, actor=request.user)
    except SegmentError:
        messages.error(request, _("No segment can be added: there are as many as there may be. Delete one first."))
        return go_to(request, "campaigns:list", request.workspace.slug)
    messages.success(request, _("A draft is ready, with a segment of these people. Nothing has been sent."))
    return go_to_campaign(request, campaign, "campaigns:message")


@workspace_view("editor")
def who(request: WorkspaceRequest, campaign: uuid.UUID) -> HttpResponse:
    """Change the name, the people and the topic."""
    row = load_campaign(request, campaign)
    if not row.is_editable:
        return go_to_campaign(request, row)
    if request.method != "POST":
        return _who_page(request, row, WhoForm.of(row))
    form = WhoForm(request.POST, workspace=request.workspace)
    answer = _save(request, row, form, "campaigns:message")
    return answer or _who_page(request, row, form, status=422)


@workspace_view("editor")
def message(request: WorkspaceRequest, campaign: uuid.UUID) -> HttpResponse:
    """Choose the template and the sender."""
    row = load_campaign(request, campaign)
    if not row.is_editable:
        return go_to_campaign(request, row)
    if request.method != "POST":
        return _message_page(request, row, MessageForm.of(row))
    form = MessageForm(request.POST, workspace=request.workspace)
    onward = "campaigns:versions" if "versions" in request.POST else "campaigns:review"
    answer = _save(request, row, form, onward)
    return answer or _message_page(request, row, form, status=422)


def _save(request: WorkspaceRequest, row: Campaign, form: StepForm, onward: str) -> HttpResponse | None:
    """Store a valid step and go on; None when the page has to be shown again with what was typed."""
    if not form.is_valid():
        return None
    try:
        saved = services.update_campaign(
            campaign=row, actor=request.user, values=form.values, lock_version=form.cleaned_data["lock_version"]
        )
    except EditConflict as conflict:
        _keep_typed(form, row, conflict)
        return None
    except CampaignError as error:
        return refuse(request, row, error)
    say_unscheduled(request, row.status, saved)
    return _next_step(request, saved, onward)


def _keep_typed(form: StepForm, row: Campaign, conflict: EditConflict) -> None:
    """Nothing is lost on either side: theirs is stored, ours stays in the form and may be saved on top."""
    row.refresh_from_db(fields=["lock_version"])
    form.data = {**form.data.dict(), "lock_version": row.lock_version}  # type: ignore[attr-defined]
    form.add_error(
        None,
        _("%(what)s Their version is stored, yours is still here. Press the button again to store yours instead.")
        % {"what": conflict.sentence},
    )


def _next_step(request: WorkspaceRequest, campaign: Campaign, onward: str) -> HttpResponse:
    if "close" in request.POST:
        messages.success(
            request, _("Saved. You can go on with “%(name)s” whenever you like.") % {"name": campaign.name}
        )
        return go_to(request, "campaigns:list", request.workspace.slug)
    return go_to_campaign(request, campaign, onward)


def _who_page(request: WorkspaceRequest, row: Campaign | None, form: WhoForm, status: int = 200) -> HttpResponse:
    draft = row or Campaign(workspace=request.workspace)
    if form.is_bound and not form.errors:
        for name, value in form.values.items():
            setattr(draft, name, value)
    elif row is None and form.initial.get("segment"):
        draft.segment = find_segment(request.workspace, str(form.initial["segment"]))
    context = {"campaign": row, "form": form, "step": "who", **_audience_context(draft)}
    return render(request, "campaigns/who.html", context, status=status)


@workspace_view("editor")
def audience(request: WorkspaceRequest) -> HttpResponse:
    """How many the chosen segment and topic come to; asked again with every choice."""
    form = WhoForm({"name": "-", **request.GET.dict()}, workspace=request.workspace)
    form.is_valid()
    draft = Campaign(workspace=request.workspace)
    draft.segment = form.cleaned_data.get("segment")
    draft.topic = form.cleaned_data.get("topic")
    return render(request, "campaigns/who.html#audience", _audience_context(draft))


def _audience_context(draft: Campaign) -> dict[str, object]:
    if draft.segment is None or draft.topic is None:
        return {"tally": None, "segment": draft.segment}
    try:
        found = audience_of(draft)
    except RuleError:
        return {"tally": None, "segment": draft.segment, "is_broken": True}
    return {"tally": tally_of(found) if found else None, "segment": draft.segment}


def _message_page(request: WorkspaceRequest, row: Campaign, form: MessageForm, status: int = 200) -> HttpResponse:
    templates = list(Template.objects.in_workspace(request.workspace)[:60])
    chosen = request.GET.get("template") or str(form["template"].value() or "")
    sender = uuid_or_none(request.GET.get("sender") or str(form["sender"].value() or "")) or uuid.UUID(int=0)
    context: dict[str, Any] = {
        "campaign": row,
        "form": form,
        "step": "message",
        "templates": [(template, readable(template.subject, request.workspace)) for template in templates],
        "chosen": next((template for template in templates if str(template.public_id) == chosen), None),
        "shown_sender": Sender.objects.in_workspace(request.workspace).filter(public_id=sender).first(),
    }
    if context["chosen"]:
        compiled = compile_template(context["chosen"])
        context["preview"] = preview_for(compiled=compiled, workspace=request.workspace, contact=None)
    return render_page(request, "campaigns/message.html", context, partial="chosen", status=status)


@workspace_view()
def frame(request: WorkspaceRequest, template: uuid.UUID) -> HttpResponse:
    """The message alone, for a sandboxed frame; `as` says whose eyes it is seen with, `dark` is a phone at night."""
    row = get_in_workspace(Template, request.workspace, template)
    reader = load_reader(request, request.GET.get("as", ""), [])
    compiled = compile_template(row)
    shown = preview_for(compiled=compiled, workspace=request.workspace, contact=reader, dark="dark" in request.GET)
    return show_message(HttpResponse(shown.html or _nothing_to_show(shown)))


def _nothing_to_show(shown: Preview) -> str:
    return format_html(
        "<!doctype html><meta charset=utf-8><p>{}</p>", shown.problem or _("There is nothing to show yet.")
    )


@require_POST
@workspace_view("editor")
def duplicate(request: WorkspaceRequest, campaign: uuid.UUID) -> HttpResponse:
    """Begin a new one from this one."""
    copy = services.duplicate_campaign(campaign=load_campaign(request, campaign), actor=request.user)
    messages.success(request, _("This is a copy. Give it a name of its own."))
    return go_to_campaign(request, copy, "campaigns:who")


@require_POST
@workspace_view("editor")
def write_again(request: WorkspaceRequest, campaign: uuid.UUID) -> HttpResponse:
    """A draft to those who got this campaign and did not open it."""
    row = load_campaign(request, campaign)
    try:
        draft = services.write_again(campaign=row, actor=request.user)
    except CampaignError as error:
        return refuse(request, row, error)
    except SegmentError:
        messages.error(request, _("No segment can be added: there are as many as there may be. Delete one first."))
        return go_to_campaign(request, row)
    messages.success(
        request,
        _("A draft is ready for everybody who did not open it. Give it another subject. Nothing has been sent."),
    )
    return go_to_campaign(request, draft, "campaigns:who")


@require_POST
@workspace_view("editor")
def delete(request: WorkspaceRequest, campaign: uuid.UUID) -> HttpResponse:
    """Remove a draft."""
    row = load_campaign(request, campaign)
    try:
        services.delete_campaign(campaign=row, actor=request.user)
    except CampaignError as error:
        return refuse(request, row, error)
    messages.success(request, _("“%(name)s” was deleted. It had not been sent to anybody.") % {"name": row.name})
    return go_to(request, "campaigns:list", request.workspace.slug)
