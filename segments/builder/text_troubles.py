"""What is wrong with a typed rule: each fault with its sentence, and the names there are instead of an unknown one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from django.utils.translation import gettext as _

from core.formatting import listed
from segments.builder.wording import problem_text
from segments.language.problems import Problem
from segments.language.registry import Node, Registry, Rule
from segments.language.text_printer import print_leaf
from segments.language.words import (
    ACTIONS,
    ADDRESS_FLAGS,
    ADDRESS_STATES,
    ANNIVERSARY_FIELDS,
    CHANNELS,
    CONSENT_BASES,
    CONSENT_STATES,
    CONTACT_FIELDS,
    FLOW_STATES,
    VERDICTS,
)

_SHOWN = 5
_NAMES = 8
_NEAR = 30


@dataclass(frozen=True)
class TextTrouble:
    """One fault: what it is in words, the sentence it is in or the words around it, and which names there are."""

    text: str
    sentence: str = ""
    before: str = ""
    after: str = ""
    hint: str = ""


def troubles_of(text: str, rule: Rule, problems: Sequence[Problem], registry: Registry) -> list[TextTrouble]:
    """Return the first faults of a typed rule; `rule` is empty where the text could not be read."""
    return [_trouble(text, rule, problem, registry) for problem in problems[:_SHOWN]]


def _trouble(text: str, rule: Rule, problem: Problem, registry: Registry) -> TextTrouble:
    if problem.offset is not None:
        near = text[max(problem.offset - _NEAR, 0) : problem.offset]
        return TextTrouble(
            problem_text(problem), before=near, after=text[problem.offset : problem.offset + _NEAR] or "…"
        )
    leaf, value = _walk(rule, problem.path)
    is_word = problem.code == "bad_choice"
    known = _words(problem.path, leaf) if is_word else _known(problem.code, leaf, registry)
    if not isinstance(value, str) or known is None:
        return TextTrouble(problem_text(problem), _printed(leaf))
    hint = _offer(value, known, is_word)
    return TextTrouble(_("There is no “%(name)s” here.") % {"name": value}, _printed(leaf), hint=hint)


def _walk(rule: Rule, path: str) -> tuple[Node, Any]:
    """Return the innermost sentence a path leads into, and the value it ends at; nothing where it leads nowhere."""
    place: Any = rule
    leaf: Node = {}
    for step in path.split("/")[1:]:
        try:
            place = place[int(step)] if isinstance(place, list) else place[step]
        except (KeyError, IndexError, ValueError, TypeError):
            return leaf, None
        leaf = place if isinstance(place, dict) and "kind" in place else leaf
    return leaf, place


def _printed(leaf: Node) -> str:
    try:
        return print_leaf(leaf)
    except (KeyError, TypeError, ValueError, AttributeError):
        return ""


def _known(code: str, leaf: Node, registry: Registry) -> Iterable[str] | None:
    """Return the names a rule may use where it uses an unknown one; None for other faults."""
    names: dict[str, Iterable[str]] = {
        "unknown_attribute": registry.attributes,
        "unknown_event": registry.events,
        "unknown_topic": registry.topics,
        "unknown_purpose": registry.purposes,
        "unknown_list": registry.lists,
        "unknown_segment": registry.segments,
        "unknown_flow": registry.flows,
        "unknown_campaign": registry.campaigns,
    }
    if code == "unknown_property":
        if leaf.get("flow") in registry.flows:
            return registry.flows[leaf["flow"]].answers
        return registry.events[leaf["event"]].properties if leaf.get("event") in registry.events else None
    if code == "unknown_option":
        if leaf.get("key") in registry.attributes:
            return registry.attributes[leaf["key"]].options
        return registry.flows[leaf["flow"]].outcomes if leaf.get("flow") in registry.flows else None
    return names.get(code)


def _words(path: str, leaf: Node) -> Iterable[str] | None:
    """Return the words of the language that fit where a path ends; None where it offers none of its own."""
    place = [step for step in path.split("/") if not step.isdecimal()][-1]
    by_kind: dict[tuple[str, str], Iterable[str]] = {
        ("contact", "field"): CONTACT_FIELDS,
        ("anniversary", "field"): ANNIVERSARY_FIELDS,
        ("address", "status"): ADDRESS_STATES,
        ("address", "flag"): ADDRESS_FLAGS,
        ("consent", "state"): CONSENT_STATES,
        ("consent", "basis"): CONSENT_BASES,
        ("engagement", "action"): ACTIONS,
        ("engagement", "verdict"): VERDICTS,
        ("flow", "status"): FLOW_STATES,
    }
    return CHANNELS if place == "channel" else by_kind.get((leaf.get("kind", ""), place))


def _offer(wanted: str, known: Iterable[str], all_of_them: bool) -> str:
    """Tell the names that come near, or the first of all; of words that are always the same, all, the nearest first."""
    names = sorted(known)
    near = get_close_matches(wanted, names, n=3, cutoff=0.5)
    offered = near or names[:_NAMES]
    if all_of_them:
        offered = [*near, *(name for name in names if name not in near)]
    if not offered:
        return ""
    more = ", …" if len(offered) == _NAMES < len(names) else ""
    return _("What there is: %(names)s") % {"names": listed(offered) + more}
