"""How fast one key may call."""

import time
from typing import Any

from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from accounts.models import ApiKey, Workspace
from core.limits import client_address, is_over_limit

REQUESTS_PER_MINUTE = 1200
_WINDOW = 60


class ApiKeyThrottle(BaseThrottle):
    """So many requests a minute for each key; 429 with Retry-After until the minute is over."""

    def allow_request(self, request: Request, view: Any) -> bool:
        """Count the request; False when there were too many in this minute."""
        window = int(time.time()) // _WINDOW
        who = f"key:{request.auth.pk}" if isinstance(request.auth, ApiKey) else client_address(request._request)
        return not is_over_limit("api", f"{who}:{window}", limit=REQUESTS_PER_MINUTE, seconds=2 * _WINDOW)

    def wait(self) -> float:
        """Seconds until the next minute begins."""
        return _WINDOW - int(time.time()) % _WINDOW


def spend(name: str, workspace: Workspace, *, limit: int, seconds: int) -> None:
    """Count one use of something a workspace may do `limit` times in `seconds`, however many keys it has.

    For calls that mail people who may not have asked for it: the limit is the one the pages have, and shared
    with them when `name` is. Raises Throttled, which is answered with 429 and Retry-After.
    """
    if is_over_limit(name, str(workspace.pk), limit=limit, seconds=seconds):
        raise Throttled(wait=seconds)
