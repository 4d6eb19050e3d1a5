"""The list of steps and endings beside the page that is worked on."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from flows.building.catalogue import kind_of_block
from flows.building.problem_words import Complaint
from flows.building.sentences import (
    condition_words,
    count_words,
    ending_title,
    plain,
    quoted,
    step_title,
    target_words,
)
from flows.engine.flow import is_input
from flows.engine.intake import choice_list

MOST_BRANCHES = 6


@dataclass(frozen=True)
class Line:
    """A step or an ending: its address on the page, number, words, picture, where it branches, what is wrong."""

    panel: str
    path: str
    number: int
    title: str
    note: str
    icon: str
    tone: str
    branches: list[str] = field(default_factory=list)
    errors: int = 0
    warnings: int = 0


def outline(document: Any, problems: list[Complaint]) -> tuple[list[Line], list[Line]]:
    """The lines of all steps, and of all endings."""
    errors = Counter(step_of(one.panel) for one in problems if one.is_error)
    warnings = Counter(step_of(one.panel) for one in problems if not one.is_error)
    steps = []
    for place, step in enumerate(document["steps"]):
        panel = f"step:{step['key']}"
        questions = [block for block in step["blocks"] if is_input(block)]
        icon, tone = _picture(questions, step["blocks"])
        steps.append(Line(
            panel, f"/steps/{place}", place + 1, step_title(document, step), _note(step, len(questions)), icon,
            tone, branches(document, step), errors[panel], warnings[panel],
        ))  # fmt: skip
    endings = [
        Line(f"ending:{one['key']}", f"/endings/{place}", place + 1, ending_title(document, one), _ending_note(one),
             "flag", "ok", [], errors[f"ending:{one['key']}"], warnings[f"ending:{one['key']}"])
        for place, one in enumerate(document["endings"])
    ]  # fmt: skip
    return steps, endings


def step_of(panel: str) -> str:
    """The panel of the whole step, of one that shows a version of it."""
    return panel.partition("/")[0]


def _note(step: Mapping[str, Any], questions: int) -> str:
    words, versions = count_words(step, questions), len(step.get("variants") or ())
    if not versions:
        return words
    told = ngettext("%(count)d version", "%(count)d versions", versions) % {"count": versions}
    return f"{words} · {told}"


def _picture(questions: list[Any], blocks: list[Any]) -> tuple[str, str]:
    shown = questions or blocks
    if not shown:
        return "square", ""
    is_consent = any(block["type"] == "consent" for block in questions)
    tone = "ok" if is_consent else ("plum" if questions else "brand")
    return ("shield-check" if is_consent else kind_of_block(shown[0]).icon), tone


def _ending_note(ending: Mapping[str, Any]) -> str:
    return {
        "screen": _("A last page"), "redirect": _("Another address"), "disqualified": _("Turns away"),
        "handoff": _("Hands over to a person"),
    }[ending["type"]]  # fmt: skip


def branches(document: Any, step: Mapping[str, Any]) -> list[str]:
    """Where a step leads besides straight on, one sentence a way."""
    lines = [
        _words(document, quoted(plain(document, choice["label"])), choice["next"])
        for block in step["blocks"]
        for choice in choice_list(block)
        if "next" in choice
    ]
    for rule in step.get("logic") or ():
        for action in rule["actions"]:
            if "to" in action:
                condition = condition_words(document, rule["when"]) if "when" in rule else _("always")
                lines.append(_words(document, condition, action["to"]))
    if len(lines) > MOST_BRANCHES:
        lines = [*lines[:MOST_BRANCHES], _("… and %(count)d more ways") % {"count": len(lines) - MOST_BRANCHES}]
    return lines


def _words(document: Any, condition: str, target: str) -> str:
    return _("%(condition)s: to “%(target)s”") % {"condition": condition, "target": target_words(document, target)}
