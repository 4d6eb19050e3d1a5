"""The page of a workspace's own address for public pages."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import WorkspaceRequest, workspace_view
from accounts.models import Role
from channels.forms import HostForm
from channels.host_page import host_records
from channels.models import PageHost
from channels.services import (
    CHECKS_AN_HOUR,
    HostRefused,
    ask_host_check,
    connect_host,
    remove_host,
    serving_workspace,
)
from core.htmx import go_to, render_page
from core.limits import is_over_limit, limited


@require_http_methods(["GET", "HEAD", "POST"])
@workspace_view()
def show(request: WorkspaceRequest) -> HttpResponse:
    """The address with its records; a POST connects one, in place of any before."""
    form = HostForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and not _is_too_often(request):
        try:
            connect_host(workspace=request.workspace, actor=request.user, host=form.cleaned_data["host"])
        except HostRefused as refusal:
            form.add_error("host", str(refusal))
        else:
            messages.success(request, _("Now put these two records into its DNS."))
            return go_to(request, "hosts:host", request.workspace.slug)
    return render_page(
        request, "channels/host.html", _context(request, form), partial="host", status=422 if form.is_bound else 200
    )


def _context(request: WorkspaceRequest, form: forms.Form) -> dict[str, Any]:
    host = PageHost.objects.of_workspace(request.workspace)
    return {
        "form": form,
        "host": host,
        "records": host_records(host) if host is not None else [],
        "is_silent": host is not None and any(one["problem"] == "no_answer" for one in host.findings.values()),
        "is_offered": settings.OWN_DOMAINS,
        "base": settings.BASE_URL,
        "may_edit": request.membership.may(Role.EDITOR),
        "tab": "host",
        "nav": "accounts",
    }


@require_POST
@workspace_view("editor")
def check(request: WorkspaceRequest) -> HttpResponse:
    """Look the records up now."""
    host = _mine(request)
    if not _is_too_often(request):
        ask_host_check(host=host)
    return go_to(request, "hosts:host", request.workspace.slug)


@require_POST
@workspace_view("editor")
def remove(request: WorkspaceRequest) -> HttpResponse:
    """Stop using the address."""
    host = _mine(request)
    remove_host(host=host, actor=request.user)
    messages.success(request, _("%(host)s is no longer used. Links begin with our address again.") % {"host": host})
    return go_to(request, "hosts:host", request.workspace.slug)


@require_safe
@limited("host-known", limit=600, seconds=60, methods=("GET", "HEAD"))
def known(request: HttpRequest) -> HttpResponse:
    """200 for a name that is in use, else 404: a proxy asks before it gets a certificate."""
    is_known = serving_workspace(request.GET.get("domain", "")[:253]) is not None
    return HttpResponse(status=200 if is_known else 404, content_type="text/plain")


def _mine(request: WorkspaceRequest) -> PageHost:
    found: PageHost | None = PageHost.objects.of_workspace(request.workspace)
    if found is None:
        raise Http404
    return found


def _is_too_often(request: WorkspaceRequest) -> bool:
    """Count look-ups; past the limit people are told and nothing happens."""
    if not is_over_limit("host-check", str(request.workspace.pk), limit=CHECKS_AN_HOUR, seconds=3600):
        return False
    messages.error(request, _("Too many checks in one hour. Nothing has changed; try again later."))
    return True
