"""The page that says which way a sender's mail leaves."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import WorkspaceRequest, get_in_workspace, workspace_view
from channels.hooks import hook_url
from channels.models import Sender
from channels.providers import PROVIDERS
from channels.services import renew_hook, route_sender
from channels.way_form import WayForm, stored_account
from core.htmx import go_to, render_page

OWN = "own"


@require_http_methods(["GET", "HEAD", "POST"])
@workspace_view("editor")
def choose_way(request: WorkspaceRequest, sender: uuid.UUID) -> HttpResponse:
    """Choose between this installation's server and an account at a provider; `?by=` says which is looked at."""
    stored = get_in_workspace(Sender, request.workspace, sender)
    account = stored_account(stored.smtp_url)
    chosen = request.GET.get("by") or (account.kind if account else OWN)
    if chosen != OWN and chosen not in PROVIDERS:
        raise Http404
    posted = request.POST if request.method == "POST" else None
    form = WayForm(posted, kind=chosen, stored=account) if chosen != OWN else None
    if request.method == "POST" and (form is None or form.is_valid()):
        route_sender(sender=stored, actor=request.user, url=form.url() if form else "")
        messages.success(request, _("Saved. Send yourself a test before the next campaign."))
        return go_to(request, "channels:way", request.workspace.slug, stored.public_id)
    context = {
        "form": form,
        "sender": stored,
        "chosen": chosen,
        "is_in_use": chosen == (account.kind if account else OWN),
        "choices": [(OWN, _("This server")), *((kind, provider.name) for kind, provider in PROVIDERS.items())],
        "provider": PROVIDERS.get(chosen),
        "lacks_proof": account is not None and chosen == account.kind and account.lacks_proof,
        "hook": hook_url(chosen, stored) if account is not None and chosen == account.kind else "",
        "tab": "senders",
        "nav": "accounts",
    }
    return render_page(request, "channels/way.html", context, status=422 if posted is not None else 200)


@require_POST
@workspace_view("editor")
def change_hook(request: WorkspaceRequest, sender: uuid.UUID) -> HttpResponse:
    """A new address for the webhook, for when somebody saw the old one who should not have."""
    stored = get_in_workspace(Sender, request.workspace, sender)
    renew_hook(sender=stored, actor=request.user)
    messages.success(request, _("The webhook has a new address. Enter it at your provider: the old one is dead."))
    return go_to(request, "channels:way", request.workspace.slug, stored.public_id)
