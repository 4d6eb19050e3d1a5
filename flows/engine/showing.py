"""What is shown of a step: visible blocks, what to prefill, the order of choices, texts."""

from collections.abc import Sequence

from flows.engine.flow import Step, is_input
from flows.engine.intake import choice_list
from flows.engine.judging import Judged, Problem, visible_choices
from flows.engine.rules import Effect
from flows.engine.shuffling import shuffled
from flows.engine.state import State
from flows.engine.values import Value, is_set
from flows.engine.view import View


def names_of(step: Step, judged: Judged, state: State) -> list[str]:
    """What visible blocks are called in effects: their key, their id, else # and their place in the step."""
    blocks = step.blocks(state.variants.get(step.key))
    places = {id(block): place for place, block in enumerate(blocks)}
    return [str(one.get("key") or one.get("id") or f"#{places[id(one)]}") for one in judged.visible]


def screen(view: View, step: Step, judged: Judged, problems: Sequence[Problem]) -> Effect:
    """The `render` effect of a step whose visible blocks were judged with its kept answers."""
    names = names_of(step, judged, view.state)
    labelled = [(name, one) for name, one in zip(names, judged.visible, strict=True) if "label" in one]
    effect: Effect = {
        "type": "render",
        "step": step.key,
        "visit": view.state.visit,
        "blocks": names,
        "values": _prefill(view, judged),
        "required": judged.required,
        "texts": {name: view.text(block["label"]) for name, block in labelled},
        "errors": [{"code": one.code, "block": one.block} for one in problems],
        "order": _order(view, step, judged),
    }
    if step.variants:
        effect["variant"] = view.state.variants.get(step.key)
    return effect


def _order(view: View, step: Step, judged: Judged) -> dict[str, list[str]]:
    with view.as_if(step, judged.answers):
        visible = {block["key"]: visible_choices(view, block) for block in judged.visible if choice_list(block)}
    return shuffled(judged.visible, visible, view.state)


def _prefill(view: View, judged: Judged) -> dict[str, Value]:
    """The kept answer, else the contact's field, else the default, which is no answer until it is sent."""
    contact = view.state.context.get("contact") or {}
    values = {}
    for block in judged.visible:
        if is_input(block):
            known = contact.get(block.get("contact_field", ""))
            choices = (view.state.kept.get(block["key"]), known, block.get("default"))
            value = next((one for one in choices if is_set(one)), None)
            if value is not None:
                values[block["key"]] = value
    return values
