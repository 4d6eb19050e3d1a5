"""Random parts of everybody: said in percent, as people think of them; rules keep numbers of 10,000 (core.buckets)."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from segments.builder.labels import Labels
from segments.builder.tokens import Fields, Part, compose, entry
from segments.language.registry import Node

_PER_PERCENT = 100
_LONGEST = 12


def show(leaf: Node, path: str, labels: Labels, subject: Part) -> list[Part]:
    """Return the sentence of a draw."""
    del labels
    start, end = percents_of(leaf)
    parts: dict[str, Any] = {
        "subject": subject,
        "salt": entry(f"{path}:salt", str(leaf["salt"]), _("Name of the draw")),
        "from": entry(f"{path}:from", start, _("Where the part begins, in percent"), control="number", size=4),
        "to": entry(f"{path}:to", end, _("Where the part ends, in percent"), control="number", size=4),
    }
    return compose(_("{subject} of the draw {salt} from {from} to {to} percent"), parts)


def read(leaf: Node, fields: Fields, labels: Labels) -> Node:
    """Return the draw a form says. What is no percentage stays as it was typed, for validation to refuse."""
    del labels
    start, end = percents_of(leaf)
    return {
        "kind": "bucket",
        "salt": fields.get("salt", leaf["salt"]),
        "from": _bucket(fields.get("from", start), 0),
        "to": _bucket(fields.get("to", end), 1),
    }


def percents_of(leaf: Node) -> tuple[str, str]:
    """Return where the part begins and ends in percent: the buckets 0 to 999 are 0 to 10."""
    return _percent(leaf["from"], 0), _percent(leaf["to"], 1)


def _percent(bucket: Any, beyond: int) -> str:
    """A bucket as a percentage with a point and as few decimals as it needs; `beyond` is 1 for the last bucket."""
    if not isinstance(bucket, int):
        return str(bucket)
    return f"{Decimal(bucket + beyond) / _PER_PERCENT:f}"


def _bucket(typed: str, beyond: int) -> int | str:
    """The bucket a typed percentage stands for, with a point or a comma and two decimals at most."""
    text = typed.strip().removesuffix("%").strip()
    try:
        hundredths = Decimal(text.replace(",", ".")) * _PER_PERCENT
    except InvalidOperation:
        return typed
    if len(text) > _LONGEST or not hundredths.is_finite() or hundredths != hundredths.to_integral_value():
        return typed
    return int(hundredths) - beyond
