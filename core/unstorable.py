"""The character NUL, which PostgreSQL keeps in no text. Nobody types it; programs that probe for holes do."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

NUL = "\x00"


class NoNulMiddleware:
    """Take NUL out of the query of every address, before it reaches a search. Forms refuse it by themselves."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer what is left of the query."""
        # The API says in its own words what is wrong with a query.
        if "%00" in request.META.get("QUERY_STRING", "") and not request.path.startswith("/api/"):
            query = request.GET.copy()
            for name, texts in request.GET.lists():
                query.setlist(name, [text.replace(NUL, "") for text in texts])
            query._mutable = False
            request.GET = query  # type: ignore[assignment]
        return self.get_response(request)
