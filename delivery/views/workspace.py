"""Test sends, and what became of a person's messages."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import WorkspaceRequest, get_in_workspace, workspace_view
from contacts.models import Contact
from content.problems import RenderError
from content.services import pin_version
from core.limits import is_over_limit
from core.policy import show_message
from delivery.forms import TestSendForm
from delivery.models import Message, MessageFact
from delivery.reasons import reason_label
from delivery.rendering import render_message
from delivery.services import submit_test

PANEL_SIZE = 20


@require_POST
@workspace_view("editor")
def send_test(request: WorkspaceRequest) -> HttpResponse:
    """Send a copy of a template to its author; answers with a sentence for the page that asked."""
    form = TestSendForm(request.POST, workspace=request.workspace)
    if not form.is_valid():
        problem = next(iter(form.errors.values()))[0]
        return render(request, "delivery/test_sent.html", {"problem": problem}, status=422)
    if is_over_limit("test-send", str(request.user.pk), limit=30, seconds=600):
        problem = _("That were 30 tests in ten minutes. Wait a little; your message is kept.")
        return render(request, "delivery/test_sent.html", {"problem": problem}, status=429)
    values = form.cleaned_data
    try:
        version = pin_version(values["template_id"])
    except ValueError as error:
        return render(request, "delivery/test_sent.html", {"problem": str(error)}, status=422)
    submit_test(
        workspace=request.workspace,
        content_version=version,
        sender=values["sender_id"],
        to_email=values["address"],
        contact=values["contact_id"],
    )
    return render(request, "delivery/test_sent.html", {"address": values["address"]})


@require_safe
@workspace_view()
def contact_panel(request: WorkspaceRequest, contact: UUID) -> HttpResponse:
    """A contact's messages, newest first, each with its outcome and what the person did with it."""
    person = get_in_workspace(Contact, request.workspace, contact)
    before = request.GET.get("before", "")
    rows = Message.objects.in_workspace(request.workspace).of_contact(person.pk)
    rows = rows.select_related("dispatch", "content_version", "topic")
    if before.isdecimal() and len(before) < 19:
        rows = rows.filter(id__lt=int(before))
    page = list(rows[: PANEL_SIZE + 1])
    more = page[PANEL_SIZE - 1].pk if len(page) > PANEL_SIZE else None
    page = page[:PANEL_SIZE]
    context = {"contact": person, "entries": with_facts(page), "more": more, "workspace": request.workspace}
    return render(request, "delivery/contact_panel.html", context)


@require_safe
@workspace_view()
def show_message_story(request: WorkspaceRequest, message: UUID) -> HttpResponse:
    """One message: to whom, when, what the server said, what the person did."""
    row = _message(request, message)
    context = {"entry": with_facts([row])[0], "workspace": request.workspace}
    return render(request, "delivery/message.html", context)


@require_safe
@workspace_view()
def show_message_content(request: WorkspaceRequest, message: UUID) -> HttpResponse:
    """The words of one message for a sandboxed frame."""
    try:
        rendered = render_message(_message(request, message))
    except RenderError:
        rendered = None
    return show_message(HttpResponse(rendered.html if rendered else ""))


def with_facts(rows: list[Message]) -> list[dict[str, Any]]:
    """Each message with its facts in order of time; one statement for all."""
    facts: dict[int, list[MessageFact]] = {row.pk: [] for row in rows}
    for fact in MessageFact.objects.filter(message__in=facts).order_by("at", "id"):
        facts[fact.message_id].append(fact)
    return [{"message": row, "facts": facts[row.pk], "note": _note(row, facts[row.pk])} for row in rows]


def _note(row: Message, facts: list[MessageFact]) -> str:
    """Why it was not sent, else the furthest the person came."""
    if row.reason:
        return str(reason_label(row.reason))
    done = {fact.action for fact in facts if fact.verdict != "machine"}
    for action in ("unsubscribed", "complained", "clicked", "opened", "bounced"):
        if action in done:
            return str(MessageFact.Action(action).label)
    return ""


def _message(request: WorkspaceRequest, public_id: UUID) -> Message:
    rows = Message.objects.in_workspace(request.workspace).select_related(
        "contact", "dispatch", "content_version", "sender", "topic", "workspace"
    )
    row = rows.filter(public_id=public_id).first()
    if row is None:
        raise Http404
    return row
