"""Addresses that a message's reader visits: links, the open picture, the message in a browser."""

import base64

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_safe

from content.problems import RenderError
from core.limits import client_address, is_over_limit
from core.policy import show_message
from delivery import tokens
from delivery.rendering import link_target, render_message
from delivery.services.facts import find_sent, record_click, record_open

PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


@require_safe
def follow_link(request: HttpRequest, token: str) -> HttpResponse:
    """Lead to where a numbered link goes: only ever to an address stored with the content, never to one in the URL.

    Over the limit people are still led on; the visit is just not written down.
    """
    claim = tokens.read_click(token)
    message = find_sent(claim[0]) if claim else None
    target = link_target(message, claim[1]) if message and claim else None
    if message is None or claim is None or target is None:
        return render(request, "delivery/link_gone.html", status=404)
    if request.method == "GET" and not _is_flood(request, "click"):
        record_click(message, link=claim[1], user_agent=request.headers.get("User-Agent", ""))
    response = HttpResponseRedirect(target)
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response


@require_safe
def show_pixel(request: HttpRequest, token: str) -> HttpResponse:
    """The open picture; the same for every token, so that it tells nothing."""
    public_id = tokens.read_message("open", token)
    message = find_sent(public_id) if public_id and request.method == "GET" else None
    if message is not None and not _is_flood(request, "open"):
        record_open(message, user_agent=request.headers.get("User-Agent", ""))
    return HttpResponse(PIXEL, content_type="image/gif", headers={"Cache-Control": "no-store, private"})


@require_safe
def view_in_browser(request: HttpRequest, token: str) -> HttpResponse:
    """The message as its reader got it."""
    public_id = tokens.read_message("view", token)
    message = find_sent(public_id) if public_id else None
    if message is None:
        raise Http404
    try:
        rendered = render_message(message)
    except RenderError:
        raise Http404 from None
    if rendered is None:
        raise Http404
    response = show_message(HttpResponse(rendered.html))
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _is_flood(request: HttpRequest, name: str) -> bool:
    return is_over_limit(name, client_address(request), limit=300, seconds=60)
