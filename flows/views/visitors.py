"""Who comes to a flow, as far as a request tells: language, device, where from, and what the address carries."""

import dataclasses
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest
from django.utils.translation.trans_real import parse_accept_lang_header

from core.limits import client_address
from core.signed_fields import PARAMETER, fields_key, read_fields
from flows.models import Flow, FlowVersion
from flows.pages.first import FirstForm
from flows.services import FirstScreen, Visitor

LONGEST_HIDDEN = 1_000
BROWSER_COOKIE = "entered"
_BROWSER = re.compile(r"[A-Za-z0-9_-]{22}")
_TABLET, _PHONE = re.compile(r"iPad|Tablet|Android(?!.*Mobile)"), re.compile(r"Mobi|iPhone|Android")
# A language is written from right to left; flows may have languages that the application itself does not speak.
_RIGHT_TO_LEFT = frozenset({"ar", "he", "fa", "ur", "ps", "dv", "yi", "ckb", "sd", "ug"})


def locales_of(document: Mapping[str, Any]) -> list[str]:
    """The languages of a flow, its own first."""
    return list(dict.fromkeys([str(document["default_locale"]), *map(str, document.get("locales") or ())]))


def direction_of(locale: str) -> str:
    """rtl or ltr."""
    return "rtl" if locale.partition("-")[0].lower() in _RIGHT_TO_LEFT else "ltr"


def locale_for(request: HttpRequest, locales: Sequence[str]) -> str:
    """The language that was asked for in the address, else the browser's first that the flow has, else its own."""
    wished = [request.GET.get("lang", "")[:35], *_accepted(request)]
    exact = {one.lower(): one for one in locales}
    by_language = {one.partition("-")[0].lower(): one for one in reversed(locales)}
    for one in (wish.lower() for wish in wished if wish):
        found = exact.get(one) or by_language.get(one.partition("-")[0])
        if found:
            return found
    return locales[0]


def _accepted(request: HttpRequest) -> Iterator[str]:
    header = request.headers.get("Accept-Language", "")[:500]
    return (code for code, _weight in parse_accept_lang_header(header) if code != "*")


def first_form(request: HttpRequest, flow: Flow, version: FlowVersion, document: Mapping[str, Any]) -> FirstForm:
    """The form of somebody who comes to a flow now."""
    referrer = _host_of(request.headers.get("Referer", "")[:2_000])
    return FirstForm.new(
        flow=str(flow.public_id),
        version=version.digest,
        locale=locale_for(request, locales_of(document)),
        source=(request.GET.get("utm_source") or request.GET.get("source") or "")[:100],
        referrer="" if referrer == request.get_host().partition(":")[0] else referrer[:253],
        hidden=dict(_hidden(request, document, referrer)),
        trusted=_trusted(request, flow, document),
        via=request.GET.get("via", "")[:80],
    )


def _host_of(address: str) -> str:
    """The host of an address, "" where it is none, such as one with half a bracket."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def _hidden(request: HttpRequest, document: Mapping[str, Any], referrer: str) -> Iterator[tuple[str, str]]:
    for one in document.get("hidden_fields") or ():
        key, source = str(one["key"]), one.get("source", "query")
        value = referrer if source == "referrer" else request.GET.get(key)
        if value is not None and source in ("query", "utm", "referrer", "embed") and not one.get("trusted"):
            yield key, value[:LONGEST_HIDDEN]


def _trusted(request: HttpRequest, flow: Flow, document: Mapping[str, Any]) -> dict[str, str]:
    """Values for the fields that are taken from signed addresses only; of an address that was touched none."""
    wanted = trusted_keys(document)
    token = request.GET.get(PARAMETER, "") if wanted else ""
    found = read_fields(signing_key(flow), token) if token else {}
    return {key: text[:LONGEST_HIDDEN] for key, text in found.items() if key in wanted}


def trusted_keys(document: Mapping[str, Any]) -> list[str]:
    """The hidden fields of a flow that only a signed address can fill."""
    return [str(one["key"]) for one in document.get("hidden_fields") or () if one.get("trusted")]


def signing_key(flow: Flow) -> str:
    """The key that signs addresses of one flow."""
    return fields_key(flow.public_id.bytes)


def browser_of(request: HttpRequest) -> str:
    """What tells this browser from others: its cookie, else the name that it is given once it enters a contest."""
    known = request.COOKIES.get(BROWSER_COOKIE, "")
    return known if _BROWSER.fullmatch(known) else secrets.token_urlsafe(16)


def visitor_of(request: HttpRequest, form: FirstForm | None = None) -> Visitor:
    """The visitor of a request, with what their first form said."""
    agent = request.headers.get("User-Agent", "")[:500]
    device = "tablet" if _TABLET.search(agent) else "phone" if _PHONE.search(agent) else "desktop"
    seen = Visitor(ip=client_address(request), user_agent=agent, device=device, browser=browser_of(request))
    if form is None:
        return seen
    return dataclasses.replace(
        seen,
        locale=form.locale,
        source=form.source,
        referrer=form.referrer,
        hidden=form.hidden,
        trusted_hidden=form.trusted,
    )


def first_screen(form: FirstForm, version: FlowVersion) -> FirstScreen:
    """What the service is told of a first form."""
    return FirstScreen(seed=form.seed, at=form.at, version=version, secret=form.secret)
