"""Pages of templates: the list, the gallery of starters, and the editor with its live preview."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import WorkspaceRequest, get_in_workspace, workspace_view
from accounts.models import Role
from contacts.models import Contact
from contacts.text_search import TextSearch
from content.compiler import CompiledContent, compile_content
from content.forms import StarterForm, TemplateForm
from content.insertables import fields_of, parts_of
from content.models import Template
from content.pictures import newest_pictures, receive_picture
from content.preview import Preview, compile_template, preview_for, readable
from content.services import (
    EditConflict,
    TemplateInUse,
    create_template,
    delete_template,
    duplicate_template,
    save_template,
)
from content.starters import STARTERS, starter_values
from core.htmx import go_to, render_page
from core.ids import uuid_or_none
from core.policy import show_message

PER_PAGE = 12
FOUND_PEOPLE = 8
BLANK_MJML = (
    "<mjml>\n  <mj-body>\n    <mj-section>\n      <mj-column>\n        <mj-text></mj-text>\n      </mj-column>\n"
    '    </mj-section>\n    <mj-section>\n      <mj-column>\n        <mj-text><a href="{{ unsubscribe_url }}">'
    "%(unsubscribe)s</a></mj-text>\n      </mj-column>\n    </mj-section>\n  </mj-body>\n</mjml>\n"
)


@require_safe
@workspace_view()
def list_templates(request: WorkspaceRequest) -> HttpResponse:
    """All templates, with small pictures of them."""
    search = request.GET.get("search", "")[:100]
    templates = Template.objects.in_workspace(request.workspace).search(search).for_list()
    page = Paginator(templates, PER_PAGE).get_page(request.GET.get("page"))
    rows = [(template, readable(template.subject, request.workspace)) for template in page]
    context = {"page": page, "rows": rows, "search": search, "may_edit": request.membership.may(Role.EDITOR)}
    return render_page(request, "content/list.html", context, partial="rows")


@require_http_methods(["GET", "HEAD", "POST"])
@workspace_view("editor")
def create(request: WorkspaceRequest) -> HttpResponse:
    """Choose a starter; a POST makes the template and opens it."""
    form = StarterForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return render_page(request, "content/create.html", {"starters": STARTERS.values()}, status=status)
    key = form.cleaned_data["starter"]
    if key:
        values = starter_values(STARTERS[key], request.workspace)
    else:
        mjml = BLANK_MJML % {"unsubscribe": _("Unsubscribe")}
        values = {"name": _("Untitled"), "mjml": mjml, "language": request.workspace.language}
    template = create_template(workspace=request.workspace, actor=request.user, values=values)
    return go_to(request, "content:edit", request.workspace.slug, template.public_id)


@require_http_methods(["GET", "HEAD", "POST"])
@workspace_view()
def edit(request: WorkspaceRequest, template: uuid.UUID) -> HttpResponse:
    """The editor. A POST saves; the script's autosave asks for the parts of the page that change with it."""
    stored = get_in_workspace(Template, request.workspace, template)
    form = TemplateForm(
        request.POST if request.method == "POST" else None,
        instance=Template(pk=stored.pk) if request.method == "POST" else stored,
        initial={"lock_version": stored.lock_version},
    )
    if request.method != "POST":
        return render(request, "content/editor.html", _editor_context(request, stored, form))
    is_autosave = "X-Autosave" in request.headers
    page = "content/state.html" if is_autosave else "content/editor.html"
    status, conflict = 200, None
    if form.is_valid():
        try:
            stored = save_template(template=stored, lock_version=_lock_version(request, form), values=form.values())
        except EditConflict as clash:
            status, conflict, stored = 409, clash, clash.current
    else:
        status = 422
    if status == 200 and not is_autosave:
        return go_to(request, "content:edit", request.workspace.slug, stored.public_id)
    context = _editor_context(request, stored, form) | {"conflict": conflict}
    return render(request, page, context, status=status)


def _lock_version(request: WorkspaceRequest, form: TemplateForm) -> int:
    """The version the editor was loaded with, or the one its user chose to write over."""
    keep = request.POST.get("keep", "")
    return int(keep) if keep.isdecimal() and len(keep) < 10 else int(form.cleaned_data["lock_version"])


def _editor_context(request: WorkspaceRequest, template: Template, form: TemplateForm) -> dict[str, Any]:
    compiled = compile_template(template)
    contact = _chosen_contact(request)
    problems = sorted(compiled.problems, key=lambda problem: problem.level)
    return {
        "template": template,
        "form": form,
        "compiled": compiled,
        "problems": problems,
        "contact": contact,
        "preview": _preview(request, compiled, contact),
        "saved_at": timezone.localtime(template.updated_at),
        "may_edit": request.membership.may(Role.EDITOR),
        "field_groups": fields_of(request.workspace),
        "parts": parts_of(),
    }


def _chosen_contact(request: WorkspaceRequest) -> Contact | None:
    """The person the preview is for, by `?as=`; without one the newest contact, then an invented one."""
    contacts = Contact.objects.in_workspace(request.workspace)
    chosen = uuid_or_none(request.POST.get("as") or request.GET.get("as"))
    if chosen is None:
        return contacts.exclude(first_name="").order_by("-id").first()
    return contacts.filter(public_id=chosen).first()


def _preview(
    request: WorkspaceRequest, compiled: CompiledContent, contact: Contact | None, *, dark: bool = False
) -> Preview:
    return preview_for(compiled=compiled, workspace=request.workspace, contact=contact, dark=dark)


@require_safe
@workspace_view()
def preview(request: WorkspaceRequest, template: uuid.UUID) -> HttpResponse:
    """The message itself, for a sandboxed frame."""
    stored = get_in_workspace(Template, request.workspace, template)
    shown = _preview(request, compile_template(stored), _chosen_contact(request), dark="dark" in request.GET)
    return show_message(HttpResponse(shown.html))


@require_safe
@workspace_view()
def preview_starter(request: WorkspaceRequest, key: str) -> HttpResponse:
    """A starter as it would look, for a sandboxed frame."""
    if key not in STARTERS:
        raise Http404
    values = starter_values(STARTERS[key], request.workspace)
    del values["name"]
    compiled = compile_content(**values)
    return show_message(HttpResponse(_preview(request, compiled, None).html))


@require_safe
@workspace_view()
def people(request: WorkspaceRequest, template: uuid.UUID) -> HttpResponse:
    """People to preview as, found by the beginnings of their names and addresses."""
    stored = get_in_workspace(Template, request.workspace, template)
    search = TextSearch.of(request.GET.get("q", "")[:100])
    contacts = Contact.objects.in_workspace(request.workspace)
    if search:
        contacts = contacts.found_by(request.workspace, search)
    context = {"people": contacts.order_by("-id")[:FOUND_PEOPLE], "template": stored, "searched": bool(search)}
    return render(request, "content/people.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@workspace_view("editor")
def pictures(request: WorkspaceRequest) -> HttpResponse:
    """The newest pictures, for the editor's dialog; a POST adds one and offers it first."""
    problem, added = "", None
    if request.method == "POST":
        added, problem = receive_picture(workspace=request.workspace, upload=request.FILES.get("picture"))
    context = {"pictures": newest_pictures(request.workspace), "problem": problem, "added": added}
    return render(request, "content/pictures.html", context, status=422 if problem else 200)


@require_POST
@workspace_view("editor")
def duplicate(request: WorkspaceRequest, template: uuid.UUID) -> HttpResponse:
    """Copy a template and open the copy."""
    stored = get_in_workspace(Template, request.workspace, template)
    copy = duplicate_template(template=stored, actor=request.user)
    messages.success(request, _("This is the copy. The original is as it was."))
    return go_to(request, "content:edit", request.workspace.slug, copy.public_id)


@require_POST
@workspace_view("editor")
def delete(request: WorkspaceRequest, template: uuid.UUID) -> HttpResponse:
    """Remove a template that no campaign needs."""
    stored = get_in_workspace(Template, request.workspace, template)
    try:
        delete_template(template=stored, actor=request.user)
    except TemplateInUse as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("“%(name)s” is deleted. What was sent with it stays.") % {"name": stored.name})
    return go_to(request, "content:list", request.workspace.slug)
