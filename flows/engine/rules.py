"""Rules: all in order, all their actions. Forward they send things out; in a replay they only compute."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from flows.engine.errors import FlowError
from flows.engine.expressions import evaluate_open
from flows.engine.flow import Flow
from flows.engine.state import Entry, State
from flows.engine.values import Value, as_number, defined
from flows.engine.variables import changed, first_values
from flows.engine.view import View

Action = Mapping[str, Any]
Effect = dict[str, Any]

VARIABLE_ACTIONS = frozenset({"set", "add", "subtract", "multiply", "divide", "append"})
JUMPS = frozenset({"jump", "end", "redirect", "handoff", "seek"})
EARNED = frozenset({"tag", "untag", "subscribe", "award_entries", "issue_code"})
SENT = frozenset({"webhook", "send_message", "wait"})


@dataclass(frozen=True, slots=True)
class Earned:
    """An effect that is given once, when the session ends (in chat as soon as earned). `mark` tells it apart."""

    mark: str
    where: str
    effect: Effect


class Rules:
    """Runs rules over a view, which they change."""

    def __init__(self, view: View, *, effects: list[Effect] | None = None, earned: list[Earned] | None = None) -> None:
        self._view, self._effects, self._earned = view, effects, earned
        self.demanded: set[str] = set()
        self._jump: Action | None = None
        self._visit = 0

    def run(self, rules: Sequence[Mapping[str, Any]], where: str, visit: int) -> Action | None:
        """Run rules; the first jump-like action is returned, later ones are ignored, the rest is still done."""
        self._jump, self._visit = None, visit
        if not rules:
            return None
        for place, rule in enumerate(rules):
            self._view.where = f"{where}/{place}"
            if self._view.holds(rule.get("when")):
                for number, action in enumerate(rule["actions"]):
                    self._act(action, f"{where}/{place}/{number}")
        self._view.where = ""
        return self._jump

    def run_actions(self, actions: Sequence[Action], where: str, visit: int) -> Action | None:
        """Run actions without a condition, such as those of an event."""
        return self.run([{"actions": actions}] if actions else [], where, visit)

    def replay(self, entry: Entry) -> None:
        """Compute what an entry of the path did, with the times it had."""
        flow, view = self._view.flow, self._view
        if entry.event is not None:
            view.set_time(entry.at)
            self.run_actions(flow.events[entry.event]["actions"], f"events/{entry.event}", entry.visit)
            return
        step = flow.step(entry.step)
        if step is None:
            return
        view.set_time(entry.entered_at)
        self.run(step.on_enter, f"{step.key}/on_enter", entry.visit)
        view.set_time(entry.at)
        view.add(entry)
        if not entry.left_early:
            self.save_answers(entry)
            self.run(step.logic, f"{step.key}/logic", entry.visit)

    def save_answers(self, entry: Entry) -> None:
        """Store answers in the variables that their blocks name, in the order of the blocks."""
        step = self._view.flow.step(entry.step)
        for block in step.blocks(self._view.state.variants.get(entry.step)) if step else ():
            if block.get("save_to") and block.get("key") in entry.answers:
                self._store("set", block["save_to"], entry.answers[block["key"]], f"{entry.step}/{block['key']}")

    def _act(self, action: Action, where: str) -> None:
        kind = action["do"]
        self._view.where = where
        if kind in VARIABLE_ACTIONS:
            self._change_variable(action, where)
        elif kind in JUMPS:
            self._jump = self._jump or action
        elif kind == "require":
            self.demanded.add(action["target"])
        elif kind in EARNED and self._earned is not None:
            effect = self._earned_effect(action)
            if effect is not None:
                self._earned.append(Earned(f"{self._visit}:{where}", where, effect))
        elif kind in SENT and self._effects is not None:
            self._effects.append(self._sent_effect(action, where))

    def _change_variable(self, action: Action, where: str) -> None:
        try:
            value = self._value(action)
        except FlowError:
            self._view.note("expr_error", where)
            return
        self._store(action["do"], action["variable"], value, where)

    def _value(self, action: Action) -> Value:
        return evaluate_open(action["expr"], self._view) if "expr" in action else action.get("value")

    def _store(self, operation: str, name: str, value: Value, where: str) -> None:
        variable = self._view.flow.variables.get(name)
        if variable is None:
            return
        try:
            found = changed(variable["type"], operation, self._view.variables.get(name), value)
        except FlowError:
            self._view.note("expr_error", where)
            return
        self._view.variables[name] = found
        self._view.touch()

    def _earned_effect(self, action: Action) -> Effect | None:
        kind = action["do"]
        if kind in ("tag", "untag"):
            return {"type": kind, "tag": action["tag"]}
        if kind == "subscribe":
            return {"type": kind, "channel": action["channel"], "topic": action.get("topic")}
        if kind == "issue_code":
            return {"type": kind, "pool": action["pool"], "variable": action.get("variable")}
        try:
            value = self._value(action) if "expr" in action or "value" in action else Decimal(1)
            tickets = max(0, int(as_number(defined(value)).to_integral_value(ROUND_FLOOR)))
        except FlowError:
            self._view.note("expr_error")
            return None
        return {"type": kind, "method": action.get("target", "custom"), "tickets": tickets}

    def _sent_effect(self, action: Action, where: str) -> Effect:
        effect = {"type": action["do"], "id": f"{self._visit}:{where}"}
        if action["do"] == "wait":
            return {**effect, "seconds": action["seconds"]}
        if action["do"] == "send_message":
            return {**effect, "template": action["template"], "channel": action.get("channel")}
        url = self._view.text(action["url"], "url")
        return {**effect, "url": url, "method": action.get("method", "POST")}


def replay(flow: Flow, state: State, *, earned: list[Earned] | None = None) -> tuple[View, Rules]:
    """The view of a session now, its variables computed anew from the whole path, and what on_enter demands.

    With `earned`, what the path earned is put there.
    """
    view = View(flow, state, first_values(flow, state.context.get("contact") or {}))
    view.is_silent = True
    rules = Rules(view, earned=earned)
    for entry in state.path:
        rules.replay(entry)
    rules.demanded.clear()
    step = flow.step(state.current) if state.current else None
    if step is not None and state.entered_at is not None:
        view.set_time(state.entered_at)
        rules.run(step.on_enter, f"{step.key}/on_enter", state.visit)
    view.set_time(state.last_at)
    view.is_silent = False
    return view, rules
