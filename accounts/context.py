"""What every page's frame needs to know of its viewer."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.models import Workspace


def viewer(request: HttpRequest) -> dict[str, Any]:
    """`workspace`, `membership` (None outside a workspace) and the viewer's `workspaces`, read when used."""
    user = getattr(request, "user", None)
    return {
        "workspace": getattr(request, "workspace", None),
        "membership": getattr(request, "membership", None),
        "workspaces": SimpleLazyObject(
            lambda: list(Workspace.objects.of_user(user)) if user and user.is_authenticated else []
        ),
    }
