"""The kinds of leaf: which members each has and what these must be."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from core.folding import fold
from segments.language.checks import (
    Members,
    check_choice,
    check_comparison,
    check_condition,
    check_conditions,
    check_count,
    check_integer,
    check_members,
    check_names,
    check_window,
)
from segments.language.problems import Refusal, pointer
from segments.language.registry import Node, Registry, ValueType
from segments.language.values import storable
from segments.language.words import (
    ACTIONS,
    ADDRESS_FLAGS,
    ADDRESS_STATES,
    ANNIVERSARY_FIELDS,
    CHANNELS,
    CONSENT_BASES,
    CONSENT_STATES,
    CONTACT_FIELDS,
    FLOW_PICKS,
    FLOW_STATES,
    LEAPS,
    MAX_BUCKET,
    MAX_LIST,
    MAX_TEXT,
    MAX_TIMES,
    PHONE_CHANNELS,
    PICKS,
    STEP_UNITS,
    VERDICT_ACTIONS,
    VERDICTS,
    ZONES,
)

_PREFIX = re.compile(r"\+[0-9]{0,15}")
_SALT = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_NUMBER = ValueType("number")

MEMBERS: dict[str, tuple[Members, Members]] = {
    "everyone": ({}, {}),
    "attribute": ({"key": str, "op": str}, {"value": object}),
    "contact": ({"field": str, "op": str}, {"value": object}),
    "address": ({"channel": str}, {"status": list, "primary": bool, "flag": list, "domain": list, "prefix": list}),
    "consent": (
        {"channel": str, "purpose": str, "state": list},
        {"topic": (str, type(None)), "basis": list, "changed": dict, "expires": dict},
    ),
    "event": (
        {"event": str},
        {"pick": str, "times": dict, "sum": dict, "where": list, "having": list, "window": dict},
    ),
    "sequence": ({"steps": list}, {"within": dict, "window": dict}),
    "engagement": (
        {"action": str},
        {"verdict": str, "campaign": str, "channel": str, "times": dict, "window": dict},
    ),
    "segment": ({"key": str}, {}),
    "list": ({"key": str}, {"added": dict}),
    "tags": ({"op": str}, {"value": object}),
    "flow": (
        {"flow": str},
        {"pick": str, "status": list, "outcome": list, "score": dict, "where": list, "window": dict},
    ),
    "anniversary": (
        {"from": int, "to": int},
        {"key": str, "field": str, "leap": str, "years": dict, "zone": str},
    ),
    "bucket": ({"salt": str, "from": int, "to": int}, {}),
}


def check_leaf(leaf: Node, path: str, registry: Registry) -> None:
    """Check one leaf against the registry; raises Refusal with its first error.

    Whether a named segment exists, reaches itself or is itself in order is decided with the whole rule.
    """
    kind = leaf["kind"]
    if not isinstance(kind, str):
        raise Refusal("bad_type", f"{path}/kind")
    if kind not in MEMBERS:
        raise Refusal("unknown_kind", f"{path}/kind")
    required, optional = MEMBERS[kind]
    check_members(leaf, path, {"kind": str, **required}, optional)
    check = _CHECKS.get(kind)
    if check is not None:
        check(leaf, path, registry)


def _check_attribute(leaf: Node, path: str, registry: Registry) -> None:
    if leaf["key"] not in registry.attributes:
        raise Refusal("unknown_attribute", f"{path}/key")
    check_condition(leaf, registry.attributes[leaf["key"]], path, registry)


def _check_contact(leaf: Node, path: str, registry: Registry) -> None:
    check_choice(leaf["field"], CONTACT_FIELDS, f"{path}/field")
    check_condition(leaf, ValueType(CONTACT_FIELDS[leaf["field"]]), path, registry)


def _check_address(leaf: Node, path: str, registry: Registry) -> None:
    del registry
    check_choice(leaf["channel"], CHANNELS, f"{path}/channel")
    for member in ("flag", "domain"):
        if member in leaf and leaf["channel"] != "email":
            raise Refusal("not_applicable", f"{path}/{member}")
    if "prefix" in leaf and leaf["channel"] not in PHONE_CHANNELS:
        raise Refusal("not_applicable", f"{path}/prefix")
    if "status" in leaf:
        check_names(leaf["status"], ADDRESS_STATES, f"{path}/status")
    if "flag" in leaf:
        check_names(leaf["flag"], ADDRESS_FLAGS, f"{path}/flag")
    for member in ("domain", "prefix"):
        if member in leaf:
            _check_texts(leaf[member], f"{path}/{member}", _PREFIX if member == "prefix" else None)


def _check_texts(values: list[Any], path: str, pattern: re.Pattern[str] | None) -> None:
    if not values:
        raise Refusal("bad_value", path)
    if len(values) > MAX_LIST:
        raise Refusal("too_many_items", path)
    for position, value in enumerate(values):
        place = pointer(path, position)
        if not isinstance(value, str):
            raise Refusal("bad_type", place)
        if len(value) > MAX_TEXT:
            raise Refusal("too_long", place)
        if not storable(value) or not fold(value) or (pattern and not pattern.fullmatch(value)):
            raise Refusal("bad_value", place)


def _check_consent(leaf: Node, path: str, registry: Registry) -> None:
    check_choice(leaf["channel"], CHANNELS, f"{path}/channel")
    if leaf.get("topic") is not None:
        check_choice(leaf["topic"], registry.topics, f"{path}/topic", "unknown_topic")
    check_choice(leaf["purpose"], registry.purposes, f"{path}/purpose", "unknown_purpose")
    check_names(leaf["state"], CONSENT_STATES, f"{path}/state")
    if "basis" in leaf:
        check_names(leaf["basis"], CONSENT_BASES, f"{path}/basis")
    for member in ("changed", "expires"):
        if member in leaf:
            check_window(leaf[member], f"{path}/{member}")


def _check_event(leaf: Node, path: str, registry: Registry) -> None:
    if leaf["event"] not in registry.events:
        raise Refusal("unknown_event", f"{path}/event")
    properties = registry.events[leaf["event"]].properties
    picked = leaf.get("pick", "any") != "any"
    if "pick" in leaf:
        check_choice(leaf["pick"], PICKS, f"{path}/pick")
    _check_picking(leaf, path, picked)
    if "times" in leaf:
        check_count(leaf["times"], f"{path}/times", MAX_TIMES)
    if "sum" in leaf:
        _check_sum(leaf["sum"], properties, f"{path}/sum", registry)
    for member in ("where", "having"):
        if member in leaf:
            check_conditions(leaf[member], properties, f"{path}/{member}", registry)
    _check_own_window(leaf, path)


def _check_picking(leaf: Node, path: str, picked: bool) -> None:
    """Counting and summing look at all events, `having` at the one picked."""
    for member in ("times", "sum"):
        if member in leaf and picked:
            raise Refusal("not_applicable", f"{path}/{member}")
    if "sum" in leaf and "times" in leaf:
        raise Refusal("not_applicable", f"{path}/sum")
    if "having" in leaf and not picked:
        raise Refusal("not_applicable", f"{path}/having")


def _check_sum(total: Any, properties: Any, path: str, registry: Registry) -> None:
    check_members(total, path, {"key": str, "op": str}, {"value": object})
    if total["key"] not in properties:
        raise Refusal("unknown_property", f"{path}/key")
    if properties[total["key"]].type not in ("number", "money"):
        raise Refusal("not_applicable", f"{path}/key")
    check_comparison(total, properties[total["key"]], path, registry)


def _check_own_window(leaf: Node, path: str) -> None:
    if "window" in leaf:
        check_window(leaf["window"], f"{path}/window")


def _check_sequence(leaf: Node, path: str, registry: Registry) -> None:
    steps = leaf["steps"]
    if not 2 <= len(steps) <= 4:
        raise Refusal("bad_value", f"{path}/steps")
    for position, step in enumerate(steps):
        place = pointer(f"{path}/steps", position)
        check_members(step, place, {"event": str}, {"where": list, "absent": bool})
        if step["event"] not in registry.events:
            raise Refusal("unknown_event", f"{place}/event")
        if step.get("absent") and position != len(steps) - 1:
            raise Refusal("not_applicable", f"{place}/absent")
        if "where" in step:
            check_conditions(step["where"], registry.events[step["event"]].properties, f"{place}/where", registry)
    if "within" in leaf:
        check_members(leaf["within"], f"{path}/within", {"n": int, "unit": str}, {})
        check_choice(leaf["within"]["unit"], STEP_UNITS, f"{path}/within/unit")
        check_integer(leaf["within"]["n"], 1, 5000, f"{path}/within/n")
    _check_own_window(leaf, path)


def _check_engagement(leaf: Node, path: str, registry: Registry) -> None:
    check_choice(leaf["action"], ACTIONS, f"{path}/action")
    if "verdict" in leaf:
        check_choice(leaf["verdict"], VERDICTS, f"{path}/verdict")
        if leaf["action"] not in VERDICT_ACTIONS:
            raise Refusal("not_applicable", f"{path}/verdict")
    if "campaign" in leaf:
        check_choice(leaf["campaign"], registry.campaigns, f"{path}/campaign", "unknown_campaign")
    if "channel" in leaf:
        check_choice(leaf["channel"], CHANNELS, f"{path}/channel")
    if "times" in leaf:
        check_count(leaf["times"], f"{path}/times", MAX_TIMES)
    _check_own_window(leaf, path)


def _check_list(leaf: Node, path: str, registry: Registry) -> None:
    check_choice(leaf["key"], registry.lists, f"{path}/key", "unknown_list")
    if "added" in leaf:
        check_window(leaf["added"], f"{path}/added")


def _check_flow(leaf: Node, path: str, registry: Registry) -> None:
    check_choice(leaf["flow"], registry.flows, f"{path}/flow", "unknown_flow")
    flow = registry.flows[leaf["flow"]]
    if "pick" in leaf:
        check_choice(leaf["pick"], FLOW_PICKS, f"{path}/pick")
    if "status" in leaf:
        check_names(leaf["status"], FLOW_STATES, f"{path}/status")
    if "outcome" in leaf:
        check_names(leaf["outcome"], flow.outcomes, f"{path}/outcome", "unknown_option")
    if "score" in leaf:
        check_members(leaf["score"], f"{path}/score", {"op": str}, {"value": object})
        check_comparison(leaf["score"], _NUMBER, f"{path}/score", registry)
    if "where" in leaf:
        check_conditions(leaf["where"], flow.answers, f"{path}/where", registry)
    _check_own_window(leaf, path)


def _check_anniversary(leaf: Node, path: str, registry: Registry) -> None:
    if "key" not in leaf and "field" not in leaf:
        raise Refusal("missing_field", f"{path}/key")
    if "key" in leaf and "field" in leaf:
        raise Refusal("not_applicable", f"{path}/field")
    if "field" in leaf:
        check_choice(leaf["field"], ANNIVERSARY_FIELDS, f"{path}/field")
    else:
        check_choice(leaf["key"], registry.attributes, f"{path}/key", "unknown_attribute")
        if registry.attributes[leaf["key"]].type not in ("date", "datetime"):
            raise Refusal("not_applicable", f"{path}/key")
    check_integer(leaf["from"], -366, 366, f"{path}/from")
    check_integer(leaf["to"], -366, 366, f"{path}/to")
    if leaf["from"] > leaf["to"]:
        raise Refusal("bad_range", f"{path}/to")
    if leaf["to"] - leaf["from"] > 366:
        raise Refusal("bad_value", f"{path}/to")
    for member, allowed in (("leap", LEAPS), ("zone", ZONES)):
        if member in leaf:
            check_choice(leaf[member], allowed, f"{path}/{member}")
    if "years" in leaf:
        check_count(leaf["years"], f"{path}/years", MAX_TIMES)


def _check_bucket(leaf: Node, path: str, registry: Registry) -> None:
    del registry
    if not _SALT.fullmatch(leaf["salt"]):
        raise Refusal("bad_value", f"{path}/salt")
    check_integer(leaf["from"], 0, MAX_BUCKET, f"{path}/from")
    check_integer(leaf["to"], 0, MAX_BUCKET, f"{path}/to")
    if leaf["from"] > leaf["to"]:
        raise Refusal("bad_range", f"{path}/to")


_CHECKS: dict[str, Callable[[Node, str, Registry], None]] = {
    "attribute": _check_attribute,
    "contact": _check_contact,
    "address": _check_address,
    "consent": _check_consent,
    "event": _check_event,
    "sequence": _check_sequence,
    "engagement": _check_engagement,
    "list": _check_list,
    "tags": lambda leaf, path, registry: check_condition(leaf, ValueType("tags"), path, registry),
    "flow": _check_flow,
    "anniversary": _check_anniversary,
    "bucket": _check_bucket,
}
