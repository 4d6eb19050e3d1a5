"""Conditions on the details of an event or the answers of a flow, as tokens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from segments.builder.operands import Condition, operator_token, read_condition, show_operand
from segments.builder.subjects import default_condition
from segments.builder.tokens import Fields, Part, select, words
from segments.language.registry import ValueType
from segments.language.words import MAX_CONDITIONS
from segments.registry import FlowWords

Types = Mapping[str, ValueType]
_NO_WORDS = FlowWords()


def show_conditions(
    conditions: Sequence[Condition],
    prefix: str,
    types: Types,
    zone: ZoneInfo,
    *,
    opening: str,
    called: FlowWords = _NO_WORDS,
) -> list[Part]:
    """Return a property, an operator and a value for each condition; choosing no property takes one away.

    `opening` is the word before the first, such as "where"; `called` says what people call the details.
    """
    shown: list[Part] = []
    label = _("Question") if called.questions else _("Detail of the event")
    for position, condition in enumerate(conditions):
        name = f"{prefix}{position}_"
        names = [(key, called.questions.get(key) or spoken_key(key)) for key in types]
        choices = [*names, ("", _("take this away"))]
        options = dict(called.options.get(condition["key"], {}))
        value_type = types[condition["key"]]
        shown += [
            words(_("and") if position else opening),
            select(f"{name}key", condition["key"], choices, label),
            operator_token(f"{name}op", condition["op"], value_type),
            *show_operand(name, condition, value_type, options, zone),
        ]
    return shown


def spoken_key(key: str) -> str:
    """Return the name of a detail as it is read; those of events have no other words than their names."""
    return key.replace("_", " ")


def read_conditions(
    fields: Fields, before: Sequence[Condition], prefix: str, types: Types, zone: ZoneInfo, *, currency: str = ""
) -> list[dict[str, Any]]:
    """Return the conditions the tokens say; one about another property begins anew, money in `currency`."""
    read: list[dict[str, Any]] = []
    for position, previous in enumerate([*before, None]):
        name = f"{prefix}{position}_"
        key = fields.get(f"{name}key", previous["key"] if previous else "")
        if key not in types:
            continue
        if previous is None or previous["key"] != key:
            read.append({"key": key, **default_condition(types[key])})
        else:
            read.append({"key": key, **read_condition(fields, name, previous, types[key], zone, currency=currency)})
    return read


def may_add(conditions: Sequence[Condition], types: Types) -> bool:
    """Say whether there is something to ask about, and room for it."""
    return bool(types) and len(conditions) < MAX_CONDITIONS


def first_condition(types: Types) -> dict[str, Any]:
    """Return a condition to begin with, about the first detail there is."""
    key = next(iter(types))
    return {"key": key, **default_condition(types[key])}


def are_plain(conditions: Sequence[Condition], types: Types) -> bool:
    """Say whether tokens can show the conditions: the details must still exist."""
    return all(one["key"] in types for one in conditions)
