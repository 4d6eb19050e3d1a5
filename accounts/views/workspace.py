"""Settings of a workspace: itself, its people, its API keys and what was changed by whom."""

import uuid
from copy import copy

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import WorkspaceRequest, get_in_workspace, workspace_view
from accounts.errors import AccountsError
from accounts.forms import ApiKeyForm, InvitationForm, RoleForm, WorkspaceForm
from accounts.models import ApiKey, AuditEntry, Invitation, Membership, Role
from accounts.services import (
    change_role,
    change_workspace,
    create_api_key,
    invite_member,
    remove_member,
    revoke_api_key,
    withdraw_invitation,
)
from accounts.wording import wording
from core.contrast import palette
from core.htmx import go_to, render_page
from core.limits import is_over_limit

ENTRIES_A_PAGE = 50
INVITATIONS_AN_HOUR = 50


@workspace_view(write_role=Role.OWNER)
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: WorkspaceRequest) -> HttpResponse:
    """Name, address, zone, language and brand. Everybody may look, owners may change."""
    workspace = request.workspace
    form = WorkspaceForm(request.POST or None, instance=copy(workspace))
    if request.method == "POST" and form.is_valid():
        change_workspace(workspace=workspace, actor=request.user, changes=form.cleaned_data)
        messages.success(request, _("The settings are saved."))
        return go_to(request, "accounts:settings", workspace.slug)
    context = {
        "form": form,
        "tab": "settings",
        "light": palette(workspace.brand_color),
        "dark": palette(workspace.brand_color, dark=True),
    }
    return render_page(request, "accounts/settings.html", context, partial="form", status=422 if form.is_bound else 200)


@workspace_view(write_role=Role.OWNER)
@require_http_methods(["GET", "HEAD", "POST"])
def people(request: WorkspaceRequest) -> HttpResponse:
    """Members and open invitations; a POST invites."""
    workspace = request.workspace
    form = InvitationForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _may_invite(request, form):
        try:
            invited = invite_member(workspace=workspace, invited_by=request.user, **form.cleaned_data)
        except AccountsError as refusal:
            form.add_error("email", str(refusal))
        else:
            messages.success(request, _("The invitation to %(email)s is on its way.") % {"email": invited.email})
            return go_to(request, "accounts:people", workspace.slug)
    context = {
        "form": form,
        "tab": "people",
        "members": Membership.objects.in_workspace(workspace),
        "invitations": Invitation.objects.in_workspace(workspace).open(),
        "roles": Role.choices,
    }
    return render_page(request, "accounts/people.html", context, status=422 if form.is_bound else 200)


def _may_invite(request: WorkspaceRequest, form: InvitationForm) -> bool:
    if not is_over_limit("invite", str(request.workspace.pk), limit=INVITATIONS_AN_HOUR, seconds=3600):
        return True
    form.add_error(None, _("Too many invitations in one hour. Nothing was sent; try again later."))
    return False


def _member(request: WorkspaceRequest, person: uuid.UUID) -> Membership:
    return get_object_or_404(Membership.objects.in_workspace(request.workspace), user__public_id=person)


@workspace_view(role=Role.OWNER)
@require_POST
def role(request: WorkspaceRequest, person: uuid.UUID) -> HttpResponse:
    """Change a member's role."""
    member = _member(request, person)
    form = RoleForm(request.POST)
    if form.is_valid():
        try:
            change_role(membership=member, role=form.cleaned_data["role"], actor=request.user)
        except AccountsError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("The role of %(person)s is changed.") % {"person": member.user})
    else:
        messages.error(request, _("There is no such role. Nothing was changed."))
    return go_to(request, "accounts:people", request.workspace.slug)


@workspace_view(role=Role.OWNER)
@require_POST
def remove(request: WorkspaceRequest, person: uuid.UUID) -> HttpResponse:
    """Take a member out."""
    member = _member(request, person)
    try:
        remove_member(membership=member, actor=request.user)
    except AccountsError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("%(person)s is no longer a member.") % {"person": member.user})
    return go_to(request, "accounts:people", request.workspace.slug)


@workspace_view(role=Role.OWNER)
@require_POST
def withdraw(request: WorkspaceRequest, invitation: uuid.UUID) -> HttpResponse:
    """Stop an invitation."""
    found = get_in_workspace(Invitation, request.workspace, invitation)
    withdraw_invitation(invitation=found, actor=request.user)
    messages.success(request, _("The invitation to %(email)s no longer works.") % {"email": found.email})
    return go_to(request, "accounts:people", request.workspace.slug)


@never_cache
@workspace_view(role=Role.OWNER)
@require_http_methods(["GET", "HEAD", "POST"])
def keys(request: WorkspaceRequest) -> HttpResponse:
    """API keys. The answer to a POST that worked is the only page that ever shows the secret."""
    form, secret = ApiKeyForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        _key, secret = create_api_key(
            workspace=request.workspace,
            name=form.cleaned_data["name"],
            scopes=form.scopes(),
            created_by=request.user,
        )
        form = ApiKeyForm()
    context = {
        "form": form,
        "tab": "keys",
        "secret": secret,
        "keys": ApiKey.objects.in_workspace(request.workspace).working().select_related("created_by"),
    }
    return render_page(request, "accounts/keys.html", context, status=422 if form.is_bound else 200)


@workspace_view(role=Role.OWNER)
@require_POST
def revoke(request: WorkspaceRequest, key: uuid.UUID) -> HttpResponse:
    """Stop a key for good."""
    found = get_in_workspace(ApiKey, request.workspace, key)
    revoke_api_key(key=found, actor=request.user)
    messages.success(request, _("The key “%(name)s” no longer works.") % {"name": found.name})
    return go_to(request, "accounts:keys", request.workspace.slug)


@workspace_view(role=Role.OWNER)
@require_safe
def audit(request: WorkspaceRequest) -> HttpResponse:
    """Who changed what, newest first."""
    entries = AuditEntry.objects.in_workspace(request.workspace)
    page = Paginator(entries, ENTRIES_A_PAGE).get_page(request.GET.get("page"))
    rows = [(entry, wording(entry.action)) for entry in page]
    return render_page(request, "accounts/audit.html", {"tab": "audit", "page": page, "rows": rows})
