"""The viewer's own language and time zone, before anything is rendered."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from core.clock import zone_or_none


class ViewerMiddleware:
    """Use the signed-in person's language and zone for this request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer in the viewer's language and zone."""
        user = request.user
        if user.is_authenticated and user.language:
            translation.activate(user.language)
            request.LANGUAGE_CODE = translation.get_language() or "en"
        zone = zone_or_none(user.time_zone) if user.is_authenticated else None
        with timezone.override(zone):
            return self.get_response(request)
