"""Judging the answers to a step: what is shown, what is taken, what is missing, what is wrong."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flows.engine.comparison import order_dates
from flows.engine.errors import FlowError
from flows.engine.expressions import evaluate
from flows.engine.flow import OTHER, Step, is_input
from flows.engine.intake import FROM_SERVER, Block, Refused, choice_list, read_email, read_phone, read_url, take
from flows.engine.patterns import occurs
from flows.engine.values import Value, is_number, is_true, number_or_none, text_of
from flows.engine.view import View


@dataclass(frozen=True, slots=True)
class Problem:
    """Why an answer was not taken; `message` are the author's words, if any."""

    code: str
    block: str
    message: Any = None


@dataclass
class Judged:
    """The visible blocks of a step, the answers that were accepted, and what is wrong with the others."""

    visible: list[Block] = field(default_factory=list)
    answers: dict[str, Value] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    required: list[str] = field(default_factory=list)

    @property
    def shown(self) -> tuple[str, ...]:
        """The keys of the visible blocks that ask something."""
        return tuple(block["key"] for block in self.visible if is_input(block))


def judge(
    view: View,
    step: Step,
    answers: Mapping[str, Value],
    *,
    trusted: Mapping[str, Value] | None = None,
    demanded: Collection[str] = (),
) -> Judged:
    """Judge the blocks of a step in order; each sees the answers that were accepted before it.

    `trusted` are results of the server; `demanded` are keys that a rule requires.
    """
    judged = Judged()
    for block in step.blocks(view.state.variants.get(step.key)):
        with view.as_if(step, judged.answers):
            if not view.holds(block.get("visible_if")):
                continue
            judged.visible.append(block)
            if is_input(block):
                source = trusted or {} if block["type"] in FROM_SERVER else answers
                _judge_block(view, block, source.get(block["key"]), judged, demanded)
    return judged


def visible_choices(view: View, block: Block) -> list[str]:
    """The keys of the choices that can be chosen now."""
    return [str(one["key"]) for one in choice_list(block) if view.holds(one.get("visible_if"))]


def _judge_block(view: View, block: Block, raw: Value, judged: Judged, demanded: Collection[str]) -> None:
    key = block["key"]
    is_required = bool(block.get("required")) or key in demanded
    is_required = is_required or ("required_if" in block and view.holds(block["required_if"]))
    if is_required:
        judged.required.append(key)
    try:
        taken = take(block, raw, view.state.locale, visible_choices(view, block))
    except Refused as refused:
        judged.problems.append(Problem(refused.code, key, block.get("error")))
        return
    if taken.value is None:
        if is_required:
            judged.problems.append(Problem("required", key, block.get("error")))
        return
    judged.answers[key] = taken.value
    view.touch()
    failed = _first_failing(view, block, taken.value)
    if failed is not None:
        del judged.answers[key]
        judged.problems.append(Problem(failed["rule"], key, failed.get("message", block.get("error"))))
    elif taken.other is not None:
        judged.answers[key + OTHER] = taken.other


def _first_failing(view: View, block: Block, value: Value) -> Mapping[str, Any] | None:
    return next((rule for rule in block.get("validations") or () if not _passes(view, rule, value)), None)


def _passes(view: View, rule: Mapping[str, Any], value: Value) -> bool:
    if rule["rule"] == "expr":
        return _expression_passes(view, rule)
    check = _CHECKS.get(rule["rule"])
    if check is None:  # `unique` and the contents of files are the caller's
        return True
    try:
        return check(value, rule.get("value"), view)
    except FlowError:
        view.note("expr_error")
        return False


def _expression_passes(view: View, rule: Mapping[str, Any]) -> bool:
    try:
        return is_true(evaluate(str(rule.get("value", "")), view))
    except FlowError:
        view.note("expr_error")
        return False


def _length(value: Value) -> int:
    return len(value) if isinstance(value, (str, Sequence)) else len(text_of(value))


def _at_least(value: Value, limit: Value, _view: View) -> bool:
    number, least = number_or_none(value), number_or_none(limit)
    return number is not None and least is not None and number >= least


def _at_most(value: Value, limit: Value, _view: View) -> bool:
    number, most = number_or_none(value), number_or_none(limit)
    return number is not None and most is not None and number <= most


def _matches(value: Value, pattern: Value, _view: View) -> bool:
    text = value if isinstance(value, str) else text_of(value) if is_number(value) else None
    return text is not None and isinstance(pattern, str) and occurs(pattern, text)


def _dated(is_wanted: Callable[[int], bool]) -> Callable[[Value, Value, View], bool]:
    def checked(value: Value, limit: Value, view: View) -> bool:
        place = order_dates(value, limit, view.clock)
        return place is not None and is_wanted(place)

    return checked


def _readable(read: Callable[[Value], str | None]) -> Callable[[Value, Value, View], bool]:
    return lambda value, _limit, _view: read(value) is not None


_CHECKS: dict[str, Callable[[Value, Value, View], bool]] = {
    "min_length": lambda value, limit, _view: _length(value) >= limit,
    "max_length": lambda value, limit, _view: _length(value) <= limit,
    "min_selected": lambda value, limit, _view: _length(value) >= limit,
    "max_selected": lambda value, limit, _view: _length(value) <= limit,
    "min": _at_least,
    "max": _at_most,
    "pattern": _matches,
    "date_after": _dated(lambda place: place > 0),
    "date_before": _dated(lambda place: place < 0),
    "email": _readable(read_email),
    "url": _readable(read_url),
    "phone": _readable(read_phone),
}


def note_strangers(view: View, answers: Mapping[str, Value], judged: Judged) -> None:
    """Notice what was sent for blocks that were not shown, or that no flow ever had."""
    for key in answers:
        if key not in judged.shown:
            view.note("not_shown" if key in view.flow.step_of_block else "unknown_block", f"answers.{key}")


def choice_target(judged: Judged) -> str | None:
    """Where a chosen choice leads: the first block in order, in it the first chosen in the order of definition."""
    for block in judged.visible:
        answer = judged.answers.get(block.get("key", ""))
        chosen = {True: "yes", False: "no"}[answer] if isinstance(answer, bool) else answer
        keys = chosen if isinstance(chosen, list) else [chosen]
        for choice in choice_list(block):
            if choice["key"] in keys and "next" in choice:
                return str(choice["next"])
    return None
