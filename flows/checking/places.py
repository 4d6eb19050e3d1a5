"""Every place of a flow's document that says something: blocks, rules, conditions, expressions, texts, targets."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flows.checking.problems import pointer
from flows.engine.flow import is_input
from flows.engine.intake import choice_list

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """A part of the document, its JSON Pointer, and the step it belongs to (None: the whole flow)."""

    value: Any
    path: str
    step: str | None = None


def blocks_of(step: Document, index: int) -> Iterator[Place]:
    """The blocks of a step, those of its variants too."""
    base = pointer("steps", index)
    for place, block in enumerate(step["blocks"]):
        yield Place(block, f"{base}/blocks/{place}", step["key"])
    for number, variant in enumerate(step.get("variants") or ()):
        for place, block in enumerate(variant.get("blocks") or ()):
            yield Place(block, f"{base}/variants/{number}/blocks/{place}", step["key"])


def all_blocks(flow: Document) -> Iterator[Place]:
    """The blocks of all steps and endings."""
    for index, step in enumerate(flow["steps"]):
        yield from blocks_of(step, index)
    for index, ending in enumerate(flow["endings"]):
        for place, block in enumerate(ending.get("blocks") or ()):
            yield Place(block, pointer("endings", index, "blocks", place))


def input_blocks(flow: Document) -> Iterator[Place]:
    """The blocks that ask something."""
    return (place for place in all_blocks(flow) if is_input(place.value))


def rules_of(flow: Document) -> Iterator[Place]:
    """All rules of steps, `on_enter` before `logic`."""
    for index, step in enumerate(flow["steps"]):
        for name in ("on_enter", "logic"):
            for place, rule in enumerate(step.get(name) or ()):
                yield Place(rule, pointer("steps", index, name, place), step["key"])


def actions_of(flow: Document) -> Iterator[Place]:
    """All actions, those of events too."""
    for rule in rules_of(flow):
        for number, action in enumerate(rule.value["actions"]):
            yield Place(action, f"{rule.path}/actions/{number}", rule.step)
    for index, event in enumerate(flow.get("events") or ()):
        for number, action in enumerate(event["actions"]):
            yield Place(action, pointer("events", index, "actions", number))


def conditions_of(flow: Document) -> Iterator[Place]:
    """All conditions as they are written at their top."""
    for index, step in enumerate(flow["steps"]):
        yield from _conditions(Place(step, pointer("steps", index), step["key"]), "visible_if")
    for rule in rules_of(flow):
        yield from _conditions(rule, "when")
    for block in all_blocks(flow):
        yield from _conditions(block, "visible_if", "required_if")
        for number, choice in enumerate(choice_list(block.value)):
            yield from _conditions(Place(choice, f"{block.path}/choices/{number}", block.step), "visible_if")
    for index, outcome in enumerate(flow.get("outcomes") or ()):
        yield from _conditions(Place(outcome, pointer("outcomes", index)), "when")
    eligibility = (flow.get("contest") or {}).get("eligibility") or {}
    yield from _conditions(Place(eligibility, pointer("contest", "eligibility")), "custom")


def _conditions(holder: Place, *names: str) -> Iterator[Place]:
    for name in names:
        if holder.value.get(name):
            yield Place(holder.value[name], f"{holder.path}/{name}", holder.step)


def parts_of(condition: Place, depth: int = 1) -> Iterator[tuple[Place, int]]:
    """A condition and everything in it, each with its depth."""
    yield condition, depth
    value = condition.value
    for name in ("all", "any"):
        for number, member in enumerate(value.get(name) or ()):
            yield from parts_of(Place(member, f"{condition.path}/{name}/{number}", condition.step), depth + 1)
    if "not" in value:
        yield from parts_of(Place(value["not"], f"{condition.path}/not", condition.step), depth + 1)


def comparisons_of(flow: Document) -> Iterator[Place]:
    """The comparisons in all conditions."""
    for condition in conditions_of(flow):
        yield from (part for part, _depth in parts_of(condition) if "op" in part.value)


def expressions_of(flow: Document) -> Iterator[Place]:
    """The sources of all expressions."""
    for condition in conditions_of(flow):
        for part, _depth in parts_of(condition):
            if "expr" in part.value:
                yield Place(part.value["expr"], f"{part.path}/expr", part.step)
    for action in actions_of(flow):
        if "expr" in action.value:
            yield Place(action.value["expr"], f"{action.path}/expr", action.step)
    for index, one in enumerate(flow.get("calculations") or ()):
        yield Place(one["expr"], pointer("calculations", index, "expr"))
    for block in all_blocks(flow):
        yield from _expressions_of_block(block)


def _expressions_of_block(block: Place) -> Iterator[Place]:
    if "expr" in block.value:
        yield Place(block.value["expr"], f"{block.path}/expr", block.step)
    for number, point in enumerate(block.value.get("points") or ()):
        if "expr" in point:
            yield Place(point["expr"], f"{block.path}/points/{number}/expr", block.step)
    for number, rule in enumerate(block.value.get("validations") or ()):
        if rule["rule"] == "expr":
            yield Place(str(rule.get("value", "")), f"{block.path}/validations/{number}/value", block.step)


TEXTS = ("label", "help", "placeholder", "body", "legal_text", "alt", "error", "title")


def texts_of(flow: Document) -> Iterator[Place]:
    """All texts that people read, as they are written (a string, or one for each locale)."""
    holders = [Place(step, pointer("steps", index), step["key"]) for index, step in enumerate(flow["steps"])]
    holders += all_blocks(flow)
    for name in ("endings", "outcomes"):
        holders += [Place(one, pointer(name, index)) for index, one in enumerate(flow.get(name) or ())]
    for block in all_blocks(flow):
        for part in ("choices", "regions", "rows", "columns", "points"):
            for number, one in enumerate(block.value.get(part) or ()):
                holders.append(Place(one, f"{block.path}/{part}/{number}", block.step))
    for holder in holders:
        for name in TEXTS:
            if name in holder.value:
                yield Place(holder.value[name], f"{holder.path}/{name}", holder.step)


def addresses_of(flow: Document) -> Iterator[Place]:
    """The addresses that visitors or data are sent to."""
    for action in actions_of(flow):
        if "url" in action.value:
            yield Place(action.value["url"], f"{action.path}/url", action.step)
    for index, ending in enumerate(flow["endings"]):
        if "url" in ending:
            yield Place(ending["url"], pointer("endings", index, "url"))


def targets_of(flow: Document) -> Iterator[Place]:
    """Everything that leads somewhere: jumps, `next` of steps, variants and choices, the start."""
    if "start" in flow:
        yield Place(flow["start"], "/start")
    for index, step in enumerate(flow["steps"]):
        holders = [Place(step, pointer("steps", index), step["key"])]
        for number, variant in enumerate(step.get("variants") or ()):
            holders.append(Place(variant, pointer("steps", index, "variants", number), step["key"]))
        for block in blocks_of(step, index):
            for number, choice in enumerate(choice_list(block.value)):
                holders.append(Place(choice, f"{block.path}/choices/{number}", step["key"]))
        yield from (Place(one.value["next"], f"{one.path}/next", one.step) for one in holders if "next" in one.value)
    for action in actions_of(flow):
        if "to" in action.value:
            yield Place(action.value["to"], f"{action.path}/to", action.step)
