"""Merging people somebody chose, the page of a merge, and taking it back."""

import uuid
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import WorkspaceRequest, get_in_workspace, workspace_view
from contacts.duplicates.comparison import compare
from contacts.forms.merging import MergeForm
from contacts.list_filters import ContactFilter
from contacts.listing import contact_page
from contacts.models import Contact, DuplicateGroup, Merge, MergeBatch
from contacts.services.merging import CannotMerge, Merged, find_people, merge_contacts
from contacts.services.unmerging import CannotUnmerge, can_be_undone, undo_batch
from core.htmx import go_to, render_page
from core.ids import uuid_or_none

MOST_SIDE_BY_SIDE = 5
FOUND = 10


@workspace_view("editor")
@require_safe
def choose(request: WorkspaceRequest, contact: uuid.UUID) -> HttpResponse:
    """Find the other person whom this one is to be merged with."""
    person = get_in_workspace(Contact, request.workspace, contact)
    wanted = ContactFilter.from_query(request.GET)
    found = contact_page(request.workspace, wanted).contacts if wanted.search else []
    context = {
        "contact": person,
        "wanted": wanted,
        "people": [row for row in found if row.pk != person.pk][:FOUND],
    }
    return render_page(request, "contacts/merge_choose.html", context, partial="people")


@workspace_view("editor")
@require_http_methods(["GET", "HEAD", "POST"])
def preview(request: WorkspaceRequest) -> HttpResponse:
    """The people named by `?contact=` side by side; a POST makes them one."""
    asked = request.POST.getlist("person") if request.method == "POST" else request.GET.getlist("contact")
    ids = [found for text in asked[:MOST_SIDE_BY_SIDE] if (found := uuid_or_none(text))]
    people = list({contact.pk: contact for contact in find_people(request.workspace, ids).values()}.values())
    if not people:
        raise Http404
    if len(people) < 2:
        messages.info(request, _("They are one person already."))
        return go_to(request, "contacts:detail", request.workspace.slug, people[0].public_id)
    if request.method == "POST":
        form, merged = merge_as_sent(request)
        if merged is not None and merged.batch is not None:
            return go_to(request, "contacts:merge-batch", request.workspace.slug, merged.batch.public_id)
        return answer_comparison(request, people, form=form)
    return answer_comparison(request, people)


def merge_as_sent(request: WorkspaceRequest) -> tuple[MergeForm, Merged | None]:
    """Merge what the page says; None with a form that says what is wrong."""
    form = MergeForm(request.POST)
    if not form.is_valid() or form.keep is None:
        return form, None
    try:
        merged = merge_contacts(
            workspace=request.workspace,
            keep=form.keep,
            merge=[public_id for public_id in form.people if public_id != form.keep],
            choices=form.choices,
            actor=request.user,
        )
    except CannotMerge as error:
        form.add_error(None, str(error))
        return form, None
    except Contact.DoesNotExist:
        form.add_error(None, _("One of them was erased meanwhile. Nothing was changed."))
        return form, None
    return form, merged


def answer_comparison(
    request: WorkspaceRequest,
    people: Sequence[Contact],
    *,
    form: MergeForm | None = None,
    group: DuplicateGroup | None = None,
    following: DuplicateGroup | None = None,
) -> HttpResponse:
    """The page that shows people side by side, alone or as a group of the list."""
    merged: Any = MergeBatch.objects.in_workspace(request.workspace).named(request.GET.get("merged", ""))
    context = {
        "comparison": compare(people),
        "form": form,
        "group": group,
        "following": following,
        "merged": merged if merged and can_be_undone(merged) else None,
    }
    return render_page(request, "contacts/merge.html", context, status=422 if form else 200)


@workspace_view()
@require_safe
def batch(request: WorkspaceRequest, batch: uuid.UUID) -> HttpResponse:
    """What a press of the button merged: its progress while it works, then who became one."""
    row = get_in_workspace(MergeBatch, request.workspace, batch)
    merges = Merge.objects.in_force().of_batch(row)
    context = {
        "batch": row,
        "merges": merges[:FOUND],
        "kept": {merge.kept for merge in merges[:FOUND]},
        "is_working": row.status in {"queued", "running", "undoing"},
        "can_undo": can_be_undone(row),
        "may_edit": request.membership.may("editor"),
    }
    return render_page(request, "contacts/merge_batch.html", context, partial="progress")


@workspace_view("editor")
@require_http_methods(["GET", "HEAD", "POST"])
def undo(request: WorkspaceRequest, batch: uuid.UUID) -> HttpResponse:
    """Say what taking back means, and do it."""
    row = get_in_workspace(MergeBatch, request.workspace, batch)
    if request.method == "POST":
        try:
            undo_batch(batch=row, actor=request.user)
        except CannotUnmerge as error:
            messages.error(request, str(error))
        return go_to(request, "contacts:merge-batch", request.workspace.slug, row.public_id)
    context = {"batch": row, "merges": Merge.objects.in_force().of_batch(row)[:FOUND], "can_undo": can_be_undone(row)}
    return render_page(request, "contacts/merge_undo.html", context)
