"""One event at work: moving along the steps, showing them, ending the session."""

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from flows.engine.flow import Flow, Step
from flows.engine.judging import Judged, Problem, choice_target, judge
from flows.engine.rules import Action, Effect, Rules, replay
from flows.engine.settling import earned_so_far, settle
from flows.engine.showing import screen
from flows.engine.shuffling import draw_variant
from flows.engine.state import ACTIVE, COMPLETED, DISQUALIFIED, FAILED, HANDED_OFF, Entry, State
from flows.engine.values import Value

ENTERED_BY_ONE_EVENT = 50
ENTRIES_OF_ONE_STEP = 50
ENTRIES = 500


class Refusal(Exception):
    """The event is refused; `shows_step` when the current step is shown again. `state` replaces the old one if set."""

    def __init__(self, code: str, *, shows_step: bool = False, state: State | None = None) -> None:
        super().__init__(code)
        self.code, self.shows_step, self.state = code, shows_step, state


class Turn:
    """The session while one event is worked on. `effects` are in the order in which they happened."""

    def __init__(self, flow: Flow, state: State) -> None:
        self.flow = flow
        self.effects: list[Effect] = []
        self.closing: list[Effect] = []
        self._notices: dict[tuple[str, str], None] = {}
        self._entered = 0
        self.idle = dt.timedelta()
        self.reload(state)

    def reload(self, state: State) -> None:
        """Go on from a state, everything derived from its path anew."""
        self.state = state
        self.view, replayed = replay(self.flow, state)
        self.view.notices = self._notices
        self.demanded = replayed.demanded
        self.rules = Rules(self.view, effects=self.effects)
        self.rules.demanded = self.demanded

    def change(self, **values: Any) -> None:
        """Change the state; what was derived is derived again when it is read."""
        self.state = dataclasses.replace(self.state, **values)
        self.view.state = self.state
        self.view.touch()

    @property
    def now(self) -> dt.datetime:
        """The time of the event."""
        return self.state.last_at

    @property
    def step(self) -> Step | None:
        """The current step."""
        return self.flow.step(self.state.current) if self.state.current else None

    @property
    def is_over(self) -> bool:
        """Whether no step is waited for any more."""
        return self.state.status != ACTIVE or self.state.review is not None

    # Along the path.

    def put(self, entry: Entry) -> Action | None:
        """Put an entry on the path, and run what follows from it; the first jump-like action is returned."""
        step = self.flow.step(entry.step)
        timers = {key: at for key, at in self.state.timers.items() if key != entry.step}
        self.change(path=(*self.state.path, entry), current=None, entered_at=None, draft={}, timers=timers)
        self.view.add(entry)
        if step is None or entry.left_early:
            return None
        self.rules.save_answers(entry)
        return self.rules.run(step.logic, f"{step.key}/logic", entry.visit)

    def submit(self, step: Step, judged: Judged) -> None:
        """Take the answers of the current step, and go on."""
        entry = self._entry(step, answers=judged.answers, shown=judged.shown, submitted=True)
        jump = self.put(entry)
        self.go_on(step, jump, judged)

    def _entry(self, step: Step, **values: Any) -> Entry:
        return Entry(step.key, self.state.visit, self.state.entered_at or self.now, self.now, **values)

    def go_on(self, step: Step, jump: Action | None, judged: Judged) -> None:
        """The way on: a rule's jump, a chosen choice's target, the step's, the next visible step, an ending."""
        target = choice_target(judged) or step.next(self.state.variants.get(step.key))
        if jump is not None:
            self.obey(jump, step)
        elif target:
            self.go(target, step)
        else:
            self.next_visible(step.place)

    def obey(self, jump: Action, step: Step) -> None:
        """Do a jump-like action that was met at a step."""
        kind = jump["do"]
        if kind == "jump":
            self.go(jump["to"], step)
        elif kind == "end":
            self.go(jump.get("to") or "ending:", step)
        elif kind == "redirect":
            self.effects.append({"type": "redirect", "url": self.view.text(jump["url"], "url")})
            self.finish(None)
        elif kind == "handoff":
            self.hand_off({name: jump.get(name) for name in ("queue", "note")}, summary=bool(jump.get("summary")))
        else:
            self.seek(jump["to_seconds"])

    def go(self, target: str, step: Step) -> None:
        """Follow a target from a step."""
        kind, _colon, key = target.partition(":")
        if kind == "step":
            self.enter(key)
        elif kind == "ending":
            self.end(key)
        elif kind == "flow":
            self.effects.append({"type": "start_flow", "flow": key})
            self.finish(None, has_end=False)
        elif kind == "back":
            self._back_from(step)
        elif kind == "return" and self.state.return_to:
            self.enter(self.state.return_to)
        else:
            self.next_visible(step.place)

    def next_visible(self, place: int) -> None:
        """The next visible step after a place in the list, else the default ending."""
        if self.flow.is_film:
            self._next_in_film()
            return
        for step in self.flow.steps[place + 1 :]:
            if self.view.holds(step.visible_if):
                self.enter(step.key)
                return
        self.end("")

    def _next_in_film(self) -> None:
        if not self.state.film_ended:
            self.change(current=None, entered_at=None)
            self.effects.append({"type": "play"})
            return
        done = {entry.step for entry in self.state.path}
        waiting = (step for step in self.flow.steps if step.timeline is None and step.key not in done)
        found = next((step for step in waiting if self.view.holds(step.visible_if)), None)
        if found is None:
            self.end("")
        else:
            self.enter(found.key)

    def enter(self, key: str) -> None:
        """Come to a step: shown, passed, or left at once."""
        step = self.flow.step(key)
        if step is None:
            self.end("")
            return
        if not self.view.holds(step.visible_if):
            self.next_visible(step.place)
            return
        if self._is_looping(step):
            self.effects.append({"type": "error", "code": "loop_guard"})
            self.change(status=FAILED, current=None, entered_at=None)
            return
        self._arrive(step)
        jump = self.rules.run(step.on_enter, f"{step.key}/on_enter", self.state.visit)
        if jump is not None:
            self.put(self._entry(step, left_early=True))
            self.obey(jump, step)
            return
        judged = self.shown_now(step)
        if self._is_passive(step, judged):
            self._pass(step, judged)
        else:
            self.show()

    def _arrive(self, step: Step) -> None:
        variants, timers = dict(self.state.variants), dict(self.state.timers)
        if step.variants and step.key not in variants:
            variants[step.key] = draw_variant(step, self.state)
        if step.time_limit:
            timers.setdefault(step.key, self.now)
        self.change(
            visit=self.state.visit + 1, current=step.key, entered_at=self.now, variants=variants, timers=timers,
            draft={}, review=None,
        )  # fmt: skip
        self.rules.demanded.clear()

    def _is_looping(self, step: Step) -> bool:
        self._entered += 1
        mine = sum(entry.step == step.key for entry in self.state.path)
        is_long = len(self.state.path) >= ENTRIES
        return self._entered > ENTERED_BY_ONE_EVENT or mine >= ENTRIES_OF_ONE_STEP or is_long

    def _is_passive(self, step: Step, judged: Judged) -> bool:
        if self.flow.is_film and step.timeline is not None:
            return False
        return not (judged.shown if self.flow.is_chat else judged.visible)

    def _pass(self, step: Step, judged: Judged) -> None:
        if judged.visible:
            self.render(step, judged, ask=None)
        jump = self.put(self._entry(step))
        self.go_on(step, jump, Judged())

    def again(self, step: Step) -> None:
        """Show a step that was left before, its on_enter computed by the replay."""
        self._arrive(step)
        self.reload(self.state)
        self.show()

    def back(self) -> None:
        """Return to the last submitted entry, and take it off the path. Raises Refusal not_allowed_back."""
        step = self.step
        is_forbidden = step is not None and step.document.get("back") is False
        place = max((at for at, entry in enumerate(self.state.path) if entry.submitted), default=None)
        if self.flow.settings.get("back") is False or is_forbidden or place is None:
            raise Refusal("not_allowed_back", shows_step=True)
        before = self.flow.step(self.state.path[place].step)
        if before is None or before.time_limit:
            raise Refusal("not_allowed_back", shows_step=True)
        self.reload(dataclasses.replace(self.state, path=self.state.path[:place], review=None))
        self.again(before)

    def _back_from(self, step: Step) -> None:
        """As the event, the step not on the path; the step again where there is no way back."""
        if self.state.path and self.state.path[-1].step == step.key:
            self.reload(dataclasses.replace(self.state, path=self.state.path[:-1]))
        try:
            self.back()
        except Refusal:
            self.again(step)

    def seek(self, seconds: Value) -> None:
        """Let the film go back; steps from there on are asked again."""
        late = {step.key for step in self.flow.steps if step.timeline and step.timeline["from"] >= seconds}
        path = tuple(entry for entry in self.state.path if entry.step not in late)
        self.reload(dataclasses.replace(self.state, path=path, current=None, entered_at=None))
        self.effects.append({"type": "seek", "to_seconds": seconds})

    # Showing.

    def shown_now(self, step: Step) -> Judged:
        """What of a step is visible, as if its kept answers had been given."""
        kept = {**self.state.kept, **self.state.draft}
        return judge(self.view, step, kept, trusted=kept, demanded=self.rules.demanded)

    def show(self, problems: Sequence[Problem] = ()) -> None:
        """Show the current step; in chat, ask its first open question."""
        step = self.step
        if step is None:
            return
        judged = self.shown_now(step)
        if not self.flow.is_chat:
            self.render(step, judged, problems)
            return
        question = self.question(judged)
        if question is not None:
            self.render(step, judged, problems, ask=question)

    def question(self, judged: Judged) -> str | None:
        """In chat: the first visible question that was neither answered nor given up."""
        return next((key for key in judged.shown if key not in self.state.draft), None)

    def render(self, step: Step, judged: Judged, problems: Sequence[Problem] = (), *, ask: str | None = None) -> None:
        """Say what is to be shown."""
        effect = screen(self.view, step, judged, problems)
        if self.flow.is_chat:
            effect["ask"] = ask
        self.effects.append(effect)

    # Ending.

    def end(self, key: str, *, is_confirmed: bool = False) -> None:
        """Come to an ending, the default one where `key` is empty; a review comes first where one is asked for."""
        default = (self.view.outcome or {}).get("ending") or next(iter(self.flow.endings))
        ending = self.flow.endings.get(key or default) or next(iter(self.flow.endings.values()))
        asks = self.flow.settings.get("review_before_submit") and ending["type"] in ("screen", "redirect")
        if asks and not is_confirmed:
            self.effects.append({"type": "review", "ending": ending["key"]})
            self.change(review=ending["key"], current=None, entered_at=None)
            return
        if ending["type"] == "handoff":
            self.change(ending=ending["key"], current=None, entered_at=None)
            self.hand_off({"queue": None, "note": None}, summary=False)
            return
        if ending["type"] == "redirect":
            self.effects.append({"type": "redirect", "url": self.view.text(ending["url"], "url")})
        self.finish(ending)

    def finish(self, ending: Mapping[str, Any] | None, *, has_end: bool = True) -> None:
        """The session is over: what it earned is given, once."""
        status = DISQUALIFIED if ending and ending["type"] == "disqualified" else COMPLETED
        key = str(ending["key"]) if ending else None
        self.change(status=status, ending=key, current=None, entered_at=None, review=None)
        self.effects.extend(settle(self.view, self.state, status))
        if has_end:
            outcome = (self.view.outcome or {}).get("key")
            end: Effect = {"type": "end", "ending": key, "status": status, "outcome": outcome}
            for name in ("title", "body"):
                if ending and name in ending:
                    end[name] = self.view.text(ending[name])
            self.closing.append(end)

    def hand_off(self, details: Mapping[str, Any], *, summary: bool) -> None:
        """A person takes over; the flow is silent until they are done."""
        self.effects.append({"type": "handoff", **details, "summary": summary})
        self.change(status=HANDED_OFF)

    def give_earned(self) -> None:
        """In chat: what was earned by now is given at once."""
        found = earned_so_far(self.view, self.state)
        self.effects.extend(one.effect for one in found)
        if found:
            self.change(settled=self.state.settled | {one.mark for one in found})

    def notices(self) -> list[Effect]:
        """What whoever made the flow should know."""
        return [{"type": "notice", "code": code, "at": where} for code, where in self._notices]
