"""What a visitor sees now: a step, a review of their answers, an ending, or why there is nothing to see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from flows.engine.flow import Flow, Step, is_input
from flows.engine.intake import choice_list
from flows.engine.rules import replay
from flows.engine.state import ACTIVE, State
from flows.engine.turn import Turn
from flows.engine.values import Value, is_set
from flows.engine.view import View
from flows.pages.blocks import Block, BlockView, Shown, input_view, is_question
from flows.pages.displays import display_view, safe_address
from flows.pages.problems import find_block, sentence

Effect = Mapping[str, Any]


@dataclass(frozen=True)
class Progress:
    """How far somebody is: the place of this step, of how many there seem to be, and how it is to be shown."""

    style: str
    place: int
    total: int

    @property
    def percent(self) -> int:
        """The share that is behind them."""
        return round((self.place - 1) * 100 / self.total) if self.total else 0


@dataclass
class Screen:
    """A page of a flow. `kind` is step, review, ending, film or gone."""

    kind: str
    title: str = ""
    body: list[str] = field(default_factory=list)
    blocks: list[BlockView] = field(default_factory=list)
    step: str = ""
    visit: int = 0
    reactions: list["Reaction"] = field(default_factory=list)
    progress: Progress | None = None
    words: dict[str, str] = field(default_factory=dict)
    can_go_back: bool = False
    time_limit: int = 0
    has_files: bool = False
    has_live: bool = False
    outcome: Mapping[str, Any] | None = None
    review: list[tuple[str, str]] = field(default_factory=list)
    redirect: str = ""
    is_disqualified: bool = False
    film: Mapping[str, Any] | None = None

    @property
    def lone(self) -> BlockView | None:
        """The one question whose words are the page's heading."""
        return next((one for one in self.blocks if one.is_lone), None)

    @property
    def seen(self) -> str:
        """The names of the questions, which the form tells back: others may have appeared meanwhile."""
        return " ".join(one.name for one in self.blocks if one.is_input)

    @property
    def has_captcha(self) -> bool:
        """Whether a block of the screen is the proof that somebody is a person."""
        return any(one.widget == "captcha" and not one.more["is_settled"] for one in self.blocks)

    @property
    def asks_code(self) -> bool:
        """Whether a code that was mailed is to be typed here."""
        return any(one.widget == "code" and one.more["address"] and not one.more["is_settled"] for one in self.blocks)

    @property
    def dots(self) -> list[bool]:
        """The steps as dots, those reached true."""
        way = self.progress
        return [place < way.place for place in range(min(way.total, 30))] if way else []

    @property
    def problems(self) -> list[BlockView]:
        """The blocks with something to mend."""
        return [one for one in self.blocks if one.problem]


@dataclass(frozen=True)
class Reaction:
    """What the flow says to the answer before: `verdict` is right or wrong where it was a question with one."""

    text: str
    verdict: str = ""


def step_screen(flow: Flow, state: State, render: Effect, sent: Mapping[str, Value] | None = None) -> Screen:
    """The screen of the current step; `sent` are answers that were not taken, to be mended."""
    step = flow.step(str(render["step"]))
    if step is None:
        return Screen("gone")
    turn = Turn(flow, state)
    judged, view = turn.shown_now(step), turn.view
    with view.as_if(step, judged.answers):
        built = _built(view, step, judged.visible, render, sent or {})
    screen = Screen(
        kind="step",
        title=view.text(step.document.get("title", "")),
        blocks=built,
        step=step.key,
        visit=state.visit,
        reactions=reactions(view, state),
        progress=_progress(view, step),
        words=_words(view, step),
        can_go_back=_can_go_back(flow, state, step),
        time_limit=int(step.time_limit or 0),
        has_files=any(one.widget == "file" for one in built),
        has_live=_has_live(flow, step),
    )
    questions = [one for one in built if one.is_input]
    if len(questions) == 1 and not screen.title and questions[0].widget != "consent":
        questions[0].is_lone = True
    return screen


def _built(
    view: View, step: Step, visible: Sequence[Block], render: Effect, sent: Mapping[str, Value]
) -> list[BlockView]:
    shown = Shown(
        values=render["values"],
        order=render["order"],
        required=frozenset(render["required"]),
        problems=_sentences(view, step, render["errors"]),
        sent={key: value for key, value in sent.items() if any(one["block"] == key for one in render["errors"])},
    )
    found = []
    for name, block in zip(render["blocks"], visible, strict=True):
        if view.flow.is_chat and is_input(block) and block["key"] != render.get("ask"):
            continue
        one = input_view(block, name, view, shown) if is_question(block) else display_view(block, name, view)
        if one is not None:
            found.append(one)
    return found


def _sentences(view: View, step: Step, errors: Sequence[Mapping[str, str]]) -> dict[str, str]:
    variant = view.state.variants.get(step.key)
    return {
        one["block"]: sentence(one["code"], find_block(view.flow, step, variant, one["block"]), view) for one in errors
    }


def _has_live(flow: Flow, step: Step) -> bool:
    """Whether something on the step may change while it is filled in."""
    groups = [step.document["blocks"], *(one.get("blocks") or () for one in step.variants)]
    blocks = [block for group in groups for block in group]
    return any(
        block["type"] in ("calculation", "chart") or "visible_if" in block or "required_if" in block for block in blocks
    ) and any(is_input(block) for block in blocks)


def _words(view: View, step: Step) -> dict[str, str]:
    """The words on buttons: the step's, the flow's, else ours."""
    theme = (view.flow.document.get("theme") or {}).get("words") or {}
    own = {**theme, **((step.document.get("ui") or {}).get("words") or {})}
    ours = {"next": _("Next"), "back": _("Back"), "submit": _("Send"), "confirm": _("Yes, send it")}
    return {name: _own_text(view, own.get(name)) or text for name, text in ours.items()}


def _own_text(view: View, text: Any) -> str:
    return view.text(text) if isinstance(text, (str, dict)) else ""


def _can_go_back(flow: Flow, state: State, step: Step) -> bool:
    if flow.settings.get("back") is False or step.document.get("back") is False:
        return False
    last = next((entry for entry in reversed(state.path) if entry.submitted), None)
    before = flow.step(last.step) if last else None
    return before is not None and not before.time_limit


def _progress(view: View, step: Step) -> Progress | None:
    """The place among the steps that can still come; a guess where the way branches."""
    style = view.flow.settings.get("progress", "bar")
    done = [entry for entry in view.state.path if entry.submitted]
    ahead = [one for one in view.flow.steps[step.place + 1 :] if view.holds(one.visible_if) and _asks(one)]
    total = len(done) + 1 + len(ahead)
    return Progress(style, len(done) + 1, total) if style != "none" and total > 1 else None


def _asks(step: Step) -> bool:
    return any(is_input(block) for block in step.document["blocks"])


def reactions(view: View, state: State) -> list[Reaction]:
    """What was said to the answers of the step before: the explanations of what was chosen."""
    entry = state.path[-1] if state.path else None
    step = view.flow.step(entry.step) if entry and entry.submitted else None
    if entry is None or step is None:
        return []
    found = []
    for block in step.blocks(state.variants.get(step.key)):
        answer = entry.answers.get(block.get("key", "")) if is_input(block) else None
        if is_set(answer) and block["key"] in entry.shown:
            found.extend(_reactions_to(view, block, answer))
    return found


def _reactions_to(view: View, block: Block, answer: Value) -> list[Reaction]:
    chosen = {True: "yes", False: "no"}[answer] if isinstance(answer, bool) else answer
    keys = chosen if isinstance(chosen, list) else [chosen]
    choices = choice_list(block)
    has_verdict = any(one.get("correct") for one in choices)
    found = []
    for one in choices:
        if one["key"] in keys and "explanation" in one:
            verdict = ("right" if one.get("correct") else "wrong") if has_verdict else ""
            found.append(Reaction(view.text(one["explanation"]), verdict))
    return found


def review_screen(flow: Flow, state: State) -> Screen:
    """Everything that was answered, to be looked over before it is sent."""
    view, _rules = replay(flow, state)
    lines = []
    for entry in view.live.values():
        step = flow.step(entry.step)
        for block in step.blocks(state.variants.get(step.key)) if step else ():
            if is_input(block) and block["key"] in entry.shown and is_set(entry.answers.get(block["key"])):
                lines += [(view.text(block.get("label", "")), answer_words(view, block))]
    return Screen(
        "review", review=lines, can_go_back=flow.settings.get("back") is not False, words=_words_of(flow, view)
    )


def _words_of(flow: Flow, view: View) -> dict[str, str]:
    return _words(view, flow.steps[-1])


def answer_words(view: View, block: Block) -> str:
    """An answer in words for whoever gave it."""
    value = view.answer(block["key"])
    if block["type"] == "file_upload" and isinstance(value, list):
        return ", ".join(str(one["name"]) for one in value)
    if block["type"] == "signature":
        return _("Signed") if str(value).startswith("M") else str(value)
    if block["type"] == "otp" and isinstance(value, dict):
        return str(value.get("email", ""))
    if block["type"] == "matrix" and isinstance(value, dict):
        columns = {one["key"]: view.text(one["label"]) for one in block["columns"]}
        rows = {one["key"]: view.text(one["label"]) for one in block["rows"]}
        return "; ".join(f"{rows[row]}: {columns[column]}" for row, column in value.items())
    return view.show(("answers", block["key"]))


def ending_screen(flow: Flow, state: State) -> Screen:
    """How it ended: the ending's words and blocks, and the outcome it came to."""
    view, _rules = replay(flow, state)
    ending = flow.endings.get(state.ending or "", {})
    outcome = view.outcome
    screen = Screen("ending", reactions=reactions(view, state))
    screen.is_disqualified = ending.get("type") == "disqualified"
    screen.outcome = _outcome(view, outcome) if outcome and not screen.is_disqualified else None
    screen.title = view.text(ending.get("title", ""))
    body = view.text(ending.get("body", ""))
    screen.body = [one for one in body.split("\n\n") if one.strip()]
    if screen.outcome and all(one in body for one in screen.outcome["paragraphs"]):
        screen.outcome["paragraphs"] = []  # the ending says the outcome's words itself
    if ending.get("type") == "redirect":
        screen.redirect = safe_address(view.text(ending["url"], "url"))
    for place, block in enumerate(ending.get("blocks") or ()):
        if view.holds(block.get("visible_if")) and not is_input(block):
            one = display_view(block, str(block.get("id") or f"#{place}"), view)
            if one is not None:
                screen.blocks.append(one)
    return screen


def _outcome(view: View, outcome: Mapping[str, Any]) -> dict[str, Any]:
    body = view.text(outcome.get("body", ""))
    return {
        "key": outcome["key"],
        "title": view.text(outcome["title"]),
        "paragraphs": [one for one in body.split("\n\n") if one.strip()],
        "image": safe_address(outcome.get("image")),
    }


def screen_of(
    flow: Flow, state: State | None, effects: Sequence[Effect], sent: Mapping[str, Value] | None = None
) -> Screen:
    """The screen after an event, or of a session as it stands."""
    if state is None:
        return Screen("gone")
    render = next((one for one in reversed(effects) if one["type"] == "render"), None)
    if state.status != ACTIVE:
        screen = ending_screen(flow, state)
        away = next((one for one in reversed(effects) if one["type"] == "redirect"), None)
        screen.redirect = screen.redirect or (safe_address(away["url"]) if away else "")
        return screen
    if state.review is not None:
        return review_screen(flow, state)
    if state.current is None and flow.is_film:
        return film_screen(flow, state)
    return step_screen(flow, state, render, sent) if render is not None else Screen("gone")


def film_screen(flow: Flow, state: State) -> Screen:
    """The film; its questions come when it pauses, or after it."""
    video = flow.document.get("video") or {}
    view, _rules = replay(flow, state)
    film = {
        "sources": [{**one, "src": safe_address(one["src"])} for one in video.get("sources") or ()],
        "tracks": [{**one, "src": safe_address(one["src"])} for one in video.get("tracks") or ()],
        "poster": safe_address(video.get("poster")),
    }
    return Screen("film", title=str(flow.document["name"]), film=film, words=_words_of(flow, view))
