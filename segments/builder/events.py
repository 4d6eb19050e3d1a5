"""Sentences about what people did: one kind of event, or several one after another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from segments.builder.amounts import how_of, read_times, show_how, times_choices
from segments.builder.conditions import are_plain, first_condition, may_add, read_conditions, show_conditions
from segments.builder.labels import Choices, Labels
from segments.builder.operands import operator_token, read_condition, read_number, show_operand
from segments.builder.spans import clock_choice, read_window, show_window, use_own_clocks
from segments.builder.subjects import personal_events
from segments.builder.tokens import Fields, Part, adder, compose, entry, select, words
from segments.language.registry import Node, ValueType
from segments.language.words import COMPARISONS

_MAX_STEPS = 4
_WITHIN = {"n": 24, "unit": "hours"}


def _properties(event: str, labels: Labels) -> dict[str, ValueType]:
    return dict(labels.registry.events[event].properties)


def _show_event(leaf: Node, path: str, labels: Labels, subject: Part) -> list[Part]:
    types, zone = _properties(leaf["event"], labels), labels.registry.zone_info
    picks = [("first", _("for the first time")), ("last", _("for the last time"))]
    sums = [
        (f"sum:{key}", _("with a total “%(name)s” that") % {"name": key})
        for key, one in types.items()
        if one.type in ("number", "money")
    ]
    how = show_how(leaf, path, [*times_choices(), *picks, *sums])
    if "sum" in leaf:
        total, value_type = leaf["sum"], types[leaf["sum"]["key"]]
        how.append(_sum_operator(f"{path}:sum_op", total["op"], value_type))
        how += show_operand(f"{path}:sum_", total, value_type, {}, zone)
    where, having = leaf.get("where", ()), leaf.get("having", ())
    parts: dict[str, Any] = {
        "subject": subject,
        "how": how,
        "where": show_conditions(where, f"{path}:c", types, zone, opening=_("where")),
        "window": show_window(f"{path}:w_", leaf.get("window"), zone, optional=True),
        "having": show_conditions(having, f"{path}:h", types, zone, opening=_("and that one had")),
        "more": adder(path, _event_details(leaf, types)),
    }
    return compose(_("{subject} {how} {where} {window} {having} {more}"), parts)


def _event_details(leaf: Node, types: dict[str, ValueType]) -> Choices:
    details = []
    if may_add(leaf.get("where", ()), types):
        details.append(("where", _("what it was like")))
    if how_of(leaf) in ("first", "last") and may_add(leaf.get("having", ()), types):
        details.append(("having", _("what that one was like")))
    return [*details, *clock_choice(leaf)]


def _sum_operator(name: str, operator: str, value_type: ValueType) -> Part:
    token = operator_token(name, operator, value_type)
    offered = [(key, label) for key, label in token.choices if key in COMPARISONS]
    return select(name, operator, offered, token.label)


def _read_event(leaf: Node, fields: Fields, labels: Labels) -> Node:
    types, zone = _properties(leaf["event"], labels), labels.registry.zone_info
    has_money = any(one.type == "money" for one in types.values())
    currency = labels.usual.event_currency(leaf["event"]) if has_money else ""
    read: Node = {"kind": "event", "event": leaf["event"]}
    how = fields.get("how", how_of(leaf))
    if how in ("first", "last"):
        read["pick"] = how
    elif how.startswith("sum:") and how[4:] in types:
        read["sum"] = _read_sum(fields, leaf, (how[4:], types[how[4:]]), labels, currency)
    else:
        times = read_times(fields, leaf)
        if times:
            read["times"] = times
    for name, prefix in (("where", "c"), ("having", "h")):
        conditions = read_conditions(fields, leaf.get(name, ()), prefix, types, zone, currency=currency)
        # What the one event had can only be asked where one is picked.
        if conditions and (name == "where" or "pick" in read):
            read[name] = conditions
    window = read_window(fields, "w_", leaf.get("window"), zone)
    if window:
        read["window"] = window
    return _with_detail(read, fields.get("more"), types)


def _with_detail(leaf: Node, wanted: str, types: dict[str, ValueType]) -> Node:
    if wanted == "clock":
        use_own_clocks(leaf)
    elif wanted in dict(_event_details(leaf, types)):
        leaf[wanted] = [*leaf.get(wanted, ()), first_condition(types)]
    return leaf


def _read_sum(
    fields: Fields, leaf: Node, summed: tuple[str, ValueType], labels: Labels, currency: str
) -> dict[str, Any]:
    key, value_type = summed
    start = {"amount": "100", "currency": currency or "EUR"} if value_type.type == "money" else read_number("100")
    previous = leaf.get("sum", {"key": key, "op": "gte", "value": start})
    if previous["key"] != key or not fields.has("sum_op"):
        return previous if previous["key"] == key else {"key": key, "op": "gte", "value": start}
    return {"key": key, **read_condition(fields, "sum_", previous, value_type, labels.registry.zone_info)}


def _plain_event(leaf: Node, labels: Labels) -> bool:
    types = _properties(leaf["event"], labels)
    summed = "sum" not in leaf or leaf["sum"]["key"] in types
    return summed and are_plain(leaf.get("where", ()), types) and are_plain(leaf.get("having", ()), types)


def _show_sequence(leaf: Node, path: str, labels: Labels, subject: Part) -> list[Part]:
    steps = leaf["steps"]
    shown = [part for number in range(len(steps)) for part in _show_step(steps, number, path, labels)]
    parts: dict[str, Any] = {
        "subject": subject,
        "steps": shown,
        "within": _show_within(leaf, path),
        "window": show_window(f"{path}:w_", leaf.get("window"), labels.registry.zone_info, optional=True),
        "more": adder(path, _sequence_details(leaf, labels)),
    }
    return compose(_("{subject} {steps} {within} {window} {more}"), parts)


def _show_step(steps: list[Node], number: int, path: str, labels: Labels) -> list[Part]:
    step, name = steps[number], f"{path}:s{number}_"
    choices = personal_events(labels)
    if len(steps) > 2:
        choices = [*choices, ("", _("take this away"))]
    shown: list[Part] = []
    if number == len(steps) - 1:
        ways = [("then", _("and then")), ("not", _("but then not"))]
        shown.append(select(f"{name}absent", "not" if step.get("absent") else "then", ways, _("Whether it came")))
    elif number:
        shown.append(words(_("and then")))
    shown.append(select(f"{name}event", step["event"], choices, _("What happened"), is_value=True))
    types = _properties(step["event"], labels)
    zone = labels.registry.zone_info
    return [*shown, *show_conditions(step.get("where", ()), f"{name}c", types, zone, opening=_("where"))]


def _show_within(leaf: Node, path: str) -> list[Part]:
    within = leaf.get("within")
    if not within:
        return []
    units = [("minutes", _("minutes")), ("hours", _("hours")), ("days", _("days")), ("", _("any time later"))]
    parts = {
        "n": entry(f"{path}:in_n", str(within["n"]), _("How many at most"), control="number", size=4),
        "unit": select(f"{path}:in_unit", within["unit"], units, _("Unit"), is_value=True),
    }
    return compose(_("within {n} {unit} of the first"), parts)


def _sequence_details(leaf: Node, labels: Labels) -> Choices:
    details: Choices = [] if "within" in leaf else [("within", _("how soon after the first"))]
    if len(leaf["steps"]) < _MAX_STEPS:
        details.append(("step", _("another step")))
    for number, step in enumerate(leaf["steps"]):
        if may_add(step.get("where", ()), _properties(step["event"], labels)):
            name = labels.events.get(step["event"], step["event"])
            details.append((f"where{number}", _("what “%(event)s” was like") % {"event": name}))
    return [*details, *clock_choice(leaf)]


def _read_sequence(leaf: Node, fields: Fields, labels: Labels) -> Node:
    steps = [one for number in range(len(leaf["steps"])) if (one := _read_step(leaf["steps"], number, fields, labels))]
    # Of three the last but one may go; of two none can.
    read: Node = {"kind": "sequence", "steps": steps if len(steps) > 1 else leaf["steps"]}
    for step in read["steps"][:-1]:
        step.pop("absent", None)
    within = leaf.get("within")
    if within and fields.get("in_unit", within["unit"]):
        unit = fields.get("in_unit", within["unit"])
        read["within"] = {"n": fields.whole("in_n", within["n"]), "unit": unit}
    window = read_window(fields, "w_", leaf.get("window"), labels.registry.zone_info)
    if window:
        read["window"] = window
    return _with_sequence_detail(read, fields.get("more"), labels)


def _read_step(steps: list[Node], number: int, fields: Fields, labels: Labels) -> Node | None:
    step, name = steps[number], f"s{number}_"
    event = fields.get(f"{name}event", step["event"])
    if not event:
        return None
    read: Node = {"event": event}
    if event == step["event"]:
        types = _properties(event, labels)
        before, zone = step.get("where", ()), labels.registry.zone_info
        conditions = read_conditions(fields, before, f"{name}c", types, zone)
        if conditions:
            read["where"] = conditions
    was = "not" if step.get("absent") else "then"
    if fields.get(f"{name}absent", was) == "not":
        read["absent"] = True
    return read


def _with_sequence_detail(leaf: Node, wanted: str, labels: Labels) -> Node:
    if any(step["event"] not in labels.registry.events for step in leaf["steps"]):
        return leaf
    if wanted not in dict(_sequence_details(leaf, labels)):
        return leaf
    if wanted == "clock":
        use_own_clocks(leaf)
    elif wanted == "within":
        leaf["within"] = dict(_WITHIN)
    elif wanted == "step":
        # Before a step that must not come: that one has to stay the last.
        place = len(leaf["steps"]) - (1 if leaf["steps"][-1].get("absent") else 0)
        leaf["steps"].insert(place, {"event": leaf["steps"][0]["event"]})
    else:
        step = leaf["steps"][int(wanted.removeprefix("where"))]
        step["where"] = [*step.get("where", ()), first_condition(_properties(step["event"], labels))]
    return leaf


def _plain_sequence(leaf: Node, labels: Labels) -> bool:
    return 2 <= len(leaf["steps"]) <= _MAX_STEPS and all(
        are_plain(step.get("where", ()), _properties(step["event"], labels)) for step in leaf["steps"]
    )


SHOW: dict[str, Callable[[Node, str, Labels, Part], list[Part]]] = {
    "event": _show_event,
    "sequence": _show_sequence,
}
READ: dict[str, Callable[[Node, Fields, Labels], Node]] = {"event": _read_event, "sequence": _read_sequence}
PLAIN: dict[str, Callable[[Node, Labels], bool]] = {"event": _plain_event, "sequence": _plain_sequence}
