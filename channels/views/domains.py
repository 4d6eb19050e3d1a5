"""Pages of sending domains."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import WorkspaceRequest, get_in_workspace, workspace_view
from accounts.models import Role
from channels.domain_page import TONES, shown_records
from channels.forms import DomainForm, NewDomainForm
from channels.models import SendingDomain, Standing
from channels.services import (
    CHECKS_AN_HOUR,
    DomainRefused,
    add_domain,
    ask_check,
    change_domain,
    remove_domain,
    renew_keys,
)
from core.htmx import go_to, render_page
from core.limits import is_over_limit


@require_http_methods(["GET", "HEAD", "POST"])
@workspace_view()
def list_domains(request: WorkspaceRequest) -> HttpResponse:
    """All domains; a POST adds one."""
    form = NewDomainForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and not _is_too_often(request):
        try:
            added = add_domain(workspace=request.workspace, actor=request.user, **form.cleaned_data)
        except DomainRefused as refusal:
            form.add_error("domain", str(refusal))
        else:
            messages.success(request, _("Now put these records into the DNS of %(domain)s.") % {"domain": added.domain})
            return go_to(request, "domains:domain", request.workspace.slug, added.public_id)
    domains = list(SendingDomain.objects.in_workspace(request.workspace))
    context = {
        "form": form,
        "tab": "domains",
        "domains": [(domain, _badges(domain)) for domain in domains],
        "may_edit": request.membership.may(Role.EDITOR),
        "nav": "accounts",
    }
    return render_page(request, "channels/domains.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@workspace_view()
def show_domain(request: WorkspaceRequest, domain: uuid.UUID) -> HttpResponse:
    """One domain with its records; a POST changes how it sends."""
    stored = get_in_workspace(SendingDomain, request.workspace, domain)
    form = DomainForm(
        # A switch that is off sends nothing, so an empty POST is an answer too.
        request.POST if request.method == "POST" else None,
        initial={"is_signing": stored.is_signing, "return_path": stored.return_path},
        domain=stored.domain,
        takes_bounces=bool(settings.BOUNCE_ADDRESS),
    )
    if request.method == "POST" and form.is_valid():
        values = {"return_path": stored.return_path, **form.cleaned_data}
        change_domain(domain=stored, actor=request.user, **values)
        messages.success(request, _("Saved. We are looking at the records again."))
        return go_to(request, "domains:domain", request.workspace.slug, stored.public_id)
    context = {
        "form": form,
        "tab": "domains",
        "domain": stored,
        "records": shown_records(stored),
        "silent": "dns" in stored.findings,
        "may_edit": request.membership.may(Role.EDITOR),
        "nav": "accounts",
    }
    status = 422 if form.is_bound else 200
    return render_page(request, "channels/domain.html", context, partial="records", status=status)


@require_POST
@workspace_view("editor")
def check(request: WorkspaceRequest, domain: uuid.UUID) -> HttpResponse:
    """Look the records up now."""
    stored = get_in_workspace(SendingDomain, request.workspace, domain)
    if not _is_too_often(request):
        ask_check(domain=stored)
    return go_to(request, "domains:domain", request.workspace.slug, stored.public_id)


@require_POST
@workspace_view("editor")
def renew(request: WorkspaceRequest, domain: uuid.UUID) -> HttpResponse:
    """Make new keys."""
    stored = get_in_workspace(SendingDomain, request.workspace, domain)
    if not _is_too_often(request):
        renew_keys(domain=stored, actor=request.user)
        messages.success(request, _("There are new keys. The old ones go on signing until the new records are seen."))
    return go_to(request, "domains:domain", request.workspace.slug, stored.public_id)


@require_POST
@workspace_view("editor")
def remove(request: WorkspaceRequest, domain: uuid.UUID) -> HttpResponse:
    """Forget the domain."""
    stored = get_in_workspace(SendingDomain, request.workspace, domain)
    remove_domain(domain=stored, actor=request.user)
    messages.success(request, _("Nothing is signed for %(domain)s any more.") % {"domain": stored.domain})
    return go_to(request, "domains:list", request.workspace.slug)


def _is_too_often(request: WorkspaceRequest) -> bool:
    """Count look-ups; past the limit people are told and nothing happens."""
    if not is_over_limit("domain-check", str(request.workspace.pk), limit=CHECKS_AN_HOUR, seconds=3600):
        return False
    messages.error(request, _("Too many checks in one hour. Nothing has changed; try again later."))
    return True


def _badges(domain: SendingDomain) -> list[tuple[str, str, str]]:
    """(name, colour, words) of what receivers ask for."""
    states = [("SPF", domain.spf), ("DKIM", domain.dkim), ("DMARC", domain.dmarc)]
    return [(name, TONES[Standing(state)], str(Standing(state).label)) for name, state in states]
