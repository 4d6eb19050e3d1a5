"""Trying a draft: the engine really runs, nothing is stored. Where somebody is, is signed in the page's own form."""

import copy
import re
import uuid
from collections.abc import Mapping
from typing import Any

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt

from accounts.access import WorkspaceRequest, get_in_workspace, workspace_view
from core.clock import now
from flows.building.pointers import NoSuchPlace
from flows.checking import check_flow
from flows.documents import read_state, write_state
from flows.engine.advance import advance
from flows.engine.dates import moment_text
from flows.engine.flow import Flow as Compiled
from flows.engine.state import State
from flows.models import Flow
from flows.pages.reading import read_answers
from flows.pages.screens import Screen, screen_of
from flows.views.answering import Page
from flows.views.working import begin_work

SALT = "flows.preview"
# Not a chance at all: the same draft looks the same each time it is tried.
SEED = "00112233445566778899aabbccddeeff"
OPENED, CLOSES = "2000-01-01T00:00:00Z", "2999-01-01T00:00:00Z"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: https:; font-src 'self'; "
    "media-src 'self' https:; connect-src 'self'; form-action 'self'; frame-src https:; base-uri 'none'; "
    "frame-ancestors 'self'"
)


class PreviewPage(Page):
    """The page of a draft: its forms come back here, and carry where somebody is."""

    address = ""
    is_start = True
    is_trial = True  # nothing is mailed

    @property
    def here(self) -> str:
        """The address that forms are sent to."""
        return self.address

    @property
    def home(self) -> str:
        """The beginning."""
        return self.address

    @property
    def cover(self) -> dict[str, str]:
        """The picture at the top, on the first screen only."""
        return Page.cover.fget(self) if self.is_start else {"src": "", "alt": ""}  # type: ignore[attr-defined]

    @property
    def intro(self) -> str:
        """What the first screen says above its questions."""
        return Page.intro.fget(self) if self.is_start else ""  # type: ignore[attr-defined]


@csrf_exempt  # It stores nothing and does nothing; its forms are those of the public pages, which have no token.
@workspace_view("viewer", write_role="viewer")
def preview(request: WorkspaceRequest, flow: uuid.UUID) -> HttpResponse:
    """The draft as people would see it: at its beginning, or at the step that is worked on (`at`)."""
    row = get_in_workspace(Flow, request.workspace, flow)
    work = begin_work(request, row)
    wanted = str(request.GET.get("at") or "")
    if work is None or any(one.code in ("E02", "E03") for one in check_flow(work.document, runs=0)):
        return _framed(render(request, "flows/preview_broken.html", {"flow": row}))
    compiled = Compiled(opened(work.document, wanted if wanted == work.panel else ""))
    state = _read(request, compiled)
    effects: list[dict[str, Any]] = []
    sent: Mapping[str, Any] = {}
    if request.method == "POST" and state is not None:
        event, sent = _event(request, compiled, state)
        state, effects = advance(compiled, state, {**event, "at": moment_text(now())})
    if state is None:
        state, effects = advance(compiled, None, {"type": "start", "seed": SEED, "at": moment_text(now())})
    return _show(request, row, compiled, (state, effects, sent))


def opened(document: Any, panel: str) -> Any:
    """A draft that can be tried: open at any time, and beginning where it is worked on."""
    changed = copy.deepcopy(document)
    submissions = (changed.get("settings") or {}).get("submissions") or {}
    for name in ("opens_at", "closes_at"):
        submissions.pop(name, None)
    if "contest" in changed:
        changed["contest"] |= {"opens_at": OPENED, "closes_at": CLOSES}
    if panel.startswith(("step:", "ending:")):
        changed["start"], _slash, version = panel.partition("/")
        _show_version(changed, changed["start"], version)
    return changed


def _show_version(document: Any, panel: str, version: str) -> None:
    """Let everybody get one version of a step; without a wish the first that shows the step's own blocks."""
    step: Mapping[str, Any] = next((one for one in document["steps"] if f"step:{one['key']}" == panel), {})
    variants = step.get("variants") or ()
    if not any(one["key"] == version for one in variants):
        version = next((one["key"] for one in variants if not one.get("blocks")), "")
    for one in variants if version else ():
        one["weight"] = int(one["key"] == version)


def _read(request: HttpRequest, compiled: Compiled) -> State | None:
    try:
        state = read_state(signing.loads(request.POST.get("first", ""), salt=SALT))
    except (signing.BadSignature, ValueError, KeyError):
        return None
    return state if state.version == compiled.version else None


def _event(request: HttpRequest, compiled: Compiled, state: State) -> tuple[dict[str, Any], dict[str, Any]]:
    wish = request.POST.get("do", "")
    if wish in ("back", "confirm"):
        return {"type": wish}, {}
    step = compiled.step(state.current) if state.current else None
    if step is None:
        return {"type": "resume"}, {}
    blocks = step.blocks(state.variants.get(step.key))
    answers = read_answers(blocks, request.POST)
    files = [one["key"] for one in blocks if one["type"] == "file_upload"]
    answers |= {key: [{"id": "preview", "name": "example.png", "size": 1000, "type": "image/png"}] for key in files}
    trusted = {one["key"]: {"status": "done"} for one in blocks if one["type"] in ("otp", "captcha", "payment")}
    return {"type": "submit", "step": step.key, "answers": answers, "trusted": trusted}, answers


def _show(
    request: WorkspaceRequest, row: Flow, compiled: Compiled, came: tuple[State | None, Any, Mapping[str, Any]]
) -> HttpResponse:
    state, effects, sent = came
    try:
        screen = screen_of(compiled, state, effects, sent)
    except (LookupError, NoSuchPlace):
        screen = Screen("gone")
    page = PreviewPage(row, compiled, state.locale if state and state.locale else compiled.default_locale)
    page.address = reverse("flows:preview", args=[request.workspace.slug, row.public_id]) + _at(request)
    page.is_start = state is None or not state.path
    page.first = signing.dumps(write_state(state), salt=SALT, compress=True) if state is not None else ""
    context = {
        "page": page, "screen": screen, "flow": row, "workspace": request.workspace, "share": {}, "note": "",
        "puzzle": None, "session": None,
    }  # fmt: skip
    is_part = request.headers.get("HX-Request") == "true"
    return _framed(render(request, "flows/preview.html#screen" if is_part else "flows/preview.html", context))


def _at(request: HttpRequest) -> str:
    wanted = request.GET.get("at", "")
    return f"?at={wanted}" if re.sub("[:/_]", "", wanted).isalnum() and wanted.isascii() else ""


def _framed(response: HttpResponse) -> HttpResponse:
    """Our own pages may frame it."""
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response
