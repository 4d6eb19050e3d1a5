"""Sentences about lists somebody is on, tags somebody has, and flows somebody took part in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from segments.builder.amounts import ends_of
from segments.builder.conditions import are_plain, first_condition, may_add, read_conditions, show_conditions
from segments.builder.labels import Choices, Labels, operator_labels
from segments.builder.operands import operator_token
from segments.builder.spans import clock_choice, read_window, show_window, use_own_clocks
from segments.builder.tokens import Fields, Part, adder, compose, entry, many, quiet, select, words
from segments.language.registry import FlowEntry, Node, ValueType
from segments.language.words import COMPARISONS, VALUELESS_OPERATORS
from segments.registry import FlowWords

_MONTH = {"last": 30, "unit": "days"}
_TAGS = ValueType("tags")


def _show_list(leaf: Node, path: str, labels: Labels, subject: Part) -> list[Part]:
    choices = list(labels.lists.items())
    parts: dict[str, Any] = {
        "subject": subject,
        "list": select(f"{path}:key", leaf["key"], choices, _("List"), is_value=True),
        "more": adder(path, _list_details(leaf)),
    }
    pattern = _("{subject} {list} {more}")
    if "added" in leaf:
        zone = labels.registry.zone_info
        parts["window"] = show_window(f"{path}:added_", leaf["added"], zone, optional=True)
        pattern = _("{subject} {list} added {window} {more}")
    return compose(pattern, parts)


def _list_details(leaf: Node) -> Choices:
    details: Choices = [] if "added" in leaf else [("added", _("when they were added"))]
    return [*details, *clock_choice(leaf)]


def _read_list(leaf: Node, fields: Fields, labels: Labels) -> Node:
    read: Node = {"kind": "list", "key": fields.get("key", leaf["key"])}
    window = read_window(fields, "added_", leaf.get("added"), labels.registry.zone_info)
    if window:
        read["added"] = window
    wanted = fields.get("more")
    if wanted == "clock":
        use_own_clocks(read)
    elif wanted in dict(_list_details(read)):
        read["added"] = dict(_MONTH)
    return read


def _show_tags(leaf: Node, path: str, labels: Labels, subject: Part) -> list[Part]:
    shown = [subject, operator_token(f"{path}:op", leaf["op"], _TAGS)]
    if leaf["op"] in VALUELESS_OPERATORS:
        return shown
    choices = [(tag, tag) for tag in labels.usual.tags()]
    return [*shown, replace(many(f"{path}:value", leaf["value"], choices, _("Which tags")), may_type=True)]


def _read_tags(leaf: Node, fields: Fields, labels: Labels) -> Node:
    operator = fields.get("op", leaf["op"])
    if operator in VALUELESS_OPERATORS:
        return {"kind": "tags", "op": operator}
    tags = fields.all("value") if fields.has("value") else leaf.get("value", [])
    return {"kind": "tags", "op": operator, "value": list(dict.fromkeys(one.strip() for one in tags))}


def _entry(leaf: Node, labels: Labels) -> FlowEntry:
    return labels.registry.flows[leaf["flow"]]


def _show_flow(leaf: Node, path: str, labels: Labels, subject: Part) -> list[Part]:
    flow, zone = _entry(leaf, labels), labels.registry.zone_info
    called = labels.words_of_flow(leaf["flow"])
    status = leaf.get("status", ["completed"])
    ways = [("any", _("at any of the times they took part")), ("last", _("the last time they took part"))]
    pick = leaf.get("pick", "any")
    picked = [select(f"{path}:pick", pick, ways, _("Which time"))]
    parts: dict[str, Any] = {
        "subject": subject,
        "status": many(f"{path}:status", status, _status_choices(), _("How far they came")),
        "pick": picked if pick == "last" else quiet(picked),
        "outcome": _show_outcome(leaf, path, flow, called),
        "score": show_number(f"{path}:score", leaf["score"], _("with a score that")) if "score" in leaf else [],
        "where": show_conditions(
            leaf.get("where", ()), f"{path}:c", flow.answers, zone, opening=_("answering"), called=called
        ),
        "window": show_window(f"{path}:w_", leaf.get("window"), zone, optional=True),
        "more": adder(path, _flow_details(leaf, flow)),
    }
    return compose(_("{subject} {status} {pick} {outcome} {score} {where} {window} {more}"), parts)


def _status_choices() -> Choices:
    return [("completed", _("to the end")), ("partial", _("part of the way"))]


def _show_outcome(leaf: Node, path: str, flow: FlowEntry, called: FlowWords) -> list[Part]:
    if "outcome" not in leaf:
        return []
    choices = [(one, called.outcomes.get(one, one)) for one in flow.outcomes]
    return [words(_("with the outcome")), many(f"{path}:outcome", leaf["outcome"], choices, _("Outcome"))]


def show_number(name: str, comparison: dict[str, Any], opening: str) -> list[Part]:
    """Return a comparison with a number; comparing in no way takes it away."""
    operator = comparison["op"]
    labels = operator_labels("number")
    choices = [*((one, labels[one]) for one in COMPARISONS), ("", _("take this away"))]
    low, high = ends_of(comparison)
    parts: dict[str, Any] = {
        "operator": select(f"{name}_op", operator, choices, _("How it compares")),
        "low": entry(f"{name}_n", str(low), _("Number"), control="number", size=4),
        "high": entry(f"{name}_m", str(high), _("Number at most"), control="number", size=4),
    }
    shown = compose(_("{operator} {low} to {high}") if operator == "between" else _("{operator} {low}"), parts)
    return [words(opening), *shown]


def read_number_token(fields: Fields, name: str, previous: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return the comparison the tokens say; None when it was taken away."""
    if previous is None:
        return None
    operator = fields.get(f"{name}_op", previous["op"])
    if not operator:
        return None
    before, beyond = ends_of(previous)
    low = fields.whole(f"{name}_n", before if isinstance(before, int) else 0)
    if operator != "between":
        return {"op": operator, "value": low}
    return {"op": operator, "value": [low, fields.whole(f"{name}_m", beyond if isinstance(beyond, int) else 0)]}


def _flow_details(leaf: Node, flow: FlowEntry) -> Choices:
    details: Choices = []
    if "outcome" not in leaf and flow.outcomes:
        details.append(("outcome", _("how it ended")))
    if "score" not in leaf:
        details.append(("score", _("the score")))
    if may_add(leaf.get("where", ()), dict(flow.answers)):
        details.append(("where", _("an answer")))
    return [*details, *clock_choice(leaf)]


def _read_flow(leaf: Node, fields: Fields, labels: Labels) -> Node:
    flow, zone = _entry(leaf, labels), labels.registry.zone_info
    read: Node = {"kind": "flow", "flow": leaf["flow"]}
    if fields.get("pick", leaf.get("pick", "any")) == "last":
        read["pick"] = "last"
    status = fields.all("status") if fields.has("status") else leaf.get("status", ["completed"])
    if status != ["completed"]:
        read["status"] = status
    outcome = fields.all("outcome") if fields.has("outcome") else leaf.get("outcome", [])
    if outcome:
        read["outcome"] = outcome
    score = read_number_token(fields, "score", leaf.get("score"))
    if score:
        read["score"] = score
    conditions = read_conditions(fields, leaf.get("where", ()), "c", flow.answers, zone)
    if conditions:
        read["where"] = conditions
    window = read_window(fields, "w_", leaf.get("window"), zone)
    if window:
        read["window"] = window
    return _with_flow_detail(read, fields.get("more"), flow)


def _with_flow_detail(leaf: Node, wanted: str, flow: FlowEntry) -> Node:
    if wanted == "clock":
        use_own_clocks(leaf)
    elif wanted in dict(_flow_details(leaf, flow)):
        if wanted == "where":
            leaf["where"] = [*leaf.get("where", ()), first_condition(dict(flow.answers))]
        else:
            leaf[wanted] = [flow.outcomes[0]] if wanted == "outcome" else {"op": "gte", "value": 1}
    return leaf


SHOW: dict[str, Callable[[Node, str, Labels, Part], list[Part]]] = {
    "list": _show_list,
    "tags": _show_tags,
    "flow": _show_flow,
}
READ: dict[str, Callable[[Node, Fields, Labels], Node]] = {
    "list": _read_list,
    "tags": _read_tags,
    "flow": _read_flow,
}
PLAIN: dict[str, Callable[[Node, Labels], bool]] = {
    "list": lambda leaf, labels: bool(labels.lists),
    "tags": lambda leaf, labels: True,
    "flow": lambda leaf, labels: are_plain(leaf.get("where", ()), _entry(leaf, labels).answers),
}
