"""What is wrong with a sentence, and why somebody is in: in words."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.formatting import day, number
from events.catalogue import words_for
from segments.builder.labels import (
    Labels,
    action_labels,
    channel_choices,
    field_labels,
    state_choices,
)
from segments.builder.sentences import words_of
from segments.builder.tree import group_of
from segments.explain import Reason
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


def reason_text(reason: Reason, labels: Labels, zone: ZoneInfo) -> str:
    """Return what a leaf found about somebody, in words."""
    leaf, found = reason.node, reason.found or {}
    teller = {
        "attribute": _tell_value,
        "contact": _tell_value,
        "anniversary": _tell_value,
        "event": _tell_event,
        "engagement": _tell_event,
        "consent": _tell_consent,
        "address": _tell_address,
    }.get(leaf["kind"])
    return teller(leaf, found, labels, zone) if teller else words_of(leaf, labels)


def _name_of(leaf: Node, labels: Labels) -> str:
    name: str = leaf["key"] if "key" in leaf else leaf["field"]
    return (labels.attributes if "key" in leaf else field_labels()).get(name, name)


def _tell_value(leaf: Node, found: dict[str, Any], labels: Labels, zone: ZoneInfo) -> str:
    name, value = _name_of(leaf, labels), found.get("value")
    if value in (None, "", []):
        return _("%(name)s is not known") % {"name": name}
    told = _spoken(value, leaf.get("key", ""), labels, zone)
    return _("%(name)s is %(value)s") % {"name": name, "value": told}


def _spoken(value: Any, attribute: str, labels: Labels, zone: ZoneInfo) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(labels.option(attribute, str(one)) for one in value)
    if isinstance(value, dict):
        return f"{value.get('amount', '')} {value.get('currency', '')}".strip()
    if isinstance(value, str):
        return _spoken_day(value, zone) or labels.option(attribute, value)
    return number(value, 0 if value == int(value) else 2)


def _spoken_day(text: str, zone: ZoneInfo) -> str:
    """A date or an instant as a day; empty for any other text."""
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return ""
    local = moment.astimezone(zone) if moment.tzinfo else moment.replace(tzinfo=zone)
    return day(local, dt.datetime.now(zone))


def _tell_event(leaf: Node, found: dict[str, Any], labels: Labels, zone: ZoneInfo) -> str:
    del labels
    is_event = leaf["kind"] == "event"
    name = words_for(leaf["event"]) if is_event else action_labels()[leaf["action"]]
    count = found.get("matched" if is_event else "all_time", 0)
    if not count or not found.get("last_at"):
        return _("%(what)s: never") % {"what": name}
    return ngettext("%(what)s: once, %(day)s", "%(what)s: %(count)s times, last %(day)s", count) % {
        "what": name,
        "count": number(count),
        "day": _spoken_day(found["last_at"], zone),
    }


def _tell_consent(leaf: Node, found: dict[str, Any], labels: Labels, zone: ZoneInfo) -> str:
    topic = labels.topics.get(leaf.get("topic") or "", _("no topic in particular"))
    state = dict(state_choices()).get(found.get("state", "none"), "")
    if not found.get("changed_at"):
        return _("%(topic)s: %(state)s") % {"topic": topic, "state": state}
    since = _spoken_day(found["changed_at"], zone)
    return _("%(topic)s: %(state)s, %(day)s") % {"topic": topic, "state": state, "day": since}


def _tell_address(leaf: Node, found: dict[str, Any], labels: Labels, zone: ZoneInfo) -> str:
    del labels, zone
    channel = dict(channel_choices())[leaf["channel"]]
    count = found.get("addresses", 0)
    if not count:
        return _("%(channel)s: no address") % {"channel": channel}
    return ngettext("%(channel)s: %(count)s address", "%(channel)s: %(count)s addresses", count) % {
        "channel": channel,
        "count": number(count),
    }


def reasons_of(reason: Reason, labels: Labels, limit: int = 3) -> list[str]:
    """Return what settled the result, in words; each thing once, `limit` at most."""
    zone = labels.registry.zone_info
    told: list[str] = []
    for leaf in reason.leaves():
        if leaf.node["kind"] == "everyone":
            continue
        text = reason_text(leaf, labels, zone)
        if text not in told:
            told.append(text)
        if len(told) == limit:
            break
    return told


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
