"""What can be read of a session at a moment: live answers, variables, calculations, score and outcome."""

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from flows.engine.comparison import Clock
from flows.engine.conditions import Condition, holds
from flows.engine.dates import moment_text
from flows.engine.errors import FlowError
from flows.engine.expressions import evaluate_open, member
from flows.engine.flow import Flow, Step
from flows.engine.intake import Block, choice_list
from flows.engine.locales import chosen_text, habits_of
from flows.engine.piping import fill, formatted, words_of
from flows.engine.scoring import Score, count_score, pick_outcome
from flows.engine.state import Entry, State
from flows.engine.values import Value, defined, is_set

_SCORES = ("score", "max_score", "correct", "asked")


class View:
    """One moment of a session. Rules change its variables and answers as they run; nothing else is changed.

    What is derived is remembered until something changes, so that formulas which read each other stay linear.
    """

    def __init__(self, flow: Flow, state: State, variables: dict[str, Value]) -> None:
        self.flow, self.state, self.variables = flow, state, variables
        self.clock = Clock(state.last_at, flow.zone)
        self.live: dict[str, Entry] = {}
        self.score = Score()  # of the live answers, kept up as they come
        self._scores: dict[str, Score] = {}
        self.notices: dict[tuple[str, str], None] = {}
        self.where = ""
        self.is_silent = False  # a replay has said before what there was to say
        self._draft: Mapping[str, Value] | None = None
        self._draft_step = ""
        self._derived: dict[str, Value] = {}
        self._reading_calculation: int | None = None
        self._is_picking_outcome = False

    # Changing.

    def touch(self) -> None:
        """Something changed: what was derived is out of date."""
        self._derived.clear()

    def set_time(self, at: dt.datetime) -> None:
        """See things as of a moment."""
        if self.clock.now != at:
            self.clock = Clock(at, self.flow.zone)
            self.touch()

    def add(self, entry: Entry) -> None:
        """An entry is on the path now; of a step visited again only the latest visit is live."""
        if self.live.pop(entry.step, None) is not None:
            self.score.put(self._scores.pop(entry.step), -1)
        self.live[entry.step] = entry
        self._scores[entry.step] = mine = count_score(self._questions(entry))
        self.score.put(mine)
        self.touch()

    @contextmanager
    def as_if(self, step: Step, answers: Mapping[str, Value]) -> Iterator[None]:
        """Judge with these answers of a step instead of its live ones."""
        before = (self._draft, self._draft_step)
        self._draft, self._draft_step = answers, step.key
        self.touch()
        try:
            yield
        finally:
            self._draft, self._draft_step = before
            self.touch()

    # Reading (expressions.Scope, conditions.Situation).

    def note(self, code: str, where: str = "") -> None:
        """A notice for whoever made the flow, once for each place."""
        if not self.is_silent:
            self.notices.setdefault((code, where or self.where))

    def read(self, names: tuple[str, ...]) -> Value:
        """The value of a path, null for what is unknown."""
        root, *rest = names
        members = tuple(rest)
        if root == "answers":
            return member(self.answer(members[0]), members[1:])
        if root == "calculations":
            return self._calculation(members)
        if root in _SCORES:
            return self._score_member(root)
        if root == "points":
            return self.score.points.get(members[0])
        if root == "outcome":
            return self._outcome_member(members)
        return member(self._record(root), members)

    def is_submitted(self, key: str) -> bool:
        """Whether the block was shown and submitted on the path."""
        step = self.flow.step_of_block.get(key)
        entry = self.live.get(step.key) if step else None
        return entry is not None and entry.submitted and key in entry.shown

    def answer(self, key: str) -> Value:
        """The live answer to a block."""
        step = self.flow.step_of_block.get(key)
        if step is None:
            return None
        if self._draft is not None and step.key == self._draft_step:
            return self._draft.get(key)
        entry = self.live.get(step.key)
        return entry.answers.get(key) if entry else None

    @property
    def answers(self) -> dict[str, Value]:
        """All live answers, in the order of the path."""
        return {key: value for entry in self.live.values() for key, value in entry.answers.items()}

    def holds(self, condition: Condition | None) -> bool:
        """Whether a condition holds now."""
        return holds(condition, self)

    def _record(self, root: str) -> Value:
        if root == "variables":
            return self.variables
        if root == "hidden":
            return self.state.hidden
        if root == "session":
            return {**(self.state.context.get("session") or {}), **self._session()}
        return self.state.context.get(root)

    def _session(self) -> dict[str, Value]:
        state = self.state
        elapsed = int((self.clock.now - state.started_at).total_seconds())
        return {
            "locale": state.locale,
            "timezone": state.timezone,
            "channel": state.channel,
            "started_at": moment_text(state.started_at),
            "elapsed": Decimal(elapsed),
        }

    # Derived.

    def _questions(self, entry: Entry) -> Iterator[tuple[Block, Value]]:
        step = self.flow.step(entry.step)
        for block in step.blocks(self.state.variants.get(entry.step)) if step and entry.shown else ():
            if block.get("key") in entry.shown:
                yield block, entry.answers.get(block["key"])

    def _score_member(self, name: str) -> Value:
        return Decimal(getattr(self.score, name))

    @property
    def outcome(self) -> Mapping[str, Any] | None:
        """The outcome as things stand; no rule that looks for it can see one."""
        if self._is_picking_outcome:
            return None
        if "outcome" not in self._derived:
            self._is_picking_outcome = True
            try:
                mode = self.flow.document.get("outcome_mode", "none")
                self._derived["outcome"] = pick_outcome(mode, self.flow.outcomes, self.score, self.holds)
            finally:
                self._is_picking_outcome = False
        found: Mapping[str, Any] | None = self._derived["outcome"]
        return found

    def _outcome_member(self, members: tuple[str, ...]) -> Value:
        outcome = None if self._reading_calculation is not None else self.outcome
        if outcome is None:
            return None
        name = members[0] if members else "key"
        return outcome["key"] if name == "key" else self.text(outcome.get(name, ""), is_filled=False)

    def _calculation(self, members: tuple[str, ...]) -> Value:
        place = self.flow.calculation_places.get(members[0])
        if place is None or (self._reading_calculation is not None and place >= self._reading_calculation):
            return None
        key = f"calculations.{members[0]}"
        if key not in self._derived:
            self._derived[key] = self._calculate(place, key)
        return self._derived[key] if len(members) == 1 else member(defined(self._derived[key]), members[1:])

    def _calculate(self, place: int, key: str) -> Value:
        before, self._reading_calculation = self._reading_calculation, place
        try:
            return evaluate_open(self.flow.calculations[place]["expr"], self)
        except FlowError:
            self.note("expr_error", key)
            return None
        finally:
            self._reading_calculation = before

    def calculations(self, *, public_only: bool = False) -> dict[str, Value]:
        """All calculations, or those that visitors may see."""
        return {
            one["key"]: defined(self.read(("calculations", one["key"])))
            for one in self.flow.calculations
            if not public_only or one.get("public")
        }

    # Words.

    def text(self, text: Any, renderer: str = "text", *, is_filled: bool = True) -> str:
        """A text of the flow in the session's locale, its values put in and escaped for the renderer."""
        words = chosen_text(text, self.state.locale, self.flow.default_locale)
        return fill(words, self.show, renderer) if is_filled else words

    def show(self, names: tuple[str, ...]) -> str:
        """The words of a path for people: labels of choices, formats of calculations."""
        locale = self.state.locale
        value = defined(self.read(names))
        if names[0] == "outcome" and len(names) == 1:
            return words_of(defined(self.read(("outcome", "title"))), locale)
        if names[0] == "calculations" and len(names) == 2:
            place = self.flow.calculation_places.get(names[1])
            style = None if place is None else self.flow.calculations[place].get("format")
            return formatted(value, style, locale)
        if names[0] == "answers" and len(names) == 2 and is_set(value):
            return self._answer_words(names[1], value)
        return words_of(value, locale)

    def _answer_words(self, key: str, value: Value) -> str:
        step = self.flow.step_of_block.get(key)
        blocks = step.blocks(self.state.variants.get(step.key)) if step else ()
        block = next((one for one in blocks if one.get("key") == key), None)
        if block is None or not choice_list(block) or isinstance(value, (bool, Mapping)):
            return words_of(value, self.state.locale)
        labels = {one["key"]: self.text(one["label"], is_filled=False) for one in choice_list(block)}
        keys = value if isinstance(value, list) else [value]
        return habits_of(self.state.locale).comma.join(labels.get(one, str(one)) for one in keys)
