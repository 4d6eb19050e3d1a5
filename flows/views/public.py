"""The pages of a flow. Looking stores nothing; answering is one transaction; every page works without JavaScript."""

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from consent.readers import language_of
from consent.views.signup import signup
from core.clock import now
from core.limits import client_address, limited
from flows import shield
from flows.documents import compiled
from flows.engine.state import ACTIVE, EXPIRED
from flows.models import Flow, FlowSession, FlowVersion
from flows.pages.first import FirstForm
from flows.pages.live import filled, has_appeared, live_values
from flows.pages.reading import Sent, read_answers
from flows.pages.screens import Screen, screen_of
from flows.services import Answer, NoSession, NotLive, send_event, show_first, show_session
from flows.services.entering import answer_first
from flows.services.splitting import credit_visit
from flows.uploads import allow_files, keep_files
from flows.views.answering import Page, render_gone, render_screen, see_session
from flows.views.mailing import AGAIN, LATER, mail_as_asked
from flows.views.returning import earlier_session, is_full, is_once, know_again, remember
from flows.views.splitting import remember_arm
from flows.views.visitors import first_form, first_screen, visitor_of

PER_ADDRESS, SECONDS = 1_500, 600


@csrf_exempt
@never_cache
@xframe_options_exempt
@limited("flow", limit=PER_ADDRESS, seconds=SECONDS)
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest, flow: uuid.UUID) -> HttpResponseBase:
    """A flow's address: GET shows its first screen and stores nothing, POST begins. Sign-up pages live here too."""
    row = Flow.objects.for_page(flow)
    if row is None:
        return signup(request, page=flow)
    if row.live_version is None:
        raise Http404
    with translation.override(language_of("", row.workspace)):
        if not row.is_live:
            return render_gone(request, row, "closed")
        answered = _answered_before(request, row)
        if answered is not None:
            return answered
        if request.method != "POST":
            return _show_first(request, row)
        try:
            return _begin(request, row)
        except RequestDataTooBig:
            return render_gone(request, row, "large", status=413)


def _answered_before(request: HttpRequest, row: Flow) -> HttpResponse | None:
    """What who may not answer again is shown: their own ending, or that it is full."""
    settings = compiled(_live(row)).settings
    earlier = earlier_session(request, row)
    if earlier is not None and is_once(settings) and earlier[1].status == FlowSession.Status.COMPLETED:
        return see_session(request, row, earlier[0])
    return render_gone(request, row, "full") if is_full(row, settings) else None


def _show_first(request: HttpRequest, row: Flow) -> HttpResponse:
    version = _live(row)
    form = first_form(request, row, version, compiled(version).document)
    _speak(row, form.locale)
    answer = show_first(flow=row, visitor=visitor_of(request, form), first=first_screen(form, version))
    earlier = earlier_session(request, row)
    is_begun = earlier is not None and earlier[1].status in (FlowSession.Status.ACTIVE, FlowSession.Status.ABANDONED)
    return _render_first(request, row, form, answer, resume=earlier[0] if earlier and is_begun else "")


def _render_first(
    request: HttpRequest,
    row: Flow,
    form: FirstForm,
    answer: Answer,
    *,
    note: str = "",
    status: int = 200,
    resume: str = "",
) -> HttpResponse:
    """The first screen; `note` says why nothing was begun, `resume` leads back to what was begun before."""
    refused = _refused(answer)
    if answer.state is None and refused is not None:
        return render_gone(request, row, refused["code"])
    settings = answer.compiled.settings
    screen = screen_of(answer.compiled, answer.state, answer.effects)
    page = Page(row, answer.compiled, form.locale, first=form.signed(), note=note, resume=resume)
    page.asks_proof = note == "puzzle" or (settings.get("spam") or {}).get("pow") == "altcha"
    if screen.kind in ("gone", "ending", "review"):  # it does something at once: a button, so that looking does nothing
        screen = Screen("welcome", title=row.name)
    return render_screen(request, page, screen, status=status)


def _begin(request: HttpRequest, row: Flow) -> HttpResponse:
    allow_files(request, _blocks_of(compiled(_live(row)).document))
    sent = request.POST
    form = FirstForm.read(str(sent.get("first") or ""), str(row.public_id))
    version = _version_of(row, form) or _live(row)
    form = form or first_form(request, row, version, compiled(version).document)
    _speak(row, form.locale)
    visitor, first = visitor_of(request, form), first_screen(form, version)
    shown = show_first(flow=row, visitor=visitor, first=first)
    if sent.get("do") == "preview":
        return JsonResponse(live_values(shown.compiled, shown.state, _answers(shown, sent)))
    if _looks_again(shown, sent):
        return _render_first(request, row, form, _filled(shown, sent), note="more")
    is_person = shield.is_person(sent)
    refusal = _refusal(request, row, form, shown, is_person=is_person)
    if refusal:
        status = 429 if refusal == "many" else 422
        return _render_first(request, row, form, _filled(shown, sent), note=refusal, status=status)
    if any(one["type"] == "file_upload" for one in _blocks(shown)):
        answer_first(flow=row, visitor=visitor, first=first)  # files need a session to belong to
        response = _post(request, row, show_session(flow=row, secret=first.secret), first.secret)
        remember(response, row, first.secret, shown.compiled.settings)
        _credit(response, form, show_session(flow=row, secret=first.secret))
        return response
    answers = _answers(shown, sent)
    event: dict[str, Any] | None = None
    if sent.get("do") == "film":
        event = _film(shown, sent)[0]
    elif sent.get("step"):
        event = {**_submission(shown, sent, is_person=is_person), "answers": answers}
    try:
        answer = answer_first(flow=row, visitor=visitor, first=first, event=event)
    except NotLive:
        return render_gone(request, row, "closed")
    response = _after(request, row, answer, first.secret, answers)
    remember(response, row, first.secret, answer.compiled.settings)
    _credit(response, form, answer)
    know_again(request, response, row, visitor, answer)
    return response


def _credit(response: HttpResponse, form: FirstForm, answer: Answer) -> None:
    """Who was led here by chance counts for this flow, and comes back to it."""
    arm = credit_visit(session=answer.session, mark=form.via) if form.via else None
    if arm is not None:
        remember_arm(response, arm)


def _refusal(request: HttpRequest, row: Flow, form: FirstForm, shown: Answer, *, is_person: bool) -> str:
    """Why this form does not begin a session, "" where it does."""
    settings, address, sent = shown.compiled.settings, client_address(request), request.POST
    if shield.is_program(settings, sent):
        return "program"
    if shield.is_too_quick(settings, (now() - form.at).total_seconds()):
        return "quick"
    if shield.is_too_many(settings, address, str(row.public_id)):
        return "many"
    if shield.asks_for_proof(settings, address, str(row.public_id)) and not is_person:
        return "puzzle"
    return ""


def _filled(answer: Answer, sent: Sent) -> Answer:
    """The step with what was sent filled in, so that nobody types it twice; nothing is kept."""
    if answer.state is None:
        return answer
    state, effects = filled(answer.compiled, answer.state, _answers(answer, sent))
    return Answer(answer.session, answer.compiled, state, effects, answer.secret)


@csrf_exempt
@never_cache
@xframe_options_exempt
@limited("flow", limit=PER_ADDRESS, seconds=SECONDS)
@require_http_methods(["GET", "HEAD", "POST"])
def session(request: HttpRequest, flow: uuid.UUID, secret: str) -> HttpResponse:
    """Where somebody is: GET shows it, POST answers, goes back or confirms."""
    row = Flow.objects.for_page(flow)
    if row is None:
        raise Http404
    with translation.override(language_of("", row.workspace)):
        try:
            before = show_session(flow=row, secret=secret)
        except NoSession:
            return render_gone(request, row, "lost", status=404)
        _speak(row, _locale(before))
        if request.method != "POST":
            return _show(request, row, before, secret)
        try:
            return _post(request, row, before, secret)
        except RequestDataTooBig:
            return render_gone(request, row, "large", status=413)


def _show(request: HttpRequest, row: Flow, answer: Answer, secret: str, note: str = "") -> HttpResponse:
    if answer.state is not None and answer.state.status == EXPIRED:
        return render_gone(request, row, "expired")
    refused = _refused(answer)
    if refused is not None and refused["code"] in ("closed", "handed_off"):
        return render_gone(request, row, refused["code"])
    screen = screen_of(answer.compiled, answer.state, answer.effects)
    note = note or request.GET.get("note", "")[:10]
    page = Page(row, answer.compiled, _locale(answer), secret=secret, note=note)
    return render_screen(request, page, screen, answer=answer)


def _post(request: HttpRequest, row: Flow, before: Answer, secret: str) -> HttpResponse:
    allow_files(request, _blocks(before))
    sent = request.POST
    do = str(sent.get("do") or "submit")
    if do == "preview":
        return JsonResponse(live_values(before.compiled, before.state, _answers(before, sent)))
    if _looks_again(before, sent):
        return _show(request, row, _filled(before, sent), secret, note="more")
    if do in (AGAIN, LATER) and _refused(before) is None:
        return _show(request, row, _filled(before, sent), secret, note=mail_as_asked(request, row, secret))
    event, answers = _EVENTS.get(do, _submit)(before, sent)
    if do == "submit":
        answers |= keep_files(request, before.session, _blocks(before), before.state)
    event.setdefault("answers", answers)
    visitor = visitor_of(request)
    answer = send_event(flow=row, secret=secret, event=event, visitor=visitor)
    response = _after(request, row, answer, secret, answers)
    know_again(request, response, row, visitor, answer)
    return response


def _after(request: HttpRequest, row: Flow, answer: Answer, secret: str, answers: dict[str, Any]) -> HttpResponse:
    """What follows an event: the next screen, the same with what is to be mended, or why there is none."""
    refused = _refused(answer)
    if answer.state is None and refused is not None:
        return render_gone(request, row, refused["code"])
    render = answer.effect("render")
    if refused is None and render is not None and render["errors"]:
        screen = screen_of(answer.compiled, answer.state, answer.effects, answers)
        page = Page(row, answer.compiled, _locale(answer), secret=secret)
        return render_screen(request, page, screen, status=422, answer=answer)
    if refused is not None and refused["code"] in ("closed", "expired", "handed_off"):
        return render_gone(request, row, refused["code"])
    note = (
        {"stale_step": "past", "not_asked": "past", "time_up": "time", "not_allowed_back": "noback"}.get(
            refused["code"], ""
        )
        if refused
        else ""
    )
    return see_session(request, row, secret, answer=answer, note=note)


# Events of forms.


def _submit(before: Answer, sent: Sent) -> tuple[dict[str, Any], dict[str, Any]]:
    return _submission(before, sent, is_person=shield.is_person(sent)), _answers(before, sent)


def _submission(before: Answer, sent: Sent, *, is_person: bool) -> dict[str, Any]:
    """The event of a sent step; whether somebody is a person is our finding, not theirs."""
    if before.compiled.is_chat:
        asked = str(sent.get("seen") or "")
        return {"type": "choice", "block": asked, "key": _answers(before, sent).get(asked)}
    kept = before.state.kept if before.state is not None else {}
    proofs = [str(one["key"]) for one in _blocks(before) if one["type"] == "captcha"]
    trusted = {key: True for key in proofs if is_person or kept.get(key) is True}
    return {"type": "submit", "step": sent.get("step"), "visit": _visit(sent), "trusted": trusted}


def _back(before: Answer, sent: Sent) -> tuple[dict[str, Any], dict[str, Any]]:
    """What was typed on the step that is left is kept, to be filled in again."""
    is_here = before.state is not None and sent.get("step") == before.state.current
    return {"type": "back", "answers": _answers(before, sent) if is_here else {}}, {}


def _confirm(_before: Answer, _sent: Sent) -> tuple[dict[str, Any], dict[str, Any]]:
    return {"type": "confirm"}, {}


def _film(before: Answer, _sent: Sent) -> tuple[dict[str, Any], dict[str, Any]]:
    """Without a player that tells the time: the next question of the film, and after the last one its end."""
    done = {entry.step for entry in before.state.path} if before.state is not None else set()
    waiting = [one.timeline["from"] for one in before.compiled.steps if one.timeline and one.key not in done]
    if waiting:
        return {"type": "video_time", "t": min(waiting)}, {}
    return {"type": "video_time", "t": 0, "ended": True}, {}


_EVENTS: dict[str, Callable[[Answer, Sent], tuple[dict[str, Any], dict[str, Any]]]] = {
    "submit": _submit,
    "back": _back,
    "confirm": _confirm,
    "film": _film,
}


def _looks_again(before: Answer, sent: Sent) -> bool:
    """Whether the step is to be shown again with what was filled in, before it is sent."""
    if sent.get("do") == "refresh":
        return True
    is_here = before.state is not None and sent.get("step") == before.state.current
    if not is_here or sent.get("do") not in (None, "submit"):
        return False
    seen = str(sent.get("seen") or "")
    return has_appeared(before.compiled, before.state, _blocks(before), _answers(before, sent), seen)


def _refused(answer: Answer) -> dict[str, Any] | None:
    """The error of the event itself; those of answers stand beside their questions."""
    return next((one for one in answer.effects if one["type"] == "error" and "block" not in one), None)


def _blocks(answer: Answer) -> list[Any]:
    state = answer.state
    step = answer.compiled.step(state.current or "") if state is not None and state.status == ACTIVE else None
    return list(step.blocks(state.variants.get(step.key))) if step is not None and state is not None else []


def _speak(row: Flow, locale: str) -> None:
    """Say our own words in the language of the flow's; the caller's `override` ends it."""
    translation.activate(language_of(locale, row.workspace))


def _blocks_of(document: Mapping[str, Any]) -> list[Any]:
    return [block for step in document["steps"] for block in step["blocks"]]


def _answers(answer: Answer, sent: Sent) -> dict[str, Any]:
    return read_answers(_blocks(answer), sent)


def _visit(sent: Sent) -> int:
    text = str(sent.get("visit") or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else -1


def _locale(answer: Answer) -> str:
    return answer.state.locale if answer.state is not None else answer.compiled.default_locale


def _live(row: Flow) -> FlowVersion:
    if row.live_version is None:
        raise Http404
    return row.live_version


def _version_of(row: Flow, form: FirstForm | None) -> FlowVersion | None:
    if form is None or (row.live_version and row.live_version.digest == form.version):
        return row.live_version
    return row.versions.filter(digest=form.version).first()
