"""The list of contacts and the page of one."""

import base64
import datetime as dt
import json
import uuid
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import WorkspaceRequest, get_in_workspace, workspace_view
from contacts import values
from contacts.address_lines import lines_of
from contacts.forms import ContactForm, ListColumnsForm
from contacts.list_columns import offered_columns, shown_columns
from contacts.list_filters import Choice, ContactFilter, chips, menus
from contacts.listing import contact_page, filter_options
from contacts.models import Attribute, Contact, Import, Restriction
from contacts.places import country_name, language_name
from contacts.services import add_tag, create_contact, erase_contact, erase_contacts, update_contact
from contacts.services.errors import ContactError, DuplicateContact
from contacts.services.list_columns import choose_columns
from contacts.story import tell
from core.clock import zone_or_none
from core.htmx import go_to, is_fragment_request, render_page
from core.ids import uuid_or_none
from events.models import Event

STORY_PAGE = 20
# Filters that are needed now and then: they share one menu.
LATER = ("state", "restricted", "has")


@require_GET
@workspace_view()
def contact_list(request: WorkspaceRequest) -> HttpResponse:
    """The list, searched, filtered and sorted by its URL."""
    wanted = ContactFilter.from_query(request.GET)
    page = contact_page(request.workspace, wanted, request.GET.get("after", ""), request.GET.get("before", ""))
    here = wanted.query_string()
    joint = "&" if len(here) > 1 else ""
    attributes = list(Attribute.objects.in_workspace(request.workspace).by_label())
    offered = offered_columns(attributes)
    shown = shown_columns(request.user, request.workspace, offered)
    found = menus(request.workspace, wanted, _own_choices(request, wanted, attributes))
    context = {
        "wanted": wanted,
        "page": page,
        "rows": [(contact, [(column, column.value(contact)) for column in shown]) for contact in page.contacts],
        "columns": [(column, wanted.query_string(sort=column.sort), wanted.sort == column.sort) for column in shown],
        "offered": [(column, column in shown) for column in offered.values()],
        "by_name": (wanted.query_string(sort="name"), wanted.sort == "name"),
        "next": f"{here}{joint}after={page.next}" if page.next else "",
        "previous": f"{here}{joint}before={page.previous}" if page.previous else "",
        "menus": [menu for menu in found if not menu.chosen and menu.name not in LATER],
        "more_menus": [menu for name in LATER for menu in found if menu.name == name and not menu.chosen],
        "chips": chips(found, wanted),
        "kept": [(name, value) for name, value in wanted.pairs().items() if name != "q"],
        "undated": wanted.pairs(since="", until="").items(),
        "is_first_run": not page.contacts and not wanted.is_narrowed,
        "may_edit": request.membership.may("editor"),
        "is_fragment": is_fragment_request(request),
    }
    return render_page(request, "contacts/list.html", context, partial="rows")


def _own_choices(
    request: WorkspaceRequest, wanted: ContactFilter, attributes: list[Attribute]
) -> dict[str, list[Choice]]:
    """Details, and the languages, countries and tags worth offering."""
    found = filter_options(request.workspace, wanted)
    return {
        "tag": [Choice(value, value) for value in found.tags],
        "language": [Choice(value, language_name(value)) for value in found.languages],
        "country": [Choice(value, country_name(value)) for value in found.countries],
        "has": [Choice(attribute.key, attribute.label) for attribute in attributes],
    }


@require_POST
@workspace_view(write_role="viewer")
def list_columns(request: WorkspaceRequest) -> HttpResponse:
    """Remember which columns somebody wants to see; theirs alone, so viewers may too."""
    attributes = Attribute.objects.in_workspace(request.workspace).by_label()
    offered = [(column.key, column.label) for column in offered_columns(attributes).values()]
    form = ListColumnsForm(request.POST, offered=offered)
    if form.is_valid():
        choose_columns(user=request.user, workspace=request.workspace, columns=form.cleaned_data["columns"])
    back = request.POST.get("back", "")
    return go_to(request, f"{_list_url(request)}{back if back.startswith('?') else ''}")


@require_POST
@workspace_view()
def change_many(request: WorkspaceRequest) -> HttpResponse:
    """Tag or erase the contacts ticked in the list."""
    chosen = [text for text in request.POST.getlist("contact") if uuid_or_none(text)]
    back = request.POST.get("back", "")
    to = f"{_list_url(request)}{back if back.startswith('?') else ''}"
    if not chosen:
        messages.warning(request, _("Tick the people first, then choose what happens with them."))
    elif request.POST.get("action") == "tag":
        _tag(request, chosen)
    elif request.POST.get("action") == "erase":
        count = erase_contacts(workspace=request.workspace, public_ids=chosen, actor=request.user)
        messages.success(
            request, ngettext("%(count)s person was erased.", "%(count)s people were erased.", count) % {"count": count}
        )
    return go_to(request, to)


def _tag(request: WorkspaceRequest, chosen: list[str]) -> None:
    tag = request.POST.get("tag", "").strip()
    if not tag:
        messages.warning(request, _("Write the tag that these people should get."))
        return
    try:
        count = add_tag(workspace=request.workspace, public_ids=chosen, tag=tag, actor=request.user)
    except ContactError as error:
        messages.error(request, str(error))
        return
    text = ngettext("%(count)s person got the tag %(tag)s.", "%(count)s people got the tag %(tag)s.", count)
    messages.success(request, text % {"count": count, "tag": tag})


def _list_url(request: HttpRequest) -> str:
    from django.urls import reverse

    return reverse("contacts:list", args=[request.workspace.slug])  # type: ignore[attr-defined]


@require_http_methods(["GET", "HEAD", "POST"])
@workspace_view("editor")
def create(request: WorkspaceRequest) -> HttpResponse:
    """Add one person by hand."""
    form = ContactForm(request.POST if request.method == "POST" else None, workspace=request.workspace)
    duplicate = None
    if request.method == "POST" and form.is_valid():
        try:
            contact = create_contact(workspace=request.workspace, values=form.values(), actor=request.user)
        except ContactError as error:
            form.show(error)
            duplicate = error.existing if isinstance(error, DuplicateContact) else None
        else:
            messages.success(request, _("%(person)s was added.") % {"person": contact})
            return go_to(request, "contacts:detail", request.workspace.slug, contact.public_id)
    context = {"form": form, "duplicate": duplicate}
    return render_page(request, "contacts/form.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@workspace_view("editor")
def edit(request: WorkspaceRequest, contact: uuid.UUID) -> HttpResponse:
    """Change what is known of a person."""
    person = get_in_workspace(Contact, request.workspace, contact)
    form = ContactForm(request.POST if request.method == "POST" else None, workspace=request.workspace, contact=person)
    duplicate = None
    if request.method == "POST" and form.is_valid():
        try:
            update_contact(contact=person, values=form.values(), actor=request.user)
        except ContactError as error:
            form.show(error)
            duplicate = error.existing if isinstance(error, DuplicateContact) else None
        else:
            messages.success(request, _("Saved."))
            return go_to(request, "contacts:detail", request.workspace.slug, person.public_id)
    context = {"form": form, "contact": person, "duplicate": duplicate}
    return render_page(request, "contacts/form.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@workspace_view("editor")
def erase(request: WorkspaceRequest, contact: uuid.UUID) -> HttpResponse:
    """Say what erasing means, and do it."""
    person = get_in_workspace(Contact, request.workspace, contact)
    if request.method == "POST":
        erase_contact(contact=person, actor=request.user)
        messages.success(request, _("The person was erased. The history of settings holds the receipt."))
        return redirect("contacts:list", request.workspace.slug)
    return render_page(request, "contacts/erase.html", {"contact": person})


@require_GET
@workspace_view()
def detail(request: WorkspaceRequest, contact: uuid.UUID) -> HttpResponse:
    """Everything about one person; older parts of the story come as fragments."""
    person = get_in_workspace(Contact, request.workspace, contact)
    if person.public_id != contact:  # the id of somebody who has become part of this person
        return redirect("contacts:detail", request.workspace.slug, person.public_id)
    context = {"contact": person, "may_edit": request.membership.may("editor"), **_story(request, person)}
    if "before" in request.GET:
        return render_page(request, "contacts/detail.html", context, partial="story")
    zone = zone_or_none(person.time_zone)
    context |= {
        "addresses": lines_of(person),
        "details": _details(request, person),
        "restriction": Restriction.objects.of_contact(person),
        "lives_in": country_name(person.country) if person.country else "",
        "speaks": language_name(person.language) if person.language else "",
        "local_time": timezone.localtime(timezone=zone) if zone else None,
        "import": Import.objects.in_workspace(request.workspace).filter(pk=person.import_batch_id).first(),
    }
    return render_page(request, "contacts/detail.html", context)


def _details(request: WorkspaceRequest, person: Contact) -> list[tuple[str, str]]:
    attributes = Attribute.objects.in_workspace(request.workspace).by_label()
    return [
        (attribute.label, values.print_value(attribute.type, person.attributes[attribute.key]))
        for attribute in attributes
        if attribute.key in person.attributes
    ]


def _story(request: WorkspaceRequest, person: Contact) -> dict[str, Any]:
    """The next events behind `?before=`, and the cursor of what is earlier still."""
    events = Event.objects.in_workspace(request.workspace).of_contact(person.pk)
    before = _read_story_cursor(request.GET.get("before", ""))
    day = None
    if before:
        moment, event_id = before
        events = events.filter(Q(at__lt=moment) | Q(at=moment, pk__lt=event_id))
        day = timezone.localtime(moment).date()
    found = list(events[: STORY_PAGE + 1])
    shown = found[:STORY_PAGE]
    earlier = ""
    if len(found) > STORY_PAGE:
        last = shown[-1]
        earlier = base64.urlsafe_b64encode(json.dumps([last.at.isoformat(), last.pk]).encode()).rstrip(b"=").decode()
    return {"story": tell(shown, day), "earlier": earlier, "is_whole": not before and not earlier}


def _read_story_cursor(text: str) -> tuple[dt.datetime, int] | None:
    try:
        moment, event_id = json.loads(base64.urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4)))
        at = dt.datetime.fromisoformat(moment)
        timezone.localtime(at)  # the edges of the calendar exist in UTC only
    except (ValueError, TypeError, RecursionError, OverflowError):
        return None
    return (at, event_id) if at.tzinfo and type(event_id) is int and abs(event_id) < 2**63 else None
