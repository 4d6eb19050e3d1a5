"""One view and one URL for a page and its fragments."""

from typing import Any

from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers


def is_fragment_request(request: HttpRequest) -> bool:
    """True when htmx asks for a part of the page; going back in history or boosting needs the whole page."""
    htmx = getattr(request, "htmx", None)
    return htmx is not None and bool(htmx) and not htmx.history_restore_request and not htmx.boosted


def render_page(
    request: HttpRequest,
    template: str,
    context: dict[str, Any] | None = None,
    *,
    partial: str | None = None,
    status: int = 200,
) -> HttpResponse:
    """The whole page, or only its named `partial` when htmx asks.

    `partial` is the name of a `{% partialdef %}` of the same template. What this request has to say travels
    with the fragment. Caches are told that the answer depends on HX-Request.
    """
    if partial and is_fragment_request(request):
        response = render(request, f"{template}#{partial}", context, status=status)
        response.write(new_messages(request))
    else:
        response = render(request, template, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def new_messages(request: HttpRequest) -> str:
    """HTML that brings what this request has to say to a page that stays open; empty when it says nothing.

    A message of an earlier request waits for the page that request led to. A fragment that is asked for while the
    browser is still on its way there must not take it.
    """
    storage = get_messages(request)
    if isinstance(storage, list) or not storage.added_new:
        return ""
    return render_to_string("_messages.html#arriving", request=request)


def go_to(request: HttpRequest, to: Any, *args: Any, **kwargs: Any) -> HttpResponse:
    """After a POST that worked: send the browser to `to` (a URL, a model or a URL name), htmx or not.

    htmx follows a 302 silently and would put the whole next page into the fragment's place, so it gets a 204
    with HX-Redirect instead.
    """
    url = resolve_url(to, *args, **kwargs)
    if is_fragment_request(request):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)
