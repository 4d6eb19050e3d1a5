"""Logic in sentences: what a condition asks, what a rule does, where a way leads."""

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from flows.building.typed import choices_of, question_of
from flows.checking.problems import pointer
from flows.engine.locales import chosen_text
from flows.engine.values import is_number, number_text

LONGEST = 60
# What is put in for each person: shown as what stands there without it.
_PIPE = re.compile(r"\{\{[^{}|]*(?:\|([^{}]*))?\}\}")
OPERATORS = {
    "eq": gettext_lazy("is"),
    "ne": gettext_lazy("is not"),
    "gt": gettext_lazy("is more than"),
    "ge": gettext_lazy("is at least"),
    "lt": gettext_lazy("is less than"),
    "le": gettext_lazy("is at most"),
    "between": gettext_lazy("is between"),
    "contains": gettext_lazy("contains"),
    "not_contains": gettext_lazy("does not contain"),
    "starts_with": gettext_lazy("begins with"),
    "ends_with": gettext_lazy("ends with"),
    "matches": gettext_lazy("fits the pattern"),
    "not_matches": gettext_lazy("does not fit the pattern"),
    "one_of": gettext_lazy("is one of"),
    "none_of": gettext_lazy("is none of"),
    "all_of": gettext_lazy("has all of"),
    "before": gettext_lazy("is before"),
    "after": gettext_lazy("is after"),
    "is_set": gettext_lazy("is answered"),
    "is_empty": gettext_lazy("is empty"),
    "is_skipped": gettext_lazy("was skipped"),
    "is_submitted": gettext_lazy("was sent"),
}
ACTIONS = {
    "jump": gettext_lazy("go to"),
    "end": gettext_lazy("end here"),
    "tag": gettext_lazy("give the tag"),
    "untag": gettext_lazy("take away the tag"),
    "subscribe": gettext_lazy("subscribe to"),
    "set": gettext_lazy("set"),
    "add": gettext_lazy("add to"),
    "subtract": gettext_lazy("subtract from"),
    "multiply": gettext_lazy("multiply"),
    "divide": gettext_lazy("divide"),
    "append": gettext_lazy("put into the list"),
    "require": gettext_lazy("make required"),
    "award_entries": gettext_lazy("give tickets"),
    "issue_code": gettext_lazy("give a code from"),
    "send_message": gettext_lazy("send the template"),
    "webhook": gettext_lazy("call the address"),
    "redirect": gettext_lazy("leave for the address"),
    "handoff": gettext_lazy("hand over to a person"),
    "wait": gettext_lazy("wait"),
    "seek": gettext_lazy("go in the video to"),
}


def quoted(words: str) -> str:
    """Words in the quotes of the reader's language."""
    return _("“%(words)s”") % {"words": words}


def plain(document: Any, text: Any) -> str:
    """The words of a text in the flow's main language, in one line, shortened."""
    words = chosen_text(text or "", document["default_locale"], document["default_locale"])
    words = " ".join(_PIPE.sub(lambda match: match[1] or "…", words).split())
    return words if len(words) <= LONGEST else words[: LONGEST - 1].rstrip() + "…"


def step_title(document: Any, step: Mapping[str, Any]) -> str:
    """What a step is called: its title, else its first question, else its first words, else its key."""
    if step.get("title"):
        return plain(document, step["title"])
    blocks = [*step["blocks"], *(one for way in step.get("variants") or () for one in way.get("blocks") or ())]
    for name in ("label", "body"):
        for block in blocks:
            if words := plain(document, block.get(name)):
                return words
    return str(step["key"])


def ending_title(document: Any, ending: Mapping[str, Any]) -> str:
    """What an ending is called."""
    return plain(document, ending.get("title")) or str(ending["key"])


def target_words(document: Any, target: str) -> str:
    """Where a target leads, in words."""
    kind, _colon, key = target.partition(":")
    if kind == "step":
        step = next((one for one in document["steps"] if one["key"] == key), None)
        return step_title(document, step) if step else key
    if kind == "ending":
        ending = next((one for one in document["endings"] if one["key"] == key), None)
        return ending_title(document, ending) if ending else key
    if kind == "flow":
        return _("the flow “%(key)s”") % {"key": key}
    return {"next": _("the next step"), "back": _("the step before"), "return": _("where they were")}[target]


def path_words(document: Any, path: str) -> str:
    """What a path reads, in words."""
    block = question_of(document, path)
    if block is not None:
        return plain(document, block.get("label")) or str(block["key"])
    named: dict[str, str] = {
        "score": _("the score"), "max_score": _("the highest score"), "correct": _("the number of right answers"),
        "asked": _("the number of questions"), "outcome": _("the result"),
    }  # fmt: skip
    root, _dot, key = path.partition(".")
    if root in named:
        return named[root]
    if root == "points":
        titles = {one["key"]: plain(document, one["title"]) for one in document.get("outcomes") or ()}
        return _("the points of “%(name)s”") % {"name": titles.get(key, key)}
    return key


def condition_words(document: Any, condition: Any) -> str:
    """A condition as a sentence without its beginning, such as `nights is more than 3`."""
    for name, joiner in (("all", pgettext("conditions", "and")), ("any", pgettext("conditions", "or"))):
        if name in condition:
            return f" {joiner} ".join(_inner(document, one) for one in condition[name])
    if "not" in condition:
        return _("not (%(condition)s)") % {"condition": condition_words(document, condition["not"])}
    if "expr" in condition:
        return str(condition["expr"])
    left, operator = path_words(document, condition["left"]), str(OPERATORS[condition["op"]])
    right = _right_words(document, condition)
    return f"{quoted(left)} {operator} {right}".strip()


def _inner(document: Any, condition: Any) -> str:
    words = condition_words(document, condition)
    return f"({words})" if {"all", "any"} & condition.keys() else words


def _right_words(document: Any, condition: Any) -> str:
    if "right_ref" in condition:
        return quoted(path_words(document, condition["right_ref"]))
    if condition["op"] in ("is_set", "is_empty", "is_skipped", "is_submitted"):
        return ""
    labels = {key: plain(document, label) for key, label in choices_of(document, condition["left"])}
    right = condition.get("right")
    members = right if isinstance(right, list) else [right]
    return ", ".join(labels.get(one, value_words(one)) if isinstance(one, str) else value_words(one) for one in members)


def value_words(value: Any) -> str:
    """A value of the document in words."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if value is None:
        return _("empty")
    return number_text(value) if is_number(value) else str(value)


def action_words(document: Any, action: Mapping[str, Any]) -> str:
    """What an action does, such as `go to “Long stay”`."""
    verb = str(ACTIONS[action["do"]])
    if "to" in action:
        return f"{verb} {quoted(target_words(document, action['to']))}"
    named = next(
        (action[name] for name in ("tag", "channel", "template", "url", "pool", "target") if name in action), ""
    )
    if "variable" in action:
        value = action["expr"] if "expr" in action else value_words(action.get("value"))
        return f"{verb} {action['variable']}: {value}"
    return f"{verb} {named}".strip()


def rule_words(document: Any, rule: Mapping[str, Any]) -> str:
    """A whole rule as one sentence."""
    actions = ", ".join(action_words(document, one) for one in rule["actions"])
    if "when" not in rule:
        return _("Always: %(actions)s") % {"actions": actions}
    condition = condition_words(document, rule["when"])
    return _("If %(condition)s: %(actions)s") % {"condition": condition, "actions": actions}


def count_words(step: Mapping[str, Any], questions: int) -> str:
    """How much a step asks."""
    if not questions:
        return _("Asks nothing")
    return ngettext("%(count)d question", "%(count)d questions", questions) % {"count": questions}


def field_id(path: str) -> str:
    """The id of the control that changes a place."""
    return "f" + path.replace("/", "-").replace("~", "_")


__all__ = [
    "ACTIONS", "OPERATORS", "action_words", "condition_words", "count_words", "ending_title", "field_id", "path_words",
    "plain", "pointer", "quoted", "rule_words", "step_title", "target_words", "value_words",
]  # fmt: skip
