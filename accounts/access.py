"""The one gate between a signed-in person and a workspace."""

import functools
import logging
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone

from accounts.models import Membership, User, Workspace
from accounts.querysets import with_public_id
from core.clock import zone_or_none

logger = logging.getLogger(__name__)

P = ParamSpec("P")
Row = TypeVar("Row", bound=models.Model)


class WorkspaceRequest(HttpRequest):
    """A request inside a workspace; `workspace_view` has set these."""

    user: User
    workspace: Workspace
    membership: Membership


def access(user: Any, slug: str, role: str = "viewer") -> Membership:
    """The user's membership of the workspace called `slug`.

    Raises Http404 for strangers and for workspaces that do not exist (nobody can tell the two apart), and
    PermissionDenied for a member whose role is too weak.
    """
    membership = Membership.objects.select_related("workspace").filter(workspace__slug=slug, user=user).first()
    if membership is None:
        raise Http404
    if not membership.may(role):
        raise PermissionDenied
    return membership


def workspace_view(
    role: str = "viewer", *, write_role: str = "editor"
) -> Callable[[Callable[Concatenate[WorkspaceRequest, P], HttpResponse]], Callable[..., HttpResponse]]:
    """Wrap a view whose URL begins with `/w/<slug:workspace>/`.

    Reading needs `role`; any method but GET and HEAD needs at least `write_role` too. What is gone by the time a
    service locks it is a 404.
    """

    def decorate(view: Callable[Concatenate[WorkspaceRequest, P], HttpResponse]) -> Callable[..., HttpResponse]:
        @functools.wraps(view)
        @login_required
        def wrapper(request: Any, workspace: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            membership = access(request.user, workspace, role)
            request.membership, request.workspace = membership, membership.workspace
            if request.method not in {"GET", "HEAD"} and not membership.may(write_role):
                raise PermissionDenied
            zone = None if request.user.time_zone else zone_or_none(membership.workspace.time_zone)
            if zone is not None:  # ViewerMiddleware puts things back after the answer
                timezone.activate(zone)
            try:
                return view(request, *args, **kwargs)
            except ObjectDoesNotExist:
                # A service locked a row that somebody erased after the view had found it: two tabs, two presses.
                logger.info("gone_meanwhile view=%s", view.__name__)
                raise Http404 from None

        return wrapper

    return decorate


class OperatorRequest(HttpRequest):
    """A request of somebody who runs the installation."""

    user: User


def operator_view(
    view: Callable[Concatenate[OperatorRequest, P], HttpResponse],
) -> Callable[..., HttpResponse]:
    """Wrap a view about the installation itself. Whoever does not run it finds nothing there (404)."""

    @functools.wraps(view)
    @login_required
    def wrapper(request: Any, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not request.user.is_operator:
            raise Http404
        return view(request, *args, **kwargs)

    return wrapper


def get_in_workspace(model: type[Row], workspace: Workspace, public_id: Any) -> Row:
    """The row of `model` in this workspace, or Http404. The way every view and API route reaches an object."""
    rows = model._default_manager.in_workspace(workspace)  # type: ignore[attr-defined]
    return get_object_or_404(with_public_id(rows, public_id))
