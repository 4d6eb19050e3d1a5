"""A person's addresses: adding, choosing the main one, saying what is known of one, removing."""

import uuid

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import WorkspaceRequest, get_in_workspace, workspace_view
from contacts.address_lines import history_of, line_of
from contacts.forms.addresses import AddressForm, AddressStateForm
from contacts.models import Address, Contact, LookUp, MailDomain
from contacts.services.correcting import replace_address
from contacts.services.errors import ContactError, DuplicateContact
from contacts.services.reaching import add_address, make_primary, remove_address, state_address
from core.htmx import go_to, render_page


@require_http_methods(["GET", "HEAD", "POST"])
@workspace_view("editor")
def add(request: WorkspaceRequest, contact: uuid.UUID) -> HttpResponse:
    """Give a person one more address."""
    person = get_in_workspace(Contact, request.workspace, contact)
    form = AddressForm(request.POST if request.method == "POST" else None)
    duplicate = None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            add_address(
                contact=person,
                channel=given["channel"],
                value=given["email"],
                is_primary=given["is_primary"],
                actor=request.user,
            )
        except ContactError as error:
            form.show_refusal(error.fields)
            duplicate = error.existing if isinstance(error, DuplicateContact) else None
        else:
            messages.success(request, _("The address was added."))
            return go_to(request, "contacts:detail", request.workspace.slug, person.public_id)
    context = {"contact": person, "form": form, "duplicate": duplicate}
    return render_page(request, "contacts/address_new.html", context, status=422 if form.is_bound else 200)


@require_GET
@workspace_view()
def detail(request: WorkspaceRequest, contact: uuid.UUID, address: uuid.UUID) -> HttpResponse:
    """Everything about one address."""
    return _page(request, _find(request, contact, address), AddressStateForm())


@require_POST
@workspace_view("editor")
def mark(request: WorkspaceRequest, contact: uuid.UUID, address: uuid.UUID) -> HttpResponse:
    """Write down what somebody knows of an address."""
    row = _find(request, contact, address)
    form = AddressStateForm(request.POST)
    if not form.is_valid():
        return _page(request, row, form, 422)
    try:
        state_address(
            address=row, status=form.cleaned_data["status"], note=form.cleaned_data["note"], actor=request.user
        )
    except ContactError as error:
        form.show(error)
        return _page(request, row, form, 422)
    messages.success(request, _("Saved."))
    return go_to(request, "contacts:address", request.workspace.slug, contact, address)


@require_POST
@workspace_view("editor")
def primary(request: WorkspaceRequest, contact: uuid.UUID, address: uuid.UUID) -> HttpResponse:
    """Make an address the main one of its kind."""
    row = _find(request, contact, address)
    make_primary(address=row, actor=request.user)
    messages.success(request, _("Messages go to %(address)s from now on.") % {"address": line_of(row).value})
    return go_to(request, "contacts:detail", request.workspace.slug, contact)


@require_POST
@workspace_view("editor")
def remove(request: WorkspaceRequest, contact: uuid.UUID, address: uuid.UUID) -> HttpResponse:
    """Take an address from its person."""
    row = _find(request, contact, address)
    try:
        remove_address(address=row, actor=request.user)
    except ContactError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The address was removed."))
    return go_to(request, "contacts:detail", request.workspace.slug, contact)


@require_POST
@workspace_view("editor")
def correct(request: WorkspaceRequest, contact: uuid.UUID, address: uuid.UUID) -> HttpResponse:
    """Put the address that was probably meant in the place of a mistyped one."""
    row = _find(request, contact, address)
    suggestion = line_of(row).suggestion
    if not suggestion:
        messages.info(request, _("Nothing looks mistyped any more."))
    else:
        try:
            replace_address(address=row, value=suggestion, actor=request.user)
        except ContactError as error:
            messages.error(request, _("%(problem)s Nothing was changed.") % {"problem": error})
        else:
            messages.success(request, _("It is %(address)s now.") % {"address": suggestion})
    return go_to(request, "contacts:detail", request.workspace.slug, contact)


def _find(request: WorkspaceRequest, contact: uuid.UUID, address: uuid.UUID) -> Address:
    """The person's address of this id, or Http404."""
    person = get_in_workspace(Contact, request.workspace, contact)
    for row in Address.objects.of_contact(person):
        if row.public_id == address:
            row.contact = person
            return row
    raise Http404


def _page(request: WorkspaceRequest, row: Address, form: AddressStateForm, status: int = 200) -> HttpResponse:
    if not form.is_bound:
        form.initial = {"status": row.status}
    context = {
        "contact": row.contact,
        "line": line_of(row),
        "history": history_of(row),
        "look_ups": LookUp.objects.of_address(row)[:20],
        "mail_domain": MailDomain.objects.named(row.domain),
        "form": form,
        "may_edit": request.membership.may("editor"),
    }
    return render_page(request, "contacts/address.html", context, status=status)
