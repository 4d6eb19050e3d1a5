"""What is wrong with a sentence, and what a rule says, in words."""

from __future__ import annotations

from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from segments.builder.labels import Labels
from segments.builder.sentences import words_of
from segments.builder.tree import group_of
from segments.language.problems import Problem
from segments.language.registry import Node

_SENTENCES = 3
_UNKNOWN_CODES = frozenset(
    {"unknown_attribute", "unknown_event", "unknown_property", "unknown_topic", "unknown_purpose", "unknown_list"}
    | {"unknown_segment", "unknown_flow", "unknown_campaign", "unknown_option"}
)


def problem_text(problem: Problem) -> str:
    """Return what is wrong and what to do, in words."""
    if problem.code in _UNKNOWN_CODES:
        return _("This names something that does not exist any more. Choose something else, or remove the sentence.")
    texts = {
        "bad_value": _("A value is missing or cannot be read. Fill in the empty part of the sentence."),
        "bad_type": _("A value is of the wrong kind, such as a word where a number belongs."),
        "missing_field": _("A part of the sentence is missing."),
        "bad_range": _("The first of the two values must not be above the second."),
        "bad_window": _("This time span does not work here. Hours cannot be counted for dates."),
        "bad_choice": _("One of the words chosen is not on offer here."),
        "unknown_operator": _("This comparison does not fit. Choose another."),
        "operator_not_for_type": _("This comparison does not fit the kind of value. Choose another."),
        "empty_group": _("This group is empty. Add a sentence to it, or remove it."),
        "too_deep": _("The groups are nested too deeply. Take one of them apart."),
        "too_many_items": _("There is too much in one place. Split it into two groups or two segments."),
        "too_many_leaves": _("There are too many sentences for one segment. Make a segment of a part of them."),
        "too_long": _("The text is too long; 500 characters are the most."),
        "segment_cycle": _("This segment would contain itself. Choose another segment."),
        "bad_text": _("From the mark on, the text cannot be read."),
    }
    return texts.get(problem.code, _("This cannot be used as it is."))


def about(where: Node, labels: Labels) -> str:
    """Return the first sentences of a rule in a line of words."""
    group = group_of(where)
    if not group:
        return _sentence(where, labels)
    told = [_sentence(child, labels) for child in where[group][:_SENTENCES]]
    if len(where[group]) > _SENTENCES:
        return "; ".join([*told, "…"])
    return get_text_list(told, _("and") if group == "all" else _("or"))


def _sentence(node: Node, labels: Labels) -> str:
    if "not" in node:
        return _("not: %(sentence)s") % {"sentence": _sentence(node["not"], labels)}
    if group_of(node):
        return f"({about(node, labels)})"
    return words_of(node, labels)
