"""A rule as readable text; `parse_text` reads it back to the same canonical rule."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from segments.language.canonical import canonical_rule
from segments.language.leaves import MEMBERS
from segments.language.registry import Node, Rule
from segments.language.values import to_decimal

IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")

# Words that begin an operand. In a list of names they are quoted, so that a comma cannot seem to end the list.
OPERAND_WORDS = frozenset({"not", "all", "any", *MEMBERS})
OPERATOR_TEXT = {
    "eq": "is",
    "ne": "is not",
    "lt": "<",
    "lte": "<=",
    "gt": ">",
    "gte": ">=",
    "contains": "contains",
    "not_contains": "does not contain",
    "starts_with": "starts with",
    "ends_with": "ends with",
    "in": "in",
    "not_in": "not in",
    "has_any": "has any",
    "has_all": "has all",
    "has_none": "has none",
    "is_set": "is set",
    "is_empty": "is empty",
}
TIMES_TEXT = {
    "gte": "at least",
    "lte": "at most",
    "eq": "exactly",
    "ne": "not",
    "lt": "fewer than",
    "gt": "more than",
}


def print_rule(rule: Rule) -> str:
    """Return the text of a valid rule."""
    return print_node(canonical_rule(rule)["where"])


def print_node(node: Node, inside: str = "any") -> str:
    """Return the text of a canonical node standing in a group of the kind `inside`, or below "not"."""
    if "not" in node:
        return f"not {print_node(node['not'], 'not')}"
    for group, joiner in (("all", " and "), ("any", " or ")):
        if group not in node:
            continue
        children = node[group]
        if len(children) == 1:
            return f"{group}({print_node(children[0])})"
        # "and" binds tighter, so an "all" may stand bare inside an "any"; everything else needs brackets.
        parts = joiner.join(print_node(child, f"{group}+") for child in children)
        bare = inside == "any" or (inside == "any+" and group == "all")
        return parts if bare else f"({parts})"
    return print_leaf(node)


def print_leaf(leaf: Node) -> str:
    """Return the text of a canonical leaf."""
    return _LEAVES[leaf["kind"]](leaf)


def print_name(name: str) -> str:
    """Return a name bare where it is an identifier, else as a JSON string."""
    return name if IDENTIFIER.fullmatch(name) else print_string(name)


def print_string(text: str) -> str:
    """Return the text as a JSON string, readable in every script."""
    return json.dumps(text, ensure_ascii=False)


def print_number(value: int | float | Decimal) -> str:
    """Return the number in plain digits."""
    return format(to_decimal(value), "f")


def print_value(value: Any) -> str:
    """Return one value as it stands in a text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return print_string(value)
    if isinstance(value, dict):
        return f"{value['amount']} {value['currency']}"
    return print_number(value)


def print_names(names: Iterable[str]) -> str:
    """Return names with commas between them."""
    return ", ".join(print_string(name) if name in OPERAND_WORDS else print_name(name) for name in names)


def print_operator(condition: dict[str, Any]) -> str:
    """Return operator and value of a condition or a comparison."""
    operator, value = condition["op"], condition.get("value")
    if operator == "within":
        return print_window(condition["value"])
    if operator == "between":
        return f"between {print_value(condition['value'][0])} and {print_value(condition['value'][1])}"
    if operator in ("is_set", "is_empty"):
        return OPERATOR_TEXT[operator]
    if isinstance(value, list):
        return f"{OPERATOR_TEXT[operator]} {_print_list(value)}"
    return f"{OPERATOR_TEXT[operator]} {print_value(value)}"


def print_times(times: dict[str, Any]) -> str:
    """Return how often something must have happened."""
    value = times["value"]
    if times["op"] == "between":
        return f"{value[0]} to {value[1]} times"
    if times["op"] == "eq" and value == 0:
        return "never"
    return f"{TIMES_TEXT[times['op']]} {value} times"


def print_window(window: dict[str, Any]) -> str:
    """Return a time window."""
    zone = " in contact zone" if window.get("zone") == "contact" else ""
    unit = window.get("unit")
    if "last" in window:
        text = f"in the last {window['last']} {unit}"
    elif "next" in window:
        text = f"in the next {window['next']} {unit}"
    elif "over" in window:
        text = f"more than {window['over']} {unit} ago"
    elif "ago" in window:
        text = f"{window['ago'][0]} to {window['ago'][1]} {unit} ago"
    elif "calendar" in window:
        text = f"in {window['calendar']}"
    elif "from" in window:
        end = f" to {print_string(window['to'])}" if "to" in window else ""
        text = f"from {print_string(window['from'])}{end}"
    else:
        text = f"until {print_string(window['to'])}"
    return text + zone


def _print_list(values: Iterable[Any]) -> str:
    return "(" + ", ".join(map(print_value, values)) + ")"


def _print_conditions(conditions: Iterable[dict[str, Any]]) -> str:
    return "(" + ", ".join(f"{print_name(one['key'])} {print_operator(one)}" for one in conditions) + ")"


def _words(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _optional(leaf: Node, member: str, word: str, render: Callable[[Any], str]) -> str:
    return _words(word, render(leaf[member])) if member in leaf else ""


def _print_address(leaf: Node) -> str:
    primary = {True: "primary", False: "secondary", None: ""}[leaf.get("primary")]
    return _words(
        "address",
        leaf["channel"],
        primary,
        _optional(leaf, "status", "status", print_names),
        _optional(leaf, "flag", "flag", print_names),
        _optional(leaf, "domain", "domain", _print_list),
        _optional(leaf, "prefix", "prefix", _print_list),
    )


def _print_consent(leaf: Node) -> str:
    topic = "*" if leaf.get("topic") is None else print_name(leaf["topic"])
    return _words(
        f"consent {leaf['channel']}/{topic}/{print_name(leaf['purpose'])}",
        _optional(leaf, "state", "is", print_names),
        _optional(leaf, "basis", "basis", print_names),
        _optional(leaf, "changed", "changed", print_window),
        _optional(leaf, "expires", "expires", print_window),
    )


def _print_event(leaf: Node) -> str:
    return _words(
        f"event {print_name(leaf['event'])}",
        leaf.get("pick", ""),
        _optional(leaf, "times", "", print_times),
        _optional(leaf, "sum", "sum", lambda total: f"{print_name(total['key'])} {print_operator(total)}"),
        _optional(leaf, "where", "where", _print_conditions),
        _optional(leaf, "having", "having", _print_conditions),
        _optional(leaf, "window", "", print_window),
    )


def _print_sequence(leaf: Node) -> str:
    steps = " then ".join(
        _words(
            "no" if step.get("absent") else "",
            f"event {print_name(step['event'])}",
            _optional(step, "where", "where", _print_conditions),
        )
        for step in leaf["steps"]
    )
    return _words(
        f"sequence ({steps})",
        _optional(leaf, "within", "within", lambda within: f"{within['n']} {within['unit']}"),
        _optional(leaf, "window", "", print_window),
    )


def _print_engagement(leaf: Node) -> str:
    return _words(
        f"engagement {leaf['action']}",
        leaf.get("verdict", ""),
        _optional(leaf, "campaign", "campaign", print_name),
        _optional(leaf, "channel", "channel", print_name),
        _optional(leaf, "times", "", print_times),
        _optional(leaf, "window", "", print_window),
    )


def _print_flow(leaf: Node) -> str:
    return _words(
        f"flow {print_name(leaf['flow'])}",
        leaf.get("pick", ""),
        _optional(leaf, "status", "status", print_names),
        _optional(leaf, "outcome", "outcome", print_names),
        _optional(leaf, "score", "score", print_operator),
        _optional(leaf, "where", "where", _print_conditions),
        _optional(leaf, "window", "", print_window),
    )


def _print_anniversary(leaf: Node) -> str:
    if "field" in leaf:
        name = f"contact {leaf['field']}"
    else:
        name = print_string(leaf["key"]) if leaf["key"] == "contact" else print_name(leaf["key"])
    return _words(
        f"anniversary of {name} from {leaf['from']} to {leaf['to']}",
        _optional(leaf, "leap", "leap", print_name),
        _optional(leaf, "years", "years", print_operator),
        "in contact zone" if leaf.get("zone") == "contact" else "",
    )


_LEAVES: dict[str, Callable[[Node], str]] = {
    "everyone": lambda leaf: "everyone",
    "attribute": lambda leaf: f"attribute {print_name(leaf['key'])} {print_operator(leaf)}",
    "contact": lambda leaf: f"contact {leaf['field']} {print_operator(leaf)}",
    "segment": lambda leaf: f"segment {print_name(leaf['key'])}",
    "tags": lambda leaf: f"tags {print_operator(leaf)}",
    "list": lambda leaf: _words(f"list {print_name(leaf['key'])}", _optional(leaf, "added", "added", print_window)),
    "address": _print_address,
    "consent": _print_consent,
    "event": _print_event,
    "sequence": _print_sequence,
    "engagement": _print_engagement,
    "flow": _print_flow,
    "anniversary": _print_anniversary,
    "bucket": lambda leaf: f"bucket {print_string(leaf['salt'])} from {leaf['from']} to {leaf['to']}",
}
