"""advance(flow, state, event) → (state, effects): everything that can happen to a session. Pure (docs/flows.md)."""

import dataclasses
import datetime as dt
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from flows.engine import chat
from flows.engine.dates import read_moment
from flows.engine.flow import Flow, Step
from flows.engine.judging import Judged, judge, note_strangers
from flows.engine.rules import Effect, replay
from flows.engine.showing import names_of
from flows.engine.state import ACTIVE, EXPIRED, FAILED, HANDED_OFF, State
from flows.engine.turn import Refusal, Turn
from flows.engine.values import Value, defined, is_number
from flows.engine.variables import read_hidden

Event = Mapping[str, Any]
GRACE_SECONDS = 2
_SEED = re.compile(r"[0-9a-f]{32}")
_WHILE_HANDED_OFF = ("handoff_closed", "timeout")


def advance(flow: Flow, state: State | None, event: Event) -> tuple[State | None, list[Effect]]:
    """The session after an event, and what is to be done and shown.

    `state` is None before `start`. A refused event leaves the state as it was and gives one `error`.
    """
    try:
        turn = _begin(flow, state, event)
        _HANDLERS[event["type"]](turn, event)
    except Refusal as refusal:
        return _refused(flow, refusal.state or state, refusal)
    if flow.is_chat and turn.state.status in (ACTIVE, HANDED_OFF, FAILED, EXPIRED):
        turn.give_earned()
    turn.view.calculations()  # so that what cannot be computed is noticed
    return turn.state, [*turn.effects, *turn.notices(), *turn.closing]


def describe(flow: Flow, state: State) -> dict[str, Any]:
    """What can be read of a session: the state's own words, and what is derived from its path."""
    view, _rules = replay(flow, state)
    return {
        "status": state.status,
        "current": state.current,
        "ending": state.ending,
        "answers": view.answers,
        "variables": view.variables,
        "calculations": view.calculations(),
        "score": view.score.score,
        "outcome": defined(view.read(("outcome", "key"))),
    }


# Beginning.


def _begin(flow: Flow, state: State | None, event: Event) -> Turn:
    kind, at = event.get("type"), read_moment(event.get("at"))
    if kind not in _HANDLERS or at is None or (state is None) != (kind == "start"):
        raise Refusal("bad_event")
    if state is None:
        return _new_session(flow, event, at)
    _require_open(flow, state, event)
    at = max(at, state.last_at)
    if _is_closed(flow, at):
        raise Refusal("closed")
    if kind != "timeout" and _is_expired(flow, at - state.last_at):
        raise Refusal("expired", state=dataclasses.replace(state, status=EXPIRED))
    changes: dict[str, Any] = {"last_at": at}
    if isinstance(event.get("context"), Mapping):
        changes["context"] = {**state.context, **event["context"]}
    if event.get("channel"):
        changes["channel"] = str(event["channel"])
    turn = Turn(flow, dataclasses.replace(state, **changes))
    turn.idle = at - state.last_at
    return turn


def _require_open(flow: Flow, state: State, event: Event) -> None:
    if flow.version != state.version:
        raise Refusal("version_mismatch")
    if state.status == HANDED_OFF:
        if event["type"] not in _WHILE_HANDED_OFF:
            raise Refusal("handed_off")
    elif state.status != ACTIVE:
        raise Refusal("session_closed")


def _is_closed(flow: Flow, at: dt.datetime) -> bool:
    ends = (flow.moment("closes_at"), flow.moment("closes_at", of_contest=True))
    return any(end is not None and at >= end for end in ends)


def _is_expired(flow: Flow, idle: dt.timedelta) -> bool:
    days = int((flow.settings.get("save_resume") or {}).get("expires_days") or 0)
    minutes = int(flow.settings.get("session_timeout_min") or 0)
    limits = [limit for limit in (dt.timedelta(days=days), dt.timedelta(minutes=minutes)) if limit]
    return any(idle > limit for limit in limits)


def _new_session(flow: Flow, event: Event, at: dt.datetime) -> Turn:
    opens = (flow.moment("opens_at"), flow.moment("opens_at", of_contest=True))
    if any(start is not None and at < start for start in opens):
        raise Refusal("not_open")
    if _is_closed(flow, at):
        raise Refusal("closed")
    seed = event.get("seed")
    given, trusted = event.get("hidden") or {}, event.get("trusted_hidden") or {}
    context = event.get("context") or {}
    are_records = all(isinstance(one, Mapping) for one in (given, trusted, context))
    if not isinstance(seed, str) or not _SEED.fullmatch(seed) or not are_records:
        raise Refusal("bad_event")
    hidden, bad = read_hidden(flow, given, trusted)
    state = State(
        version=flow.version,
        seed=seed,
        locale=str(event.get("locale") or flow.default_locale),
        timezone=str(event.get("timezone") or ""),
        channel=str(event.get("channel") or "web"),
        started_at=at,
        last_at=at,
        hidden=hidden,
        context=context,
    )
    turn = Turn(flow, state)
    for key in bad:
        turn.view.note("bad_hidden", f"hidden.{key}")
    return turn


def _refused(flow: Flow, state: State | None, refusal: Refusal) -> tuple[State | None, list[Effect]]:
    effects: list[Effect] = [{"type": "error", "code": refusal.code}]
    if refusal.shows_step and state is not None:
        turn = Turn(flow, state)
        turn.show()
        effects.extend(turn.effects)
    return state, effects


# Events.


def _start(turn: Turn, _event: Event) -> None:
    if turn.flow.is_film:
        turn.effects.append({"type": "play"})
        return
    target = turn.flow.document.get("start")
    if target and target != "next":
        turn.go(target, turn.flow.steps[0])
    else:
        turn.next_visible(-1)


def _submit(turn: Turn, event: Event) -> None:
    step, answers, trusted = turn.step, event.get("answers"), event.get("trusted") or {}
    if not isinstance(answers, Mapping) or not isinstance(trusted, Mapping):
        raise Refusal("bad_event")
    if step is None or event.get("step") != step.key or event.get("visit", turn.state.visit) != turn.state.visit:
        raise Refusal("stale_step", shows_step=True)
    if _is_late(turn, step, GRACE_SECONDS):
        _time_up(turn, step)
        return
    judged = judge(turn.view, step, answers, trusted=trusted, demanded=turn.rules.demanded)
    note_strangers(turn.view, answers, judged)
    kept = {key: value for key, value in turn.state.kept.items() if key not in judged.shown}
    turn.change(kept={**kept, **judged.answers})
    if judged.problems:
        chat.say_problems(turn, judged.problems)
        turn.show(judged.problems)
    else:
        turn.submit(step, judged)


def _is_late(turn: Turn, step: Step, grace: int) -> bool:
    began = turn.state.timers.get(step.key)
    if not step.time_limit or began is None:
        return False
    return turn.now - began > dt.timedelta(seconds=int(step.time_limit) + grace)


def _time_up(turn: Turn, step: Step) -> None:
    """The step counts as submitted with nothing shown."""
    turn.effects.append({"type": "error", "code": "time_up"})
    turn.submit(step, Judged())


def _preview(turn: Turn, event: Event) -> None:
    step, answers = turn.step, event.get("answers")
    if step is None or not isinstance(answers, Mapping) or event.get("step") != step.key:
        raise Refusal("stale_step", shows_step=True)
    judged = judge(turn.view, step, answers, demanded=turn.rules.demanded)
    with turn.view.as_if(step, judged.answers):
        calculations = turn.view.calculations(public_only=True)
    blocks = names_of(step, judged, turn.state)
    turn.effects.append({"type": "preview", "step": step.key, "blocks": blocks, "calculations": calculations})


def _back(turn: Turn, event: Event) -> None:
    """Answers that come along are kept, where they can be taken, to be filled in again: going back loses no work."""
    answers = event.get("answers")
    if turn.step is not None and isinstance(answers, Mapping):
        judged = judge(turn.view, turn.step, answers, demanded=turn.rules.demanded)
        turn.change(kept={**turn.state.kept, **judged.answers})
    turn.back()


def _resume(turn: Turn, _event: Event) -> None:
    if turn.state.review is not None:
        turn.effects.append({"type": "review", "ending": turn.state.review})
    elif turn.flow.is_film and turn.step is None:
        turn.effects.append({"type": "play"})
    else:
        turn.show()


def _confirm(turn: Turn, _event: Event) -> None:
    if turn.state.review is None:
        raise Refusal("bad_event")
    turn.end(turn.state.review, is_confirmed=True)


def _text(turn: Turn, event: Event) -> None:
    text, intent = event.get("text"), event.get("intent")
    if not turn.flow.is_chat or not isinstance(text, str):
        raise Refusal("bad_event")
    chat.reply(turn, text, intent if isinstance(intent, str) else None)


def _choice(turn: Turn, event: Event) -> None:
    if not turn.flow.is_chat or not isinstance(event.get("block"), str):
        raise Refusal("bad_event")
    chat.choose(turn, event["block"], event.get("key"))


def _handoff_closed(turn: Turn, _event: Event) -> None:
    chat.close_handoff(turn)


def _timeout(turn: Turn, _event: Event) -> None:
    step = turn.step
    if step is not None and turn.state.status == ACTIVE and _is_late(turn, step, 0):
        _time_up(turn, step)
        return
    place = chat.find_event(turn, "timeout")
    after = turn.flow.events[place].get("after_seconds", 0) if place is not None else None
    if place is not None and turn.idle >= dt.timedelta(seconds=int(after or 0)):
        chat.run_event(turn, place, is_timeout=True)
    elif _is_expired(turn.flow, turn.idle):
        turn.change(status=EXPIRED)
        turn.effects.append({"type": "error", "code": "expired"})
    else:
        raise Refusal("too_early")


def _video_time(turn: Turn, event: Event) -> None:
    seconds = event.get("t")
    if not turn.flow.is_film or not is_number(seconds) or seconds is None:
        raise Refusal("bad_event")
    if turn.step is not None:
        raise Refusal("stale_step", shows_step=True)
    if event.get("ended"):
        turn.change(film_ended=True)
        turn.next_visible(-1)
        return
    step = _due_in_film(turn, Decimal(seconds))
    if step is not None:
        turn.enter(step.key)


def _due_in_film(turn: Turn, seconds: Decimal) -> Step | None:
    """The step whose time has come: without prevent_skipping only while it lasts, with it also when skipped past."""
    keeps = (turn.flow.document.get("video") or {}).get("prevent_skipping", "none") != "none"
    done = {entry.step for entry in turn.state.path}
    timed = [step for step in turn.flow.steps if step.timeline is not None and step.key not in done]
    for step in sorted(timed, key=lambda one: (one.timeline or {})["from"]):
        timeline = step.timeline or {}
        is_past = "to" in timeline and seconds > timeline["to"]
        if timeline["from"] > seconds or (is_past and not keeps) or not turn.view.holds(step.visible_if):
            continue
        if is_past:
            turn.effects.append({"type": "seek", "to_seconds": timeline["from"]})
        return step
    return None


_HANDLERS: dict[Value, Callable[[Turn, Event], None]] = {
    "start": _start,
    "submit": _submit,
    "preview": _preview,
    "back": _back,
    "resume": _resume,
    "confirm": _confirm,
    "text": _text,
    "choice": _choice,
    "handoff_closed": _handoff_closed,
    "timeout": _timeout,
    "video_time": _video_time,
}
