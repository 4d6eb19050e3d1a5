"""What other programs ask on the way: is it alive, can it serve, which names does it know."""

import functools
from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse

PATHS = frozenset({"/healthz", "/readyz", "/metrics", "/hosts/known"})


class ProbeMiddleware:
    """Answer at these addresses by whatever name the server is called.

    A proxy, a container's health check or Prometheus ask beside the front door, by an address of a network that is
    in no list of names. What they get contains no link, so a wrong name can lead nobody astray. Stands behind the
    middleware of own hosts, where these addresses stay unknown.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer; a probe counts as asked at BASE_URL."""
        if request.path in PATHS and not hasattr(request, "own_workspace"):
            request.get_host = functools.partial(str, urlsplit(settings.BASE_URL).netloc)  # type: ignore[method-assign]
        return self.get_response(request)
