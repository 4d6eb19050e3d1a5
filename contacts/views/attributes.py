"""The details a workspace keeps about people."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import WorkspaceRequest, get_in_workspace, workspace_view
from contacts.attribute_uses import uses_of
from contacts.forms import AttributeForm, RenameForm, TypeForm
from contacts.models import Attribute, AttributeChange
from contacts.services import delete_attribute, save_attribute
from contacts.services.attribute_changes import (
    UNDO_DAYS,
    can_be_undone,
    change_type,
    give_default,
    preview_type,
    rename_choice,
    undo_change,
)
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
    """Change how a detail is called and explained, and what it allows."""
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
    return _page(request, attribute, form)


def _page(
    request: WorkspaceRequest, attribute: Attribute | None, form: AttributeForm, renaming: RenameForm | None = None
) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "attribute": attribute}
    if attribute is not None:
        change = AttributeChange.objects.in_workspace(request.workspace).of(attribute).first()
        context |= {
            "change": change,
            "can_undo": change is not None and can_be_undone(change),
            "undo_days": UNDO_DAYS,
            "uses": uses_of(request.workspace, attribute.key),
            "renaming": renaming or (RenameForm(attribute=attribute) if attribute.choices else None),
        }
    is_wrong = form.is_bound or (renaming is not None and renaming.is_bound)
    return render_page(request, "contacts/attribute.html", context, partial="change", status=422 if is_wrong else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@workspace_view("editor")
def retype(request: WorkspaceRequest, attribute: uuid.UUID) -> HttpResponse:
    """Say what another type does to everybody's values (`?type=`), and do it."""
    found = get_in_workspace(Attribute, request.workspace, attribute)
    data = request.POST if request.method == "POST" else (request.GET if "type" in request.GET else None)
    form = TypeForm(data, attribute=found)
    preview = None
    if form.is_valid():
        chosen: dict[str, Any] = {"attribute": found, "to": form.cleaned_data["type"], "choices": form.chosen}
        try:
            if request.method == "POST":
                change_type(**chosen, actor=request.user)
                messages.success(request, _("The type is changed. Values people have follow now."))
                return go_to(request, "contacts:attribute-edit", request.workspace.slug, found.public_id)
            preview = preview_type(**chosen)
        except ContactError as error:
            form.show(error)
    context = {
        "attribute": found,
        "form": form,
        "preview": preview,
        "to": dict(Attribute.Type.choices).get(form.cleaned_data["type"]) if preview else "",
        "uses": uses_of(request.workspace, found.key),
        "undo_days": UNDO_DAYS,
    }
    status = 422 if request.method == "POST" else 200
    return render_page(request, "contacts/attribute_type.html", context, status=status)


@require_POST
@workspace_view("editor")
def rename(request: WorkspaceRequest, attribute: uuid.UUID) -> HttpResponse:
    """Call a choice otherwise for everybody who has it."""
    found = get_in_workspace(Attribute, request.workspace, attribute)
    form = RenameForm(request.POST, attribute=found)
    if form.is_valid():
        try:
            rename_choice(
                attribute=found, old=form.cleaned_data["old"], new=form.cleaned_data["new"], actor=request.user
            )
        except ContactError as error:
            form.show(error)
        else:
            messages.success(request, _("The choice is changed. People who have it follow now."))
            return go_to(request, "contacts:attribute-edit", request.workspace.slug, found.public_id)
    return _page(request, found, AttributeForm(attribute=found), form)


@require_POST
@workspace_view("editor")
def fill(request: WorkspaceRequest, attribute: uuid.UUID) -> HttpResponse:
    """Give everybody without a value the one that new people get."""
    found = get_in_workspace(Attribute, request.workspace, attribute)
    try:
        change = give_default(attribute=found, actor=request.user)
    except ContactError as error:
        messages.error(request, str(error))
    else:
        text = ngettext("%(count)s person gets the value now.", "%(count)s people get the value now.", change.total)
        messages.success(request, text % {"count": change.total})
    return go_to(request, "contacts:attribute-edit", request.workspace.slug, found.public_id)


@require_POST
@workspace_view("editor")
def undo(request: WorkspaceRequest, attribute: uuid.UUID) -> HttpResponse:
    """Take the last change of everybody's values back."""
    found = get_in_workspace(Attribute, request.workspace, attribute)
    change = AttributeChange.objects.in_workspace(request.workspace).of(found).first()
    try:
        if change is None or not can_be_undone(change):
            messages.error(request, _("There is nothing to undo any more. Nothing was changed."))
        else:
            undo_change(change=change, actor=request.user)
            messages.success(request, _("The change is being undone."))
    except ContactError as error:
        messages.error(request, str(error))
    return go_to(request, "contacts:attribute-edit", request.workspace.slug, found.public_id)


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
    context = {"attribute": found, "uses": uses_of(request.workspace, found.key)}
    return render_page(request, "contacts/attribute_delete.html", context)
