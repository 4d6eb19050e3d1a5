"""The content security policy, with the names Django 6 gives it so that ours can go when we move there."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

STRICT = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
    "manifest-src 'self'"
)
# A message is somebody's HTML: it may show pictures and its own styles, and do nothing else at all.
MESSAGE_PREVIEW = (
    "default-src 'none'; img-src * data:; style-src 'unsafe-inline'; font-src 'self'; "
    "frame-ancestors 'self'; base-uri 'none'; form-action 'none'; sandbox allow-popups allow-popups-to-escape-sandbox"
)


class ContentSecurityPolicyMiddleware:
    """Set the strict policy, and no caching, on every response that did not choose its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, with both."""
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", STRICT)
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        # People's data stays in no proxy and in no browser after signing out (OWASP ASVS 5.0, 14.3.2).
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response


def show_message(response: HttpResponse) -> HttpResponse:
    """Allow a response that holds a message's HTML to be framed by our own pages, sandboxed."""
    response.headers["Content-Security-Policy"] = MESSAGE_PREVIEW
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response
