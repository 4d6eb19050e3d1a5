"""Chat: questions one by one, replies in people's own words, commands and keywords."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from flows.engine.flow import FREE_TEXT, Step
from flows.engine.intake import Block, choice_list
from flows.engine.judging import Problem, judge, visible_choices
from flows.engine.shuffling import choice_order
from flows.engine.state import ACTIVE, EXPIRED, HANDED_OFF, Entry
from flows.engine.turn import Refusal, Turn
from flows.engine.typed_numbers import ascii_digits
from flows.engine.values import Value, fold

_SEVERAL = ("multiple_choice", "ranking")


def reply(turn: Turn, text: str, intent: str | None) -> None:
    """What somebody wrote: a command, an answer to the open question, a keyword, else a vain attempt."""
    command = find_event(turn, "command", lambda match: fold(match) == fold(text.strip()))
    if command is not None:
        run_event(turn, command)
        return
    step, block = _open_question(turn)
    if step is None or block is None:
        _reply_without_question(turn, text)
        return
    problem = _answer(turn, step, block, _understood(turn, block, text))
    if problem is None:
        return
    found = None if block["type"] in FREE_TEXT else _find_keyword(turn, text, intent)
    if found is not None:
        run_event(turn, found)
    else:
        _count_attempt(turn, block, problem)


def choose(turn: Turn, key: str, value: Value) -> None:
    """A pressed button. Raises Refusal not_asked when its question is not the open one."""
    step, block = _open_question(turn)
    if step is None or block is None or block["key"] != key:
        raise Refusal("not_asked")
    problem = _answer(turn, step, block, value)
    if problem is not None:
        _count_attempt(turn, block, problem)


def find_event(turn: Turn, kind: str, matches: Any = None) -> int | None:
    """The place of the first event of a kind, and with a match where one is wanted."""
    for place, event in enumerate(turn.flow.events):
        if event["on"] == kind and (matches is None or any(map(matches, event["match"]))):
            return place
    return None


def run_event(turn: Turn, place: int, *, is_timeout: bool = False) -> None:
    """Do an event's actions, which are on the path from then on, and what comes after."""
    event = turn.flow.events[place]
    step = turn.step
    entry = Entry("", turn.state.visit, turn.now, turn.now, event=place)
    turn.change(path=(*turn.state.path, entry), return_to=step.key if step else turn.state.return_to)
    jump = turn.rules.run_actions(event["actions"], f"events/{place}", entry.visit)
    if jump is not None:
        turn.obey(jump, step or turn.flow.steps[-1])
        return
    follow_event(turn, event, is_timeout=is_timeout)


def follow_event(turn: Turn, event: Mapping[str, Any], *, is_timeout: bool = False) -> None:
    """After an event without a jump: back to the step, stay silent, or end."""
    then = event.get("then", "return")
    if then == "end" and is_timeout:
        turn.change(status=EXPIRED)
    elif then == "end":
        turn.end("")
    elif then == "return" and turn.state.status == ACTIVE:  # while a person has taken over nothing is said
        if turn.step is not None:
            turn.show()
        elif turn.state.path and turn.state.review is None:
            last = turn.flow.step(next((one.step for one in reversed(turn.state.path) if one.step), ""))
            turn.next_visible(last.place if last else -1)


def close_handoff(turn: Turn) -> None:
    """The person at the desk is done."""
    if turn.state.status != HANDED_OFF:
        raise Refusal("bad_event")
    if turn.state.ending is not None:
        turn.finish(turn.flow.endings[turn.state.ending])
        return
    turn.change(status=ACTIVE)
    place = find_event(turn, "handoff_closed")
    if place is not None:
        run_event(turn, place)
    else:
        follow_event(turn, {})


def _open_question(turn: Turn) -> tuple[Step | None, Block | None]:
    step = turn.step
    if step is None:
        return None, None
    judged = turn.shown_now(step)
    key = turn.question(judged)
    return step, next((block for block in judged.visible if block.get("key") == key), None) if key else None


def _answer(turn: Turn, step: Step, block: Block, value: Value) -> Problem | None:
    """Take an answer to the open question, and ask the next or go on; the problem where it cannot be taken."""
    answers = {**turn.state.draft, block["key"]: value}
    judged = judge(turn.view, step, answers, demanded=turn.rules.demanded)
    problem = next((one for one in judged.problems if one.block == block["key"]), None)
    if problem is not None:
        return problem
    attempts = {key: count for key, count in turn.state.attempts.items() if key != block["key"]}
    accepted = {key: one for key, one in judged.answers.items() if key.startswith(block["key"])}
    turn.change(
        draft={**turn.state.draft, block["key"]: judged.answers.get(block["key"])},
        kept={**turn.state.kept, **accepted},
        attempts=attempts,
    )
    _ask_or_submit(turn, step)
    return None


def _ask_or_submit(turn: Turn, step: Step) -> None:
    judged = turn.shown_now(step)
    if turn.question(judged) is not None:
        turn.show()
        return
    answers = dict(turn.state.draft)
    turn.submit(step, judge(turn.view, step, answers, trusted=answers))


def _understood(turn: Turn, block: Block, text: str) -> Value:
    """A reply to a choice by key, label or number as shown; anything else as it was written."""
    visible = visible_choices(turn.view, block)
    if not visible:
        return text
    order = choice_order(block, visible, turn.state)
    parts = re.split(r"\s*[,;،\n]\s*", text.strip()) if block["type"] in _SEVERAL else [text.strip()]
    found = [_choice_of(turn, block, order, part) for part in parts if part]
    return found if block["type"] in _SEVERAL else found[0] if found else text


def _choice_of(turn: Turn, block: Block, order: Sequence[str], text: str) -> str:
    folded = fold(text)
    for choice in choice_list(block):
        if choice["key"] in order and folded in (fold(choice["key"]), fold(turn.view.text(choice["label"]))):
            return str(choice["key"])
    number = ascii_digits(text)
    if number.isascii() and number.isdecimal() and len(number) < 4 and 1 <= int(number) <= len(order):
        return order[int(number) - 1]
    return text


def _find_keyword(turn: Turn, text: str, intent: str | None) -> int | None:
    folded = fold(text)

    def is_inside(match: str) -> bool:
        return re.search(rf"(?<!\w){re.escape(fold(match))}(?!\w)", folded) is not None

    found = find_event(turn, "keyword", is_inside)
    if found is None and intent is not None:
        found = find_event(turn, "intent", lambda match: match == intent)
    return found


def _reply_without_question(turn: Turn, text: str) -> None:
    found = _find_keyword(turn, text, None)
    if found is None:
        found = find_event(turn, "reply")
    if found is None:
        raise Refusal("not_asked")
    run_event(turn, found)


def _count_attempt(turn: Turn, block: Block, problem: Problem) -> None:
    attempts = {**turn.state.attempts, block["key"]: turn.state.attempts.get(block["key"], 0) + 1}
    turn.change(attempts=attempts)
    place = find_event(turn, "no_match") if choice_list(block) else None
    place = find_event(turn, "invalid_reply") if place is None else place
    of_event = turn.flow.events[place].get("max_attempts") if place is not None else None
    most = block.get("max_attempts") or of_event
    if most is None or attempts[block["key"]] < most:
        say_problems(turn, [problem])
        turn.show([problem])
        return
    turn.change(attempts={key: count for key, count in attempts.items() if key != block["key"]})
    if place is not None:
        run_event(turn, place)
        return
    turn.view.note("gave_up", f"answers.{block['key']}")
    turn.change(draft={**turn.state.draft, block["key"]: None})
    if turn.step is not None:
        _ask_or_submit(turn, turn.step)


def say_problems(turn: Turn, problems: Sequence[Problem]) -> None:
    """An error for each answer that was not taken."""
    for problem in problems:
        error = {"type": "error", "code": problem.code, "block": problem.block}
        if problem.message is not None:
            error["message"] = turn.view.text(problem.message)
        turn.effects.append(error)
