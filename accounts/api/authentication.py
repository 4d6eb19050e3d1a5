"""Who calls: an API key, which belongs to one workspace and may do what its scopes say."""

from typing import Any

from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.models import ApiKey
from accounts.scopes import is_allowed
from accounts.services import find_api_key

READING = ("GET", "HEAD", "OPTIONS")


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer KEY`. `request.auth` is then the ApiKey; `request.user` stays None."""

    def authenticate(self, request: Request) -> tuple[Any, ApiKey] | None:
        """No user and the key; None without the header. Raises AuthenticationFailed for a bad key."""
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != b"bearer":
            return None
        if len(words) != 2:
            raise AuthenticationFailed("Write the header as: Authorization: Bearer KEY")
        api_key = find_api_key(words[1].decode("latin-1"))
        if api_key is None:
            raise AuthenticationFailed("This API key does not exist or was revoked.")
        return None, api_key

    def authenticate_header(self, request: Request) -> str:
        """Makes a missing key a 401 and not a 403."""
        return 'Bearer realm="api"'


class HasScope(BasePermission):
    """The key has the scope the view names, for reading or for writing.

    A view names its resource in `scope`; an action that needs something else is in `action_scopes`.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        """Raises nothing: no key is a 401 and a missing scope a 403, by way of the exception handler."""
        api_key = request.auth
        if not isinstance(api_key, ApiKey):
            return False
        needed = scope_needed(view, request.method or "GET")
        self.message = f"This API key lacks the scope {needed}."
        return is_allowed(api_key.scopes, needed)


def scope_needed(view: Any, method: str) -> str:
    """The scope a request to this view needs."""
    action = getattr(view, "action", None) or ""
    kind = "read" if method in READING else "write"
    return str(getattr(view, "action_scopes", {}).get(action) or f"{view.scope}:{kind}")
