"""A step while it is filled in: which blocks are to be seen by now, and what its sums come to. Nothing is kept."""

from collections.abc import Mapping, Sequence
from typing import Any

from flows.engine.flow import Flow, is_input
from flows.engine.judging import judge
from flows.engine.state import State
from flows.engine.turn import Turn
from flows.engine.values import Value
from flows.pages.blocks import Block
from flows.pages.displays import calculated


def filled(flow: Flow, state: State, answers: Mapping[str, Value]) -> tuple[State, list[dict[str, Any]]]:
    """The current step as if these answers were kept: its state and its `render`, with all that was typed in it."""
    turn = Turn(flow, state)
    if turn.step is None:
        return state, []
    judged = judge(turn.view, turn.step, answers, demanded=turn.rules.demanded)
    turn.change(kept={**state.kept, **judged.answers})
    turn.show()
    return turn.state, [{**one, "values": {**one["values"], **answers}} for one in turn.effects]


def live_values(flow: Flow, state: State | None, answers: Mapping[str, Value]) -> dict[str, Any]:
    """`{"blocks": names to be seen, "values": {name: words}}` for answers that were not sent yet."""
    if state is None or state.current is None:
        return {"blocks": None, "values": {}}
    now, effects = filled(flow, state, answers)
    render = next((one for one in effects if one["type"] == "render"), None)
    step = flow.step(state.current)
    if render is None or step is None:
        return {"blocks": None, "values": {}}
    turn = Turn(flow, now)
    shown = turn.shown_now(step)
    with turn.view.as_if(step, shown.answers):
        named = zip(render["blocks"], shown.visible, strict=True)
        words = {name: calculated(block, turn.view) for name, block in named if block["type"] == "calculation"}
    return {"blocks": render["blocks"], "values": words}


def has_appeared(
    flow: Flow, state: State | None, blocks: Sequence[Block], answers: Mapping[str, Value], seen: str
) -> bool:
    """Whether answers on this step bring up a question that the form, whose questions are `seen`, did not show."""
    if not seen or state is None or not any("visible_if" in block for block in blocks):
        return False
    known = set(seen.split())
    asked = {str(block["key"]) for block in blocks if is_input(block)}
    _now, effects = filled(flow, state, answers)
    render = next((one for one in effects if one["type"] == "render"), None)
    return render is not None and any(name in asked and name not in known for name in render["blocks"])
