"""Pages of senders, and the public page that confirms an address."""

from __future__ import annotations

import copy
import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import WorkspaceRequest, get_in_workspace, workspace_view
from accounts.models import Role
from channels.forms import SenderForm
from channels.models import Sender
from channels.providers import provider_name
from channels.services import (
    MAILS_AN_HOUR,
    SenderExists,
    add_sender,
    change_sender,
    confirm_sender,
    remove_sender,
    request_verification,
)
from channels.verification import find_by_token
from core.htmx import go_to, render_page
from core.limits import is_over_limit, limited


@require_http_methods(["GET", "HEAD", "POST"])
@workspace_view()
def list_senders(request: WorkspaceRequest) -> HttpResponse:
    """All senders; a POST adds one."""
    form = SenderForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _may_mail(request, form):
        try:
            sender = add_sender(workspace=request.workspace, actor=request.user, **form.values())
        except SenderExists as refusal:
            form.add_error("email", str(refusal))
        else:
            messages.success(request, _("A link to confirm is on its way to %(email)s.") % {"email": sender.email})
            return go_to(request, "channels:senders", request.workspace.slug)
    context = {
        "form": form,
        "tab": "senders",
        "senders": Sender.objects.in_workspace(request.workspace),
        "may_edit": request.membership.may(Role.EDITOR),
        "nav": "accounts",
    }
    return render_page(request, "channels/senders.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@workspace_view("editor")
def edit_sender(request: WorkspaceRequest, sender: uuid.UUID) -> HttpResponse:
    """Change one sender."""
    stored = get_in_workspace(Sender, request.workspace, sender)
    # Validation writes into its instance, so it gets a copy: the page names what is stored.
    form = SenderForm(request.POST or None, instance=copy.copy(stored))
    if request.method == "POST" and form.is_valid() and _may_mail(request, form):
        try:
            changed = change_sender(sender=stored, actor=request.user, **form.values())
        except SenderExists as refusal:
            form.add_error("email", str(refusal))
        else:
            if changed.is_verified:
                messages.success(request, _("The sender is saved."))
            else:
                messages.success(request, _("A link to confirm is on its way to %(email)s.") % {"email": changed.email})
            return go_to(request, "channels:senders", request.workspace.slug)
    context = {"form": form, "sender": stored, "shown": str(stored), "tab": "senders", "nav": "accounts"}
    context["way"] = provider_name(stored.smtp_url)
    return render_page(request, "channels/sender.html", context, status=422 if form.is_bound else 200)


def _may_mail(request: WorkspaceRequest, form: SenderForm) -> bool:
    """Count verification mails, so that nobody floods a stranger's mailbox with them."""
    if not is_over_limit("sender-mail", str(request.workspace.pk), limit=MAILS_AN_HOUR, seconds=3600):
        return True
    form.add_error(None, _("Too many changes in one hour. Nothing was saved; try again later."))
    return False


@require_POST
@workspace_view("editor")
def resend(request: WorkspaceRequest, sender: uuid.UUID) -> HttpResponse:
    """Mail the link again."""
    stored = get_in_workspace(Sender, request.workspace, sender)
    if is_over_limit("sender-mail", str(request.workspace.pk), limit=MAILS_AN_HOUR, seconds=3600):
        messages.error(request, _("Too many mails in one hour. Nothing was sent; try again later."))
    else:
        request_verification(sender=stored)
        messages.success(request, _("A link to confirm is on its way to %(email)s.") % {"email": stored.email})
    return go_to(request, "channels:senders", request.workspace.slug)


@require_POST
@workspace_view("editor")
def remove(request: WorkspaceRequest, sender: uuid.UUID) -> HttpResponse:
    """Put a sender away."""
    stored = get_in_workspace(Sender, request.workspace, sender)
    remove_sender(sender=stored, actor=request.user)
    messages.success(request, _("Nothing new is sent from %(email)s.") % {"email": stored.email})
    return go_to(request, "channels:senders", request.workspace.slug)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@limited("sender-confirm", limit=30, seconds=600)
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """The link in the mail: looking changes nothing (mail scanners look too), the button confirms."""
    sender = find_by_token(token)
    if sender is None:
        return render(request, "channels/confirm_gone.html", status=404)
    if request.method == "POST":
        sender = confirm_sender(sender=sender)
    context = {"sender": sender, "workspace": sender.workspace}
    return render(request, "channels/confirm.html", context)
