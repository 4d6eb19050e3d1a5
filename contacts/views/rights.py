"""What people may ask of their own data: the page for one person, and the list of open requests."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import WorkspaceRequest, get_in_workspace, workspace_view
from contacts.forms.rights import RequestForm, RestrictionForm
from contacts.models import AddressChange, Contact, Restriction, RightsRequest
from contacts.rights import as_html, as_json
from contacts.services import (
    finish_request,
    lift_restriction,
    note_copy,
    record_request,
    restrict_contact,
)
from core.clock import now
from core.htmx import go_to, render_page

REQUESTS_A_PAGE = 50


@require_http_methods(["GET", "HEAD"])
@workspace_view("editor")
def request_list(request: WorkspaceRequest) -> HttpResponse:
    """Open requests by the day they are due, or those that are over."""
    is_over = request.GET.get("show") == "over"
    requests = RightsRequest.objects.in_workspace(request.workspace).select_related("contact", "done_by")
    chosen = requests.ended() if is_over else requests.open()
    context = {
        "page": Paginator(chosen, REQUESTS_A_PAGE).get_page(request.GET.get("page")),
        "is_over": is_over,
        "is_open": not is_over,
        "open_count": requests.open().count(),
    }
    return render_page(request, "contacts/rights_requests.html", context)


@require_http_methods(["GET", "HEAD"])
@workspace_view("editor")
def rights(request: WorkspaceRequest, contact: uuid.UUID) -> HttpResponse:
    """Everything that can be done for one person's rights."""
    person = get_in_workspace(Contact, request.workspace, contact)
    return _page(request, person, RequestForm(), RestrictionForm())


def _page(
    request: WorkspaceRequest, person: Contact, asking: RequestForm, restricting: RestrictionForm
) -> HttpResponse:
    waiting = AddressChange.objects.in_workspace(request.workspace).waiting(now())
    rows = RightsRequest.objects.in_workspace(request.workspace).select_related("done_by").filter(contact=person)
    context = {
        "contact": person,
        "restriction": Restriction.objects.of_contact(person),
        "requests": rows.order_by("-created_at")[:20],
        "new_address": waiting.filter(contact=person).last(),
        "asking": asking,
        "restricting": restricting,
    }
    status = 422 if asking.is_bound or restricting.is_bound else 200
    return render_page(request, "contacts/rights.html", context, status=status)


@require_POST
@workspace_view("editor")
def copy(request: WorkspaceRequest, contact: uuid.UUID) -> Any:
    """Hand out everything known of a person as a file: a POST, since it is written down who did so."""
    person = get_in_workspace(Contact, request.workspace, contact)
    note_copy(contact=person, actor=request.user)
    is_json = request.POST.get("format") == "json"
    name = f"{request.workspace.slug}-{person.public_id}.{'json' if is_json else 'html'}"
    answer = StreamingHttpResponse(
        as_json(person) if is_json else as_html(person),
        content_type="application/json" if is_json else "text/html; charset=utf-8",
    )
    answer.headers["Content-Disposition"] = content_disposition_header(True, name)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@require_POST
@workspace_view("editor")
def ask(request: WorkspaceRequest, contact: uuid.UUID) -> HttpResponse:
    """Note what a person asked for by letter or on the phone."""
    person = get_in_workspace(Contact, request.workspace, contact)
    form = RequestForm(request.POST)
    if not form.is_valid():
        return _page(request, person, form, RestrictionForm())
    record_request(contact=person, actor=request.user, **form.cleaned_data)
    messages.success(request, _("The request is noted. It is due within 30 days."))
    return go_to(request, "contacts:rights", request.workspace.slug, person.public_id)


@require_POST
@workspace_view("editor")
def restrict(request: WorkspaceRequest, contact: uuid.UUID) -> HttpResponse:
    """Keep a person's data and use it for nothing."""
    person = get_in_workspace(Contact, request.workspace, contact)
    form = RestrictionForm(request.POST)
    if not form.is_valid():
        return _page(request, person, RequestForm(), form)
    restrict_contact(contact=person, note=form.cleaned_data["why"], actor=request.user)
    messages.success(request, _("Their data is kept and no longer used."))
    return go_to(request, "contacts:rights", request.workspace.slug, person.public_id)


@require_POST
@workspace_view("editor")
def lift(request: WorkspaceRequest, contact: uuid.UUID) -> HttpResponse:
    """Use a person's data again."""
    person = get_in_workspace(Contact, request.workspace, contact)
    if lift_restriction(contact=person, actor=request.user):
        messages.success(request, _("Their data may be used again, as far as they agreed."))
    return go_to(request, "contacts:rights", request.workspace.slug, person.public_id)


@require_POST
@workspace_view("editor")
def finish(request: WorkspaceRequest, rights_request: uuid.UUID) -> HttpResponse:
    """Say that a request is done, or declined."""
    found = get_in_workspace(RightsRequest, request.workspace, rights_request)
    declined = request.POST.get("outcome") == "declined"
    finish_request(request=found, actor=request.user, declined=declined)
    messages.success(request, _("The request is closed."))
    return go_to(request, "contacts:rights-requests", request.workspace.slug)
