"""Lists: all of them, one with its people, and putting people on it."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpResponse
from django.utils.formats import date_format
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import WorkspaceRequest, get_in_workspace, workspace_view
from contacts.models import Contact
from core.htmx import go_to, render_page
from core.ids import uuid_or_none
from core.templatetags.rapport import nav_url
from segments import services
from segments.builder.labels import labels_of
from segments.builder.wording import about
from segments.forms import ChooseListForm, ListForm, NewListForm, PeopleForm
from segments.language.problems import RuleError
from segments.models import ListMember, Segment, StaticList
from segments.services import lists
from segments.services.errors import ListInUse, ListIsFrozen, TooManyLists
from segments.services.sizes import local_day

PER_PAGE = 25
_UNKNOWN_SHOWN = 5


@require_GET
@workspace_view("viewer")
def all_lists(request: WorkspaceRequest) -> HttpResponse:
    """The lists of the workspace, with how many people are on each."""
    words = request.GET.get("q", "").replace("\x00", "").strip()[:80]
    rows = StaticList.objects.in_workspace(request.workspace).search(words)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    members = ListMember.objects.in_workspace(request.workspace).filter(list__in=[row.pk for row in page.object_list])
    sizes = dict(members.values_list("list").annotate(people=Count("pk")))
    context = {
        "rows": [(row, sizes.get(row.pk, 0)) for row in page.object_list],
        "page": page,
        "words": words,
        "is_empty": not page.object_list and not words,
        "may_edit": request.membership.may("editor"),
    }
    return render_page(request, "segments/lists.html", context, partial="rows")


@require_http_methods(["GET", "HEAD", "POST"])
@workspace_view("editor")
def new_list(request: WorkspaceRequest) -> HttpResponse:
    """Make a list, with people pasted at once or without."""
    form = NewListForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            made = lists.save_list(workspace=request.workspace, actor=request.user, values=form.cleaned_data)
        except TooManyLists:
            form.add_error(None, _("A workspace holds 1,000 lists at most. Delete one that nobody uses."))
        else:
            _put_named(request, made, form.cleaned_data["people"])
            return go_to(request, "segments:one-list", request.workspace.slug, made.public_id)
    return render_page(request, "segments/list_new.html", {"form": form}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@workspace_view("viewer")
def one_list(request: WorkspaceRequest, static_list: uuid.UUID) -> HttpResponse:
    """A list with its people; a POST renames it."""
    row = get_in_workspace(StaticList, request.workspace, static_list)
    initial = {"name": row.name, "description": row.description}
    form = ListForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        lists.save_list(workspace=request.workspace, actor=request.user, values=form.cleaned_data, static_list=row)
        messages.success(request, _("“%(name)s” was saved.") % {"name": row.name})
        return go_to(request, "segments:one-list", request.workspace.slug, row.public_id)
    members = ListMember.objects.in_workspace(request.workspace).filter(list=row).select_related("contact")
    page = Paginator(members.order_by("-added_at", "-id"), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "list": row,
        "form": form,
        "people_form": PeopleForm(),
        "page": page,
        "users": lists.segments_asking_for(row),
        "frozen_about": _frozen_about(request, row),
        "may_edit": request.membership.may("editor"),
    }
    return render_page(
        request, "segments/list_one.html", context, partial="people", status=422 if form.is_bound else 200
    )


def _frozen_about(request: WorkspaceRequest, row: StaticList) -> str:
    """The sentences of a snapshot; empty where they name something that is gone since."""
    if not row.frozen_rule:
        return ""
    try:
        return str(about(row.frozen_rule["where"], labels_of(request.workspace)))
    except (KeyError, RuleError):
        return ""


@require_POST
@workspace_view("editor")
def add_people(request: WorkspaceRequest, static_list: uuid.UUID) -> HttpResponse:
    """Put people on a list who are named in a text."""
    row = get_in_workspace(StaticList, request.workspace, static_list)
    form = PeopleForm(request.POST)
    if form.is_valid() and form.cleaned_data["people"]:
        _put_named(request, row, form.cleaned_data["people"])
    elif form.errors:
        messages.error(request, str(form.errors["people"][0]))
    else:
        messages.warning(request, _("Nobody was named. Paste addresses, then press the button."))
    return go_to(request, "segments:one-list", request.workspace.slug, row.public_id)


@require_POST
@workspace_view("editor")
def remove_people(request: WorkspaceRequest, static_list: uuid.UUID) -> HttpResponse:
    """Take the people ticked off a list; they stay contacts."""
    row = get_in_workspace(StaticList, request.workspace, static_list)
    chosen = _chosen(request)
    try:
        count = lists.remove_from_list(static_list=row, contact_ids=chosen, actor=request.user)
    except ListIsFrozen:
        messages.error(request, _("A snapshot stays as it was."))
    else:
        text = ngettext("%(count)s person is off the list.", "%(count)s people are off the list.", count)
        messages.success(request, text % {"count": count}) if chosen else messages.warning(
            request, _("Tick the people first.")
        )
    if request.POST.get("back") == "contact" and chosen:
        person = Contact.objects.in_workspace(request.workspace).get(pk=chosen[0])
        return go_to(request, "contacts:detail", request.workspace.slug, person.public_id)
    return go_to(request, "segments:one-list", request.workspace.slug, row.public_id)


@require_POST
@workspace_view("editor")
def put_on_list(request: WorkspaceRequest) -> HttpResponse:
    """Put the contacts ticked elsewhere on a list: first choose which, then do it."""
    open_lists = StaticList.objects.in_workspace(request.workspace).filter(frozen_at=None)
    chosen = _chosen(request)
    is_choosing = "chosen" not in request.POST
    form = ChooseListForm(None if is_choosing else request.POST, lists=open_lists)
    if not chosen:
        messages.warning(request, _("Tick the people first, then choose what happens with them."))
        return go_to(request, "contacts:list", request.workspace.slug)
    if form.is_valid():
        try:
            row = form.static_list or lists.save_list(
                workspace=request.workspace, actor=request.user, values={"name": form.cleaned_data["name"]}
            )
        except TooManyLists:
            form.add_error("name", _("A workspace holds 1,000 lists at most. Delete one that nobody uses."))
        else:
            _put(request, row, chosen)
            return go_to(request, "segments:one-list", request.workspace.slug, row.public_id)
    context = {"form": form, "people": request.POST.getlist("contact"), "count": len(chosen)}
    return render_page(request, "segments/list_choose.html", context, status=422 if form.is_bound else 200)


@require_POST
@workspace_view("editor")
def freeze(request: WorkspaceRequest, segment: uuid.UUID) -> HttpResponse:
    """Keep who is in a segment now as a list that never changes, and go there."""
    row = get_in_workspace(Segment, request.workspace, segment)
    try:
        made = lists.freeze_segment(segment=row, values={"name": _snapshot_name(row)}, actor=request.user)
    except RuleError:
        messages.error(request, _("Nothing was kept: the segment names something that is gone. Mend it first."))
    except TooManyLists:
        messages.error(request, _("A workspace holds 1,000 lists at most. Delete one that nobody uses."))
    else:
        messages.success(request, _("This is a snapshot of “%(name)s”. It stays as it is.") % {"name": row.name})
        return go_to(request, "segments:one-list", request.workspace.slug, made.public_id)
    return go_to(request, "segments:detail", request.workspace.slug, row.public_id)


def _snapshot_name(segment: Segment) -> str:
    """The segment and the day, so that two snapshots can be told apart."""
    day = date_format(local_day(segment.workspace), "DATE_FORMAT")
    return _("%(name)s, %(day)s") % {"name": segment.name[:55], "day": day}


@require_POST
@workspace_view("editor")
def write_to_list(request: WorkspaceRequest, static_list: uuid.UUID) -> HttpResponse:
    """Make a segment that holds for exactly the people of a list, or find it, and go there; with `then=write` to
    a new campaign for it.
    """
    row = get_in_workspace(StaticList, request.workspace, static_list)
    rule = lists.rule_of_list(row)
    found = Segment.objects.in_workspace(request.workspace).filter(rule=rule).first()
    if found is None:
        try:
            found = services.save_segment(
                workspace=request.workspace, actor=request.user, values={"name": row.name, "rule": rule}
            )
        except services.TooManySegments:
            messages.error(request, _("A workspace holds 1,000 segments at most. Delete one that nobody uses."))
            return go_to(request, "segments:one-list", request.workspace.slug, row.public_id)
    write_url = nav_url("campaigns:create", request.workspace.slug) if request.POST.get("then") == "write" else ""
    if write_url:
        return go_to(request, f"{write_url}?segment={found.public_id}")
    messages.success(request, _("This segment holds exactly the people of the list. You can write to it."))
    return go_to(request, "segments:detail", request.workspace.slug, found.public_id)


@require_POST
@workspace_view("editor")
def delete_list(request: WorkspaceRequest, static_list: uuid.UUID) -> HttpResponse:
    """Delete a list, unless a segment asks for it."""
    row = get_in_workspace(StaticList, request.workspace, static_list)
    try:
        lists.delete_list(static_list=row, actor=request.user)
    except ListInUse as error:
        users = get_text_list([f"“{name}”" for name in error.users[:5]], _("and"))
        messages.error(request, _("Nothing was deleted. This list is still needed by %(users)s.") % {"users": users})
        return go_to(request, "segments:one-list", request.workspace.slug, row.public_id)
    messages.success(request, _("“%(name)s” was deleted. The people on it stay.") % {"name": row.name})
    return go_to(request, "segments:lists", request.workspace.slug)


def _chosen(request: WorkspaceRequest) -> list[int]:
    """The contacts ticked, as far as they are of this workspace."""
    public_ids = [text for text in request.POST.getlist("contact")[: lists.MAX_AT_ONCE] if uuid_or_none(text)]
    return list(
        Contact.objects.in_workspace(request.workspace).filter(public_id__in=public_ids).values_list("pk", flat=True)
    )


def _put_named(request: WorkspaceRequest, row: StaticList, text: str) -> None:
    """Put the people on the list, and say who is not known here."""
    if not text.strip():
        return
    found = lists.people_named(request.workspace, text)
    if found.contact_ids:
        _put(request, row, found.contact_ids)
    if found.unknown:
        shown: list[Any] = [f"\u2068{piece[:60]}\u2069" for piece in found.unknown[:_UNKNOWN_SHOWN]]
        count = len(found.unknown)
        text = ngettext(
            "%(count)s entry belongs to none of your contacts: %(names)s. Add it under Contacts first.",
            "%(count)s entries belong to none of your contacts, such as %(names)s. Add them under Contacts first.",
            count,
        )
        messages.warning(request, text % {"count": count, "names": get_text_list(shown, _("and"))})


def _put(request: WorkspaceRequest, row: StaticList, contact_ids: list[int]) -> None:
    try:
        count = lists.add_to_list(static_list=row, contact_ids=contact_ids, actor=request.user)
    except ListIsFrozen:
        messages.error(request, _("A snapshot stays as it was."))
        return
    if count:
        text = ngettext("%(count)s person was put on the list.", "%(count)s people were put on the list.", count)
        messages.success(request, text % {"count": count})
    else:
        messages.success(request, _("They were all on the list already."))
