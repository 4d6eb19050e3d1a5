"""The hygiene page: what stands between a workspace and its people, and what can be done about it."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.access import WorkspaceRequest, get_in_workspace, workspace_view
from contacts.forms.look_ups import LookUpForm
from contacts.hygiene_page import page_of
from contacts.models import LookUpRun, MistypedDomain
from contacts.services.correcting import Corrected, correct_domain, keep_domain
from contacts.services.errors import ContactError
from contacts.services.hygiene import request_refresh
from contacts.services.look_ups import start_look_up, stop_look_up
from core.formatting import number
from core.htmx import go_to, render_page


@require_GET
@workspace_view()
def overview(request: WorkspaceRequest) -> HttpResponse:
    """The figures and what can be mended; while something is counted, the page asks again by itself."""
    return _page(request, LookUpForm())


@require_POST
@workspace_view("editor")
def refresh(request: WorkspaceRequest) -> HttpResponse:
    """Have everything counted again."""
    request_refresh(workspace=request.workspace)
    return go_to(request, "contacts:hygiene", request.workspace.slug)


@require_POST
@workspace_view("editor")
def correct(request: WorkspaceRequest) -> HttpResponse:
    """Mend a mistyped domain for everybody who has it."""
    domain = _posted_domain(request)
    try:
        done = correct_domain(workspace=request.workspace, domain=domain.domain, actor=request.user)
    except MistypedDomain.DoesNotExist:
        messages.info(request, _("Somebody else has just dealt with this domain."))
    else:
        messages.success(request, _told(done))
        request_refresh(workspace=request.workspace)
    return go_to(request, "contacts:hygiene", request.workspace.slug)


@require_POST
@workspace_view("editor")
def keep(request: WorkspaceRequest) -> HttpResponse:
    """Say that a domain is spelt right."""
    domain = _posted_domain(request).domain
    try:
        keep_domain(workspace=request.workspace, domain=domain, actor=request.user)
    except MistypedDomain.DoesNotExist:
        messages.info(request, _("Somebody else has just dealt with this domain."))
    else:
        messages.success(request, _("We will not ask about %(domain)s again.") % {"domain": domain})
        request_refresh(workspace=request.workspace)
    return go_to(request, "contacts:hygiene", request.workspace.slug)


@require_POST
@workspace_view("editor")
def look_up(request: WorkspaceRequest) -> HttpResponse:
    """Start a number check."""
    form = LookUpForm(request.POST)
    if not form.is_valid():
        return _page(request, form, 422)
    given = form.cleaned_data
    try:
        run = start_look_up(
            workspace=request.workspace,
            provider=given["provider"],
            group=given["group"],
            limit=given["limit"],
            actor=request.user,
        )
    except ContactError as error:
        form.show(error)
        return _page(request, form, 422)
    text = ngettext("%(number)s number is being checked.", "%(number)s numbers are being checked.", run.total)
    messages.success(request, text % {"number": number(run.total)})
    return go_to(request, "contacts:hygiene", request.workspace.slug)


@require_POST
@workspace_view("editor")
def stop(request: WorkspaceRequest, run: uuid.UUID) -> HttpResponse:
    """Stop a number check."""
    stop_look_up(run=get_in_workspace(LookUpRun, request.workspace, run), actor=request.user)
    messages.success(request, _("The check stops after the numbers in hand. Its answers are kept."))
    return go_to(request, "contacts:hygiene", request.workspace.slug)


def _posted_domain(request: WorkspaceRequest) -> MistypedDomain:
    mistyped: MistypedDomain = get_object_or_404(
        MistypedDomain.objects.in_workspace(request.workspace).open(),
        domain=request.POST.get("domain", "").replace("\x00", ""),
    )
    return mistyped


def _told(done: Corrected) -> str:
    mended = ngettext("%(number)s address was mended.", "%(number)s addresses were mended.", done.mended) % {
        "number": number(done.mended)
    }
    if not done.left:
        return mended
    if done.has_more:
        return _("%(mended)s There are more: press again for the next ones.") % {"mended": mended}
    left = ngettext(
        "%(number)s was left as it was: it was written to or judged already, or the right spelling is known.",
        "%(number)s were left as they were: they were written to or judged already, or the right spelling is known.",
        done.left,
    ) % {"number": number(done.left)}
    return f"{mended} {left}"


def _page(request: WorkspaceRequest, form: LookUpForm, status: int = 200) -> HttpResponse:
    context = page_of(request.workspace)
    context |= {"form": form, "may_edit": request.membership.may("editor")}
    partial = "page" if request.method == "GET" else None
    return render_page(request, "contacts/hygiene.html", context, partial=partial, status=status)
