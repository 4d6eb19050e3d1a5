"""Cases of the segment language: a universe of people and events, rules with their members, wrong rules, texts."""

import json
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from segments.language.registry import EventEntry, FlowEntry, Registry, ValueType


@cache
def load() -> dict[str, Any]:
    """The vectors, with numbers as the exact decimals they are written as."""
    text = (Path(__file__).parent / "segments.json").read_text(encoding="utf-8")
    return json.loads(text, parse_float=Decimal)


def value_types(entries: dict[str, Any]) -> dict[str, ValueType]:
    return {name: ValueType(entry["type"], tuple(entry.get("options", ()))) for name, entry in entries.items()}


def registry(campaigns: dict[str, int] | None = None) -> Registry:
    """The registry of the universe."""
    universe = load()["universe"]
    names = universe["registry"]
    return Registry(
        zone=universe["workspace"]["zone"],
        attributes=value_types(names["attributes"]),
        events={name: EventEntry(value_types(entry)) for name, entry in names["events"].items()},
        topics=frozenset(names["topics"]),
        purposes=frozenset(names["purposes"]),
        lists=frozenset(names["lists"]),
        campaigns=campaigns or {name: position for position, name in enumerate(names["campaigns"], 1)},
        flows={
            name: FlowEntry(tuple(entry["outcomes"]), value_types(entry["answers"]))
            for name, entry in names["flows"].items()
        },
        segments=names["segments"],
    )
