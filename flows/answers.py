"""What a flow may ask and what may be answered: checked, and brought into the form segments compare. Pure."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from contacts.problems import Problem
from contacts.values import read_value
from core.folding import fold
from segments.language.problems import pointer

TYPES = ("text", "number", "boolean", "date", "datetime", "choice", "multi_choice", "money")
MAX_ANSWERS = 200
MAX_OPTIONS = 200
MAX_OUTCOMES = 100
_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,59}", re.ASCII)
_SCORE_LIMIT = Decimal(10) ** 15
_SCORE_PLACES = Decimal(10) ** -6


class FlowProblem(ValueError):
    """Something about a flow or a submission that cannot be taken, as a sentence. `path` is a JSON Pointer to it."""

    def __init__(self, sentence: str, path: str = "") -> None:
        super().__init__(sentence)
        self.path = path


def checked_key(key: Any, path: str) -> str:
    """The key of a flow, an answer or an outcome; raises FlowProblem."""
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise FlowProblem(_("A key begins with a letter and has at most 60 letters, digits, dots, - and _."), path)
    return key


def checked_definition(answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers of a flow in stored form, `{key: {"type", "options"?}}`; raises FlowProblem."""
    if len(answers) > MAX_ANSWERS:
        raise FlowProblem(_("A flow has at most 200 answers."), "/answers")
    return {checked_key(key, "/answers"): _checked_entry(entry, f"/answers/{key}") for key, entry in answers.items()}


def _checked_entry(entry: Any, path: str) -> dict[str, Any]:
    if not isinstance(entry, Mapping) or entry.get("type") not in TYPES:
        raise FlowProblem(_("This is not a type of answer."), f"{path}/type")
    options = entry.get("options", [])
    if entry["type"] not in ("choice", "multi_choice"):
        if options:
            raise FlowProblem(_("Only a choice has options."), f"{path}/options")
        return {"type": entry["type"]}
    # Options are found again however they are written, so two that fold to the same would be one.
    if not _are_texts(options) or len({fold(option) for option in options}) != len(options):
        raise FlowProblem(_("The options are different texts of at most 60 letters."), f"{path}/options")
    if not 0 < len(options) <= MAX_OPTIONS:
        raise FlowProblem(_("A choice has between 1 and 200 options."), f"{path}/options")
    return {"type": entry["type"], "options": list(options)}


def _are_texts(options: Any) -> bool:
    return isinstance(options, list | tuple) and all(
        isinstance(option, str) and option.isprintable() and fold(option) and len(option) <= 60 for option in options
    )


def checked_outcomes(outcomes: Sequence[str]) -> list[str]:
    """The outcomes of a flow, each once, in their order; raises FlowProblem."""
    if len(outcomes) > MAX_OUTCOMES:
        raise FlowProblem(_("A flow has at most 100 outcomes."), "/outcomes")
    return list(dict.fromkeys(checked_key(outcome, "/outcomes") for outcome in outcomes))


def checked_answers(given: Mapping[str, Any], types: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The answers in stored form, without empty ones; raises FlowProblem naming the first that cannot be taken."""
    stored = {}
    for key, raw in given.items():
        if key not in types:
            raise FlowProblem(_("The flow does not ask this."), pointer("/answers", str(key)))
        value = None if raw in ([], {}) else _read_answer(types[key], raw, f"/answers/{key}")
        if value is not None:
            stored[key] = value
    return stored


def _read_answer(entry: Mapping[str, Any], raw: Any, path: str) -> Any:
    if entry["type"] == "text" and not isinstance(raw, str | None):
        raise FlowProblem(_("This answer has to be text."), path)
    try:
        return read_value(entry["type"], raw, entry.get("options", ()))
    except Problem as problem:
        raise FlowProblem(str(problem), path) from problem
    except ValueError as error:  # a number of thousands of digits, which Python does not even print
        raise FlowProblem(_("We could not read this answer."), path) from error


def text_answers(stored: Mapping[str, Any], types: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """The answers that are free text."""
    return {key: value for key, value in stored.items() if types[key]["type"] == "text"}


def checked_score(score: Any) -> Decimal | None:
    """A score as an exact number below 10¹⁵ with at most six decimals, or None; raises FlowProblem."""
    if score is None:
        return None
    try:
        number = Decimal(str(score))
        is_fine = not isinstance(score, bool) and number.is_finite() and abs(number) < _SCORE_LIMIT
        if is_fine and number == number.quantize(_SCORE_PLACES):
            return number
    except (InvalidOperation, ValueError):
        pass  # no number, or one of thousands of digits, which Python does not even print
    raise FlowProblem(_("A score is a number with at most six decimals."), "/score")
