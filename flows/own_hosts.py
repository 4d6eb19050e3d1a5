"""Requests at a workspace's own host: its public pages and nothing else."""

import functools
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse

from accounts.models import Workspace
from channels.services import page_base, serving_workspace
from flows.models import Flow, FlowSplit

# What the addresses at an own host begin with.
_OF_A_WORKSPACE: dict[str, Any] = {"flow": Flow, "split": FlowSplit}


class OwnHostMiddleware:
    """Give a request at a name in use the table of addresses for such names; all others go on as before.

    Stands before sessions: nobody is signed in at a name of a workspace's own (docs/adr/0036).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, as the workspace's own site where the Host is its name."""
        host = request.headers.get("Host", "")
        workspace = serving_workspace(host)
        if workspace is not None:
            request.own_workspace = workspace  # type: ignore[attr-defined]
            request.urlconf = settings.OWN_HOST_URLCONF
            # DNS has vouched for this name as ALLOWED_HOSTS vouches for ours.
            request.get_host = functools.partial(str, host)  # type: ignore[method-assign]
            request.COOKIES.pop(settings.SESSION_COOKIE_NAME, None)
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: Any, _positional: tuple[Any, ...], named: Mapping[str, Any]
    ) -> None:
        """Raise Http404 for a flow of another workspace, whichever page of it is asked for."""
        workspace = own_workspace(request)
        for name, model in _OF_A_WORKSPACE.items() if workspace is not None else ():
            public_id = named.get(name)
            if isinstance(public_id, uuid.UUID):
                rows: Any = model.objects
                if not rows.in_workspace(workspace).filter(public_id=public_id).exists():
                    raise Http404


def own_workspace(request: HttpRequest) -> Workspace | None:
    """The workspace at whose own host the request came in."""
    found: Workspace | None = getattr(request, "own_workspace", None)
    return found


def shared_address(request: HttpRequest, workspace: Workspace, path: str) -> str:
    """The full address of a public page as it should be handed on: at the workspace's own host where it has one."""
    if own_workspace(request) is None:
        bases: dict[int, str] = request.__dict__.setdefault("page_bases", {})
        if workspace.pk not in bases:
            bases[workspace.pk] = page_base(workspace)
        if bases[workspace.pk] != settings.BASE_URL:
            return f"{bases[workspace.pk]}{path}"
    return request.build_absolute_uri(path)
