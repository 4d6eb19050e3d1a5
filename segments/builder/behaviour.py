"""Sentences about what people did, what happened to their messages, and what they agreed to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from segments.builder.labels import Choices, Labels, basis_choices, channel_choices, purpose_choices, state_choices
from segments.builder.operands import (
    is_plain_condition,
    operator_token,
    read_condition,
    read_number,
    show_operand,
)
from segments.builder.spans import is_plain_window, read_window, show_window
from segments.builder.subjects import default_condition
from segments.builder.tokens import Fields, Part, compose, entry, many, quiet, select, words
from segments.language.registry import Node, ValueType
from segments.language.words import COMPARISONS, VERDICT_ACTIONS

_ONCE = {"op": "gte", "value": 1}
_COUNTED = ("gte", "lte", "eq", "gt", "lt", "ne", "between")


def carry_over(old: Node, new: Node) -> Node:
    """Return a new leaf with the time window of the old one, where both have one."""
    if old.get("kind") in ("event", "engagement") and new["kind"] in ("event", "engagement"):
        new.pop("window", None)
        return {**new, **({"window": old["window"]} if "window" in old else {})}
    return new


def _times_choices() -> Choices:
    return [
        ("ever", _("at least once")),
        ("never", _("not once")),
        ("gte", _("at least")),
        ("lte", _("at most")),
        ("eq", _("exactly")),
        ("gt", _("more than")),
        ("lt", _("fewer than")),
        ("ne", _("any number but")),
        ("between", _("from")),
    ]


def _how_of(leaf: Node) -> str:
    if leaf.get("pick", "any") != "any":
        return str(leaf["pick"])
    if "sum" in leaf:
        return f"sum:{leaf['sum']['key']}"
    times = leaf.get("times", _ONCE)
    if times == _ONCE:
        return "ever"
    return "never" if times == {"op": "eq", "value": 0} else str(times["op"])


def _show_how(leaf: Node, path: str, choices: Choices) -> list[Part]:
    how = _how_of(leaf)
    parts: dict[str, Any] = {"how": select(f"{path}:how", how, choices, _("How often"))}
    if how not in _COUNTED:
        return quiet([parts["how"]]) if how == "ever" else [parts["how"]]
    value = leaf["times"]["value"]
    low, high = value if isinstance(value, list) and len(value) == 2 else (value, value)
    parts["low"] = entry(f"{path}:times", str(low), _("Number"), control="number", size=4)
    parts["high"] = entry(f"{path}:times2", str(high), _("Number at most"), control="number", size=4)
    return compose(_("{how} {low} to {high} times") if how == "between" else _("{how} {low} times"), parts)


def _read_times(fields: Fields, leaf: Node) -> dict[str, Any] | None:
    how = fields.get("how", _how_of(leaf))
    if how == "never":
        return {"op": "eq", "value": 0}
    if how not in _COUNTED:
        return None
    low = fields.whole("times", 2)
    if how != "between":
        return {"op": how, "value": low}
    return {"op": how, "value": [low, fields.whole("times2", low + 3 if isinstance(low, int) else 5)]}


def _properties(leaf: Node, labels: Labels) -> dict[str, ValueType]:
    return dict(labels.registry.events[leaf["event"]].properties)


def _show_event(leaf: Node, path: str, labels: Labels, subject: Part) -> list[Part]:
    types = _properties(leaf, labels)
    picks = [("first", _("for the first time")), ("last", _("for the last time"))]
    sums = [
        (f"sum:{key}", _("with a total “%(name)s” that") % {"name": key})
        for key, one in types.items()
        if one.type in ("number", "money")
    ]
    how = _show_how(leaf, path, [*_times_choices(), *picks, *sums])
    if "sum" in leaf:
        total, value_type = leaf["sum"], types[leaf["sum"]["key"]]
        how.append(_sum_operator(f"{path}:sum_op", total["op"], value_type))
        how += show_operand(f"{path}:sum_", total, value_type, {}, labels.registry.zone_info)
    parts: dict[str, Any] = {
        "subject": subject,
        "how": how,
        "where": _show_conditions(leaf, path, labels, types),
        "window": show_window(f"{path}:w_", leaf.get("window"), optional=True),
    }
    return compose(_("{subject} {how} {where} {window}"), parts)


def _sum_operator(name: str, operator: str, value_type: ValueType) -> Part:
    token = operator_token(name, operator, value_type)
    offered = [(key, label) for key, label in token.choices if key in COMPARISONS]
    return select(name, operator, offered, token.label)


def _show_conditions(leaf: Node, path: str, labels: Labels, types: dict[str, ValueType]) -> list[Part]:
    """Each condition is a property, an operator and a value; choosing no property removes or leaves it out."""
    if not types:
        return []
    shown: list[Part] = []
    for position, condition in enumerate([*leaf.get("where", ()), None]):
        prefix = f"{path}:c{position}_"
        nothing = _("remove this") if condition else _("any details")
        choices = [*((key, key.replace("_", " ")) for key in types), ("", nothing)]
        key = condition["key"] if condition else ""
        token = select(f"{prefix}key", key, choices, _("Detail of the event"))
        if condition is None:
            shown += quiet([token] if not position else [words(_("and")), token])
        else:
            shown += [words(_("where") if not position else _("and")), token]
            value_type = types[key]
            shown.append(operator_token(f"{prefix}op", condition["op"], value_type))
            shown += show_operand(prefix, condition, value_type, {}, labels.registry.zone_info)
    return shown


def _read_conditions(fields: Fields, leaf: Node, labels: Labels, types: dict[str, ValueType]) -> list[dict[str, Any]]:
    before = [*leaf.get("where", ()), None]
    read = []
    for position, previous in enumerate(before):
        prefix = f"c{position}_"
        key = fields.get(f"{prefix}key", previous["key"] if previous else "")
        if key not in types:
            continue
        start = previous if previous and previous["key"] == key else {"key": key, **default_condition(types[key])}
        if start is not previous:
            read.append(start)
            continue
        condition = read_condition(fields, prefix, previous, types[key], labels.registry.zone_info)
        read.append({"key": key, **condition})
    return read


def _read_event(leaf: Node, fields: Fields, labels: Labels) -> Node:
    types = _properties(leaf, labels)
    read: Node = {"kind": "event", "event": leaf["event"]}
    how = fields.get("how", _how_of(leaf))
    if how in ("first", "last"):
        read["pick"] = how
    elif how.startswith("sum:") and how[4:] in types:
        read["sum"] = _read_sum(fields, leaf, how[4:], types, labels)
    else:
        times = _read_times(fields, leaf)
        if times:
            read["times"] = times
    conditions = _read_conditions(fields, leaf, labels, types)
    if conditions:
        read["where"] = conditions
    window = read_window(fields, "w_", leaf.get("window"))
    return {**read, "window": window} if window else read


def _read_sum(fields: Fields, leaf: Node, key: str, types: dict[str, ValueType], labels: Labels) -> dict[str, Any]:
    start = {"amount": "100", "currency": "EUR"} if types[key].type == "money" else read_number("100")
    previous = leaf.get("sum", {"key": key, "op": "gte", "value": start})
    if previous["key"] != key or not fields.has("sum_op"):
        return previous if previous["key"] == key else {"key": key, "op": "gte", "value": start}
    return {"key": key, **read_condition(fields, "sum_", previous, types[key], labels.registry.zone_info)}


def _plain_event(leaf: Node, labels: Labels) -> bool:
    types = _properties(leaf, labels)
    conditions = leaf.get("where", [])
    known = all(one["key"] in types and is_plain_condition(one) for one in conditions)
    summed = "sum" not in leaf or leaf["sum"]["key"] in types
    return known and summed and "having" not in leaf and is_plain_window(leaf.get("window"))


def _show_engagement(leaf: Node, path: str, labels: Labels, subject: Part) -> list[Part]:
    parts: dict[str, Any] = {
        "subject": subject,
        "verdict": _show_verdict(leaf, path),
        "campaign": _show_campaign(leaf, path, labels),
        "how": _show_how(leaf, path, _times_choices()),
        "window": show_window(f"{path}:w_", leaf.get("window"), optional=True),
    }
    return compose(_("{subject} {verdict} {campaign} {how} {window}"), parts)


def _show_verdict(leaf: Node, path: str) -> list[Part]:
    if leaf["action"] not in VERDICT_ACTIONS:
        return []
    verdict = leaf.get("verdict", "human")
    choices = [("human", _("themselves")), ("any", _("or a machine did"))]
    token = select(f"{path}:verdict", verdict, choices, _("Who did it"))
    return quiet([token]) if verdict == "human" else [token]


def _show_campaign(leaf: Node, path: str, labels: Labels) -> list[Part]:
    chosen = leaf.get("campaign", "")
    if not labels.registry.campaigns and not chosen:
        return []
    choices = [("", _("of any campaign")), *((name, name) for name in labels.registry.campaigns)]
    token = select(f"{path}:campaign", chosen, choices, _("Campaign"), is_value=bool(chosen))
    return [token] if chosen else quiet([token])


def _read_engagement(leaf: Node, fields: Fields, labels: Labels) -> Node:
    del labels
    read: Node = {"kind": "engagement", "action": leaf["action"]}
    if fields.get("verdict") == "any" and leaf["action"] in VERDICT_ACTIONS:
        read["verdict"] = "any"
    campaign = fields.get("campaign", leaf.get("campaign", ""))
    if campaign:
        read["campaign"] = campaign
    if "channel" in leaf:
        read["channel"] = leaf["channel"]
    times = _read_times(fields, leaf)
    if times:
        read["times"] = times
    window = read_window(fields, "w_", leaf.get("window"))
    return {**read, "window": window} if window else read


def _show_consent(leaf: Node, path: str, labels: Labels, subject: Part) -> list[Part]:
    topics = [*labels.topics.items(), ("", _("no topic in particular"))]
    parts: dict[str, Any] = {
        "subject": subject,
        "topic": select(f"{path}:topic", leaf.get("topic") or "", topics, _("Topic"), is_value=True),
        "channel": select(f"{path}:channel", leaf["channel"], channel_choices(), _("Channel"), is_value=True),
        "purpose": select(f"{path}:purpose", leaf["purpose"], purpose_choices(), _("Purpose")),
        "state": many(f"{path}:state", leaf["state"], state_choices(), _("State")),
    }
    shown = compose(_("{subject} to {topic} by {channel} for {purpose} is {state}"), parts)
    if "basis" in leaf:
        shown += [words(_("because")), many(f"{path}:basis", leaf["basis"], basis_choices(), _("Reason"))]
    for name, verb in (("changed", _("since a change")), ("expires", _("running out"))):
        if name in leaf:
            shown += [words(verb), *show_window(f"{path}:{name}_", leaf[name], optional=True)]
    return shown


def _read_consent(leaf: Node, fields: Fields, labels: Labels) -> Node:
    del labels
    state = fields.all("state") if fields.has("state") else leaf["state"]
    read: Node = {
        "kind": "consent",
        "channel": fields.get("channel", leaf["channel"]),
        "purpose": fields.get("purpose", leaf["purpose"]),
        "state": state,
    }
    topic = fields.get("topic", leaf.get("topic") or "")
    if topic:
        read["topic"] = topic
    basis = fields.all("basis") if fields.has("basis") else leaf.get("basis", [])
    if basis:
        read["basis"] = basis
    for name in ("changed", "expires"):
        window = read_window(fields, f"{name}_", leaf.get(name))
        if window:
            read[name] = window
    return read


SHOW: dict[str, Callable[[Node, str, Labels, Part], list[Part]]] = {
    "event": _show_event,
    "engagement": _show_engagement,
    "consent": _show_consent,
}
READ: dict[str, Callable[[Node, Fields, Labels], Node]] = {
    "event": _read_event,
    "engagement": _read_engagement,
    "consent": _read_consent,
}
PLAIN: dict[str, Callable[[Node, Labels], bool]] = {
    "event": _plain_event,
    "engagement": lambda leaf, labels: "channel" not in leaf and is_plain_window(leaf.get("window")),
    "consent": lambda leaf, labels: is_plain_window(leaf.get("changed")) and is_plain_window(leaf.get("expires")),
}
