"""What all public pages share: who asks, whom the link names, and what nobody may learn from an answer."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.models import Workspace
from consent.evidence import Visitor
from consent.readers import speaking_to
from contacts.models import Contact
from core.limits import client_address


def visitor_of(request: HttpRequest) -> Visitor:
    """The evidence a browser leaves."""
    return Visitor.seen(client_address(request), request.headers.get("User-Agent", ""))


def answer(
    request: HttpRequest, template: str, workspace: Workspace, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """A page in the workspace's colours that search engines leave alone."""
    response = render(request, template, {"workspace": workspace, **context}, status=status)
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def answer_contact(
    request: HttpRequest, template: str, contact: Contact, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """`answer` in the contact's own language and time."""
    with speaking_to(contact):
        return answer(request, template, contact.workspace, {"contact": contact, **context}, status)


def nowhere(request: HttpRequest, status: int = 404) -> HttpResponse:
    """The one answer to a link we did not make and to one whose person is gone: nobody can tell the two apart."""
    response = render(request, "consent/public/nowhere.html", status=status)
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
