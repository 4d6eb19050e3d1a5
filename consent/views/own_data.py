"""A person's own data: to see, take along, correct, restrict and erase, behind a code mailed to their address.

Everything after the code is a POST that carries a key, so that no address of a page opens anything by itself.
"""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from consent.evidence import mask_address
from consent.own_page_forms import NameForm, NewAddressForm
from consent.readers import speaking_to
from consent.receipts import receipt_file
from consent.services.access import VALID_FOR, is_open, open_data, send_code
from consent.views.preferences import find_person
from consent.views.visitors import answer_contact, nowhere
from contacts.models import Contact, RightsRequest
from contacts.rights import as_html, as_json
from contacts.services import (
    ContactError,
    ContactValues,
    finish_request,
    note_copy,
    record_request,
    request_address_change,
    request_erasure,
    request_restriction,
    restricted_among,
    update_contact,
)
from core.limits import limited

FROM_THEM = RightsRequest.Source.PREFERENCES
# What an action did, as a sentence for the page and whether it went well; or a whole answer.
Result = tuple[dict[str, Any], HttpResponseBase | None]


@csrf_exempt  # the link and the mailed code are the keys; see the preference page
@never_cache
@limited("own-data", limit=40, seconds=600)
@require_http_methods(["GET", "HEAD", "POST"])
def own_data(request: HttpRequest, token: str) -> HttpResponseBase:
    """Offer a code on GET; on POST mail it, take it, or do what the opened page asks for."""
    found = find_person(token)
    if found is None:
        return nowhere(request)
    contact = found[1]
    page: dict[str, Any] = {"token": token, "address": mask_address(contact.email) if contact.email else ""}
    action = request.POST.get("action", "") if request.method == "POST" else ""
    try:
        with speaking_to(contact):
            if action == "send":
                send_code(contact=contact)
                return _ask(request, contact, page | {"sent": True})
            if action == "open":
                return _open(request, contact, page)
            if action:
                return _act(request, contact, page, action)
    except Contact.DoesNotExist:
        return nowhere(request)
    return _ask(request, contact, page)


def _ask(request: HttpRequest, contact: Contact, page: dict[str, Any], status: int = 200) -> HttpResponse:
    page = {"minutes": int(VALID_FOR.total_seconds() // 60), **page}
    return answer_contact(request, "consent/public/data_code.html", contact, page, status)


def _open(request: HttpRequest, contact: Contact, page: dict[str, Any]) -> HttpResponse:
    key = open_data(contact=contact, code=request.POST.get("code", ""))
    if key is None:
        return _ask(request, contact, page | {"sent": True, "wrong": True}, 422)
    return _show(request, contact, page | {"key": key})


def _show(request: HttpRequest, contact: Contact, page: dict[str, Any], status: int = 200) -> HttpResponse:
    page = {
        "name_form": NameForm(initial={"first_name": contact.first_name, "last_name": contact.last_name}),
        "address_form": NewAddressForm(),
        "is_restricted": bool(restricted_among([contact.pk])),
        "full_address": contact.email,
        **page,
    }
    return answer_contact(request, "consent/public/data.html", contact, page, status)


def _act(request: HttpRequest, contact: Contact, page: dict[str, Any], action: str) -> HttpResponseBase:
    key = request.POST.get("key", "")
    act = ACTIONS.get(action)
    if act is None or not is_open(contact=contact, key=key):
        return _ask(request, contact, page | {"closed": True}, 422)
    shown, answer = act(request, contact)
    if answer is not None:
        return answer
    contact.refresh_from_db()
    return _show(request, contact, page | {"key": key} | shown, 422 if "failed" in shown else 200)


def _copy(request: HttpRequest, contact: Contact) -> Result:
    """A file to keep: JSON for programs, HTML to read."""
    is_json = request.POST.get("action") == "json"
    note_copy(contact=contact, source=FROM_THEM)
    kind = ("application/json", "json") if is_json else ("text/html; charset=utf-8", "html")
    response = StreamingHttpResponse(as_json(contact) if is_json else as_html(contact), content_type=kind[0])
    response.headers["Content-Disposition"] = f'attachment; filename="my-data.{kind[1]}"'
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return {}, response


def _name(request: HttpRequest, contact: Contact) -> Result:
    form = NameForm(request.POST)
    if not form.is_valid():
        return {"name_form": form, "failed": True}, None
    try:
        update_contact(contact=contact, values=ContactValues(**form.cleaned_data))
    except ContactError as problem:
        form.add_error(None, str(problem))
        return {"name_form": form, "failed": True}, None
    finish_request(request=record_request(contact=contact, kind=RightsRequest.Kind.CORRECTION, source=FROM_THEM))
    return {"done": _("Your name is corrected.")}, None


def _address(request: HttpRequest, contact: Contact) -> Result:
    form = NewAddressForm(request.POST)
    if form.is_valid():
        try:
            request_address_change(contact=contact, email=form.cleaned_data["email"])
        except ContactError as problem:
            for sentences in getattr(problem, "fields", {}).values():
                form.add_error("email", sentences)
        else:
            words = _("We wrote to the new address. Press the button in that mail, and it takes the place of the old.")
            return {"done": words}, None
    return {"address_form": form, "failed": True}, None


def _restrict(_request: HttpRequest, contact: Contact) -> Result:
    request_restriction(contact=contact, source=FROM_THEM)
    return {"done": _("From now on we keep your data and use it for nothing. No news reaches you.")}, None


def _erase(request: HttpRequest, contact: Contact) -> Result:
    if request.POST.get("sure") != "on":
        return {"failed": True, "unsure": True}, None
    request_erasure(contact=contact, source=FROM_THEM)
    words = _("We erase your data within 30 days. Until then nothing uses it, and no news reaches you.")
    return {"done": words}, None


def _receipt(_request: HttpRequest, contact: Contact) -> Result:
    """The consent receipt (docs/consent.md), in the person's language."""
    response = HttpResponse(receipt_file(contact), content_type="application/ld+json")
    response.headers["Content-Disposition"] = 'attachment; filename="consent-receipt.jsonld"'
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return {}, response


ACTIONS: dict[str, Callable[[HttpRequest, Contact], Result]] = {
    "json": _copy,
    "html": _copy,
    "receipt": _receipt,
    "name": _name,
    "address": _address,
    "restrict": _restrict,
    "erase": _erase,
}
