"""The details a workspace keeps about people."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import WorkspaceRequest, get_in_workspace, workspace_view
from contacts.forms import AttributeForm
from contacts.models import Attribute
from contacts.services import delete_attribute, save_attribute
from contacts.services.errors import ContactError
from core.htmx import go_to, render_page


@require_GET
@workspace_view()
def attribute_list(request: WorkspaceRequest) -> HttpResponse:
    """All details, by name."""
    context = {
        "attributes": Attribute.objects.in_workspace(request.workspace).by_label(),
        "may_edit": request.membership.may("editor"),
    }
    return render_page(request, "contacts/attributes.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@workspace_view("editor")
def create(request: WorkspaceRequest) -> HttpResponse:
    """Add a detail."""
    return _save(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@workspace_view("editor")
def edit(request: WorkspaceRequest, attribute: uuid.UUID) -> HttpResponse:
    """Change how a detail is called and explained."""
    return _save(request, get_in_workspace(Attribute, request.workspace, attribute))


def _save(request: WorkspaceRequest, attribute: Attribute | None) -> HttpResponse:
    form = AttributeForm(request.POST if request.method == "POST" else None, attribute=attribute)
    if request.method == "POST" and form.is_valid():
        try:
            saved = save_attribute(
                workspace=request.workspace, values=form.values(), attribute=attribute, actor=request.user
            )
        except ContactError as error:
            form.show(error)
        else:
            messages.success(request, _("%(detail)s was saved.") % {"detail": saved.label})
            return go_to(request, "contacts:attributes", request.workspace.slug)
    context = {"form": form, "attribute": attribute}
    return render_page(request, "contacts/attribute.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@workspace_view("editor")
def delete(request: WorkspaceRequest, attribute: uuid.UUID) -> HttpResponse:
    """Say what deleting takes away, and do it."""
    found = get_in_workspace(Attribute, request.workspace, attribute)
    if request.method == "POST":
        count = delete_attribute(attribute=found, actor=request.user)
        text = ngettext(
            "%(detail)s was deleted, with its value on %(count)s person.",
            "%(detail)s was deleted, with its values on %(count)s people.",
            count,
        )
        messages.success(request, text % {"detail": found.label, "count": count})
        return go_to(request, "contacts:attributes", request.workspace.slug)
    return render_page(request, "contacts/attribute_delete.html", {"attribute": found})
