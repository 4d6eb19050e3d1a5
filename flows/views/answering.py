"""Answers of a flow's pages: a whole page, the same screen as a fragment, or why there is nothing to see."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from django.conf.locale import LANG_INFO
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.encoding import iri_to_uri
from django.utils.translation import gettext as _

from core.htmx import is_fragment_request
from flows import shield
from flows.cards import brand_of, card_address, card_of, outcome_of, public_words
from flows.codes import address_of
from flows.documents import compiled
from flows.engine.flow import Flow as Compiled
from flows.engine.locales import chosen_text
from flows.engine.state import HANDED_OFF, State
from flows.models import Flow
from flows.own_hosts import shared_address
from flows.pages.displays import safe_address
from flows.pages.screens import Screen, screen_of
from flows.panels import panel_lines
from flows.polls import tally
from flows.services import Answer
from flows.services.codes import code_state
from flows.services.going_on import goes_on_by_mail
from flows.views.visitors import direction_of, locales_of

TEMPLATE = "flows/public/page.html"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: https:; font-src 'self'; "
    "media-src 'self' https:; connect-src 'self'; form-action 'self'; frame-src https:; base-uri 'none'; "
    "frame-ancestors {ancestors}"
)


class SeeOther(HttpResponseRedirect):
    """303: whatever the method was, the next page is fetched by GET (RFC 9110 §15.4.4)."""

    status_code = 303


@dataclass
class Page:
    """What a screen needs beside itself: the flow, its language, and what its form carries."""

    row: Flow
    compiled: Compiled
    locale: str
    secret: str = ""
    first: str = ""
    note: str = ""
    asks_proof: bool = False
    resume: str = ""
    is_embedded: bool = False
    later: str | None = None
    theme: Mapping[str, Any] = field(default_factory=dict)

    @property
    def color(self) -> str:
        """The brand colour: the flow's own, else the workspace's, six hexadecimal digits."""
        return brand_of(self.row, self.compiled)[1:].lower()

    @property
    def direction(self) -> str:
        """rtl or ltr."""
        return direction_of(self.locale)

    @property
    def home(self) -> str:
        """The address of the first screen."""
        return reverse("flow:enter", args=[self.row.public_id])

    @property
    def here(self) -> str:
        """The address that forms are sent to."""
        address = reverse("flow:session", args=[self.row.public_id, self.secret]) if self.secret else self.home
        return f"{address}?embed=1" if self.is_embedded else address

    @property
    def resume_address(self) -> str:
        """Where somebody who began before was, "" for everybody else."""
        return reverse("flow:session", args=[self.row.public_id, self.resume]) if self.resume else ""

    @property
    def cover(self) -> dict[str, str]:
        """The picture at the top of the first screen."""
        theme = self.compiled.document.get("theme") or {}
        alt = chosen_text(theme.get("cover_alt", ""), self.locale, self.compiled.default_locale)
        return {"src": safe_address(theme.get("cover")), "alt": alt}

    @property
    def intro(self) -> str:
        """What the first screen says above its questions."""
        theme = self.compiled.document.get("theme") or {}
        return chosen_text(theme.get("intro", ""), self.locale, self.compiled.default_locale)

    @property
    def languages(self) -> list[tuple[str, str]]:
        """The languages to switch to, by their own names."""
        codes = locales_of(self.compiled.document)
        return [
            (one, str(LANG_INFO.get(one.partition("-")[0].lower(), {}).get("name_local", one)).capitalize())
            for one in codes
        ]


def render_screen(
    request: HttpRequest, page: Page, screen: Screen, *, status: int = 200, answer: Answer | None = None
) -> HttpResponse:
    """The page of a screen, or only the screen when htmx asks."""
    page.is_embedded = _is_embedded(request)
    _fill_polls(page, screen)
    _fill_panels(screen, answer)
    if answer is not None and answer.state is not None and screen.kind == "step":
        _fill_mails(request, page, screen, answer, answer.state)
    asks_proof = page.asks_proof or screen.has_captcha
    context: dict[str, Any] = {
        "page": page,
        "screen": screen,
        "flow": page.row,
        "workspace": page.row.workspace,
        "note": _note(page.note),
        "puzzle": shield.challenge() if asks_proof else None,
        "sum": shield.little_sum() if asks_proof else None,
        "share": _share(request, page, screen),
        "session": answer.session if answer else None,
    }
    template = f"{TEMPLATE}#screen" if is_fragment_request(request) else TEMPLATE
    response = render(request, template, context, status=status)
    if page.secret and is_fragment_request(request):
        response.headers["HX-Push-Url"] = page.here
    if screen.redirect and not page.is_embedded:
        _lead_away(request, response, screen.redirect)
    return _finish(response, page.compiled)


def _lead_away(request: HttpRequest, response: HttpResponse, address: str) -> None:
    """Go on at once to where an ending leads. A redirect would be stopped by our own rule of where forms may lead.

    In a frame, and wherever the header is ignored, the page's own link leads there.
    """
    if is_fragment_request(request):
        response.headers["HX-Redirect"] = iri_to_uri(address)
    else:
        response.headers["Refresh"] = f"0;url={iri_to_uri(address)}"


def _finish(response: HttpResponse, compiled: Compiled) -> HttpResponse:
    allowed = (compiled.settings.get("embed") or {}).get("allowed_origins")
    response.headers["Content-Security-Policy"] = POLICY.format(ancestors=_ancestors(allowed))
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    patch_vary_headers(response, ["HX-Request", "Accept-Language"])
    return response


def _ancestors(allowed: Any) -> str:
    """Who may frame the page: anybody, unless the flow names its places. What is no origin is left out."""
    if allowed is None:
        return "*"
    found = []
    for one in map(str, allowed):
        try:
            parts = urlsplit(one)
        except ValueError:
            continue
        if parts.scheme in ("http", "https") and parts.netloc and not set(one) & set(" ;,'\"\r\n\t"):
            found.append(f"{parts.scheme}://{parts.netloc}")
    return " ".join(["'self'", *found])


def _is_embedded(request: HttpRequest) -> bool:
    return request.GET.get("embed") == "1"


def _fill_polls(page: Page, screen: Screen) -> None:
    """The results of polls, where they are to be seen by now."""
    for block in screen.blocks:
        if block.widget == "poll":
            is_early = block.more["show"] == "after_answer" and screen.kind != "ending" and not screen.reactions
            is_asked_here = any(one.is_input and one.field == f"a.{block.more['of']}" for one in screen.blocks)
            is_open = block.more["show"] == "after_close" and page.row.is_live
            block.more["tally"] = None if is_open or (is_early and is_asked_here) else _tally(page, block.more["of"])


def _fill_panels(screen: Screen, answer: Answer | None) -> None:
    """What apps above have to show in an ending or a step."""
    for block in screen.blocks:
        if not block.is_input and answer is not None and answer.session.pk:
            block.more["lines"] = panel_lines(block.type, answer.session) or block.more.get("lines", [])


def _fill_mails(request: HttpRequest, page: Page, screen: Screen, answer: Answer, state: State) -> None:
    """How it stands with codes that were mailed, and where the link to go on later might be mailed to."""
    for block in screen.blocks:
        if block.widget == "code" and block.more["address"]:
            block.more["sent"] = code_state(session=answer.session, block=block.name, address=block.more["address"])
    if page.secret and goes_on_by_mail(page.compiled):
        page.later = str(request.POST.get("later") or "")[:254] or address_of(page.compiled, state)


def _tally(page: Page, key: str) -> Any:
    return tally(page.row, page.compiled, key, page.locale)


def _share(request: HttpRequest, page: Page, screen: Screen) -> dict[str, Any]:
    """The address to pass on, with the outcome that somebody came to, and what to say and show with it."""
    address = shared_address(request, page.row.workspace, page.home)
    outcome = screen.outcome or {}
    shared = outcome_of(page.compiled, request.GET.get("r", ""))
    default = page.compiled.default_locale
    words = public_words(shared["title"], page.locale, default) if shared else ""
    title = outcome.get("title") or words or page.row.name
    return {
        "url": f"{address}?r={outcome['key']}" if outcome else address,
        "canonical": address,
        "resume": request.build_absolute_uri(page.here) if page.secret else "",
        "title": title,
        "text": page.row.name if words or outcome else page.intro,
        "picture": {} if page.secret else _picture(request, page, shared, title),
    }


def _picture(request: HttpRequest, page: Page, shared: Mapping[str, Any] | None, title: str) -> dict[str, Any]:
    """The picture beside the link: the outcome's own, else the flow's own, else one that we draw."""
    own = safe_address(shared.get("image")) if shared else page.cover["src"]
    if own and not urlsplit(own).path.lower().endswith(".svg"):  # nobody who shows links shows drawings
        alt = title if shared else page.cover["alt"] or title
        return {"src": request.build_absolute_uri(own), "alt": alt}
    card = card_of(page.row, page.compiled, page.locale, shared)
    if card is None:
        return {}
    address = card_address(page.row, card, page.locale, shared)
    return {"src": shared_address(request, page.row.workspace, address), "alt": f"{title} · {card.owner}", "card": True}


def _note(code: str) -> str:
    return {
        "past": _("You had answered that already. Here is where you are now; nothing is lost."),
        "time": _("The time for that question was up, so we went on."),
        "noback": _("From here there is no way back."),
        "quick": _("That was very quick. Please press the button once more."),
        "many": _("Many answers came from your connection in this hour. Please try again later; nothing is lost."),
        "puzzle": _("One more moment: we make sure that you are no program."),
        "program": _("Something went wrong. Please clear the field that should be empty, and send again."),
        "more": _("There is something more to answer now. Please have a look and send again."),
        "code": _("A new code is on its way. The one before no longer works."),
        "nocode": _("No more codes can be mailed for now. Look into the folder for unwanted mail, or try in an hour."),
        "mailed": _("The link is on its way to your mailbox. You can close this page now."),
        "address": _("This does not look like an e-mail address, so no link was mailed. Your answers are kept."),
        "enough": _("No more mails can be sent for now. Copy the address of this page instead; it works as well."),
    }.get(code, "")


def see_session(
    request: HttpRequest, row: Flow, secret: str, *, answer: Answer | None = None, note: str = ""
) -> HttpResponse:
    """After a POST: the session's page. htmx gets its screen at once, with the address to show."""
    if answer is not None and is_fragment_request(request):
        if answer.state is not None and answer.state.status == HANDED_OFF:
            response = render_gone(request, row, "handed_off")
            response.headers["HX-Push-Url"] = reverse("flow:session", args=[row.public_id, secret])
            return response
        screen = screen_of(answer.compiled, answer.state, answer.effects)
        locale = answer.state.locale if answer.state else answer.compiled.default_locale
        return render_screen(
            request, Page(row, answer.compiled, locale, secret=secret, note=note), screen, answer=answer
        )
    query = "&".join(filter(None, ["embed=1" if _is_embedded(request) else "", f"note={note}" if note else ""]))
    address = reverse("flow:session", args=[row.public_id, secret])
    return SeeOther(f"{address}?{query}" if query else address)


def render_gone(request: HttpRequest, row: Flow, code: str, *, status: int = 200) -> HttpResponse:
    """Why there is nothing to answer: not open yet, closed, out of time, unknown."""
    words = {
        "not_open": (_("Not open yet"), _("This opens soon. Come back a little later.")),
        "closed": (_("This is closed"), _("Thank you for coming. No answers are taken any more.")),
        "expired": (_("This took too long"), _("What you had begun has run out. You can begin again.")),
        "handed_off": (_("Somebody will take it from here"), _("A person of our team will answer you.")),
        "full": (_("Everybody has answered"), _("Thank you for coming. As many people as were wanted have answered.")),
        "large": (_("That was too much at once"), _("Go back, choose smaller files or write less, and send again.")),
        "lost": (_("We cannot find this page"), _("The address is cut short, or has run out. You can begin again.")),
    }
    title, text = words.get(code, words["lost"])
    screen = Screen("gone", title=title, body=[text])
    if row.live_version is None:
        return render(request, "404.html", status=404)
    flow = compiled(row.live_version)
    page = Page(row, flow, flow.default_locale, note="")
    screen.can_go_back = code in ("expired", "lost") and row.is_live
    return render_screen(request, page, screen, status=status)
