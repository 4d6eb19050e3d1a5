"""The page a mail leads to when somebody gave a new address. GET shows, POST says yes: link scanners only GET."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from contacts.address_mail import read_address_token
from contacts.models import AddressChange
from contacts.rights.export import language_for
from contacts.services.address_changes import AddressChangeExpired, confirm_address_change
from contacts.services.errors import ContactError
from core.limits import limited

PER_VISITOR, SECONDS = 60, 3600


# There is no session to protect here, and a form that needs a cookie fails in the browsers of mail programs.
@csrf_exempt
@never_cache
@limited("new-address", limit=PER_VISITOR, seconds=SECONDS)
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Show which address is meant, and take the yes."""
    public_id = read_address_token(token)
    rows = AddressChange.objects.select_related("contact__workspace", "workspace")
    change = rows.filter(public_id=public_id).first() if public_id else None
    if change is None:
        return _answer(request, {"state": "nowhere"}, 404)
    with translation.override(language_for(change.contact)):
        state = "done" if change.confirmed_at else "expired" if change.has_expired else "ask"
        if request.method == "POST" and state == "ask":
            state = _confirm(change)
        context = {"state": state, "change": change, "contact": change.contact, "workspace": change.workspace}
        return _answer(request, context, 404 if state == "nowhere" else 200)


def _confirm(change: AddressChange) -> str:
    try:
        confirm_address_change(change=change)
    except AddressChangeExpired:
        return "expired"
    except ContactError:
        return "taken"
    except AddressChange.DoesNotExist:
        return "nowhere"
    return "done"


def _answer(request: HttpRequest, context: dict[str, Any], status: int) -> HttpResponse:
    response = render(request, "contacts/public/new_address.html", context, status=status)
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
