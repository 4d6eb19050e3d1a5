"""The signed-in person's own pages, and the door an invitation opens."""

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import access
from accounts.errors import AccountsError
from accounts.forms import AppearanceForm, NewWorkspaceForm, ProfileForm
from accounts.models import Invitation, User
from accounts.services import (
    accept_invitation,
    change_profile,
    create_workspace,
    find_invitation,
    leave_workspace,
)
from core.contrast import is_color, palette
from core.htmx import go_to, render_page
from core.limits import is_over_limit, limited

YEAR = 31_536_000
WORKSPACES_A_DAY = 10


class PersonRequest(HttpRequest):
    """A request of somebody signed in."""

    user: User
    LANGUAGE_CODE: str


def _back(request: HttpRequest) -> str:
    """The page the form was sent from, when it is one of ours."""
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if safe else "/"


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: PersonRequest) -> HttpResponse:
    """Name, language, time zone and theme; the way to e-mail, password, second step and sessions."""
    user = request.user
    if request.method != "POST":
        return render_page(request, "accounts/profile.html", {"form": ProfileForm(instance=user)})
    form = ProfileForm(request.POST, instance=User(pk=user.pk))
    if not form.is_valid():
        return render_page(request, "accounts/profile.html", {"form": form}, partial="form", status=422)
    change_profile(user=user, changes=form.cleaned_data)
    messages.success(request, _("Your profile is saved."))
    return go_to(request, "account:profile")


@login_required
@require_POST
def appearance(request: PersonRequest) -> HttpResponse:
    """Theme and language, from the account menu."""
    form = AppearanceForm(request.POST)
    if form.is_valid():
        change_profile(user=request.user, changes=form.changes())
    return go_to(request, _back(request))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_workspace(request: PersonRequest) -> HttpResponse:
    """Make a workspace; where somebody without one begins."""
    initial = {"language": request.LANGUAGE_CODE, "time_zone": request.user.time_zone or ""}
    form = NewWorkspaceForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid() and _may_make_workspace(request, form):
        workspace = create_workspace(owner=request.user, **form.cleaned_data)
        messages.success(request, _("Your workspace is ready."))
        return go_to(request, "dashboard:home", workspace.slug)
    status = 422 if form.is_bound else 200
    return render_page(request, "accounts/new_workspace.html", {"form": form}, status=status)


def _may_make_workspace(request: PersonRequest, form: NewWorkspaceForm) -> bool:
    """Limits count by workspace, invitations for one, so workspaces must not come without limit."""
    if not is_over_limit("workspace", str(request.user.pk), limit=WORKSPACES_A_DAY, seconds=24 * 3600):
        return True
    form.add_error(None, _("Too many workspaces in one day. Nothing was made; try again tomorrow."))
    return False


@login_required
@require_POST
def leave(request: PersonRequest, slug: str) -> HttpResponse:
    """Leave a workspace by oneself."""
    membership = access(request.user, slug)
    try:
        leave_workspace(membership=membership)
    except AccountsError as refusal:
        messages.error(request, str(refusal))
        return go_to(request, "accounts:people", slug)
    messages.success(request, _("You left %(workspace)s.") % {"workspace": membership.workspace.name})
    return go_to(request, "/")


@never_cache
@limited("invitation", limit=30, seconds=600, methods=("GET", "POST"))
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """What an invitation offers (GET) and taking it (POST); a dead link says so with 410."""
    found = find_invitation(token)
    if found is None:
        return render_page(request, "accounts/invitation_gone.html", status=410)
    if request.method == "POST":
        return _take(request, token, found)
    return render_page(request, "accounts/invitation.html", {"invitation": found, "token": token})


def _take(request: HttpRequest, token: str, found: Invitation) -> HttpResponse:
    if not request.user.is_authenticated:
        if "sign_in" in request.POST:
            return redirect(f"{resolve_url('account_login')}?next={request.path}")
        # Whoever holds the link reads that mailbox, so the address needs no second confirmation.
        get_adapter().stash_verified_email(request, found.email)
        return redirect(f"{resolve_url('account_signup')}?next={request.path}")
    try:
        workspace = accept_invitation(token=token, user=request.user)
    except AccountsError as refusal:
        messages.error(request, str(refusal))
        return redirect(request.path)
    messages.success(request, _("Welcome to %(workspace)s.") % {"workspace": workspace.name})
    return redirect("dashboard:home", workspace.slug)


@require_GET
def brand(request: HttpRequest, color: str) -> HttpResponse:
    """The stylesheet of a brand colour for public pages. It depends on the colour alone and never changes."""
    if not is_color(f"#{color}"):
        raise Http404
    light, dark = palette(f"#{color}"), palette(f"#{color}", dark=True)
    rules = (
        f"{selector}{{--b:{shades.fill};--b-ink:{shades.ink};--b-hover:{shades.hover};--b-soft:{shades.soft}}}"
        for selector, shades in ((".pub", light), (".pub.dark", dark))
    )
    headers = {"Cache-Control": f"public, max-age={YEAR}, immutable"}
    return HttpResponse("\n".join(rules) + "\n", content_type="text/css", headers=headers)
