"""How often something happened, as tokens."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from segments.builder.labels import Choices
from segments.builder.tokens import Fields, Part, compose, entry, quiet, select
from segments.language.registry import Node

ONCE = {"op": "gte", "value": 1}
COUNTED = ("gte", "lte", "eq", "gt", "lt", "ne", "between")


def times_choices() -> Choices:
    """Return the ways of counting, in the order they are offered."""
    return [
        ("ever", _("at least once")),
        ("never", _("zero times")),
        ("gte", _("at least")),
        ("lte", _("at most")),
        ("eq", _("exactly")),
        ("gt", _("more than")),
        ("lt", _("fewer than")),
        ("ne", _("any number but")),
        ("between", _("from")),
    ]


def how_of(leaf: Node) -> str:
    """Return how a leaf counts, sums or picks, as one word."""
    if leaf.get("pick", "any") != "any":
        return str(leaf["pick"])
    if "sum" in leaf:
        return f"sum:{leaf['sum']['key']}"
    times = leaf.get("times", ONCE)
    if times == ONCE:
        return "ever"
    return "never" if times == {"op": "eq", "value": 0} else str(times["op"])


def show_how(leaf: Node, path: str, choices: Choices) -> list[Part]:
    """Return the tokens of how often."""
    how = how_of(leaf)
    parts: dict[str, Any] = {"how": select(f"{path}:how", how, choices, _("How often"))}
    if how not in COUNTED:
        return quiet([parts["how"]]) if how == "ever" else [parts["how"]]
    low, high = ends_of(leaf["times"])
    parts["low"] = entry(f"{path}:times", str(low), _("Number"), control="number", size=4)
    parts["high"] = entry(f"{path}:times2", str(high), _("Number at most"), control="number", size=4)
    return compose(_("{how} {low} to {high} times") if how == "between" else _("{how} {low} times"), parts)


def ends_of(comparison: dict[str, Any]) -> tuple[Any, Any]:
    """Return both ends of a comparison with a number; twice the same for a single one."""
    value = comparison["value"]
    return (value[0], value[1]) if isinstance(value, list) and len(value) == 2 else (value, value)


def read_times(fields: Fields, leaf: Node) -> dict[str, Any] | None:
    """Return how often the tokens say; None for at least once."""
    how = fields.get("how", how_of(leaf))
    if how == "never":
        return {"op": "eq", "value": 0}
    if how not in COUNTED:
        return None
    start = leaf["times"]["value"] if "times" in leaf and how == leaf["times"]["op"] else 2
    low = fields.whole("times", start if isinstance(start, int) else 2)
    if how != "between":
        return {"op": how, "value": low}
    return {"op": how, "value": [low, fields.whole("times2", low + 3 if isinstance(low, int) else 5)]}
